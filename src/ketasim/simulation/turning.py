"""What does not come and go with a dose, in three moments: the start, the largest change from it, and the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from ketasim.simulation.run import Run

LEVELS: Final = (0.05, 0.5, 0.95)
NOTHING: Final = 1e-12  # of the largest value, below which there is what a solver rounds
START, LARGEST, END = "start", "largest change", "end"


@dataclass(frozen=True, slots=True)
class Moment:
    """One output at `hours`, in its own unit: 5, 50 and 95 % over people. `when` says which moment it is."""

    output: str
    when: str
    hours: float
    low: float
    median: float
    high: float


def moments(run: Run, outputs: Sequence[str]) -> tuple[Moment, ...]:
    """Two or three moments of each output; the change is that of the median from the first time kept.

    Moments that fall together are one; where nothing changes there is none of the largest change. Outputs of which
    nobody's course is known are left out.
    """
    found = []
    for name in outputs:
        band = run.band(name, LEVELS)
        low, median, high = np.where(np.abs(band) < NOTHING * np.nanmax(np.abs(band), initial=0.0), 0.0, band)
        change = np.abs(median - median[0])
        if not np.isfinite(change).any():
            continue
        furthest = int(np.nanargmax(change))
        which = {0: [START]}
        if change[furthest] > 0.0:
            which.setdefault(furthest, []).append(LARGEST)
        which.setdefault(run.times.size - 1, []).append(END)
        found += [
            Moment(name, ", ".join(words), float(run.times[k]), float(low[k]), float(median[k]), float(high[k]))
            for k, words in which.items()
        ]
    return tuple(found)
