"""How long it lasts: who had got better a day after the last dose, and how many of them have not relapsed since.

Each person's hazard of relapse rises with severity and is summed by the model; from a time t0 on a person stays without
relapse with probability exp(-(H(t) - H(t0))). The shares are means over people, weighted by their probability of being
counted as responder or remitter at t0, as trials of relapse choose whom they follow.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    """Shares (0 to 1): `responders` and `remitters` of all people at `begin` (h), and of these, `weeks` after the last
    dose (at `last`, h), those without relapse since; () where there were none to follow.
    """

    last: float
    begin: float
    weeks: tuple[int, ...]
    responders: float
    remitters: float
    of_responders: tuple[float, ...]
    of_remitters: tuple[float, ...]


def lasting(run: Run, reading: Reading | None) -> Lasting | None:
    """Relapse after the last dose of a regimen; None where the run does not tell of it or ends within a week."""
    if reading is None or run.regimen is None or not run.regimen.tables or HAZARD not in run.outputs:
        return None
    if not clinic.can_tell(run, reading):
        return None
    last = max(float(given.time) for given in run.regimen.schedule())
    after = np.flatnonzero((run.times >= last + DAY - clinic.NEAR) & (run.times < last + 2 * DAY))
    columns = {week: int(np.abs(run.times - last - week * WEEK).argmin()) for week in WEEKS}
    near = {week: k for week, k in columns.items() if abs(run.times[k] - last - week * WEEK) <= 0.5 * DAY}
    if not after.size or not near:
        return None
    begin = float(run.times[after[0]])
    score, before = clinic.scores(run, reading, begin), clinic.baseline(run, reading)
    chosen = {"responders": reading.responded(score, before), "remitters": reading.remitted(score)}
    start = _hazard(run, int(after[0]))
    kept = [np.exp(start - _hazard(run, k)) for k in near.values()]
    shares = {name: float(np.nanmean(weight)) for name, weight in chosen.items()}
    left = {name: _left(weight, kept) if shares[name] >= LEAST else () for name, weight in chosen.items()}
    return Lasting(
        last, begin, tuple(near), shares["responders"], shares["remitters"], left["responders"], left["remitters"]
    )


def _left(weight: F64, kept: Sequence[F64]) -> tuple[float, ...]:
    return tuple(float(np.nansum(weight * share) / np.nansum(weight)) for share in kept)


def _hazard(run: Run, k: int) -> F64:
    return np.asarray(run.kept.block(run.position(HAZARD), k, k + 1)[0])
