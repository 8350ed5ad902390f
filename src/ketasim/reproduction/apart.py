"""What of the sampling error of a printed result comes from how patients differ, and what from chance within each.

For the mean of n patients of an arm, with μ what a patient's score is on average and s its SD from visit to visit, and
for a share, with μ the chance of each to be counted and s² = μ(1 − μ)::

    squared standard error = Var(μ) / n + mean(s²) / n

The first part is "between-patient", the second "sampling"; those of the two arms of a difference add up. Hazard ratios
and times count relapses, whose chance is all that there is: all of it is "sampling". In the average study, under one
parameter vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ketasim.calibration.data import Data, Row
from ketasim.calibration.likelihood import LOGARITHMIC
from ketasim.calibration.predict import Fixed, Scene, ground, scene
from ketasim.calibration.statistics import of_arm
from ketasim.studies.record import Observation

F64 = NDArray[np.float64]


def between_patients(data: Data, p: F64, known: Fixed) -> F64:
    """Share of the squared standard error of each row that comes from how patients differ, (rows,) in 0 to 1."""
    views = [scene(ground(on, p, known)) for on in data.stages]
    return np.array([_share(row, views) for row in data.rows])


def _share(row: Row, views: Sequence[Scene]) -> float:
    seen = row.seen
    if seen.statistic in LOGARITHMIC or seen.endpoint.kind == "time":
        return 0.0
    parts = np.array(_parts(seen, views[row.arm], row.column, row.origin)) / seen.n
    if row.versus >= 0:
        parts += np.array(_parts(seen, views[row.versus], row.column_versus)) / (seen.n_versus or seen.n)
    return float(parts[0] / max(parts.sum(), 1e-300))


def _parts(seen: Observation, view: Scene, at: int, origin: int = -1) -> tuple[float, float]:
    """Var(μ) and mean(s²) of the patients of an arm, each read as an arm of its own."""
    weight = view.weight[0]
    z, kept, entry = (np.repeat(one[:1], weight.size, axis=0) for one in (view.z, view.kept, view.entry))
    alone = replace(view, z=z, kept=kept, entry=entry, weight=np.eye(weight.size))
    each = of_arm(seen, alone, at, origin)
    middle = weight @ each.value
    return float(weight @ (each.value - middle) ** 2), float(weight @ each.sd**2)
