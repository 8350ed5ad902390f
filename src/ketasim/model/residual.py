"""Residual error: what a measurement adds to a prediction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ketasim.model.variability import Residual

F64 = NDArray[np.float64]


def apply(residual: Residual, prediction: F64, z: F64) -> F64:
    """Observations from predictions and standard normals `z` of the same shape, in the unit of the output.

    additive a and proportional b together: y = f + sqrt(a² + (b·f)²)·z; log-normal: y = f·exp(s·z).
    """
    if residual.log_sd:
        return np.asarray(prediction * np.exp(residual.log_sd * z))
    return np.asarray(prediction + sd(residual, prediction) * z)


def sd(residual: Residual, prediction: F64) -> F64:
    """Standard deviation of an observation around a prediction (of the log, where the error is log-normal)."""
    if residual.log_sd:
        return np.full_like(prediction, residual.log_sd)
    return np.sqrt(residual.additive**2 + (residual.proportional * prediction) ** 2)
