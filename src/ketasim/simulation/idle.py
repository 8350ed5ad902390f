"""Coefficients of covariate effects that were set and move nobody: of a word that nobody has, of an age all are of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ketasim.model.individual import apply_effect
from ketasim.simulation.ages import SCAN
from ketasim.simulation.columns import covariates_of

if TYPE_CHECKING:
    from ketasim.model.variability import CovariateEffect
    from ketasim.simulation.plan import Study

TRIED = (1.5, 2.5)  # two sizes of a coefficient: what they make alike, any others do


def warnings_of(study: Study) -> tuple[str, ...]:
    """A sentence on each coefficient that was set and concerns none of the people."""
    layout = study.layout
    still = dict.fromkeys(layout.split(study.overrides)[1])
    effects = [effect for name in layout.parameters for effect in layout.parameter(name).effects]
    effects = [effect for effect in effects if effect.coefficient.id in still]
    for columns in _people(study) if effects else ():
        for effect in effects:
            if effect.coefficient.id in still and _moves(effect, columns[effect.covariate]):
                del still[effect.coefficient.id]
        if not still:
            break
    return tuple(f"{name} is set, but concerns none of these people: {_of(name, effects)}." for name in still)


def _people(study: Study) -> Iterator[Mapping[str, NDArray[Any]]]:
    """Covariates of the people, by chunk; of a data set by parameter row."""
    n = study.people.n
    if study.data is not None:
        whose = np.repeat(np.arange(n), study.data.rows)
        yield covariates_of(study.model, study.people.chunk(0, n), whose, study.data.covariates)
        return
    for start in range(0, n, SCAN):
        stop = min(start + SCAN, n)
        yield covariates_of(study.model, study.people.chunk(start, stop), np.arange(stop - start), {})


def _moves(effect: CovariateEffect, x: NDArray[Any]) -> bool:
    """Whether anybody's parameter hangs on the size of this effect."""
    one = np.ones(x.size)
    less, more = (apply_effect(one, effect, size, x) for size in TRIED)
    return bool(np.any(less != more))


def _of(name: str, effects: list[CovariateEffect]) -> str:
    """When a coefficient would concern somebody."""
    mine = [effect for effect in effects if effect.coefficient.id == name]
    told = dict.fromkeys(
        f"{one.covariate} {' or '.join(map(str, one.levels))}" if one.levels else f"a {one.covariate} other than "
        f"{one.reference:g}" if one.form != "linear_above" else f"a {one.covariate} above {one.reference:g}"
        for one in mine
    )  # fmt: skip
    return f"it counts for {', or for '.join(told)}"
