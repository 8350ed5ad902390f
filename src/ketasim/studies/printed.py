"""How precise a printed number is."""

from __future__ import annotations

import math
from statistics import NormalDist


def standard_error(
    kind: str, value: float, sd: float | None, interval: tuple[float, float] | None, level: float, n: int
) -> float | None:
    """What is printed, as a standard error: of a mean from its SD, else from the interval; of ratios and times to an
    event ("log") on the log scale, from the lower half alone where the upper limit was not reached.
    """
    if kind == "mean" and sd is not None:
        return sd / math.sqrt(n)
    if kind == "proportion":
        return math.sqrt(value * (1.0 - value) / n)
    if interval is None:
        return None
    z = NormalDist().inv_cdf(0.5 + level / 2.0)
    low, high = interval
    if kind != "log":
        return (high - low) / (2.0 * z)
    if low <= 0:
        return None
    return math.log(value / low) / z if math.isinf(high) else math.log(high / low) / (2.0 * z)
