"""How long it lasts: who had got better, and how many of them have not relapsed since.

They are followed from a day after the last dose, or from a time of the user's while doses go on.

Each person's hazard of relapse rises with severity and is summed by the model; from a time t0 on a person stays without
relapse with probability exp(-(H(t) - H(t0))). The shares are means over people, weighted by their probability of being
counted as responder or remitter at t0, as trials of relapse choose whom they follow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ketasim.engine.abi import F64
from ketasim.simulation import clinic

if TYPE_CHECKING:
    from ketasim.measurement.reading import Reading
    from ketasim.simulation.run import Run

HAZARD: Final = "cumulative hazard of relapse"  # the output that this is read from
DAY, WEEK = 24.0, 168.0
LAST: Final = "the last dose"
WEEKS: Final = (1, 2, 4, 8, 12, 26, 52)
LEAST: Final = 0.005  # share of people who got better below which nobody is there to follow


@dataclass(frozen=True, slots=True)
class Lasting:
    """Shares (0 to 1) of `n` people: `responders` and `remitters` of all at `begin` (h), and of these those without
    relapse since, `weeks` after `after`; () where there were none to follow. `last` (h) is when the last dose is given.
    """

    n: int
    last: float
    begin: float
    after: str
    weeks: tuple[int, ...]
    responders: float
    remitters: float
    of_responders: tuple[float, ...]
    of_remitters: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Followed:
    """When people are followed: from `begin` (h; column `first` of the run's times) on, and the column of each week
    after `after`, "the last dose" (at `last`, h) or a day, that the run kept.
    """

    last: float
    begin: float
    after: str
    first: int
    columns: Mapping[int, int]


def followed(run: Run, reading: Reading | None) -> Followed | None:
    """From when, and at which weeks after its last dose, a run tells of relapse; None where it tells of none."""
    if reading is None or run.regimen is None or not run.regimen.tables or HAZARD not in run.outputs:
        return None
    if not clinic.can_tell(run, reading):
        return None
    last, at = max(float(given.time) for given in run.regimen.schedule()), reading.well_at
    origin, begin = (last, last + DAY) if at is None else (at, at)
    columns = {week: k for week in WEEKS if (k := _near(run, origin + week * WEEK, 0.5 * DAY)) is not None}
    first = _near(run, begin, clinic.NEAR)
    if first is None or not columns:
        return None
    return Followed(last, float(run.times[first]), LAST if at is None else day(at), first, columns)


def why_not(run: Run, reading: Reading | None) -> str:
    """Why relapse is not told of those who are well at a time of the user's; "" where it is, or was not asked for."""
    if reading is None or reading.well_at is None or clinic.why_not(run, reading):
        return ""
    said = f"Relapse of those who are well on {day(reading.well_at)} (--well-at) is not told: "
    if (at := followed(run, reading)) is None:
        weeks = ", ".join(map(str, WEEKS))
        return (
            f"{said}it takes MADRS and {HAZARD!r} among the outputs, a time within half an hour of that day and some "
            f"of the weeks after it ({weeks})."
        )
    well = max(float(np.nanmean(weight)) for weight in got_better(run, reading, at).values())
    return "" if well >= LEAST else f"{said}fewer than {LEAST:.1%} of these people are responders or remitters then."


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
    return Lasting(
        run.n, at.last, at.begin, at.after, tuple(at.columns), shares["responders"], shares["remitters"],
        left["responders"], left["remitters"],
    )  # fmt: skip


def got_better(run: Run, reading: Reading, at: Followed) -> dict[str, F64]:
    """Each person's probability (people,) of being counted among those who are followed."""
    score, before = clinic.scores(run, reading, at.begin), clinic.baseline(run, reading)
    return {"responders": reading.responded(score, before), "remitters": reading.remitted(score)}


def gained(run: Run, at: Followed, week: int) -> F64:
    """What each person's summed hazard (people,) has risen by since they are followed."""
    k, where = at.columns[week], run.position(HAZARD)
    return np.asarray(run.kept.block(where, k, k + 1)[0] - run.kept.block(where, at.first, at.first + 1)[0])


def _near(run: Run, hours: float, apart: float) -> int | None:
    """The column of the time next to `hours`; None where it is more than `apart` from it."""
    k = int(np.abs(run.times - hours).argmin())
    return k if abs(run.times[k] - hours) <= apart else None


def _left(weight: F64, kept: Sequence[F64]) -> tuple[float, ...]:
    return tuple(float(np.nansum(weight * share) / np.nansum(weight)) for share in kept)
