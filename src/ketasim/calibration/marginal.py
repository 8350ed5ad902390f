"""Integrating out how a trial differs from the usual one: its shift of relief and the logarithm of its drug factor.

Printed numbers are curved in these two effects η: doubling the effect of a drug adds less than halving it takes away,
and less than none of it cannot be. So the integral is Laplace's, with predictions made straight where the trial is::

    log p(y) ≈ log N(y; f(η̂) - J η̂, R + J Ω J'),   J = df/dη at η̂

η̂, the most probable η, is found on a curve through the four points of `DESIGN`, straight in the shift a and quadratic
in v = φ / (1 + φ) - 1/2, with φ the drug factor; one of the points has no drug at all, so that no trial lies beyond.
f and J are the model's own at η̂ (`around`), and to first order it does not matter how well η̂ was found.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]
RELIEF, MORE = 0.3, 1.2
FULL, NONE = 1.0 / (1.0 + np.exp(-MORE)) - 0.5, -0.5  # v of a factor of exp(MORE), and of no drug
DESIGN = ((0.0, 0.0), (RELIEF, 0.0), (0.0, MORE), (0.0, -np.inf))
STEP = 0.1
ROUNDS = 8
Effects = tuple[tuple[float, float], ...]


def most_probable(y: F64, values: F64, noise: F64, spread: F64) -> F64:
    """η̂ (2,) of a trial with the numbers y (rows,), from predictions at the points of `DESIGN` (4, rows).

    `noise` (rows, rows) is R, `spread` (2,) the SDs of η.
    """
    base, up, more, none = values
    rise, fall = (more - base) / FULL, (none - base) / NONE
    bend = 2.0 * (rise - fall) / (FULL - NONE)
    slope = np.stack([(up - base) / RELIEF, rise - 0.5 * FULL * bend])
    return np.asarray(cast(Any, _most_probable)(y, base, slope, bend, noise, spread))


def around(at: F64) -> Effects:
    """η̂ and a step from it in each direction: where a trial's predictions are wanted."""
    relief, drug = float(at[0]), float(at[1])
    return ((relief, drug), (relief + STEP, drug), (relief, drug + STEP))


def log_marginal(y: F64, values: F64, at: F64, noise: F64, spread: F64) -> float:
    """Log density of the numbers y (rows,) of a trial, from predictions (3, rows) at `around` its η̂.

    LinAlgError where their covariance has no root.
    """
    jacobian = (values[1:] - values[0]) / STEP
    factor = np.linalg.cholesky(noise + (jacobian.T * spread**2) @ jacobian)
    white = np.linalg.solve(factor, y - values[0] + at @ jacobian)
    return float(-0.5 * white @ white - np.log(np.diag(factor)).sum() - 0.5 * y.size * np.log(2.0 * np.pi))


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]
def _most_probable(y: F64, base: F64, slope: F64, bend: F64, noise: F64, spread: F64) -> F64:
    precision, prior = np.linalg.inv(noise), np.diag(1.0 / spread**2)
    at = np.zeros(2)
    rest, jacobian = y - base, _jacobian(slope, bend, at)
    loss = rest @ precision @ rest
    for _ in range(ROUNDS):
        pull = jacobian @ precision
        aim = np.linalg.solve(pull @ jacobian.T + prior, pull @ (rest + at @ jacobian))
        share = 1.0
        while share > 0.05:
            there = at + share * (aim - at)
            left = y - _value(base, slope, bend, there)
            found = left @ precision @ left + there @ prior @ there
            if found <= loss:
                at, rest, loss = there, left, found
                jacobian = _jacobian(slope, bend, at)
                break
            share *= 0.5
    return at


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]
def _value(base: F64, slope: F64, bend: F64, at: F64) -> F64:
    v = 1.0 / (1.0 + np.exp(-at[1])) - 0.5
    return base + at[0] * slope[0] + v * slope[1] + 0.5 * v * v * bend


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]
def _jacobian(slope: F64, bend: F64, at: F64) -> F64:
    share = 1.0 / (1.0 + np.exp(-at[1]))
    found = slope.copy()
    found[1] = (slope[1] + (share - 0.5) * bend) * share * (1.0 - share)
    return found
