"""Reading a file of people: one row each; line and column of whatever cannot be used are named."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ketasim import sheet
from ketasim.errors import PeopleError
from ketasim.population.covariates import KNOWN
from ketasim.units import counted

# written small or large; MADRS0 and after it are covariates of the models of mood
CAPITALS: Final = {*KNOWN, "ID", "MADRS0", "CONTROL", "BACKGROUND", "SETTING"}
KIND: Final = sheet.Kind(
    "people file",
    PeopleError,
    CAPITALS,
    "give a header with ID and covariates, then one row per person.",
    "has a header and no person; a population needs at least 1.",
)
MISSING: Final = {"", ".", "na", "nan", "null"}  # "none" is a word of its own: no control, no background


def read(path: Path) -> tuple[dict[str, NDArray[Any]], NDArray[np.int64], tuple[str, ...]]:
    """Columns of a file with a header, the line of each person, and what the reader has to say of it; numbers (with a
    decimal point) where every value is one, text elsewhere. Separators, comments and encodings as of every table
    (`ketasim.sheet`).
    """
    found = sheet.read(path, KIND)
    if "ID" not in found.cells:
        raise PeopleError(
            f"{found.path}, line {found.head}: the column ID is missing; there are {', '.join(found.cells)}."
        )
    lines = found.line.tolist()
    columns = {name: _column(name, list(cells), lines, found.path) for name, cells in found.cells.items()}
    return columns, found.line, found.warnings + _left_out(found)


def _left_out(found: sheet.Sheet) -> tuple[str, ...]:
    """A sentence on comments that may be people, for an ID may begin with # elsewhere."""
    if not found.commented:
        return ()
    which = ", ".join(map(str, found.commented[:5])) + (", …" if len(found.commented) > 5 else "")
    lines = f"line {which}, which begins" if len(found.commented) == 1 else f"lines {which}, which begin"
    return (f'{found.path}: {lines} with #, left out as a comment; an ID that begins so needs quotes ("#1").',)


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
        unit = f" in {counted(known.unit)}" if known else ""
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
