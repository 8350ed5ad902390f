"""A NONMEM-style data set as columns with line numbers: reading only; what the columns mean to a model is not here."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, Final, NoReturn

import numpy as np

from ketasim.engine.abi import F64, I64
from ketasim.errors import DataError

# fmt: off
NUMBERS: Final = (
    "ID", "TIME", "AMT", "RATE", "II", "ADDL", "SS", "EVID", "DV", "MDV", "OCC", "CENS", "LIMIT",
)
# fmt: on
RESERVED: Final = (*NUMBERS, "CMT", "DVID", "C")
MISSING: Final = ("", ".", "NA", "na", "N/A", "NaN", "nan")
_COMMENT: Final = "#"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Columns:
    """The cells of a data set, column by column, as text; `line` is where each row stands in the file, from 1."""

    path: str
    cells: Mapping[str, Any]
    line: I64
    warnings: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Number of rows."""
        return int(self.line.size)

    def __repr__(self) -> str:
        return f"Columns({self.path}: {self.n} rows of {', '.join(self.cells)})"

    def has(self, name: str) -> bool:
        """Whether the column is there."""
        return name in self.cells

    def number(self, name: str, default: float = np.nan) -> F64:
        """A column as numbers, NaN where missing ('.', empty, NA); `default` throughout if the column is not there.

        DataError names line and column of the first cell that is not a finite number.
        """
        if name not in self.cells:
            return np.full(self.n, default)
        import pandas as pd

        cells = pd.Series(self.cells[name], dtype=object)
        value = np.array(pd.to_numeric(cells, errors="coerce"), dtype=np.float64)
        doubtful = np.flatnonzero(~np.isfinite(value))
        wrong = doubtful[~cells.iloc[doubtful].isin(MISSING).to_numpy()]
        if wrong.size:
            k = int(wrong[0])
            self.refuse(k, name, f"expected a number, but {cells.iloc[k]!r} came{_remedy(name, cells.iloc[k])}")
        return value

    def whole(self, name: str, default: float = 0.0) -> F64:
        """A column of whole numbers, with `default` where missing."""
        value = self.number(name, default)
        value = np.where(np.isnan(value), default, value)
        wrong = value != np.rint(value)
        if wrong.any():
            k = int(np.argmax(wrong))
            self.refuse(k, name, f"expected a whole number, but {value[k]:g} came")
        return value

    def text(self, name: str) -> Any:
        """A column as text, without blanks around; missing cells are empty."""
        import pandas as pd

        cells = pd.Series(self.cells[name], dtype=object)
        return np.where(cells.isin(MISSING), "", cells)

    def refuse(self, k: int, column: str, why: str) -> NoReturn:
        """Raise a DataError about row `k` (from 0) and a column."""
        raise DataError(f"{self.path}, line {int(self.line[k])}, column {column}: {why}.")


def _remedy(column: str, cell: str) -> str:
    """What to write in place of a cell that is nearly a number; "" where that is not known."""
    if re.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?", cell):  # a thousand, or a comma for a point
        return "; write it without a comma: thousands without a separator, decimals with a point"
    if re.fullmatch(r"[+-]?\d*,\d+([eE][+-]?\d+)?", cell):
        return "; write decimals with a point"
    if column == "DV" and (re.match(r"[<≤]", cell) or cell.upper() in ("BLQ", "BQL", "LLOQ", "BLOQ")):
        return "; of a value below quantification give the limit as DV, and 1 in a column CENS"
    return ""


def read_columns(path: str | Path) -> Columns:
    """Read a data set: one header line, then one line a record; comma, semicolon, tab or blanks between.

    Lines that begin with # and rows with a C in a column C are left out, as NONMEM users have it. UTF-8 and UTF-16 are
    recognised; anything else is read as Latin-1, with a warning. DataError names line and column.
    """
    path = Path(path)
    text, warnings = _decode(path)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept = [k for k, line in enumerate(lines) if line.strip() and not line.startswith(_COMMENT)]
    if not kept:
        raise DataError(f"{path} is empty; a data set starts with a line of column names such as ID,TIME,AMT,DV.")
    head = lines[kept[0]]
    sign = next((s for s in (",", "\t", ";") if s in head), None)
    names = [_name(n) for n in _cells(head, sign)]
    _check_names(path, names, kept[0] + 1)
    _check_widths(path, lines, kept, sign, names)
    if len(kept) == 1:
        raise DataError(f"{path} has a header but no records below it.")
    table = _table([lines[k] for k in kept[1:]], sign)
    columns = Columns(str(path), dict(zip(names, table, strict=True)), np.array(kept[1:]) + 1, warnings)
    return _without_marked(columns)


def _decode(path: Path) -> tuple[str, tuple[str, ...]]:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"There is no data set {path}; give the path of a CSV file.") from None
    except OSError as why:
        if path.is_dir():
            raise DataError(f"{path} is a folder; give the path of a CSV file in it.") from None
        raise DataError(f"The data set {path} cannot be read: {why.strerror or why}.") from why
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    notes: tuple[str, ...] = ()
    try:
        text = raw.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as why:
        if wide:
            raise DataError(f"{path} begins as UTF-16 and breaks off ({why.reason}); save it as CSV in UTF-8.") from why
        text = raw.decode("latin-1")
        notes = (f"{path} is neither UTF-8 nor UTF-16; it was read as Latin-1, so look at names with accents.",)
    if "\0" in text:
        raise DataError(f"{path} is not text (it holds zero bytes); save it as CSV in UTF-8.")
    return text, notes


def _cells(line: str, sign: str | None) -> list[str]:
    """The cells of one line, blanks around them removed."""
    if '"' in line:
        return [cell.strip() for cell in next(csv.reader(StringIO(line), delimiter=sign or " "))]
    return [cell.strip() for cell in line.split(sign)]


def _check_widths(path: Path, lines: list[str], kept: list[int], sign: str | None, names: list[str]) -> None:
    """Refuse the first line with more or fewer cells than the header."""
    width = len(names)
    for k in kept:
        line = lines[k]
        if '"' not in line and sign and line.count(sign) == width - 1:
            continue
        came = len(_cells(line, sign))
        if came != width:
            column = names[came] if came < width else f"after {names[-1]}"
            raise DataError(
                f"{path}, line {k + 1}, column {column}: expected {width} values as in the header, but {came} came."
            )


def _table(lines: list[str], sign: str | None) -> list[Any]:
    """The columns of cells as text; pandas splits plain lines, which is what large files have."""
    import pandas as pd

    text = "\n".join(lines)
    if sign is None or '"' in text:
        return list(np.array([_cells(line, sign) for line in lines], dtype=object).T)
    frame = pd.read_csv(
        StringIO(text), sep=sign, header=None, dtype=object, na_filter=False, quoting=csv.QUOTE_NONE,
        skip_blank_lines=False,
    )  # fmt: skip
    columns = [frame[k].to_numpy(dtype=object) for k in frame]
    if " " not in text:
        return columns
    return [np.array([cell.strip() for cell in column], dtype=object) for column in columns]


def _name(name: str) -> str:
    return name.upper() if name.upper() in RESERVED else name


def _check_names(path: Path, names: list[str], line: int) -> None:
    for k, name in enumerate(names):
        if not name:
            raise DataError(f"{path}, line {line}, column {k + 1}: a column has no name.")
        if name in names[:k]:
            raise DataError(f"{path}, line {line}, column {name}: this column is there twice; rename or drop one.")
    missing = [n for n in ("ID", "TIME") if n not in names]
    if missing:
        raise DataError(
            f"{path}, line {line}: the column {' and the column '.join(missing)} is missing; there are "
            f"{', '.join(names)}."
        )
    if not {"AMT", "EVID", "DV"} & set(names):
        raise DataError(f"{path}, line {line}: there is neither AMT nor EVID nor DV, so no dose and no observation.")


def _without_marked(columns: Columns) -> Columns:
    """Without the rows that a C in column C marks as comments."""
    if not columns.has("C"):
        return columns
    keep = np.char.upper(columns.cells["C"].astype(str)) != "C"
    cells = {name: values[keep] for name, values in columns.cells.items() if name != "C"}
    if not keep.any():
        raise DataError(f"{columns.path} has no records: each is marked as a comment in column C.")
    return Columns(columns.path, cells, columns.line[keep], columns.warnings)
