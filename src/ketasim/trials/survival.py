"""Time to event with censoring: Kaplan-Meier curve, median, and hazard ratio of two arms by partial likelihood (Cox).

Written out because three short formulas are all that is needed: a library would add a dependency larger than trials.
Tests hold them against examples worked in the literature.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Curve:
    """Share without the event after each time at which one happened; `se` is Greenwood's."""

    times: F64
    share: F64
    se: F64

    def at(self, time: float) -> float:
        """Share without the event at a time."""
        k = int(np.searchsorted(self.times, time, side="right"))
        return float(self.share[k - 1]) if k else 1.0

    @property
    def median(self) -> float:
        """First time at which half or fewer are without the event; inf if that is not reached."""
        below = np.flatnonzero(self.share <= 0.5 + 1e-12)
        return float(self.times[below[0]]) if below.size else float("inf")


def kaplan_meier(time: F64, event: Bools) -> Curve:
    """Kaplan and Meier 1958: time (n,) to the event or to censoring, event (n,) whether it happened."""
    moments, died = np.unique(time[event], return_counts=True)
    risk: F64 = np.array([(time >= t).sum() for t in moments], dtype=np.float64)
    left = risk - died
    share: F64 = np.cumprod(left / np.maximum(risk, 1.0), dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(left > 0, died / (risk * left), 0.0)
    return Curve(moments, share, share * np.sqrt(np.cumsum(terms)))


def hazard_ratio(time: F64, event: Bools, first: Bools) -> tuple[float, float]:
    """(log hazard ratio of the patients `first` over the others, its standard error), Cox with Breslow's ties.

    (nan, nan) if one group has no event: the data then say nothing but a bound.
    """
    if not event[first].any() or not event[~first].any():
        return float("nan"), float("nan")
    order = np.argsort(time, kind="stable")
    x, d = first[order].astype(np.float64), event[order]
    at = np.searchsorted(time[order], time[order], side="left")[d]
    ones = np.cumsum(x[::-1])[::-1][at]
    zeros = np.cumsum(1.0 - x[::-1])[::-1][at]
    b, information = 0.0, 1.0
    for _ in range(50):
        p = ones * np.exp(b) / (ones * np.exp(b) + zeros)
        information = float((p * (1.0 - p)).sum())
        step = float((x[d] - p).sum()) / max(information, 1e-12)
        b += max(min(step, 2.0), -2.0)
        if abs(step) < 1e-10:
            break
    return b, information**-0.5 if information > 0 else float("nan")
