"""What people would have had with other numbers: every change is a patient or two of one batch.

Those who stand for the people of a run have their middle covariates and lie one standard deviation to either side in
every random effect (two-point quadrature, so that a factor with mean 1 keeps it; where patients differ by kinds, what
makes them so is held still); for a typical person it is that one.
Rows of the batch: as it is; each lever moved (calibrated numbers following); each difference between trials, one SD
below and above the average one; posterior draws. For a centre f of a prediction that is read from them

    facts           ((f_lever - f) / step)²             one for each lever
    between-study   ((f_above - f_below) / 2)²          summed
    calibration     variance of f over the draws
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from ketasim.population.people import People, listed
from ketasim.simulation.kept import InMemory, Kept
from ketasim.simulation.levers import Estimates, Lever, fixed, known_names
from ketasim.simulation.simulate import cores, default_chunk, fill

if TYPE_CHECKING:
    from ketasim.engine.abi import F64, I64
    from ketasim.simulation.plan import Study
    from ketasim.simulation.run import Run

DRAWS: Final = 200
LOOK: Final = 4096  # people of whom the typical one is made
COPIES: Final = 128  # of one person, to see how such people differ
NOBODY: Final = Estimates((), np.empty((0, 0)), np.empty(0))


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Variance of a centre by origin: `facts` (levers,), NaN where a moved lever was not solved."""

    facts: F64
    calibration: float
    between: float


@dataclass(frozen=True, eq=False)
class Moved:
    """The batch: which rows are what, and what came out of each; `noise` (rows,) within patients, NaN: as it is.

    People are `sides` times the rows.
    """

    study: Study
    kept: Kept
    sides: int
    levers: tuple[Lever, ...]
    between: int
    noise: F64
    own: Mapping[str, float] = field(default_factory=dict)

    def middle(self, values: F64) -> F64:
        """Mean over the sides (rows,) of a value of each patient of the batch (people,)."""
        return np.asarray(values.reshape(self.sides, -1).mean(axis=0))

    def parts(self, centre: F64) -> Parts:
        """Variance by origin of what was read from each row, (rows,)."""
        last = 1 + len(self.levers)
        slopes = (centre[1:last] - centre[0]) / np.array([lever.step for lever in self.levers])
        low, high = centre[last : last + self.between], centre[last + self.between : last + 2 * self.between]
        draws = centre[last + 2 * self.between :]
        draws = draws[np.isfinite(draws)]
        return Parts(slopes**2, float(draws.var()) if draws.size else 0.0, float(np.sum((0.5 * (high - low)) ** 2)))


def moved(
    run: Run,
    estimates: Estimates | None = None,
    workers: int | None = None,
    of: I64 | None = None,
    outputs: Sequence[str] | None = None,
    times: F64 | None = None,
    draws: int = DRAWS,
) -> Moved:
    """Run the batch for what was asked in `run`; what the user set stays as it is.

    `of` are positions of people of the run, in whose place the batch moves, each a side; `outputs` and `times` (h) what
    is kept (as in the run); `draws` of the posterior, at most.
    """
    study = run.study if times is None else replace(run.study, times=times)
    if outputs is not None:
        study = replace(study, outputs=tuple(study.outputs[run.position(name)] for name in outputs))
    chosen, coefficients = study.layout.split(study.overrides)
    own = {**chosen, **coefficients}
    usable = _within(estimates or NOBODY, known_names(study.model) - set(own))
    levers = fixed(study.model, own, usable.names)
    drawn = usable.draws[:: -(-len(usable.draws) // draws) or 1] if usable.names else np.empty((0, 0))
    at = {name: k for k, name in enumerate(usable.names)}
    count = 1 + len(levers) + 2 * len(usable.between) + len(drawn)
    each = {n: np.full(count, value) for n, value in _typical(study, levers, usable).items()}
    for k, lever in enumerate(levers, 1):
        for name in lever.names:
            each[name][k] *= lever.factor
        for name, change in zip(usable.names, usable.follows.get(lever.fact.id, ()), strict=False):
            each[name][k] *= np.exp(lever.step * change)
    for j, (name, ends) in enumerate(usable.between.items()):
        for side, value in enumerate(ends):
            each[name][1 + len(levers) + side * len(usable.between) + j] = value
    for name, k in at.items():
        each[name][count - len(drawn) :] = drawn[:, k]
    if of is None and not study.typical:
        each |= {name: np.full(count, value) for name, value in usable.still.items()}
    noise = np.full(count, np.nan)
    if len(drawn):
        noise[count - len(drawn) :] = usable.noise[:: -(-len(usable.draws) // draws) or 1]
    sides = of.size if of is not None else 1 if study.typical else 2
    eta = _either_side(len(study.layout.effects), count, sides) if of is None else None
    if of is not None and study.eta is not None:
        eta = np.repeat(study.eta[of], count, axis=0)
    still = replace(
        study,
        people=same(typical_of(run.people), sides * count) if of is None else _again(run.people, of, count),
        residual=False,
        each={name: np.tile(values, sides) for name, values in each.items()},
        eta=eta,
    )
    return Moved(still, _solved(still, workers), sides, levers, len(usable.between), noise, own)


def _either_side(effects: int, count: int, sides: int) -> F64:
    """Standard normal effects (sides · count, effects): +1 and -1 by turns and the other way round, or 0."""
    if sides == 1:
        return np.zeros((count, effects))
    signs = np.where(np.arange(effects) % 2 == 0, 1.0, -1.0)
    return np.repeat(np.stack([signs, -signs]), count, axis=0)


def _within(estimates: Estimates, known: set[str]) -> Estimates:
    """The estimates of names that a model has and the user left alone."""
    kept = [k for k, name in enumerate(estimates.names) if name in known]
    return Estimates(
        tuple(estimates.names[k] for k in kept),
        estimates.draws[:, kept],
        estimates.noise,
        {name: ends for name, ends in estimates.between.items() if name in known},
        {name: change[kept] for name, change in estimates.follows.items()},
        estimates.still,
    )


def _typical(study: Study, levers: Sequence[Lever], estimates: Estimates) -> dict[str, float]:
    """Values as they are of everything that some row moves, in the unit in which it is set."""
    plan = study.layout
    values = dict(zip(plan.parameters, plan.typical(study.overrides).tolist(), strict=True))
    effects = (e for name in plan.parameters for e in plan.parameter(name).effects)
    values |= {e.coefficient.id: e.coefficient.number for e in effects}
    wanted = {*(n for lever in levers for n in lever.names), *estimates.names, *estimates.between}
    return {name: float(values[name]) for name in values if name in wanted}


def typical_of(people: People) -> dict[str, Any]:
    """The middle of some people: the median of each number, the commonest of each word."""
    columns = people.chunk(0, min(people.n, LOOK))
    return {name: _middle(values) for name, values in columns.items() if name != "ID"}


def _middle(values: NDArray[Any]) -> Any:
    if values.dtype.kind in "fiub":
        return float(np.nanmedian(values.astype(np.float64)))
    words, counts = np.unique(values.astype(str), return_counts=True)
    return str(words[counts.argmax()])


def same(columns: Mapping[str, Any], count: int) -> People:
    """`count` people who are all alike."""
    return listed({"ID": np.arange(1, count + 1), **{n: np.full(count, v) for n, v in columns.items()}}, "alike")


def _again(people: People, of: I64, count: int) -> People:
    """The people at these positions, each `count` times over and as they are, random effects too."""
    rows = [people.chunk(int(k), int(k) + 1) for k in of]
    columns = {name: np.repeat(np.concatenate([row[name] for row in rows]), count) for name in rows[0]}
    return People("again", of.size * count, people.names, lambda a, b: {n: v[a:b] for n, v in columns.items()})


def copies(run: Run, workers: int | None = None) -> tuple[Study, Kept]:
    """People with the covariates of the first person of a run, who differ as patients do."""
    alike = replace(run.study, people=same(typical_of(run.people), COPIES), residual=False)
    return alike, _solved(alike, workers)


def _solved(study: Study, workers: int | None) -> Kept:
    n, threads = study.people.n, workers or cores()
    kept = InMemory(n, len(study.outputs), study.times.size)
    fill(study, kept, threads, default_chunk(study, threads))
    return kept
