"""The model at the observations of a data set: typical people, virtual people, and a band of many of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from ketasim.engine.abi import F64, I64, Solution
from ketasim.model.residual import apply
from ketasim.population import chance
from ketasim.population.people import keys
from ketasim.simulation.plan import Planned, batch
from ketasim.simulation.quantiles import along_people

if TYPE_CHECKING:
    from ketasim.simulation.dataset import DataSet
    from ketasim.simulation.plan import Study

COLUMNS: Final = ("PRED", "SIM", "PI5", "PI95")
LEVELS: Final = (0.05, 0.95)
DRAWS: Final = 200
MOST_PEOPLE, MOST_OBSERVATIONS = 1_000, 20_000  # of a data set whose band takes seconds


def draws_for(data: DataSet) -> int:
    """How many virtual people give the band of a data set that is simulated once: none where it is large."""
    few = data.n <= MOST_PEOPLE and data.observed.time.size <= MOST_OBSERVATIONS
    return DRAWS if few else 0


def at_observations(study: Study, planned: Planned, solved: Solution, start: int, stop: int) -> F64:
    """What stands beside each observation of these people, shape (columns, observations), in units of the outputs.

    PRED is the prediction for the typical person with the covariates and doses of that record, which no seed changes;
    SIM what the virtual person of this run has; PI5 and PI95 the 5 to 95 % band of `study.draws` virtual people like
    that one, with the model's residual error (NaN without draws). NaN for people who were not solved.
    """
    found = np.full((len(COLUMNS), planned.observed.size), np.nan)
    if not planned.observed.size:
        return found
    found[1] = _read(planned, solved, (stop - start) * study.times.size)
    usual = replace(study, typical=True, residual=False, eta=None)
    found[0] = found[1] if study.typical else _solved(usual, start, stop)
    if study.draws and not study.typical and study.eta is None:
        many = [_drawn(study, k, start, stop) for k in range(study.draws)]
        found[2:] = along_people(np.array(many).T, LEVELS).T
    return found


def _solved(study: Study, start: int, stop: int) -> F64:
    lean = replace(study, times=study.times[:1])
    planned = batch(lean, start, stop)
    return _read(planned, study.compiled.solve(planned.batch, study.settings), stop - start)


def _read(planned: Planned, solved: Solution, grid: int) -> F64:
    """Values (observations,) in the order of the data set, where the first `grid` numbers are times of the grid."""
    mine = np.flatnonzero(planned.out_index >= grid)
    at = planned.out_index[mine] - grid
    values = np.empty(planned.observed.size)
    values[at] = solved.y[mine, planned.observed[at]]
    values[np.isin(planned.who, np.flatnonzero(solved.status != 0))] = np.nan
    return values


def _drawn(study: Study, k: int, start: int, stop: int) -> F64:
    """Observations (observations,) of the k-th virtual person like each of these, with residual error."""
    seed = int.from_bytes(np.array(chance.key_of(study.seed, f"virtual person {k}"), np.uint32).tobytes(), "little")
    lean = replace(study, times=study.times[:1], seed=seed)
    planned = batch(lean, start, stop)
    values = _read(planned, study.compiled.solve(planned.batch, study.settings), stop - start)
    nth = _nth(planned.who)
    z = chance.normal(seed, keys(planned.columns["ID"]), "residual of an observation", int(nth.max()) + 1)
    z = z[planned.who, nth]
    for where in np.unique(planned.observed).tolist():
        residual = study.model.outputs[where].residual
        if residual is not None:
            mine = planned.observed == where
            values[mine] = apply(residual, values[mine], z[mine])
    return values


def _nth(who: I64) -> I64:
    """Which observation of its person each is, from 0; those of one person stand together."""
    head = np.flatnonzero(np.diff(who, prepend=-1) != 0)
    return np.arange(who.size) - np.repeat(head, np.diff(head, append=who.size))
