"""Integrating out how a trial differs from the usual one: its shift of relief and the logarithm of its drug factor.

Printed numbers are curved in these two effects η: doubling the effect of a drug adds less than halving it takes away.
So each prediction is a quadratic in η through the six points of `DESIGN`, and the integral is Laplace's, at the most
probable η of the trial::

    f(η) = f0 + g'η + η'Hη / 2        η̂ = argmax of N(y; f(η), R) N(η; 0, Ω),  J = df/dη there
    log p(y) ≈ log N(y; f(η̂) - J η̂, R + J Ω J')
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]
RELIEF, MORE, LESS = 0.5, 0.8, -1.4  # a drug that does half is as usual as one that does double, and curves more
DESIGN = ((0.0, 0.0), (RELIEF, 0.0), (-RELIEF, 0.0), (0.0, MORE), (0.0, LESS), (RELIEF, MORE))
ROUNDS = 8


def curved(values: F64) -> tuple[F64, F64, F64]:
    """(f0 (rows,), g (rows, 2), H (rows, 2, 2)) from predictions at the points of `DESIGN`, (6, rows)."""
    base, up, down, more, less, both = values
    rise, fall = (more - base) / MORE, (less - base) / LESS
    bent = 2.0 * (rise - fall) / (MORE - LESS)
    slope = np.stack([(up - down) / (2 * RELIEF), rise - 0.5 * MORE * bent], axis=1)
    bend = np.empty((base.size, 2, 2))
    bend[:, 0, 0] = (up + down - 2 * base) / RELIEF**2
    bend[:, 1, 1] = bent
    bend[:, 0, 1] = bend[:, 1, 0] = (both - up - more + base) / (RELIEF * MORE)
    return base, slope, bend


def log_marginal(y: F64, f: tuple[F64, F64, F64], noise: F64, spread: F64) -> float:
    """Log density of the numbers y (rows,) of one trial: noise (rows, rows) is R, spread (2,) the SDs of η."""
    return float(cast(Any, _log_marginal)(y, *f, noise, spread)[0])


def most_probable(y: F64, f: tuple[F64, F64, F64], noise: F64, spread: F64) -> F64:
    """η̂ of one trial, (2,): how it differs from the usual one, given its numbers."""
    return np.asarray(cast(Any, _log_marginal)(y, *f, noise, spread)[1])


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]
def _log_marginal(y: F64, base: F64, slope: F64, bend: F64, noise: F64, spread: F64) -> tuple[float, F64]:
    precision, inverse = np.linalg.inv(noise), np.diag(1.0 / spread**2)
    at = np.zeros(2)
    value, jacobian = _at(base, slope, bend, at)
    loss = _loss(y - value, precision, at, inverse)
    for _ in range(ROUNDS):
        pull = jacobian.T @ precision
        aim = np.linalg.solve(pull @ jacobian + inverse, pull @ (y - value + jacobian @ at))
        share = 1.0
        while share > 0.05:
            there = at + share * (aim - at)
            value_there, jacobian_there = _at(base, slope, bend, there)
            loss_there = _loss(y - value_there, precision, there, inverse)
            if loss_there <= loss:
                at, value, jacobian, loss = there, value_there, jacobian_there, loss_there
                break
            share *= 0.5
    cover = noise + jacobian @ np.diag(spread**2) @ jacobian.T
    factor = np.linalg.cholesky(cover)
    white = np.linalg.solve(factor, y - value + jacobian @ at)
    return -0.5 * white @ white - np.log(np.diag(factor)).sum() - 0.5 * y.size * np.log(2.0 * np.pi), at


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]
def _at(base: F64, slope: F64, bend: F64, at: F64) -> tuple[F64, F64]:
    """(f, J) at η."""
    value, jacobian = base.copy(), slope.copy()
    for k in range(base.size):
        turn = bend[k] @ at
        value[k] += slope[k] @ at + 0.5 * (at @ turn)
        jacobian[k] += turn
    return value, jacobian


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]
def _loss(rest: F64, precision: F64, at: F64, inverse: F64) -> float:
    return float(rest @ precision @ rest + at @ inverse @ at)
