"""The covariate columns of a data set: words and numbers checked, units converted, gaps carried over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ketasim.dosing.dataset import RESERVED, Columns
from ketasim.dosing.events import Events
from ketasim.errors import DataError, UnitError
from ketasim.model.individual import wrong
from ketasim.model.model import Covariate, Model
from ketasim.population.covariates import KNOWN
from ketasim.units import many


def factor_of(columns: Columns, column: str, unit: str, wanted: str) -> float:
    """What turns a column's declared unit into the wanted one; DataError names the column where none does."""
    from ketasim.units import factor

    try:
        return factor(unit, wanted)
    except UnitError as why:
        raise DataError(f"{columns.path}, units of column {column}: {str(why).rstrip('.')}.") from why


def named(columns: Columns, model: Model) -> Columns:
    """The columns, those that are a covariate but for upper and lower case under that covariate's name."""
    known = {name.upper(): name for name in (*KNOWN, *(c.name for c in model.covariates))}

    def name_of(name: str) -> str:
        meant = known.get(name.upper(), name)
        return name if name in known.values() or meant in columns.cells else meant

    cells = {name_of(name): values for name, values in columns.cells.items()}
    return replace(columns, cells=cells) if len(cells) == len(columns.cells) else columns


def covariate_columns(
    columns: Columns, events: Events, model: Model, units: Mapping[str, str]
) -> tuple[dict[str, NDArray[Any]], tuple[str, ...]]:
    """The model's covariates (and those from which others are derived) by row of the file, gaps carried over.

    With it sentences about individuals who have no value and get the model's default.
    """
    wanted = {c.name: c for c in model.covariates}
    derivable = any(name not in columns.cells for name in wanted)
    found: dict[str, NDArray[Any]] = {}
    said: list[str] = []
    for name in columns.cells:
        if name in RESERVED or not (name in wanted or (derivable and name in KNOWN and not KNOWN[name].words)):
            continue
        covariate = wanted.get(name)
        values: NDArray[Any]
        if covariate is not None and covariate.levels:
            values = _levels(columns, name, covariate.levels)
            missing = values == ""
        else:
            values = columns.number(name)
            missing = np.isnan(values)
            unit = covariate.unit if covariate is not None else KNOWN[name].unit
            if name in units and unit:
                values = values * factor_of(columns, name, units[name], unit)
            _check_limits(columns, name, values)
            if covariate is not None:
                _check_model(columns, model, covariate, values)
        default = covariate.default if covariate is not None else None
        found[name], lacking = _without_gaps(columns, events, name, values, missing, default)
        if lacking:
            who = f"{lacking} of {many(len(events.label), 'individual')} {'has' if lacking == 1 else 'have'}"
            said.append(f"{columns.path}: {who} no {name}; the model's default {default} is taken.")
    _check_present(columns, model, found)
    return found, tuple(said)


def _check_limits(columns: Columns, name: str, values: NDArray[Any]) -> None:
    """Refuse what no living person can have, with its line."""
    known = KNOWN.get(name)
    if known is None:
        return
    if (wrong := known.wrong(values)).any():
        k = int(np.argmax(wrong))
        columns.refuse(k, name, f"expected {known.limits}, but {values[k]:g} came")


def _check_model(columns: Columns, model: Model, covariate: Covariate, values: NDArray[Any]) -> None:
    """Refuse what the model's equations cannot take, with its line."""
    unfit, expected = wrong(model, covariate, values)
    if unfit.any():
        k = int(np.argmax(unfit))
        columns.refuse(k, covariate.name, f"expected {expected}, but {values[k]:g} came")


def _levels(columns: Columns, name: str, levels: Sequence[str]) -> NDArray[Any]:
    """A column of words, each one of `levels` or a synonym of one."""
    cells = columns.text(name).astype(str)
    synonyms = KNOWN[name].words or {} if name in KNOWN else {}
    unique, back = np.unique(cells, return_inverse=True)
    words = [u if u in levels else synonyms.get(u.lower(), u) for u in unique.tolist()]
    for k, word in enumerate(words):
        if word and word not in levels:
            row = int(np.argmax(back == k))
            columns.refuse(row, name, f"expected {' or '.join(levels)}, but {str(unique[k])!r} came")
    return np.array(words)[back]


def _without_gaps(
    columns: Columns, events: Events, name: str, values: NDArray[Any], missing: NDArray[np.bool_], default: Any
) -> tuple[NDArray[Any], int]:
    """Values without gaps, and how many individuals have none at all and get the default."""
    if not missing.any():
        return values, 0
    position = np.arange(values.size)
    head = np.flatnonzero(np.diff(events.patient, prepend=-1) != 0)[events.patient]
    before = np.maximum.accumulate(np.where(missing, -1, position))
    after = np.minimum.accumulate(np.where(missing, values.size, position)[::-1])[::-1]
    nowhere = (after >= values.size) | (events.patient[np.minimum(after, values.size - 1)] != events.patient)
    source = np.where(before >= head, before, np.where(nowhere, -1, after))
    lost = source < 0
    if lost.any() and default is None:
        k = int(np.argmax(lost))
        label = events.label[int(events.patient[k])]
        columns.refuse(k, name, f"individual {label} has no value of this covariate in any record")
    whole = np.where(lost, default if default is not None else values, values[source])
    return whole, int(np.unique(events.patient[lost]).size)


def _check_present(columns: Columns, model: Model, found: Mapping[str, Any]) -> None:
    from ketasim.population.covariates import derived

    known = derived(found)
    for covariate in model.covariates:
        if covariate.name not in known and covariate.default is None:
            unit = f" ({covariate.unit})" if covariate.unit else ""
            there = ", ".join(c for c in columns.cells if c not in RESERVED) or "no covariate"
            raise DataError(
                f"{columns.path}, line 1: the column {covariate.name}{unit} is missing, a covariate that model "
                f"{model.name!r} needs; there is {there}."
            )
