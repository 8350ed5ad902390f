"""The mode of the posterior and the curvature around it: where chains start and how they first step."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
WIDTH = 0.05
NUDGE = 1e-4  # of the finite differences


def mode(target: Callable[[F64], float], start: F64, rounds: int = 60) -> F64:
    """A maximum of the target near `start`, by L-BFGS with finite differences."""
    from scipy.optimize import minimize

    def loss(u: F64) -> float:
        value = target(u)
        return -value if np.isfinite(value) else 1e10

    found = minimize(
        loss, start, method="L-BFGS-B", bounds=[(-4.0, 4.0)] * start.size, options={"maxiter": rounds, "eps": NUDGE}
    )
    return np.asarray(found.x, dtype=np.float64)


def covariance(target: Callable[[F64], float], at: F64) -> F64:
    """Inverse of the negative Hessian at `at` by central differences, its eigenvalues held between 0.02 and 1."""
    d = at.size
    steps = WIDTH * np.eye(d)
    centre = target(at)
    single = np.array([[target(at + s), target(at - s)] for s in steps])
    hessian = np.diag((single[:, 0] - 2 * centre + single[:, 1]) / WIDTH**2)
    for i in range(d):
        for j in range(i):
            both = target(at + steps[i] + steps[j]) + target(at - steps[i] - steps[j])
            cross = both - single[i].sum() - single[j].sum() + 2 * centre
            hessian[i, j] = hessian[j, i] = cross / (2 * WIDTH**2)
    values, vectors = np.linalg.eigh(-hessian)
    return np.asarray((vectors / np.clip(values, 1.0, 50.0)) @ vectors.T)
