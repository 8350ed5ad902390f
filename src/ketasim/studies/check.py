"""Small checks on one table of a study file; each refuses with file, line and field."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any, Final

from ketasim.studies.place import Place

Table = Mapping[str, Any]
MOST: Final = 1_000_000_000  # people


def fields(table: Any, allowed: Collection[str], at: Place) -> None:
    """Refuse a thing that is not a table, or that has a field nobody knows."""
    if not isinstance(table, Mapping):
        at.refuse("" if at.inside else at.section or "file", f"a table was expected; {table!r} came")
    for name in table:
        if name not in allowed:
            near = get_close_matches(str(name), allowed, n=1)
            guess = f"; did you mean {near[0]!r}?" if near else ""
            at.refuse(str(name), f"unknown field{guess} (known: {', '.join(sorted(allowed))})")


def text(table: Table, field: str, at: Place, default: str | None = None) -> str:
    """A field that is text and not empty; `default` if it may be missing."""
    value = table.get(field, default)
    if value is None:
        at.refuse(field, "is missing")
    if not isinstance(value, str) or (not value.strip() and default is None):
        at.refuse(field, f"must be text; {value!r} came")
    return value


def choice(table: Table, field: str, known: Collection[str], at: Place, default: str | None = None) -> str:
    """A field that is one of the known words."""
    value = text(table, field, at, default)
    if value not in known:
        near = get_close_matches(value, known, n=1)
        guess = f"did you mean {near[0]!r}? " if near else ""
        at.refuse(field, f"{value!r} is unknown; {guess}Known: {', '.join(filter(None, known))}")
    return value


def number(table: Table, field: str, at: Place, low: float = -math.inf, high: float = math.inf) -> float | None:
    """A field that is a finite number within [low, high], or None if it is missing."""
    if field not in table:
        return None
    return _number(table[field], field, at, low, high)


def _number(value: Any, field: str, at: Place, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        at.refuse(field, f"must be a finite number; {value!r} came")
    if not low <= value <= high:
        bounds = f"at least {low:g}" if high == math.inf else f"at most {high:g}" if low == -math.inf else ""
        at.refuse(field, f"must be {bounds or f'between {low:g} and {high:g}'}; {value:g} came")
    return float(value)


def whole(table: Table, field: str, at: Place, low: int, missing: int | None = None) -> int:
    """A field that is a whole number from `low` to MOST; `missing` if it may be left out."""
    value = table.get(field, missing)
    if value is None:
        at.refuse(field, "is missing; say how many people stand behind the number")
    if isinstance(value, bool) or not isinstance(value, int):
        at.refuse(field, f"must be a whole number; {value!r} came")
    if value < low:
        at.refuse(field, f"must be at least {low}; {value} came")
    if value > MOST:
        at.refuse(field, f"must be at most {MOST:,}; {value:,} came")
    return value


def pair(table: Table, field: str, at: Place, open_above: bool = False) -> tuple[float, float] | None:
    """A field [low, high] of two numbers in that order, or None if it is missing; high may be `inf` if open above."""
    if field not in table:
        return None
    value = table[field]
    if not isinstance(value, list) or len(value) != 2:
        at.refuse(field, f"must be [low, high]; {value!r} came")
    low = _number(value[0], field, at, -math.inf, math.inf)
    unreached = open_above and value[1] == math.inf
    high = math.inf if unreached else _number(value[1], field, at, -math.inf, math.inf)
    if low > high:
        at.refuse(field, f"runs from {low:g} down to {high:g}; the lower end comes first")
    return low, high


def tables(root: Table, section: str, at: Place) -> list[Table]:
    """The [[section]] tables of a file."""
    value = root.get(section, [])
    if not isinstance(value, list):
        at.refuse(section, f"write [[{section}]] with two brackets")
    return value
