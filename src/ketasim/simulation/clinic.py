"""A run as a clinic would see it: scores at visits with the noise within patients, change, response and remission.

A model gives each person's expected score. At a visit the clinic finds that score moved by the person's day and written
in whole points (`measurement.reading`), so for each person there is a probability of being counted as responder or
remitter. Shares and changes here are means of these over people: what would be found on average, with no chance of its
own. Percentiles of the written score, and the SD of its change, are of one draw per person and visit, keyed by seed,
person and time; of few people, of many draws each (`often`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ketasim.engine.abi import F64, I64
from ketasim.errors import RequestError
from ketasim.measurement.reading import Reading
from ketasim.population import chance
from ketasim.population.people import keys
from ketasim.simulation.columns import covariates_of
from ketasim.simulation.comparison import Difference, difference
from ketasim.simulation.quantiles import spread

if TYPE_CHECKING:
    from ketasim.simulation.run import Run

LEVELS: Final = (0.05, 0.5, 0.95)
DAY: Final = 24.0
MOST_VISITS: Final = 400
MOST_PEOPLE: Final = 2_000_000  # whose baseline is read at once
FEW: Final = 100  # fewer people than this are seen on MANY days in all, for the range of what is found
MANY: Final = 2_000
NEAR: Final = 0.5  # hours between a time asked and one kept


@dataclass(frozen=True, slots=True, eq=False)
class Visit:
    """One visit of everybody; shares in 0 to 1, scores in points.

    `expected`, `written` and `changed` are (5, 50, 95 %) over people of the expected score, of the score as written
    and of its change from baseline; `change` is the mean change, `sd` its SD between people; `response` and
    `remission` are shares of people.
    """

    hours: float
    n: int
    expected: tuple[float, float, float]
    written: tuple[float, float, float]
    changed: tuple[float, float, float]
    change: float
    sd: float
    response: float
    remission: float


def baseline(run: Run, reading: Reading) -> F64:
    """Each person's score before treatment (people,): their covariate, or the model's default."""
    if run.n > MOST_PEOPLE:
        raise RequestError(f"Scores at visits are told of at most {MOST_PEOPLE:,} people; {run.n:,} came.")
    columns = run.people.chunk(0, run.n)
    return np.asarray(covariates_of(run.model, columns, np.arange(run.n), {})[reading.baseline], dtype=np.float64)


def can_tell(run: Run, reading: Reading | None) -> bool:
    """Whether a run kept what visits are read from: the score's trajectories, of not too many people, for a regimen."""
    return reading is not None and reading.output in run.outputs and not why_not(run, reading)


def why_not(run: Run, reading: Reading) -> str:
    """Why visits cannot be read from a run whose model has the score; "" where they can."""
    if run.study.data is not None:
        return "Scores at visits are told of a regimen; a data set has its own times."
    told = f"{reading.scale.name} at visits, response and remission"
    if run.table is not None:
        return f"{told} are read from trajectories; leave out the option that keeps quantiles only."
    if run.study.residual:
        return f"{told} have a noise of their own; leave out the residual error of outputs."
    if run.n > MOST_PEOPLE:
        return f"{told} are told of at most {MOST_PEOPLE:,} people."
    return ""


def days(run: Run) -> tuple[float, ...]:
    """Hours of the visits of a run: every day that was kept, else all times that were kept (evenly thinned)."""
    whole = run.times[np.abs(run.times / DAY - np.rint(run.times / DAY)) < 1e-9]
    kept = whole if whole.size > 1 else run.times
    kept = kept[kept > 0] if kept.size > 1 else kept
    return tuple(float(t) for t in kept[:: -(-kept.size // MOST_VISITS)])


def usual(run: Run) -> tuple[float, ...]:
    """Hours that a reader asks for first: 24 h, the starts of days 8 and 28, the last; those that were kept."""
    asked = (DAY, 7 * DAY, 27 * DAY, float(run.times[-1]))
    kept = [float(run.times[column(run, t)]) for t in asked if np.abs(run.times - t).min() <= NEAR]
    return tuple(sorted(set(kept)))


def column(run: Run, hours: float) -> int:
    """Where a time stands among those kept; RequestError if nothing within half an hour was kept."""
    k = int(np.abs(run.times - hours).argmin())
    if abs(run.times[k] - hours) > NEAR:
        raise RequestError(
            f"Nothing was kept at {hours:g} h; the run has {run.times.size} times from {run.times[0]:g} to "
            f"{run.times[-1]:g} h. Ask for a longer run (--days), or for a time that is kept."
        )
    return k


def visits(run: Run, reading: Reading, hours: Sequence[float] | None = None) -> tuple[Visit, ...]:
    """What the clinic finds at these hours (by default every day), of the people whose runs finished."""
    before, whose = baseline(run, reading), keys(run.people.chunk(0, run.n)["ID"])
    return tuple(_visit(run, reading, before, whose, t) for t in (days(run) if hours is None else hours))


def found(run: Run, reading: Reading, hours: float) -> tuple[F64, F64, F64]:
    """Scores before treatment, expected and as written at a visit (people,), of those whose runs finished."""
    return _found(run, reading, baseline(run, reading), keys(run.people.chunk(0, run.n)["ID"]), hours)


def _found(run: Run, reading: Reading, before: F64, whose: I64, hours: float) -> tuple[F64, F64, F64]:
    score = scores(run, reading, hours)
    known = np.isfinite(score)
    if not known.any():
        return (np.empty(0),) * 3
    return before[known], score[known], reading.written(score[known], _days_of(run, whose[known], hours)[:, 0])


def often(run: Run, reading: Reading, hours: float) -> tuple[F64, F64]:
    """Scores before treatment and as written, for the range of what is found: of fewer than FEW people (but not of one)
    on many days of each, for one day of each would say more of the days than of the people.
    """
    whose = keys(run.people.chunk(0, run.n)["ID"])
    return _often(run, reading, whose, hours, _found(run, reading, baseline(run, reading), whose, hours))


def _often(run: Run, reading: Reading, whose: I64, hours: float, found: tuple[F64, F64, F64]) -> tuple[F64, F64]:
    first, score, written = found
    if not 1 < score.size < FEW:
        return first, written
    known, count = np.isfinite(scores(run, reading, hours)), -(-MANY // score.size)
    return np.repeat(first, count), reading.written(score[:, None], _days_of(run, whose[known], hours, count)).ravel()


def _days_of(run: Run, whose: I64, hours: float, count: int = 1) -> F64:
    """How good the day of each person is (people, count), standard normal."""
    return chance.normal(run.study.seed, whose, f"patient's day at {hours:.4f} h", count)


def _visit(run: Run, reading: Reading, before: F64, whose: I64, hours: float) -> Visit:
    first, score, written = _found(run, reading, before, whose, hours)
    if not score.size:
        none = (np.nan,) * 3
        return Visit(hours, 0, none, none, none, np.nan, np.nan, np.nan, np.nan)
    change = reading.expected(score) - first
    seen, often = _often(run, reading, whose, hours, (first, score, written))
    return Visit(
        hours,
        int(score.size),
        percentiles(score),
        percentiles(often),
        percentiles(often - seen),
        float(change.mean()),
        spread(often - seen),
        float(reading.responded(score, first).mean()),
        float(reading.remitted(score).mean()),
    )


def percentiles(values: F64) -> tuple[float, float, float]:
    """5, 50 and 95 % of values (people,)."""
    low, middle, high = np.quantile(values, LEVELS)
    return float(low), float(middle), float(high)


def scores(run: Run, reading: Reading, hours: float) -> F64:
    """Expected scores (people,) at a time that was kept, NaN for people who were not solved."""
    k = column(run, hours)
    return np.asarray(run.kept.block(run.position(reading.output), k, k + 1)[0])


def effects(run: Run, reading: Reading, hours: float) -> dict[str, F64]:
    """Change (points), response and remission (shares, as probabilities) of each person (people,) at a time."""
    score, before = scores(run, reading, hours), baseline(run, reading)
    return {
        "change": reading.expected(score) - before,
        "response": reading.responded(score, before),
        "remission": reading.remitted(score),
    }


def contrasts(
    runs: Mapping[str, Run], reading: Reading, hours: Sequence[float] | None = None
) -> tuple[Difference, ...]:
    """Change, response and remission in each of several runs of the same people, and each less the first.

    The standard error is of that mean difference for the n people given, each compared with themselves.
    """
    first = next(iter(runs.values()))
    found = []
    for t in usual(first) if hours is None else hours:
        told = {name: effects(run, reading, t) for name, run in runs.items()}
        base = next(iter(told.values()))
        for what in ("change", "response", "remission"):
            unit = "point" if what == "change" else "1"
            measure = f"{what}, {clock(t)}"
            found += [
                difference(reading.output, measure, unit, name, one[what], base[what]) for name, one in told.items()
            ]
    return tuple(found)


def clock(hours: float) -> str:
    """A time as trials count it: "24 h", then "day 8", the start of that day; day 1 begins at time 0."""
    if hours < 2 * DAY or hours % DAY:
        return f"{hours:g} h"
    return f"day {round(hours / DAY) + 1}"
