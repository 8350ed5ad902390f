"""Panels of outputs over time, of one run or several: the whole course, and single sessions hour by hour.

What comes and goes within a day is a hairline on an axis of weeks: there it is drawn on a logarithmic axis, and its
first or last session in hours beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ketasim.report.figures import DAYS_FROM_HOURS, Band, Curves, Points
from ketasim.report.style import unit_label
from ketasim.simulation import clinic, nca

if TYPE_CHECKING:
    from ketasim.measurement.reading import Reading
    from ketasim.simulation.run import Run

LEVELS = (0.05, 0.5, 0.95)
DAY, ENOUGH = 24.0, 6
FIRST = 8.0  # hours after a single dose that are drawn by themselves, for an infusion is a spike on an axis of two days
SINCE = "after dose"


def is_exposure(run: Run, output: str) -> bool:
    """Whether peaks, areas and half-lives say something: a concentration, or the occupancy that follows it."""
    return nca.says_exposure(output, run.unit(output))


def is_fast(run: Run, output: str) -> bool:
    """Whether an output comes and goes within a day of a dose."""
    return is_exposure(run, output) or output == "glutamate"


def is_long(run: Run) -> bool:
    """Whether the course of a run is drawn in days."""
    return float(run.times[-1]) > DAYS_FROM_HOURS


def dosed(run: Run) -> bool:
    """Whether a run has doses that a regimen names."""
    return run.regimen is not None and bool(run.regimen.tables)


def is_close(run: Run, hours: float = DAY) -> bool:
    """Whether enough times were kept in the first and in the last session to draw so many hours of them."""
    begins = [run.windows()[k][0] for k in (0, -1)]
    return all(np.sum((run.times >= t) & (run.times <= t + hours)) >= ENOUGH for t in begins)


def is_single(run: Run) -> bool:
    """Whether a run is a single session, not followed for weeks but for longer than its first hours."""
    alone = dosed(run) and len(run.windows()) == 1 and not is_long(run)
    return alone and float(run.times[-1]) - run.windows()[0][0] >= 1.5 * FIRST


def quantity(run: Run, output: str) -> str:
    """What stands before the unit on an axis: "concentration", or what an output without unit means."""
    if unit_label(run.unit(output)):
        return "concentration"
    return run.model.outputs[run.study.outputs[run.position(output)]].meaning


def label(output: str) -> str:
    """An output's name as a title ("mTOR" stays)."""
    return output if output[1:2].isupper() else output[:1].upper() + output[1:]


def band(run: Run, output: str, label: str, reading: Reading | None = None) -> Band:
    """Median and band of one output over time; of a score as `reading` has it."""
    low, median, high = clinic.band(run, reading, output, LEVELS)
    return Band(label, run.times, median, low, high, run.n) if run.n > 1 else Band(label, run.times, median)


def whole(
    runs: Mapping[str, Run], output: str, points: Sequence[Points] = (), reading: Reading | None = None
) -> Curves:
    """One output over the whole course, a band for each run by label; a score as `reading` has it."""
    first = next(iter(runs.values()))
    bands = tuple(band(run, output, title, reading) for title, run in runs.items())
    log = is_long(first) and is_exposure(first, output) and any(map(dosed, runs.values()))
    read = reading is not None and output == reading.output
    shown = f"expected {output}" if read else quantity(first, output)
    return Curves(label(output), first.unit(output), bands, tuple(points), shown, log=log)


def session(
    runs: Mapping[str, Run], output: str, which: Mapping[str, int], title: str = "", hours: float = DAY
) -> Curves:
    """One output over `hours` from the start of a session of each run (`which`: 0 the first, -1 the last)."""
    first = next(iter(runs.values()))
    bands = tuple(_part(run, output, name, which[name], hours) for name, run in runs.items())
    text = f"{label(output)}{title}"
    return Curves(text, first.unit(output), bands, (), quantity(first, output), since=SINCE)


def _part(run: Run, output: str, name: str, which: int, hours: float) -> Band:
    start = run.windows()[which][0]
    all_of_it = band(run, output, name)
    kept = (run.times >= start) & (run.times <= start + hours)
    low, high = (None if side is None else side[kept] for side in (all_of_it.low, all_of_it.high))
    return Band(name, np.asarray(run.times[kept] - start), all_of_it.median[kept], low, high, all_of_it.people)
