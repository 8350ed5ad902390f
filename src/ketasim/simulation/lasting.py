"""How long it lasts: who had got better a day after the last dose, and how many of them have not relapsed since.

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
WEEKS: Final = (1, 2, 4, 8, 12, 26, 52)
LEAST: Final = 0.005  # share of people who got better below which nobody is there to follow


@dataclass(frozen=True, slots=True)
class Lasting:
    """Shares (0 to 1) of `n` people: `responders` and `remitters` of all at `begin` (h), and of these those without
    relapse since, `weeks` after the last dose (at `last`, h); () where there were none to follow.
    """

    n: int
    last: float
    begin: float
    weeks: tuple[int, ...]
    responders: float
    remitters: float
    of_responders: tuple[float, ...]
    of_remitters: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Followed:
    """When people are followed: from `begin` (h; column `first` of the run's times), a day after the last dose at
    `last` (h), and the column of each week after that dose that the run kept.
    """

    last: float
    begin: float
    first: int
    columns: Mapping[int, int]


def followed(run: Run, reading: Reading | None) -> Followed | None:
    """From when, and at which weeks after its last dose, a run tells of relapse; None where it tells of none."""
    if reading is None or run.regimen is None or not run.regimen.tables or HAZARD not in run.outputs:
        return None
    if not clinic.can_tell(run, reading):
        return None
    last = max(float(given.time) for given in run.regimen.schedule())
    columns = {week: k for week in WEEKS if (k := _near(run, last + week * WEEK, 0.5 * DAY)) is not None}
    first = _near(run, last + DAY, clinic.NEAR)
    if first is None or not columns:
        return None
    return Followed(last, float(run.times[first]), first, columns)


def lasting(run: Run, reading: Reading | None) -> Lasting | None:
    """Relapse after the last dose of a regimen; None where the run does not tell of it or ends within a week."""
    at = followed(run, reading)
    if at is None or reading is None:
        return None
    chosen = got_better(run, reading, at)
    kept = [np.exp(-gained(run, at, week)) for week in at.columns]
    shares = {name: float(np.nanmean(weight)) for name, weight in chosen.items()}
    left = {name: _left(weight, kept) if shares[name] >= LEAST else () for name, weight in chosen.items()}
    return Lasting(
        run.n, at.last, at.begin, tuple(at.columns), shares["responders"], shares["remitters"], left["responders"],
        left["remitters"],
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
