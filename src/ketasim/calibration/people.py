"""Fixed virtual patients that stand for an arm: quasi-random points, the same in every evaluation.

Columns are standard normal: response to the drug, relief without drug, baseline, frailty. Fixed points make
predictions smooth in the parameters, so that a sampler sees the data and not the dice.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
COUNT, COLUMNS = 64, 4
RESPONSE, RELIEF, BASELINE, FRAILTY = range(COLUMNS)


@lru_cache(maxsize=1)
def points() -> F64:
    """(COUNT, COLUMNS) standard normal points, mean 0 and variance 1 in each column, from a plain Sobol set."""
    from scipy.special import ndtri
    from scipy.stats import qmc

    grid = qmc.Sobol(COLUMNS, scramble=False).random(2 * COUNT)[COUNT:]
    normal = ndtri(np.clip(grid, 1.0 / (4 * COUNT), 1.0 - 1.0 / (4 * COUNT)))
    normal = (normal - normal.mean(axis=0)) / normal.std(axis=0)
    normal.setflags(write=False)
    return np.asarray(normal)


def baselines(mean: float, sd: float, low: float = 8.0, high: float = 58.0) -> F64:
    """MADRS before treatment of the virtual patients, (COUNT,), within what the scale can show."""
    return np.clip(mean + sd * points()[:, BASELINE], low, high)
