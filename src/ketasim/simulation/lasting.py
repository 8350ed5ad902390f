"""How long it lasts: who had got better, and how many of them have not relapsed since.

They are followed from a day after the last dose, or from a time of the user's while doses go on.

Each person's hazard of relapse rises with severity and is summed by the model; from a time t0 on a person stays without
relapse with probability exp(-(H(t) - H(t0))). The shares are means over people, weighted by their probability of being
counted as responder or remitter at t0, as trials of relapse choose whom they follow. Of several times of the user's,
people are counted who are well at each and have not relapsed between the first and the last, which is t0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ketasim.engine.abi import F64
from ketasim.simulation import clinic
from ketasim.simulation.relapsed import HAZARD, NEAR, Groups, begins

if TYPE_CHECKING:
    from ketasim.measurement.reading import Reading
    from ketasim.simulation.plan import Study
    from ketasim.simulation.run import Run

DAY, WEEK = 24.0, 168.0
LAST: Final = "the last dose"
WEEKS: Final = (1, 2, 4, 8, 12, 26, 52)
LEAST: Final = 0.005  # share of people who got better below which nobody is there to follow


@dataclass(frozen=True, slots=True)
class Lasting:
    """Shares (0 to 1) of `n` people: `responders` and `remitters` of all at `begin` (h), and of these those without
    relapse since, `weeks` after `after`; () where there were none to follow. `last` (h) is when the last dose is given,
    `visits` (h) when they were well, `scored` (h) from when on scores at visits count who has relapsed, if they do.
    """

    n: int
    last: float
    begin: float
    visits: tuple[float, ...]
    after: str
    weeks: tuple[int, ...]
    responders: float
    remitters: float
    of_responders: tuple[float, ...]
    of_remitters: tuple[float, ...]
    scored: float = np.inf


@dataclass(frozen=True, slots=True)
class Followed:
    """When people are followed: well at `visits` (columns of the run's times), from the last of them, `begin` (h), on,
    and the column of each week after `after`, "the last dose" (at `last`, h) or days, that the run kept.
    """

    last: float
    begin: float
    after: str
    visits: tuple[int, ...]
    columns: Mapping[int, int]


def followed(run: Run, reading: Reading | None) -> Followed | None:
    """From when, and at which weeks after its last dose, a run tells of relapse; None where it tells of none."""
    if reading is None or run.regimen is None or not run.regimen.tables or HAZARD not in run.outputs:
        return None
    if not clinic.can_tell(run, reading):
        return None
    since, at = last(run.study), reading.well_at
    run = clinic.at_visits(run)
    origin, wanted = (at[-1], at) if at else (since, (since + DAY,))
    columns = {week: k for week in WEEKS if (k := _near(run, origin + week * WEEK, 0.5 * DAY)) is not None}
    visits = tuple(k for t in wanted if (k := _near(run, t, NEAR)) is not None)
    if len(set(visits)) < len(wanted) or not columns:
        return None
    return Followed(since, float(run.times[visits[-1]]), after(at) if at else LAST, visits, columns)


def last(study: Study) -> float:
    """When the last dose of a regimen is given (h), 0 without any; an infusion of over a day counts from its end."""
    given = () if study.regimen is None else study.regimen.schedule()
    return max((float(g.time + (g.duration if g.duration > DAY else 0.0)) for g in given), default=0.0)


def why_not(run: Run, reading: Reading | None) -> str:
    """Why relapse is not told of those who are well at a time of the user's; "" where it is, or was not asked for."""
    if reading is None or not reading.well_at or clinic.why_not(run, reading):
        return ""
    said = f"Relapse of those who are well on {days(reading.well_at)} (--well-at) is not told: "
    if (at := followed(run, reading)) is None:
        weeks = ", ".join(map(str, WEEKS))
        return (
            f"{said}it takes MADRS and {HAZARD!r} among the outputs, of each time that was given one of its own within "
            f"half an hour, and some of the weeks after the last ({weeks})."
        )
    well = max(float(np.nanmean(weight)) for weight in got_better(run, reading, at).values())
    return "" if well >= LEAST else f"{said}fewer than {LEAST:.1%} of these people are responders or remitters then."


def days(hours: Sequence[float]) -> str:
    """Times as the days that they lie on: "day 29", "day 29 and day 113", "day 8, day 15 and day 22"."""
    *earlier, last = map(day, hours)
    return f"{', '.join(earlier)} and {last}" if earlier else last


def after(hours: Sequence[float]) -> str:
    """From when weeks count: "day 113", or "day 113, well on day 29 too" of who had to be well before."""
    return f"{day(hours[-1])}, well on {days(hours[:-1])} too" if len(hours) > 1 else day(hours[-1])


def day(hours: float) -> str:
    """A time as the day that it lies on, with the clock where that is not its start: "day 29", "day 29 07:12"."""
    whole, minutes = divmod(round(60.0 * hours), 24 * 60)
    return f"day {whole + 1}" + (f" {minutes // 60:02d}:{minutes % 60:02d}" if minutes else "")


def lasting(run: Run, reading: Reading | None) -> Lasting | None:
    """Relapse under a regimen or after it; None where the run does not tell of it or ends within a week."""
    at = followed(run, reading)
    if at is None or reading is None:
        return None
    chosen = got_better(run, reading, at)
    kept = [np.exp(-gained(run, at, week)) for week in at.columns]
    shares = {name: float(np.nanmean(weight)) for name, weight in chosen.items()}
    left = {name: _left(weight, kept) if shares[name] >= LEAST else () for name, weight in chosen.items()}
    times = clinic.at_visits(run).times[list(at.visits)]
    return Lasting(
        run.n, at.last, at.begin, tuple(times.tolist()), at.after, tuple(at.columns),
        shares["responders"], shares["remitters"], left["responders"], left["remitters"],
        begins(run.study, reading.output),
    )  # fmt: skip


def got_better(run: Run, reading: Reading, at: Followed) -> dict[str, F64]:
    """Each person's probability (people,) of being counted among those who are followed, as visits find them."""
    look, times = clinic.states(run, reading), clinic.at_visits(run).times
    seen = [look(float(times[k])) for k in at.visits]
    risen = _hazard(run, at.visits[-1]) - _hazard(run, at.visits[0])
    return counted(reading, [groups for _, groups in seen], seen[0][0], risen)


def counted(reading: Reading, visits: Sequence[Groups], before: F64, risen: F64) -> dict[str, F64]:
    """Probability (people,) of being well at each of the visits, while the summed hazard has `risen` between the first
    and the last; `before` are scores before treatment.
    """
    stayed = np.exp(-risen)
    responded = [groups.mean(reading.responded(groups.score, before)) for groups in visits]
    remitted = [groups.mean(reading.remitted(groups.score)) for groups in visits]
    return {"responders": stayed * np.prod(responded, axis=0), "remitters": stayed * np.prod(remitted, axis=0)}


def gained(run: Run, at: Followed, week: int) -> F64:
    """What each person's summed hazard (people,) has risen by since they are followed."""
    return _hazard(run, at.columns[week]) - _hazard(run, at.visits[-1])


def _hazard(run: Run, column: int) -> F64:
    run = clinic.at_visits(run)
    return np.asarray(run.kept.block(run.position(HAZARD), column, column + 1)[0])


def _near(run: Run, hours: float, apart: float) -> int | None:
    """The column of the time next to `hours`; None where it is more than `apart` from it."""
    k = int(np.abs(run.times - hours).argmin())
    return k if abs(run.times[k] - hours) <= apart else None


def _left(weight: F64, kept: Sequence[F64]) -> tuple[float, ...]:
    return tuple(float(np.nansum(weight * share) / np.nansum(weight)) for share in kept)
