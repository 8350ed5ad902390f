"""How a number over simulated trials is told: its median, and from ENOUGH trials on its 90 % interval.

The ends of a 90 % interval are the 5 % and 95 % quantiles; of fewer than twenty trials they are no more than the
smallest and the largest that happened to come.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ketasim.studies.record import Observation, Study

F64 = NDArray[np.float64]
ENOUGH: Final = 20
LEVELS: Final = (0.05, 0.95)


def count(predicted: F64) -> int:
    """In how many trials somebody came as far as the observation (NaN where nobody did)."""
    return int(np.isfinite(predicted).sum())


def quantile(predicted: F64, level: float) -> float:
    """A quantile over trials, however few; NaN if nobody came that far in any."""
    return float(np.nanquantile(predicted, level)) if count(predicted) else float("nan")


def interval(predicted: F64) -> tuple[float, float] | None:
    """The ends of the 90 % interval; None from fewer than ENOUGH trials."""
    low, high = (quantile(predicted, level) for level in LEVELS)
    return (low, high) if count(predicted) >= ENOUGH else None


def inside(predicted: F64, printed: float) -> bool | None:
    """Whether the 90 % interval holds what was printed; None where so few trials give no interval."""
    ends = interval(predicted)
    return None if ends is None else bool(ends[0] - 1e-9 <= printed <= ends[1] + 1e-9)


def in_words(study: Study, seen: Observation, predicted: F64) -> str:
    """One line for a person: study, result, what was printed and what the simulated trials gave."""
    arm = f"{seen.arm} versus {seen.versus}" if seen.versus else seen.arm
    what = f"{seen.endpoint.name} {seen.measure}".strip()
    ends, n = interval(predicted), count(predicted)
    told = (
        f"90 % interval {ends[0]:.4g} to {ends[1]:.4g}"
        if ends
        else f"{n} simulated trial{'s' if n != 1 else ''}; an interval needs {ENOUGH}"
    )
    return (
        f"{study.id}, {arm}, {what} ({seen.statistic.replace('_', ' ')}, {seen.analysis}) at {seen.time.text}: "
        f"observed {seen.value:.4g}, predicted {quantile(predicted, 0.5):.4g} ({told})"
    )
