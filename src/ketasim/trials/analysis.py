"""What statisticians make of written scores: observed cases, last observation carried, adjusted means, counts.

Scores are (n, visits) with NaN where a patient was not seen; baseline (n,) was written before treatment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ketasim.errors import RequestError
from ketasim.measurement.scale import Scale

F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]
Missing = Literal["observed", "LOCF", "non-response"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number, the SD between patients that stands behind it, and how many were counted."""

    value: float
    sd: float
    n: int

    @property
    def se(self) -> float:
        """Standard error of the number."""
        return self.sd / self.n**0.5 if self.n else float("nan")


def carried(scores: F64, baseline: F64, column: int) -> F64:
    """Last observation up to and including a visit; the baseline where nothing was seen. Shape (n,)."""
    found = baseline.copy()
    for k in range(column + 1):
        found = np.where(np.isfinite(scores[:, k]), scores[:, k], found)
    return found


def mean(values: F64) -> Estimate:
    """Mean and SD of the values that are there."""
    known = values[np.isfinite(values)]
    n = int(known.size)
    sd = float(known.std(ddof=1)) if n > 1 else float("nan")
    return Estimate(float(known.mean()) if n else float("nan"), sd, n)


def adjusted(changes: Mapping[str, F64], baselines: Mapping[str, F64]) -> dict[str, Estimate]:
    """Least-squares mean of each arm at the mean baseline of all: ANCOVA with arm and baseline, one common slope.

    The SD is that of what baseline does not explain.
    """
    arms = list(changes)
    y = np.concatenate([changes[a] for a in arms])
    b = np.concatenate([baselines[a] for a in arms])
    arm = np.repeat(np.arange(len(arms)), [changes[a].size for a in arms])
    there = np.isfinite(y) & np.isfinite(b)
    y, b, arm = y[there], b[there], arm[there]
    if y.size <= len(arms) + 1:
        return {a: mean(changes[a]) for a in arms}
    centred = b - b.mean()
    design = np.column_stack([*(arm == k for k in range(len(arms))), centred]).astype(np.float64)
    beta, *_ = np.linalg.lstsq(design, y, rcond=None)
    rest = y - design @ beta
    sd = float(np.sqrt(rest @ rest / (y.size - len(arms) - 1)))
    return {a: Estimate(float(beta[k]), sd, int((arm == k).sum())) for k, a in enumerate(arms)}


def share(met: Bools, seen: Bools, missing: Missing = "observed") -> Estimate:
    """Share of patients who meet a criterion; those not seen are left out, or counted as not meeting it."""
    counted = np.ones_like(seen) if missing == "non-response" else seen
    n = int(counted.sum())
    value = float((met & seen)[counted].mean()) if n else float("nan")
    return Estimate(value, float(np.sqrt(max(value * (1.0 - value), 0.0))) if n else float("nan"), n)


def criterion(kind: str, scale: Scale, score: F64, baseline: F64, cutoff: float | None = None) -> Bools:
    """Who meets "response", "remission" or "response and remission" on a scale; never where the score is missing."""
    known = np.isfinite(score)
    safe = np.where(known, score, scale.high)
    responded, remitted = scale.responded(safe, baseline), scale.remitted(safe, cutoff)
    found = {"response": responded, "remission": remitted, "response and remission": responded & remitted}
    if kind not in found:
        raise RequestError(f"The criterion {kind!r} is unknown; known are {', '.join(found)}.")
    return np.asarray(found[kind] & known)


def effect_size(first: Estimate, second: Estimate) -> float:
    """Cohen's d: the difference in units of the pooled SD."""
    return (first.value - second.value) / float(np.sqrt(0.5 * (first.sd**2 + second.sd**2)))
