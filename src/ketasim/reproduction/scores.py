"""Scores of predictions: coverage, proper scores, absolute errors; each with what chance alone would give.

CRPS of a forecast F at an observation y (Gneiting and Raftery 2007)::

    CRPS = E|X - y| - E|X - X'| / 2,   of a normal: s * (z (2 Φ(z) - 1) + 2 φ(z) - 1/√π),  z = (y - m) / s

Lower is better, in the unit of y. The interval score of a central interval of level 1 - a is its width plus 2/a times
the distance by which y lies outside. Endpoints of one trial hang together, so uncertainty is a bootstrap over trials.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import erf, exp, pi, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

F64 = NDArray[np.float64]
REPLICATES, SEED = 2000, 1


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number over trials with its 95 % bootstrap interval; NaN where there is nothing to judge."""

    value: float
    low: float
    high: float

    def contains(self, number: float) -> bool:
        """Whether the interval holds a number."""
        return self.low <= number <= self.high


def crps(samples: F64, observed: float) -> float:
    """CRPS of a forecast given by draws (n,)."""
    x = np.sort(np.asarray(samples, dtype=np.float64))
    n = x.size
    rank = 2.0 * np.arange(1, n + 1) - n - 1.0
    return float(np.abs(x - observed).mean() - (rank @ x) / n**2)


def crps_normal(mean: float, sd: float, observed: float) -> float:
    """CRPS of a normal forecast; the absolute error where its SD is 0."""
    if sd <= 0.0:
        return abs(observed - mean)
    z = (observed - mean) / sd
    below, density = 0.5 * (1.0 + erf(z / sqrt(2.0))), exp(-0.5 * z * z) / sqrt(2.0 * pi)
    return sd * (z * (2.0 * below - 1.0) + 2.0 * density - 1.0 / sqrt(pi))


def interval_score(low: float, high: float, observed: float, level: float = 0.9) -> float:
    """Interval score of a central interval: its width, and a fine for what lies outside."""
    outside = max(low - observed, 0.0) + max(observed - high, 0.0)
    return high - low + 2.0 / (1.0 - level) * outside


def over_trials(values: ArrayLike, trials: Sequence[str], replicates: int = REPLICATES, seed: int = SEED) -> Estimate:
    """The mean of values (n,) with a bootstrap interval that draws whole trials."""
    x = np.asarray(values, dtype=np.float64)
    if x.size == 0:
        return Estimate(np.nan, np.nan, np.nan)
    names = list(dict.fromkeys(trials))
    member = np.array([names.index(t) for t in trials])
    sums = np.bincount(member, weights=x, minlength=len(names))
    counts = np.bincount(member, minlength=len(names)).astype(np.float64)
    picks = np.random.default_rng(seed).integers(0, len(names), (replicates, len(names)))
    means = sums[picks].sum(axis=1) / counts[picks].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return Estimate(float(x.mean()), float(low), float(high))


def expected_error(sd: ArrayLike) -> float:
    """Mean absolute error that sampling alone gives a perfect forecast: mean of SD · √(2/π)."""
    s = np.asarray(sd, dtype=np.float64)
    return float(np.mean(s) * sqrt(2.0 / pi)) if s.size else float("nan")
