"""Relief without drug in closed form: expectancy that arises and fades, care that completes, an oral antidepressant.

The same equations as `pharmacology/mood/expectancy.py` and `oral.py`, solved: they are linear with constant input.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
LN2 = float(np.log(2.0))


def expectancy(t: F64, size: float, on: float, half_life: float) -> F64:
    """Fast expectancy at times t (h) after the start: size * on * (exp(-off t) - exp(-on t)) / (on - off)."""
    off = LN2 / half_life
    late = np.maximum(t, 0.0)
    if abs(on - off) < 1e-9 * on:
        return np.asarray(size * on * late * np.exp(-on * late))
    return np.asarray(size * on * (np.exp(-off * late) - np.exp(-on * late)) / (on - off))


def approach(t: F64, size: float, rate: float) -> F64:
    """size * (1 - exp(-rate t)) for t >= 0, else 0: care, or an oral antidepressant."""
    return np.asarray(-size * np.expm1(-rate * np.maximum(t, 0.0)))
