"""How the effect of a drug differs between trials: a factor on it that cannot be negative, gamma with mean 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

F64 = NDArray[np.float64]
NARROW = 1e-3  # below this spread a normal distribution is within 1e-5 of it, and its shape becomes too large to invert


def drug_factor(deviation: ArrayLike, spread: float) -> F64:
    """The factors of trials of these ranks, told as deviates of a standard normal distribution.

    `spread` is the coefficient of variation of factors over trials. The upper tail of the gamma distribution is lighter
    than that of a log-normal one, which trials with next to no effect of the drug would widen upwards too.
    """
    from scipy.special import gammainccinv, gammaincinv, ndtr

    x = np.asarray(deviation, dtype=np.float64)
    if spread < NARROW:
        return np.asarray(1.0 + spread * x)
    shape = 1.0 / spread**2
    below, above = gammaincinv(shape, ndtr(np.minimum(x, 0.0))), gammainccinv(shape, ndtr(-np.maximum(x, 0.0)))
    return np.asarray(np.where(x < 0.0, below, above) / shape)
