"""What is kept of everybody beside quantiles: the score, and what relapse is read from, at the hours that are told.

Where trajectories are too many to keep, visits and relapse are read from a run with these outputs and hours alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from ketasim.engine.abi import F64
from ketasim.simulation import clinic, lasting, relapsed
from ketasim.simulation.kept import InMemory, Part
from ketasim.simulation.nca import MEASURES

if TYPE_CHECKING:
    from ketasim.measurement.reading import Reading
    from ketasim.simulation.plan import Study
    from ketasim.simulation.run import Run

DAY: Final = 24.0
EARLY: Final = (0.0, 4.0, 8.0, 2 * DAY, 3 * DAY, *clinic.USUAL)
STEPS: Final = (1, 2, 7, 14, 28)  # days between visits: the first that fits
ROOM = 256 * 2**20  # bytes that visits at these steps may take; the hours that are told come on top
MOST_VISITS: Final = 400


def of_study(study: Study, reading: Reading | None) -> Study | None:
    """The same request for these outputs and hours alone; None where no score of a regimen is among what is kept."""
    if reading is None or study.regimen is None or reading.output not in study.names:
        return None
    if study.residual or study.people.n > clinic.MOST_PEOPLE:
        return None  # nobody may read scores from them (`clinic.why_not`)
    wanted = {reading.output, *relapsed.BESIDE}
    outputs = tuple(k for k, name in zip(study.outputs, study.names, strict=True) if name in wanted)
    return replace(study, outputs=outputs, times=_times(study, reading))


def _times(study: Study, reading: Reading) -> F64:
    """Those of the hours that were kept which lie nearest to what is told."""
    end = float(study.times[-1])
    last = lasting.last(study)
    fits = min(MOST_VISITS, ROOM // (8 * 4 * study.people.n))
    step = next((days for days in STEPS if end / DAY / days <= fits), STEPS[-1])
    days = np.arange(0.0, end, step * DAY)
    since = [t + lasting.WEEK * week for t in (last, *reading.well_at[-1:]) for week in lasting.WEEKS]
    begin = relapsed.begins(study, reading.output)
    wanted = np.concatenate([days, EARLY, [last + DAY, end, begin], since, reading.well_at, reading.at])
    near = np.abs(study.times[:, None] - wanted[wanted <= end][None]).argmin(axis=0)
    return np.asarray(study.times[np.unique(near)])


def of_run(run: Run, reading: Reading | None) -> Run | None:
    """The run with these outputs and hours alone, in memory; None as for `of_study`."""
    study = of_study(run.study, reading)
    if study is None:
        return None
    columns = np.searchsorted(run.times, study.times)
    y = np.empty((len(study.outputs), columns.size, run.n))
    for output, name in zip(y, study.names, strict=True):
        for row, k in zip(output, columns.tolist(), strict=True):
            row[:] = run.kept.block(run.position(name), k, k + 1)[0]
    kept = InMemory(run.n, len(study.outputs), study.times.size)
    none = np.broadcast_to(np.nan, (len(study.outputs), len(MEASURES), run.n))
    kept.put(Part(0, run.n, y, run.kept.status, np.zeros(run.n, np.int64), none, np.empty((0, 0))))
    return replace(run, study=study, kept=kept, levels=(), table=None, keeper=None)
