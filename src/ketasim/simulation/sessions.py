"""Exposure by dosing session: what a course of many doses looks like, session by session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ketasim.simulation import nca

if TYPE_CHECKING:
    from ketasim.simulation.run import Run

MEASURES: Final = ("Cmax", "Tmax", "AUClast")
LEVELS: Final = (0.05, 0.5, 0.95)
MOST_VALUES: Final = 200_000_000  # trajectory values read at once; beyond that, sessions are not told apart


@dataclass(frozen=True, slots=True)
class Session:
    """One measure of one output in one session, which starts at `start` hours and lasts to the next one.

    `median`, `low` and `high` (5th and 95th percentile) are over people; NaN where nobody has the measure. Tmax counts
    from the start of the session.
    """

    number: int
    start: float
    output: str
    measure: str
    unit: str
    median: float
    low: float
    high: float


def by_session(run: Run, ends: bool = False, measures: Sequence[str] = MEASURES) -> tuple[Session, ...]:
    """A row per output, measure and session; empty for a single session, quantiles only, or too many people.

    With `ends`, of the first and the last session only.
    """
    windows = list(enumerate(run.windows(), 1))
    if len(windows) < 2 or run.table is not None or run.n * run.times.size > MOST_VALUES:
        return ()
    found = []
    for k, output in enumerate(run.outputs):
        for number, (start, stop) in (windows[0], windows[-1]) if ends else windows:
            first, last = np.searchsorted(run.times, start), np.searchsorted(run.times, stop, side="right")
            values = run.kept.block(k, int(first), int(last)).T
            measured = nca.exposure(run.times[first:last], values, start, stop)
            for measure in measures:
                known = measured[measure][np.isfinite(measured[measure])]
                low, median, high = np.quantile(known, LEVELS) if known.size else (np.nan,) * 3
                unit = nca.unit_of(measure, run.unit(output))
                found.append(Session(number, start, output, measure, unit, float(median), float(low), float(high)))
    return tuple(found)
