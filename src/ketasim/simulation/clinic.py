"""A run as a clinic would see it: scores at visits with the noise within patients, change, response and remission.

A model gives each person's expected score. At a visit the clinic finds that score moved by the person's day and written
in whole points (`measurement.reading`), so for each person there is a probability of being counted as responder or
remitter. Later than trials watched people without any drug a person may have relapsed (`relapsed`), and all of this is
of what the person then may be. Shares and changes here are means of these over people: what would be found on average,
with no chance of its own. Percentiles of the written score, and the SD of its change, are of one draw per person and
visit, keyed by seed, person and time; of few people, of many draws each (`often`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ketasim.engine.abi import F64, I64
from ketasim.errors import RequestError
from ketasim.measurement.reading import Reading
from ketasim.population import chance
from ketasim.population.people import keys
from ketasim.simulation import relapsed
from ketasim.simulation.columns import covariates_of
from ketasim.simulation.comparison import Difference, difference
from ketasim.simulation.quantiles import spread
from ketasim.simulation.relapsed import NEAR, Groups
from ketasim.units import many

if TYPE_CHECKING:
    from ketasim.simulation.run import Run

LEVELS: Final = (0.05, 0.5, 0.95)
DAY: Final = 24.0
USUAL: Final = (DAY, 7 * DAY, 27 * DAY)  # what a reader asks for first, with the last
MOST_VISITS: Final = 400
MOST_NODES: Final = 150  # of a curve of people who may have relapsed
MOST_PEOPLE: Final = 2_000_000  # whose baseline is read at once
FEW: Final = 100  # fewer people than this are seen on MANY days in all, for the range of what is found
MANY: Final = 2_000


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


def at_visits(run: Run) -> Run:
    """The run that visits are read from: itself, or what was kept beside quantiles."""
    return run if run.visits is None else run.visits


def can_tell(run: Run, reading: Reading | None) -> bool:
    """Whether a run kept what visits are read from: the score's trajectories, of not too many people, for a regimen."""
    return reading is not None and reading.output in run.outputs and not why_not(run, reading)


def why_not(run: Run, reading: Reading) -> str:
    """Why visits cannot be read from a run whose model has the score; "" where they can."""
    if run.study.data is not None:
        return "Scores at visits are told of a regimen; a data set has its own times."
    told = f"{reading.scale.name} at visits, response and remission"
    if at_visits(run).table is not None:
        return f"{told} are read from trajectories; name the `reading` where quantiles are kept, or keep trajectories."
    if run.study.residual:
        return f"{told} have a noise of their own; leave out the residual error of outputs."
    if run.n > MOST_PEOPLE:
        return f"{told} are told of at most {MOST_PEOPLE:,} people."
    return ""


def days(run: Run, reading: Reading | None = None) -> tuple[float, ...]:
    """Hours of the visits of a run: every day that was kept, else all times that were kept (evenly thinned), and those
    that `reading` asks for.
    """
    run = at_visits(run)
    whole = run.times[np.abs(run.times / DAY - np.rint(run.times / DAY)) < 1e-9]
    kept = whole if whole.size > 1 else run.times
    kept = kept[kept > 0] if kept.size > 1 else kept
    also = () if reading is None else _those_kept(run, reading.at)
    return tuple(sorted({*kept[:: -(-kept.size // MOST_VISITS)].tolist(), *also}))


def usual(run: Run, reading: Reading | None = None) -> tuple[float, ...]:
    """Hours that a reader asks for first: 24 h, the starts of days 8 and 28, the last, and those that `reading` asks
    for; of these, what was kept.
    """
    run = at_visits(run)
    also = () if reading is None else reading.at
    return tuple(sorted(set(_those_kept(run, (*USUAL, float(run.times[-1]), *also)))))


def _those_kept(run: Run, hours: Sequence[float]) -> list[float]:
    """The times that were kept next to these hours, where one is near."""
    return [float(run.times[column(run, t)]) for t in hours if np.abs(run.times - t).min() <= NEAR]


def column(run: Run, hours: float) -> int:
    """Where a time stands among those kept; RequestError if nothing within half an hour was kept."""
    k = int(np.abs(run.times - hours).argmin())
    if abs(run.times[k] - hours) > NEAR:
        raise RequestError(
            f"Nothing was kept at {hours:g} h; the run has {many(run.times.size, 'time')} from {run.times[0]:g} to "
            f"{run.times[-1]:g} h. Ask for a longer run (--days), or for a time that is kept."
        )
    return k


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Whom a clinic sees at a time: scores before treatment (people,), what each may be, and the keys of chance."""

    hours: float
    before: F64
    groups: Groups
    whose: I64
    seed: int

    @property
    def expected(self) -> F64:
        """Each person's expected score (people,)."""
        return self.groups.mean(self.groups.score)

    def written(self, reading: Reading, count: int = 1) -> F64:
        """Scores as written (people, count), each with its own day, and where it may be so its own relapse or none."""
        score = self.groups.score[0][:, None]
        if len(self.groups.score) > 1:
            score = self.groups.picked(chance.uniform(self.seed, self.whose, "whether relapse has come", count))
        days = chance.normal(self.seed, self.whose, f"patient's day at {self.hours:.4f} h", count)
        return reading.written(score, days)

    def often(self, reading: Reading) -> tuple[F64, F64]:
        """Scores before treatment and as written, for the range of what is found: of fewer than FEW people (but not of
        one) on many days of each, for one day of each would say more of the days than of the people.
        """
        few = 1 < self.before.size < FEW
        count = -(-MANY // self.before.size) if few else 1
        return np.repeat(self.before, count), self.written(reading, count).ravel()


def visits(run: Run, reading: Reading, hours: Sequence[float] | None = None) -> tuple[Visit, ...]:
    """What the clinic finds at these hours (by default as `days`), of the people whose runs finished."""
    look = watch(run, reading)
    return tuple(_visit(look(t), reading) for t in (days(run, reading) if hours is None else hours))


def watch(run: Run, reading: Reading) -> Callable[[float], Seen]:
    """Who is seen at a time (h), of the people whose runs finished."""
    whose, look = keys(run.people.chunk(0, run.n)["ID"]), states(run, reading)

    def at(hours: float) -> Seen:
        before, groups = look(hours)
        known = np.isfinite(groups.score[0])
        return Seen(hours, before[known], groups.of(known), whose[known], run.study.seed)

    return at


def states(run: Run, reading: Reading) -> Callable[[float], tuple[F64, Groups]]:
    """Scores before treatment (people,) and what everybody may be at a time (h); NaN for who was not solved."""
    run = at_visits(run)
    before, begin = baseline(run, reading), relapsed.begins(run.study, reading.output)
    given = relapsed.inputs_of(run.study, run.kept, reading) if np.isfinite(begin) else None

    def at(hours: float) -> tuple[F64, Groups]:
        if given is None or hours <= begin:
            score = scores(run, reading, hours)
            return before, Groups(score[None], np.ones((1, score.size)))
        return before, relapsed.groups(given, reading, before, begin, float(run.times[column(run, hours)]))

    return at


def _visit(seen: Seen, reading: Reading) -> Visit:
    if not seen.before.size:
        none = (np.nan,) * 3
        return Visit(seen.hours, 0, none, none, none, np.nan, np.nan, np.nan, np.nan)
    found, (first, often) = read(seen.groups, reading, seen.before), seen.often(reading)
    return Visit(
        seen.hours,
        int(seen.before.size),
        percentiles(seen.expected),
        percentiles(often),
        percentiles(often - first),
        float(found["change"].mean()),
        spread(often - first),
        float(found["response"].mean()),
        float(found["remission"].mean()),
    )


def percentiles(values: F64) -> tuple[float, float, float]:
    """5, 50 and 95 % of values (people,)."""
    low, middle, high = np.quantile(values, LEVELS)
    return float(low), float(middle), float(high)


def scores(run: Run, reading: Reading, hours: float) -> F64:
    """Expected scores (people,) at a time that was kept as if nobody relapsed, NaN for people who were not solved."""
    run = at_visits(run)
    k = column(run, hours)
    return np.asarray(run.kept.block(run.position(reading.output), k, k + 1)[0])


def effects(run: Run, reading: Reading, hours: float) -> dict[str, F64]:
    """Change (points), response and remission (shares, as probabilities) of each person (people,) at a time."""
    before, groups = states(run, reading)(hours)
    return read(groups, reading, before)


def read(groups: Groups, reading: Reading, before: F64) -> dict[str, F64]:
    """The same of people (people,) of whom it is known what they may be."""
    return {
        "change": groups.mean(reading.expected(groups.score)) - before,
        "response": groups.mean(reading.responded(groups.score, before)),
        "remission": groups.mean(reading.remitted(groups.score)),
    }


def band(
    run: Run, reading: Reading | None, output: str, levels: Sequence[float] = LEVELS, only: Sequence[int] | None = None
) -> F64:
    """Quantiles over people (levels, times) of an output that was kept; of the score, of what each may be.

    `only` are columns of the run's times (by default all). Where people may have relapsed the score is worked out at
    some MOST_NODES times, or at the visits that were kept beside quantiles, and drawn straight between them.
    """
    columns = np.arange(run.times.size) if only is None else np.asarray(only)
    found, times = np.array(run.band(output, levels)[:, columns]), run.times[columns]
    if reading is None or output != reading.output or not can_tell(run, reading):
        return found
    begin = relapsed.begins(run.study, output)
    late = times > begin
    if late.any():
        look, nodes = watch(run, reading), _nodes(at_visits(run).times, times[late], begin)
        seen = [look(t).expected for t in nodes.tolist()]
        if all(each.size for each in seen):
            values = np.array([np.quantile(each, levels) for each in seen]).T
            found[:, late] = [np.interp(times[late], nodes, row) for row in values]
    return found


def _nodes(kept: F64, wanted: F64, begin: float) -> F64:
    """Times at which a score is worked out: those wanted if few and all were kept, else some from `begin` on."""
    if wanted.size <= MOST_NODES and np.isin(wanted, kept).all():
        return wanted
    inside = kept[kept >= begin - NEAR]
    return np.union1d(inside[:: -(-inside.size // MOST_NODES)], inside[-1:])


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
