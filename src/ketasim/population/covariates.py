"""What a person's columns may hold: known covariates with their units, limits and words; derived ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ketasim.errors import PeopleError
from ketasim.units import counted

F64 = NDArray[np.float64]
DAYS_PER_YEAR: Final = 365.25


@dataclass(frozen=True, slots=True)
class Known:
    """A covariate with a meaning: unit, limits of what a living person can have, or words with their synonyms."""

    unit: str
    low: float = 0.0
    high: float = np.inf
    words: Mapping[str, str] | None = None
    above: bool = True  # whether `low` itself is excluded

    @property
    def limits(self) -> str:
        """The limits in words."""
        return f"{'above' if self.above else 'at least'} {self.low:g} and at most {self.high:g} {counted(self.unit)}"

    def wrong(self, values: F64) -> NDArray[np.bool_]:
        """Which values lie outside the limits."""
        return np.asarray((values < self.low) | (values > self.high) | (self.above & (values == self.low)))


SEX: Final = {"female": "female", "f": "female", "woman": "female", "male": "male", "m": "male", "man": "male"}
ANCESTRY: Final = {
    "white": "white",
    "caucasian": "white",
    "black": "black",
    "african american": "black",
    "asian": "asian",
    "japanese": "japanese",
    "other": "other",
}
KNOWN: Final[dict[str, Known]] = {
    "AGE": Known("year", 0.0, 130.0, above=False),
    "WT": Known("kg", 0.0, 700.0),
    "HT": Known("cm", 20.0, 300.0),  # a height in metres falls below
    "PMA": Known("week", 0.0, 7000.0),
    "SEX": Known("", words=SEX),
    "ANCESTRY": Known("", words=ANCESTRY),
}


def checked(table: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Columns as arrays: known ones within their limits and words, IDs present and unique, numbers finite.

    PeopleError says which column and which person.
    """
    columns = {name: np.asarray(values) for name, values in table.items()}
    if "ID" not in columns:
        raise PeopleError(f"People need a column ID; the columns are {', '.join(columns) or 'none'}.")
    ids = _ids(columns["ID"])
    sizes = {values.size for values in columns.values()}
    if sizes == {0}:
        raise PeopleError("There is no person in this table; a population needs at least 1.")
    if len(sizes) > 1:
        raise PeopleError("The columns of people differ in length.")
    return {"ID": ids} | {name: _column(name, v, ids) for name, v in columns.items() if name != "ID"}


def _ids(values: NDArray[Any]) -> NDArray[Any]:
    if np.issubdtype(values.dtype, np.floating):
        if not np.all(np.isfinite(values)) or np.any(values != np.rint(values)) or np.any(np.abs(values) >= 2.0**53):
            raise PeopleError("An ID is a whole number below 2^53 or a name; a broken, missing or larger number came.")
        values = values.astype(np.int64)
    values = values.astype(np.int64) if np.issubdtype(values.dtype, np.integer) else values.astype(np.str_)
    names, counts = np.unique(values, return_counts=True)
    if np.any(counts > 1):
        raise PeopleError(f"The ID {names[np.argmax(counts > 1)]} stands twice; every person needs an ID of their own.")
    return values


def _column(name: str, values: NDArray[Any], ids: NDArray[Any]) -> NDArray[Any]:
    known = KNOWN.get(name)
    if known is not None and known.words is not None:
        return _words(name, values, ids, known.words)
    if not np.issubdtype(values.dtype, np.number) or np.issubdtype(values.dtype, np.complexfloating):
        if known is not None:
            raise PeopleError(f"{name} is a number in {counted(known.unit)}; {values[0]!s} came for ID {ids[0]}.")
        return values.astype(np.str_)
    numbers = np.ascontiguousarray(values, dtype=np.float64)
    if not np.all(np.isfinite(numbers)):
        k = int(np.argmin(np.isfinite(numbers)))
        raise PeopleError(f"{name} of ID {ids[k]} is missing or not finite; give every person a number.")
    if known is not None:
        bad = known.wrong(numbers)
        if np.any(bad):
            k = int(np.argmax(bad))
            raise PeopleError(f"{name} must be {known.limits}; {numbers[k]:g} came for ID {ids[k]}.")
    return numbers


def _words(name: str, values: NDArray[Any], ids: NDArray[Any], words: Mapping[str, str]) -> NDArray[Any]:
    found = [words.get(str(value).strip().lower()) for value in values.tolist()]
    for word, value, who in zip(found, values.tolist(), ids.tolist(), strict=True):
        if word is None:
            allowed = ", ".join(dict.fromkeys(words.values()))
            raise PeopleError(f"{name} must be one of {allowed}; {value!s} came for ID {who}.")
    return np.asarray(found, dtype=np.str_)


@lru_cache(maxsize=1)
def _term() -> float:
    from ketasim.evidence.store import fact

    return fact("people.term").number


def derived(columns: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The columns with those that follow from others: PMA (weeks, born at term), BMI (kg/m²), BSA (m²)."""
    out = dict(columns)
    if "PMA" not in out and "AGE" in out:
        out["PMA"] = _term() + out["AGE"] * (DAYS_PER_YEAR / 7.0)
    if "WT" in out and "HT" in out:
        out.setdefault("BMI", out["WT"] / (out["HT"] / 100.0) ** 2)
        out.setdefault("BSA", body_surface(out["HT"], out["WT"]))
    return out


def body_surface(height: F64, weight: F64) -> F64:
    """Body surface area (m²) after Mosteller: √(height (cm) · weight (kg) / 3600); fact people.bsa."""
    from ketasim.evidence.store import fact

    return np.sqrt(height * weight / fact("people.bsa").number)
