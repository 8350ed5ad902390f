"""Shares without relapse of those who got better, and what each would have been with other numbers.

The people of the batch (`sensitivity`) are some of the run, `STAND_INS` of them, evenly spaced in what their summed
hazard has risen by, each taken as often as they got better; of few people, all. What each row makes of the share is
read from them as they are: both who is counted and who stays well move.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ketasim.engine.abi import F64, I64, Status
from ketasim.simulation import clinic, lasting, relapsed
from ketasim.simulation.comparison import Difference, difference
from ketasim.simulation.headlines import SHARE, Headline
from ketasim.simulation.relapsed import HAZARD, TREATED
from ketasim.simulation.sensitivity import Moved, moved
from ketasim.simulation.trial import FEWEST

if TYPE_CHECKING:
    from ketasim.measurement.reading import Reading
    from ketasim.simulation.levers import Estimates
    from ketasim.simulation.run import Run

RELAPSE: Final = "without relapse"
STAND_INS, DRAWS = 48, 100  # people of the batch, draws of the posterior


def relapsing(
    run: Run, reading: Reading | None, estimates: Estimates | None
) -> tuple[Moved, tuple[Headline, ...]] | None:
    """The shares at each week that a run tells of, with the batch that they moved in; None where none is told.

    Told are groups of `FEWEST` people or more, of a run in which everybody was solved.
    """
    at = lasting.followed(run, reading)
    if at is None or reading is None or run.n < FEWEST or not (run.codes == Status.FINISHED).all():
        return None
    chosen = {name: w for name, w in lasting.got_better(run, reading, at).items() if w.sum() >= FEWEST}
    if not chosen:
        return None
    rise = {week: lasting.gained(run, at, week) for week in at.columns}
    of, often = _stand_ins(rise[max(rise)], next(iter(chosen.values())))
    run = clinic.at_visits(run)
    visits = run.times[list(at.visits)].tolist()
    batch = _moved(run, reading, estimates, of, [*visits, *run.times[list(at.columns.values())].tolist()])
    counted = _counted(run, reading, batch, of, visits)
    found = []
    for week, risen in rise.items():
        kept = np.exp(_of(batch, HAZARD, visits[-1]) - _of(batch, HAZARD, float(run.times[at.columns[week]])))
        for name, weight in chosen.items():
            value, people, chance = ratio(weight, np.exp(-risen))
            mine = often[:, None] * counted[name]
            centre = (mine * kept).sum(axis=0) / mine.sum(axis=0)
            said = f"{name}, week {week} after {at.after}"
            found.append(Headline(RELAPSE, said, "1", SHARE, run.n, value, people, centre, chance))
    return batch, tuple(found)


def contrasts(runs: Mapping[str, Run], reading: Reading | None) -> tuple[Difference, ...]:
    """Shares of the same people in several runs who are well at `reading.well_at` in each, of these without relapse,
    and each less the first; () where no such time is given or a run does not tell of it.

    The standard error is of that difference for the people given (to first order), who need not be well under each.
    Who was not solved in all of the runs counts in none.
    """
    at = {name: lasting.followed(run, reading) for name, run in runs.items()}
    if reading is None or not reading.well_at or None in at.values():
        return ()
    solved = np.all([run.codes == Status.FINISHED for run in runs.values()], axis=0)
    each = zip(runs.items(), at.values(), strict=True)
    told = {name: _each(run, reading, one, solved) for (name, run), one in each if one}
    base = next(iter(told.values()))
    return tuple(
        replace(difference(reading.output, measure, "1", name, one[measure], base[measure]), sd=np.nan, median=np.nan)
        for measure in base
        if all(measure in one for one in told.values())
        for name, one in told.items()
    )


def _each(run: Run, reading: Reading, at: lasting.Followed, of: NDArray[np.bool_]) -> dict[str, F64]:
    """Per measure what each of some people adds to a share, whose mean is the share: of these without relapse, and
    before it of all who are followed, where more than one visit decides (of one, response and remission tell it).
    """
    well = {name: weight[of] for name, weight in lasting.got_better(run, reading, at).items()}
    on = lasting.days(clinic.at_visits(run).times[list(at.visits)].tolist())
    shares = {f"{name} on {on}, no relapse between": weight for name, weight in well.items() if len(at.visits) > 1}
    kept = {week: np.exp(-lasting.gained(run, at, week)[of]) for week in at.columns}
    return shares | {
        f"{name} without relapse, week {week} after {at.after}": ratio(weight, share)[1]
        for name, weight in well.items()
        if weight.size and weight.mean() >= lasting.LEAST
        for week, share in kept.items()
    }


def ratio(weight: F64, kept: F64) -> tuple[float, F64, float]:
    """The share of those counted, in each (people,) with probability `weight`, who are `kept`; what each person adds to
    it (to first order), and the variance of one person's part that comes of being counted and kept by chance.
    """
    share, among = float((weight * kept).sum() / weight.sum()), float(weight.mean())
    people = share + weight * (kept - share) / among
    whole = np.mean(weight * (kept * (1.0 - kept) + (kept - share) ** 2)) / among**2
    return share, people, max(float(whole - people.var()), 0.0)


def _stand_ins(risen: F64, weight: F64) -> tuple[I64, F64]:
    """Positions of some people (k,), evenly spaced in `risen` and taken as often as `weight` says; and for how many of
    the others each stands, but for that weight.
    """
    if risen.size <= STAND_INS:
        return np.arange(risen.size), np.ones(risen.size)
    order = np.argsort(risen, kind="stable")
    share = np.cumsum(weight[order]) / weight.sum()
    wanted = (np.arange(STAND_INS) + 0.5) / STAND_INS
    found, times = np.unique(order[np.searchsorted(share, wanted)], return_counts=True)
    return found, times / weight[found]


def _moved(run: Run, reading: Reading, estimates: Estimates | None, of: I64, times: list[float]) -> Moved:
    """The batch at these times (h), with what tells who has relapsed before, where anybody may have."""
    begin = relapsed.begins(run.study, reading.output)
    told = TREATED if np.isfinite(begin) else ()
    kept = np.unique([*times, *([_at(run.times, begin)] if told else [])])
    return moved(run, estimates, of=of, outputs=(reading.output, HAZARD, *told), times=kept, draws=DRAWS)


def _at(times: F64, hours: float) -> float:
    return float(times[np.abs(times - hours).argmin()])


def _of(batch: Moved, output: str, hours: float) -> F64:
    """An output of the batch at a time, (stand-ins, rows)."""
    at = int(np.abs(batch.study.times - hours).argmin())
    return np.asarray(batch.kept.block(batch.study.names.index(output), at, at + 1)[0].reshape(batch.sides, -1))


def _counted(run: Run, reading: Reading, batch: Moved, of: I64, visits: list[float]) -> dict[str, F64]:
    """Probabilities of being counted of the stand-ins (stand-ins, rows)."""
    before, begin, look = clinic.baseline(run, reading)[of], relapsed.begins(run.study, reading.output), cache(_of)
    risen = look(batch, HAZARD, visits[-1]) - look(batch, HAZARD, visits[0])
    rows = []
    for k, noise in enumerate(batch.noise):
        here = reading if np.isnan(noise) else replace(reading, noise=float(noise))
        given = _inputs(partial(look, batch), reading, k)
        groups = [relapsed.groups(given, here, before, begin, hours) for hours in visits]
        rows.append(lasting.counted(here, groups, before, risen[:, k]))
    return {name: np.array([row[name] for row in rows]).T for name in rows[0]}


def _inputs(look: Callable[[str, float], F64], reading: Reading, row: int) -> relapsed.Inputs:
    """What relapse is read from in one row of a batch, of its stand-ins."""
    return relapsed.Inputs(
        lambda hours: reading.latent(look(reading.output, hours)[:, row]),
        lambda hours: np.asarray(sum(look(name, hours)[:, row] for name in TREATED)),
        lambda since, until: (look(HAZARD, until) - look(HAZARD, since))[:, row],
    )
