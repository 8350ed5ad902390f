"""Shapes of distributions as functions of uniform numbers, so that each draw keeps its key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Truncated:
    """A log-normal at a reference size: median and SD of the log, and limits per person."""

    median: float
    sd: float
    low: F64
    high: F64


def uniform_between(u: F64, low: float, high: float) -> F64:
    """Evenly between two ends."""
    return low + (high - low) * u


def truncated_normal(u: F64, low: Any, high: Any) -> F64:
    """Standard normal numbers between `low` and `high` (numbers or one per draw), by inversion."""
    from scipy.special import ndtr, ndtri

    first, last, share = np.broadcast_arrays(low, high, u)
    mirror = first > 0.0  # the upper tail is computed as the lower one, where probabilities keep their digits
    first, last = np.where(mirror, -last, first), np.where(mirror, -first, last)
    share = np.where(mirror, 1.0 - share, share)
    below, above = ndtr(first), ndtr(last)
    z = np.clip(np.asarray(ndtri(below + share * (above - below)), dtype=np.float64), first, last)
    return np.where(mirror, -z, z)


def parameters_of_truncated(mean: float, sd: float, low: float, high: float) -> tuple[float, float]:
    """Location and scale of the normal that has this mean and SD once it is cut to [low, high]."""
    from scipy.optimize import least_squares
    from scipy.stats import truncnorm

    def misfit(x: F64) -> F64:
        location, scale = float(x[0]), float(np.exp(x[1]))
        cut = truncnorm((low - location) / scale, (high - location) / scale, loc=location, scale=scale)
        return np.array([(cut.mean() - mean) / sd, np.log(cut.std() / sd)])

    found = least_squares(misfit, np.array([mean, np.log(sd)]), xtol=1e-12, ftol=1e-12)
    return float(found.x[0]), float(np.exp(found.x[1]))
