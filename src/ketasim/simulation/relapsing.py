"""Shares without relapse of those who got better, and what each would have been with other numbers.

The people of the batch (`sensitivity`) are some of the run, `STAND_INS` of them, evenly spaced in what their summed
hazard has risen by, each counted as far as they got better. Of everybody, the logarithm of that rise and the latent
score at which they are counted move as those of the people on either side do. Both who is counted and who stays well
move: a number that keeps more people well may bring others among them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from ketasim.engine.abi import F64, I64, Status
from ketasim.simulation import lasting
from ketasim.simulation.headlines import SHARE, Headline
from ketasim.simulation.sensitivity import Moved, moved
from ketasim.simulation.trial import FEWEST

if TYPE_CHECKING:
    from ketasim.measurement.reading import Reading
    from ketasim.simulation.levers import Estimates
    from ketasim.simulation.run import Run

RELAPSE: Final = "without relapse"
STAND_INS: Final = 16
READ: Final = 500  # people who are moved
LEAST: Final = 1e-9  # of a summed hazard: its logarithm stays finite


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
    place = np.log(np.maximum(rise[max(rise)], LEAST))
    of = _stand_ins(place, next(iter(chosen.values())))
    times = run.times[[at.first, *at.columns.values()]]
    batch = moved(run, estimates, of=of, outputs=(reading.output, lasting.HAZARD), times=times)
    some = np.arange(0, run.n, -(-run.n // READ))
    weights = _weights(run, reading, at, batch, place, of, some)
    found = []
    for k, (week, risen) in enumerate(rise.items(), 1):
        logs = np.log(np.maximum(_of(batch, 1, k) - _of(batch, 1, 0), LEAST))
        kept = np.exp(-risen[some] * np.exp(_between(logs - logs[:, :1], place, of, some)))
        for name, weight in chosen.items():
            value, people, chance = ratio(weight, np.exp(-risen))
            centre = np.nansum(weights[name] * kept, axis=1) / np.nansum(weights[name], axis=1)
            said = f"{name}, week {week} after the last dose"
            found.append(Headline(RELAPSE, said, "1", SHARE, run.n, value, people, centre, chance))
    return batch, tuple(found)


def ratio(weight: F64, kept: F64) -> tuple[float, F64, float]:
    """The share of those counted, in each (people,) with probability `weight`, who are `kept`; what each person adds to
    it (to first order), and the variance of one person's part that comes of being counted and kept by chance.
    """
    share, among = float((weight * kept).sum() / weight.sum()), float(weight.mean())
    people = share + weight * (kept - share) / among
    whole = np.mean(weight * (kept * (1.0 - kept) + (kept - share) ** 2)) / among**2
    return share, people, max(float(whole - people.var()), 0.0)


def _stand_ins(place: F64, weight: F64) -> I64:
    """Positions of people evenly spaced in `place`, weighted; ascending, each once."""
    order = np.argsort(place, kind="stable")
    share = np.cumsum(weight[order]) / weight.sum()
    wanted = (np.arange(STAND_INS) + 0.5) / STAND_INS
    found = order[np.minimum(np.searchsorted(share, wanted), place.size - 1)]
    return np.asarray(found[np.diff(place[found], prepend=-np.inf) > 0])


def _of(batch: Moved, output: int, time: int) -> F64:
    """An output of the batch at a time, (stand-ins, rows)."""
    return np.asarray(batch.kept.block(output, time, time + 1)[0].reshape(batch.sides, -1))


def _between(shifts: F64, place: F64, of: I64, some: I64) -> F64:
    """How `some` people move in each row, (rows, people), from the shifts of the stand-ins (stand-ins, rows)."""
    return np.array([np.interp(place[some], place[of], row) for row in shifts.T])


def _weights(
    run: Run, reading: Reading, at: lasting.Followed, batch: Moved, place: F64, of: I64, some: I64
) -> dict[str, F64]:
    """Probabilities of being counted of `some` people (rows, people), as each row moves them."""
    from ketasim.simulation import clinic

    z = reading.latent(clinic.scores(run, reading, at.begin)[some])
    before = clinic.baseline(run, reading)[some]
    seen = reading.latent(_of(batch, 0, 0))
    found: dict[str, list[F64]] = {"responders": [], "remitters": []}
    for shift, noise in zip(_between(seen - seen[:, :1], place, of, some), batch.noise, strict=True):
        here = reading if np.isnan(noise) else replace(reading, noise=float(noise))
        score = here.score(z + shift)
        found["responders"].append(here.responded(score, before))
        found["remitters"].append(here.remitted(score))
    return {name: np.array(rows) for name, rows in found.items()}
