"""Reading a file of people: one row each; line and column of whatever cannot be used are named."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ketasim.errors import PeopleError
from ketasim.population.covariates import KNOWN

# written small or large; MADRS0 and after it are covariates of the models of mood
CAPITALS: Final = {*KNOWN, "ID", "MADRS0", "CONTROL", "BACKGROUND", "SETTING"}
MISSING: Final = {"", ".", "na", "nan", "null"}  # "none" is a word of its own: no control, no background


def read(path: Path) -> dict[str, NDArray[Any]]:
    """Columns of a file with a header, separated by commas, or by the semicolons or tabs that its header has instead;
    numbers (with a decimal point) where every value is one, text elsewhere. Lines with # before the header are skipped.
    """
    rows = _rows(_text(path), path.name)
    if not rows:
        raise PeopleError(f"{path.name} is empty; give a header with ID and covariates, then one row per person.")
    (_, header), *body = rows
    names = _names(header, path.name)
    if not body:
        raise PeopleError(f"{path.name} has a header and no person; a population needs at least 1.")
    for line, row in body:
        if len(row) != len(names):
            raise PeopleError(
                f"{path.name}, line {line}: {len(names)} columns expected as in the header, {len(row)} came."
            )
    lines = [line for line, _ in body]
    return {name: _column(name, [row[k].strip() for _, row in body], lines, path.name) for k, name in enumerate(names)}


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as why:
        if path.is_dir():
            raise PeopleError(f"{path} is a folder; give the path of a CSV file in it.") from None
        raise PeopleError(f"Cannot read the people file {str(path)!r}: {why.strerror or why}.") from why
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as why:
        line = raw[: why.start].count(b"\n") + 1
        raise PeopleError(f"{path.name}, line {line}: the file is not UTF-8 text; save it as CSV in UTF-8.") from why
    if "\0" in text:
        raise PeopleError(f"{path.name} is not text, or text in UTF-16; save it as CSV in UTF-8.")
    return text


def _rows(text: str, file: str) -> list[tuple[int, list[str]]]:
    """(line, cells) of every row that is not blank; lines before the header that begin with # are comments."""
    lines = text.splitlines(keepends=True)
    first = next((k for k, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")), len(lines))
    bare = re.sub(r'"[^"]*"', "", lines[first]) if first < len(lines) else ""
    mark = next((mark for mark in ",;\t" if mark in bare), ",")
    # comments before the header are blanked, so that lines keep their count
    rest = "".join(["\n"] * first + lines[first:])
    reader = csv.reader(io.StringIO(rest, newline=""), strict=True, delimiter=mark)
    try:
        return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as why:
        raise PeopleError(f"{file}, line {reader.line_num}: the row cannot be read ({why}).") from why


def _names(header: list[str], file: str) -> list[str]:
    names = [name.strip() for name in header]
    names = [name.upper() if name.upper() in CAPITALS else name for name in names]
    for k, name in enumerate(names):
        if not name:
            raise PeopleError(f"{file}: column {k + 1} has no name in the header.")
        if names.index(name) != k:
            raise PeopleError(f"{file}: the column {name} stands twice in the header.")
    if "ID" not in names:
        raise PeopleError(f"{file} lacks the column ID; its columns are {', '.join(names)}.")
    return names


def _column(name: str, cells: list[str], lines: list[int], file: str) -> NDArray[Any]:
    for cell, line in zip(cells, lines, strict=True):
        if cell.lower() in MISSING:
            raise PeopleError(f"{file}, line {line}: {name} is missing; give every person a value or drop the column.")
    numbers = [_number(cell) for cell in cells]
    words = [k for k, number in enumerate(numbers) if number is None]
    known = KNOWN.get(name)
    if name == "ID":
        whole = not words and all(n.is_integer() and abs(n) < 2.0**53 for n in numbers if n is not None)
        _unlike([n for n in numbers if n is not None] if whole else cells, cells, lines, file)
        return np.asarray(numbers, dtype=np.int64) if whole else np.asarray(cells, dtype=np.str_)
    is_text = known.words is not None if known else len(words) == len(cells)
    if is_text:
        if known is not None and known.words is not None:
            _known(name, cells, lines, file, known.words)
        return np.asarray(cells, dtype=np.str_)
    if words:
        k = words[0]
        unit = f" in {known.unit}" if known else ""
        point = " (a decimal point is expected, not a comma)" if "," in cells[k] else ""
        raise PeopleError(f"{file}, line {lines[k]}: {name} must be a number{unit}; {cells[k]!r} came{point}.")
    values = np.asarray(numbers, dtype=np.float64)
    if known is not None and (wrong := known.wrong(values)).any():
        k = int(np.argmax(wrong))
        raise PeopleError(f"{file}, line {lines[k]}: {name} must be {known.limits}; {cells[k]} came.")
    return values


def _unlike(ids: Sequence[float | str], cells: list[str], lines: list[int], file: str) -> None:
    """PeopleError where an ID stands a second time."""
    first: dict[float | str, int] = {}
    for one, cell, line in zip(ids, cells, lines, strict=True):
        before = first.setdefault(one, line)
        if before != line:
            raise PeopleError(
                f"{file}, line {line}: the ID {cell} stands in line {before} already; every person needs an ID of "
                "their own."
            )


def _known(name: str, cells: list[str], lines: list[int], file: str, words: Mapping[str, str]) -> None:
    """PeopleError where a word is none of those that a covariate knows."""
    for cell, line in zip(cells, lines, strict=True):
        if cell.lower() not in words:
            allowed = ", ".join(dict.fromkeys(words.values()))
            raise PeopleError(f"{file}, line {line}: {name} must be one of {allowed}; {cell!r} came.")


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in cell else None
