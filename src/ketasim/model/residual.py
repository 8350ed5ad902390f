"""Residual error: what a measurement adds to a prediction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ketasim.model.variability import Residual

F64 = NDArray[np.float64]
EDGE = 1e-9  # of the range: a prediction on an end stays finite on the logit scale


def apply(residual: Residual, prediction: F64, z: F64) -> F64:
    """Observations from predictions and standard normals `z` of the same shape, in the unit of the output.

    additive a and proportional b together: y = f + sqrt(a² + (b·f)²)·z; log-normal: y = f·exp(s·z);
    between two ends: logit(y) = logit(f) + s·z, with both as shares of the way from one end to the other.
    """
    if residual.logit_sd:
        span = residual.high - residual.low
        share = np.clip((prediction - residual.low) / span, EDGE, 1.0 - EDGE)
        return np.asarray(residual.low + span / (1.0 + (1.0 / share - 1.0) * np.exp(-residual.logit_sd * z)))
    if residual.log_sd:
        return np.asarray(prediction * np.exp(residual.log_sd * z))
    return np.asarray(prediction + sd(residual, prediction) * z)


def sd(residual: Residual, prediction: F64) -> F64:
    """Standard deviation of an observation around a prediction (of the log or logit, where the error is of that)."""
    if residual.log_sd or residual.logit_sd:
        return np.full_like(prediction, residual.log_sd or residual.logit_sd)
    return np.sqrt(residual.additive**2 + (residual.proportional * prediction) ** 2)
