"""The course of the fast and the slow state of an arm, from its trigger, for many parameter values, fast.

The trigger T and the stimulus M depend on exposure and on parameters that mood cannot identify, so they are computed
once per arm by the engine and kept on a grid. What calibration varies acts after them::

    dF/dt = on_f * T * (1 - saturation * F) - koff * F
    dS/dt = on_s * M * (1 - S) - kout * S

Between two grid points T and M are taken as their mean, and the step is exact. A test holds this against the engine.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]
LN2 = float(np.log(2.0))


@njit(cache=True, nogil=True)
def _states(t: F64, drive: F64, on: float, off: float, saturation: float, out: F64) -> None:
    x = 0.0
    out[0] = 0.0
    for k in range(1, t.size):
        dt = t[k] - t[k - 1]
        gain = on * 0.5 * (drive[k] + drive[k - 1])
        rate = gain * saturation + off
        rest = gain / rate if rate > 0.0 else 0.0
        x = rest + (x - rest) * np.exp(-rate * dt) if rate > 0.0 else x + gain * dt
        out[k] = x


@njit(cache=True, nogil=True)
def _both(t: F64, trigger: F64, stimulus: F64, p: F64, fast: F64, slow: F64) -> None:
    for node in range(trigger.shape[0]):
        _states(t, trigger[node], p[0], p[1], p[4], fast[node])
        _states(t, stimulus[node], p[2], p[3], 1.0, slow[node])


def states(
    t: F64,
    trigger: F64,
    stimulus: F64,
    fast_on: float,
    fast_half_life: float,
    slow_on: float,
    slow_half_life: float,
    saturation: float = 1.0,
) -> tuple[F64, F64]:
    """F and S on the grid: t (k,) hours, trigger and stimulus (nodes, k) -> two arrays (nodes, k)."""
    fast, slow = np.empty_like(trigger), np.empty_like(stimulus)
    p = np.array([fast_on, LN2 / fast_half_life, slow_on, LN2 / slow_half_life, saturation])
    cast(Any, _both)(t, trigger, stimulus, p, fast, slow)
    return fast, slow
