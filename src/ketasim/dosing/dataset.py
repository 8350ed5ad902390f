"""A NONMEM-style data set as columns with line numbers: reading only; what the columns mean to a model is not here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

import numpy as np

from ketasim import sheet
from ketasim.engine.abi import F64, I64
from ketasim.errors import DataError
from ketasim.units import many

# fmt: off
NUMBERS: Final = (
    "ID", "TIME", "AMT", "RATE", "II", "ADDL", "SS", "EVID", "DV", "MDV", "OCC", "CENS", "LIMIT",
)
# fmt: on
RESERVED: Final = (*NUMBERS, "CMT", "DVID", "C")
MISSING: Final = ("", ".", "NA", "na", "N/A", "NaN", "nan")
KIND: Final = sheet.Kind(
    "data set",
    DataError,
    RESERVED,
    "a data set starts with a line of column names such as ID,TIME,AMT,DV.",
    "has a header but no records below it.",
)


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
        return f"Columns({self.path}: {many(self.n, 'row')} of {', '.join(self.cells)})"

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

    As every table (`ketasim.sheet`); and rows with a C in a column C are left out, as NONMEM users have it. DataError
    names line and column.
    """
    found = sheet.read(path, KIND)
    _check_names(found)
    return _without_marked(Columns(found.path, found.cells, found.line, found.warnings))


def _check_names(found: sheet.Sheet) -> None:
    names = list(found.cells)
    missing = [n for n in ("ID", "TIME") if n not in names]
    if missing:
        raise DataError(
            f"{found.path}, line {found.head}: the column {' and the column '.join(missing)} is missing; there are "
            f"{', '.join(names)}."
        )
    if not {"AMT", "EVID", "DV"} & set(names):
        raise DataError(
            f"{found.path}, line {found.head}: there is neither AMT nor EVID nor DV, so no dose and no observation."
        )


def _without_marked(columns: Columns) -> Columns:
    """Without the rows that a C in column C marks as comments."""
    if not columns.has("C"):
        return columns
    keep = np.char.upper(columns.cells["C"].astype(str)) != "C"
    cells = {name: values[keep] for name, values in columns.cells.items() if name != "C"}
    if not keep.any():
        raise DataError(f"{columns.path} has no records: each is marked as a comment in column C.")
    return Columns(columns.path, cells, columns.line[keep], columns.warnings)
