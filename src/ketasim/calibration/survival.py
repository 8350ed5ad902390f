"""Relapse of virtual patients over time, in trials that differ, keeping nothing of what lies between observations."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
STEEPEST, FLATTEST = 30.0, -60.0  # e**30 per hour is at once, e**-60 never


def without_relapse(
    usual: F64, drug: F64, shift: F64, effects: F64, rate: F64, slope: float, steps: F64, pick: I64
) -> F64:
    """Share of each patient without relapse at times `pick`, (effects, patients, picked).

    `usual` and `drug` (patients, times) and `shift` (times,) make latent severity above the border of remission under
    `effects` (effects, 2), pairs of a shift of relief and a factor on the drug. The hazard is rate * exp(slope * it)
    with `rate` (patients,) per hour, summed by trapezoids over `steps` (times - 1,) hours, 0 before it counts.
    """
    kept = np.empty((len(effects), len(usual), pick.size))
    cast(Any, _kept)(usual, drug, shift, effects, rate, slope, steps, pick, kept)
    return kept


@njit(cache=True, nogil=True, inline="always")
def _exp(x: float) -> float:
    """The exponential within 1e-10 between these ends, without branches, so that a loop of it is vectorised.

    The engine's `expo` is text for generated files, exact to 1e-13 over the whole range, which this need not be.
    """
    y = x * 0.00390625
    p = y * 2.7557319223985893e-06 + 2.48015873015873e-05
    p = p * y + 1.984126984126984e-04
    p = p * y + 1.388888888888889e-03
    p = p * y + 8.333333333333333e-03
    p = p * y + 4.1666666666666664e-02
    p = p * y + 1.6666666666666666e-01
    p = p * y + 0.5
    p = p * y + 1.0
    p = p * y + 1.0
    p *= p
    p *= p
    p *= p
    p *= p
    p *= p
    p *= p
    p *= p
    return float(p * p)


@njit(cache=True, nogil=True)
def _kept(
    usual: F64, drug: F64, shift: F64, effects: F64, rate: F64, slope: float, steps: F64, pick: I64, kept: F64
) -> None:
    hazard = np.empty(shift.size)
    for e in range(effects.shape[0]):
        relief, factor = effects[e, 0], effects[e, 1]
        for i in range(usual.shape[0]):
            for t in range(shift.size):
                z = usual[i, t] - factor * drug[i, t] - relief * shift[t]
                hazard[t] = _exp(max(min(slope * z, STEEPEST), FLATTEST))
            total, at = 0.0, 0
            for k in range(pick.size):
                while at < pick[k]:
                    total += 0.5 * (hazard[at] + hazard[at + 1]) * steps[at]
                    at += 1
                kept[e, i, k] = np.exp(-rate[i] * total)
