"""What a model asks of its people: covariates by name, and who is meant by a typical person."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ketasim.engine.abi import I64
from ketasim.errors import PeopleError
from ketasim.evidence.store import fact
from ketasim.model.individual import default_of, wrong
from ketasim.population.covariates import derived
from ketasim.population.people import People, listed

if TYPE_CHECKING:
    from ketasim.model.model import Model


def covariates_of(
    model: Model, columns: Mapping[str, NDArray[Any]], who: I64, changing: Mapping[str, NDArray[Any]]
) -> dict[str, NDArray[Any]]:
    """The model's covariates by parameter row: `changing` columns as they are, the others by person `who`.

    A covariate that people lack takes the model's default; PeopleError if it has none.
    """
    known, by_row = derived(columns), derived(changing)
    found: dict[str, NDArray[Any]] = {}
    for covariate in model.covariates:
        if covariate.name in by_row:
            found[covariate.name] = by_row[covariate.name]
        elif covariate.name in known:
            found[covariate.name] = known[covariate.name][who]
        else:
            found[covariate.name] = np.full(who.size, default_of(model, covariate, columns))
    return found


def refuse(
    model: Model, columns: Mapping[str, NDArray[Any]], place: Callable[[int], str] | None = None, start: int = 0
) -> None:
    """PeopleError that names the first person with a covariate that the model's equations cannot take.

    `place` says where in their file people stand, if they have one; the first of these columns is the one at `start`.
    """
    known = derived(columns)
    for covariate in (c for c in model.covariates if c.name in known):
        values = known[covariate.name]
        unfit, expected = wrong(model, covariate, values)
        if unfit.any():
            k = int(np.argmax(unfit))
            came = repr(str(values[k])) if values.dtype.kind == "U" else f"{values[k]:g}"
            who = f"{'' if place is None else f'{place(start + k)}: '}{covariate.name} of ID {columns['ID'][k]}"
            raise PeopleError(f"{who} must be {expected} for model {model.name!r}, but {came} came.")


def lacking(model: Model, people: People, changing: Collection[str] = ()) -> list[tuple[str, float | str]]:
    """Covariates that people lack and their defaults; PeopleError where the model has no default."""
    known = derived(people.chunk(0, 1))
    missing = [c for c in model.covariates if c.name not in known and c.name not in changing]
    return [(c.name, default_of(model, c, known)) for c in missing]


def reference_person(model: Model, given: Mapping[str, float | str] | None = None) -> People:
    """The person whom a model's typical values describe: its covariates' defaults, else the middle of their data.

    Age and weight without default are the medians behind the esketamine nasal spray model (facts people.*). What is
    `given` stands instead.
    """
    standard: dict[str, float | str] = {"WT": fact("people.weight_median").number}
    if any(covariate.name == "AGE" for covariate in model.covariates):
        standard["AGE"] = fact("people.age_median").number
    for covariate in model.covariates:
        if covariate.default is not None:
            standard[covariate.name] = covariate.default
        elif covariate.levels:
            standard[covariate.name] = covariate.levels[0]
        elif covariate.name not in standard and covariate.low is not None and covariate.high is not None:
            standard[covariate.name] = 0.5 * (covariate.low + covariate.high)
    standard |= given or {}
    return listed(
        {"ID": [1], **{name: [value] for name, value in standard.items()}}, "typical person", {"kind": "typical person"}
    )
