"""A table in a text file: encoding, separator, comments, header and cells, the same for every file that users bring.

What the columns mean is not here; whoever reads says what such a file is called and in whose name it is refused.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ketasim.errors import RequestError

SIGNS: Final = (",", "\t", ";")
COMMENT: Final = "#"

Row = tuple[int, str | list[str]]  # line in the file, from 1, and its text, or its cells where some are in quotes


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file is to its reader: what it is called, its error, the names that may be written small, and what is said
    of a file with nothing in it and of one with a header only.
    """

    what: str
    error: type[RequestError]
    capitals: Collection[str]
    empty: str
    bare: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Sheet:
    """Cells as text without blanks around, column by column; `line` is where each row stands in the file, from 1.

    `head` is the line of the header; `commented` are the lines below the header that are comments and look like a row.
    """

    path: str
    head: int
    cells: Mapping[str, Any]
    line: NDArray[np.int64]
    commented: tuple[int, ...]
    warnings: tuple[str, ...]


def read(path: str | Path, kind: Kind) -> Sheet:
    """Read a header and rows; comma, semicolon or tab between, whichever the header has most, else blanks.

    Lines that begin with # and rows of empty cells are left out; a cell in double quotes may hold anything. UTF-8 and
    UTF-16 are recognised, anything else is read as Latin-1, with a warning. The kind's error names line and column.
    """
    path = Path(path)
    text, warnings = _decode(path, kind)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = next((k for k, line in enumerate(lines) if line.strip(" \t,;") and not _is_comment(line)), None)
    if first is None:
        raise kind.error(f"{path} is empty; {kind.empty}")
    sign = _sign(lines[first])
    header, *rows = _rows(path, lines, first, sign, kind)
    names = _names(path, header, sign, kind)
    _check_widths(path, rows, sign, names, kind)
    if not rows:
        raise kind.error(f"{path} {kind.bare}")
    cells = dict(zip(names, _table([row for _, row in rows], sign), strict=True))
    commented = _commented(lines, header[0], sign, len(names))
    return Sheet(str(path), header[0], cells, np.array([line for line, _ in rows], dtype=np.int64), commented, warnings)


def _decode(path: Path, kind: Kind) -> tuple[str, tuple[str, ...]]:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise kind.error(f"There is no {kind.what} {path}; give the path of a CSV file.") from None
    except OSError as why:
        if path.is_dir():
            raise kind.error(f"{path} is a folder; give the path of a CSV file in it.") from None
        raise kind.error(f"The {kind.what} {path} cannot be read: {why.strerror or why}.") from why
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    notes: tuple[str, ...] = ()
    try:
        text = raw.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as why:
        if wide:
            raise kind.error(
                f"{path} begins as UTF-16 and breaks off ({why.reason}); save it as CSV in UTF-8."
            ) from why
        text = raw.decode("latin-1")
        notes = (f"{path} is neither UTF-8 nor UTF-16; it was read as Latin-1, so look at names with accents.",)
    if "\0" in text:
        raise kind.error(f"{path} is not text (it holds zero bytes); save it as CSV in UTF-8.")
    return text, notes


def _is_comment(line: str) -> bool:
    return COMMENT in line and line.lstrip().startswith(COMMENT)


def _sign(head: str) -> str | None:
    """What stands between the cells of a header; None for blanks."""
    bare = re.sub(r'"[^"]*"', "", head)
    most = max(SIGNS, key=bare.count)
    if bare.count(most):
        return most
    return None if len(bare.split()) > 1 else SIGNS[0]


def _rows(path: Path, lines: Sequence[str], first: int, sign: str | None, kind: Kind) -> list[Row]:
    """The header and every row that is neither blank nor a comment."""
    found: list[Row] = []
    blank, k = " \t" + (sign or ""), first
    while k < len(lines):
        line, here = lines[k], k + 1
        k += 1
        if _is_comment(line) or not line.strip(blank):
            continue
        if '"' not in line:
            found.append((here, line))
            continue
        # a cell in quotes may go on in the next line
        rest = (_spaced(lines[j], sign) + "\n" for j in range(here - 1, len(lines)))
        reader = csv.reader(rest, delimiter=sign or " ", skipinitialspace=sign is None, strict=True)
        try:
            cells = [cell.strip() for cell in next(reader)]
        except csv.Error as why:
            raise kind.error(f"{path}, line {here}: the row cannot be read ({why}).") from why
        k = here - 1 + reader.line_num
        if any(cells):
            found.append((here, cells))
    return found


def _spaced(line: str, sign: str | None) -> str:
    """A line whose cells, where blanks stand between them, have nothing but blanks there."""
    return line if sign else line.strip().replace("\t", " ")


def _cells(row: str | list[str], sign: str | None) -> list[str]:
    return row if isinstance(row, list) else [cell.strip() for cell in row.split(sign)]


def _names(path: Path, header: Row, sign: str | None, kind: Kind) -> list[str]:
    line, row = header
    names = [name.upper() if name.upper() in kind.capitals else name for name in _cells(row, sign)]
    for k, name in enumerate(names):
        if not name:
            raise kind.error(f"{path}, line {line}, column {k + 1}: a column has no name.")
        if name in names[:k]:
            raise kind.error(f"{path}, line {line}, column {name}: this column is there twice; rename or drop one.")
    return names


def _check_widths(path: Path, rows: Sequence[Row], sign: str | None, names: list[str], kind: Kind) -> None:
    """Refuse the first row with more or fewer cells than the header."""
    width = len(names)
    for line, row in rows:
        came = row.count(sign) + 1 if sign and isinstance(row, str) else len(_cells(row, sign))
        if came != width:
            column = names[came] if came < width else f"after {names[-1]}"
            raise kind.error(
                f"{path}, line {line}, column {column}: expected {width} values as in the header, but {came} came."
            )


def _table(rows: list[str | list[str]], sign: str | None) -> list[Any]:
    """The columns of cells as text; pandas splits plain lines, which is what large files have."""
    text = [row for row in rows if isinstance(row, str)]
    if sign is None or len(text) < len(rows):
        return list(np.array([_cells(row, sign) for row in rows], dtype=object).T)
    import pandas as pd

    whole = "\n".join(text)
    frame = pd.read_csv(
        StringIO(whole), sep=sign, header=None, dtype=object, na_filter=False, quoting=csv.QUOTE_NONE,
        skip_blank_lines=False,
    )  # fmt: skip
    columns = [frame[k].to_numpy(dtype=object) for k in frame]
    if " " not in whole and "\t" not in whole:
        return columns
    return [np.array([cell.strip() for cell in column], dtype=object) for column in columns]


def _commented(lines: Sequence[str], header: int, sign: str | None, width: int) -> tuple[int, ...]:
    """Lines below the header that are comments and have as many cells, more than one, as a row."""
    if sign is None or width < 2:
        return ()
    return tuple(
        k + 1 for k in range(header, len(lines)) if _is_comment(lines[k]) and lines[k].count(sign) == width - 1
    )
