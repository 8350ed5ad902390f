"""From one TOML table to one Fact, strictly: every field known, of the right type, with source and grade."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any, get_args

from ketasim.errors import EvidenceError
from ketasim.evidence.fact import PRINTED, Fact, Spread, SpreadKind, SpreadOf

FIELDS = frozenset(Fact.__dataclass_fields__)
REQUIRED = ("id", "quantity", "value", "unit", "citation", "grade")
_TEXT = ("quantity", "unit", "meaning", "population", "site", "where", "note")
_SPREAD_FIELDS = frozenset(Spread.__dataclass_fields__)
_INTERVALS = {"ci90", "ci95", "iqr", "range"}


def fact_of(table: Any, where: str, keys: Collection[str]) -> Fact:
    """The Fact that a TOML table states; `keys` are the citation keys that exist, `where` names the file.

    EvidenceError names the file, the fact and the field.
    """
    if not isinstance(table, dict):
        raise EvidenceError(f"{where}: a fact must be a [[fact]] table; {table!r} came.")
    name = table.get("id")
    if not isinstance(name, str) or not name.strip() or name != name.strip():
        raise EvidenceError(f"{where}: every fact needs an 'id' of text; {name!r} came.")
    here = f"{where}: fact {name!r}"
    if unknown := sorted(set(table) - FIELDS):
        raise EvidenceError(f"{here} has unknown field {unknown[0]!r}; the fields are {', '.join(sorted(FIELDS))}.")
    for field in REQUIRED:
        if field not in table:
            raise EvidenceError(f"{here} lacks {field!r}; every fact needs {', '.join(REQUIRED)}.")
    if table["grade"] not in PRINTED:
        raise EvidenceError(f"{here}: the grade must be one of {', '.join(PRINTED)}; {table['grade']!r} came.")
    texts = {field: _text(table[field], field, here) for field in _TEXT if field in table}
    if not texts["quantity"].strip():
        raise EvidenceError(f"{here}: 'quantity' is empty; say what was measured.")
    if not texts["unit"].strip():
        raise EvidenceError(f"{here}: 'unit' is empty; a pure number has the unit '1'.")
    n = table.get("n")
    if n is not None and (type(n) is not int or n < 1):
        raise EvidenceError(f"{here}: 'n' must be a whole number of people above 0; {n!r} came.")
    return Fact(
        id=name,
        value=_value(table["value"], here),
        citation=_citation(table["citation"], table["grade"], here, keys),
        grade=table["grade"],
        spread=tuple(_spread(row, here) for row in _array(table.get("spread", []), "spread", here)),
        n=n,
        rivals=tuple(_text(r, "rivals", here) for r in _array(table.get("rivals", []), "rivals", here)),
        **texts,
    )


def _array(value: Any, field: str, here: str) -> list[Any]:
    if not isinstance(value, list):
        raise EvidenceError(f"{here}: {field!r} must be an array; {value!r} came.")
    return value


def _text(value: Any, field: str, here: str) -> str:
    if not isinstance(value, str):
        raise EvidenceError(f"{here}: {field!r} must be text; {value!r} came.")
    return value


def _number(value: Any, field: str, here: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise EvidenceError(f"{here}: {field!r} must be a number; {value!r} came.")
    if not math.isfinite(value):
        raise EvidenceError(f"{here}: {field!r} must be finite; {value!r} came.")
    return float(value)


def _value(value: Any, here: str) -> float | tuple[float, ...]:
    if isinstance(value, list):
        if not value:
            raise EvidenceError(f"{here}: 'value' is an empty array.")
        return tuple(_number(v, "value", here) for v in value)
    return _number(value, "value", here)


def _citation(value: Any, grade: str, here: str, keys: Collection[str]) -> tuple[str, ...]:
    cited = tuple(
        _text(v, "citation", here) for v in ([value] if isinstance(value, str) else _array(value, "citation", here))
    )
    if not cited or not all(cited):
        raise EvidenceError(f"{here} names no source; cite a key of the bibliography, or 'assumed' with grade D.")
    for key in cited:
        if key == "assumed":
            if grade != "D":
                raise EvidenceError(f"{here} is 'assumed' but graded {grade}; what is assumed has grade D.")
        elif key not in keys:
            raise EvidenceError(f"{here} cites {key!r}, which is not in the bibliography.")
    return cited


def _spread(row: Any, here: str) -> Spread:
    if not isinstance(row, dict) or set(row) - _SPREAD_FIELDS or not {"of", "kind", "value"} <= set(row):
        raise EvidenceError(f"{here}: a spread is a table {{of, kind, value, note}}; {row!r} came.")
    if row["of"] not in get_args(SpreadOf):
        raise EvidenceError(f"{here}: a spread is 'of' {', '.join(get_args(SpreadOf))}; {row['of']!r} came.")
    kind = row["kind"]
    if kind not in get_args(SpreadKind):
        raise EvidenceError(f"{here}: the kind of a spread is {', '.join(get_args(SpreadKind))}; {kind!r} came.")
    note = _text(row.get("note", ""), "spread.note", here)
    value = row["value"]
    if kind in _INTERVALS:
        if not isinstance(value, list) or len(value) != 2:
            raise EvidenceError(f"{here}: a spread of kind {kind!r} is [low, high]; {value!r} came.")
        low, high = (_number(v, "spread.value", here) for v in value)
        if low > high:
            raise EvidenceError(f"{here}: the {kind} runs from {low:g} down to {high:g}; low comes first.")
        return Spread(row["of"], kind, (low, high), note)
    number = _number(value, "spread.value", here)
    if number < 0:
        raise EvidenceError(f"{here}: a spread of kind {kind!r} cannot be negative; {number:g} came.")
    return Spread(row["of"], kind, number, note)
