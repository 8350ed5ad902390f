"""How a trial differs from the usual one, η: its shift of relief and the deviation of its drug factor, integrated out::

    p(y) = ∫ N(y; f(η), R) N(η; 0, Ω) dη

Gauss-Hermite's over ξ, η = centre + root ξ, at NODES by NODES points of the model itself. Centre and root are the mean
and the spread of η on a surface through nine predictions, quadratic in tanh((η - middle) / 2) in both directions, which
levels off as scores do: the surface only says where to look. The nine lie around the usual trial, or, once it is known
where a trial is under likely parameters, around there (`Around`). With 5 by 5 points the log density of 17 trials was
0.1 too low (SD 0.1 over draws of a posterior) against 13 by 13. A second place, far from the first, that would
explain a trial too is not looked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ketasim.pharmacology.mood.drug_factor import drug_factor

F64 = NDArray[np.float64]
Effects = tuple[tuple[float, float], ...]
APART = 1.7  # SDs of η to each side of the usual trial
OWN, SHARED = 1.5, 0.8  # SDs of η in one trial, and between trials, to each side of where a trial was found
GRID = ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1))
ROUNDS, LEAST_STEP = 12, 1e-3
WIDE, ACROSS = 4.5, 15  # the surface is summed over so many SDs and points in each direction
NODES = 5


@dataclass(frozen=True, slots=True)
class Place:
    """Where a trial probably is: `centre` (2,) and `root` (2, 2) of η, lower triangular."""

    centre: F64
    root: F64

    def at(self, xi: F64) -> F64:
        """η (..., 2) for ξ (..., 2)."""
        return np.asarray(self.centre + xi @ self.root.T)


def effects(eta: F64, spread: F64) -> Effects:
    """η (n, 2) as predictions take them, shifts of relief and factors on the drug, where η has these SDs (2,)."""
    factors = drug_factor(eta[:, 1] / spread[1], float(spread[1]))
    return tuple((float(relief), float(factor)) for relief, factor in zip(eta[:, 0], factors, strict=True))


@dataclass(frozen=True, slots=True)
class Around:
    """Nine places through which a surface goes: `middle` (2,), and `reach` (2,) to each side of it."""

    middle: F64
    reach: F64

    def effects(self, spread: F64) -> Effects:
        """The nine, the middle first, as predictions take them."""
        return effects(self.middle + self.reach * np.array(GRID), spread)


def usual(spread: F64) -> Around:
    """Around the usual trial, for trials with these SDs (2,) of η."""
    return Around(np.zeros(2), APART * spread)


def nearer(at: Place, spread: F64) -> Around:
    """Around where a trial was found, for parameters near those that it was found under."""
    own = np.sqrt(np.diag(at.root @ at.root.T))
    return Around(at.centre, np.maximum(OWN * own, SHARED * spread))


def place(y: F64, values: F64, around: Around, noise: F64, spread: F64) -> Place:
    """Where a trial with the numbers y (rows,) is, from predictions (9, rows) at the nine places around.

    `noise` (rows, rows) is R, `spread` (2,) the SDs of η. LinAlgError where R is no covariance.
    """
    whiten = np.linalg.inv(np.linalg.cholesky(noise))
    surface = _surface(values @ whiten.T, around.reach)
    centre, cover = cast(Any, _moments)(whiten @ y, surface, around.middle, spread)
    return Place(centre, np.asarray(np.linalg.cholesky(cover), dtype=np.float64))


def log_joint(y: F64, values: F64, at: Place, xi: F64, factor: F64, spread: F64) -> F64:
    """Log density (n,) of the numbers y (rows,) of a trial and of ξ (n, 2), from predictions (n, rows) at η there.

    `factor` is the Cholesky factor of R.
    """
    white = np.linalg.solve(factor, (y - values).T)
    inside = -0.5 * (white**2).sum(axis=0) - 0.5 * ((at.at(xi) / spread) ** 2).sum(axis=1)
    outside = np.log(np.diag(factor)).sum() + np.log(spread).sum() - np.log(np.diag(at.root)).sum()
    return np.asarray(inside - outside - (0.5 * y.size + 1.0) * np.log(2.0 * np.pi))


@lru_cache(maxsize=4)
def nodes(count: int = NODES) -> tuple[F64, F64]:
    """ξ (count², 2) and the logarithms of what each weighs in an integral over ξ."""
    points, weights = np.polynomial.hermite_e.hermegauss(count)
    xi = np.stack(np.meshgrid(points, points, indexing="ij"), axis=-1).reshape(-1, 2)
    return xi, np.asarray(np.log(np.outer(weights, weights).ravel()) + 0.5 * (xi**2).sum(axis=1))


def log_marginal(joint: F64, log_weights: F64) -> float:
    """Log density of the numbers of a trial, from `log_joint` at the nodes."""
    inside = joint + log_weights
    return float(inside.max() + np.log(np.exp(inside - inside.max()).sum()))


def _surface(values: F64, reach: F64) -> F64:
    """Coefficients (rows, 3, 3) of powers of tanh of half the distance from the middle, of relief and of drug."""
    grid = np.empty((3, 3, values.shape[1]))
    for (a, b), row in zip(GRID, values, strict=True):
        grid[a + 1, b + 1] = row
    for axis, step in enumerate(np.tanh(0.5 * reach)):
        low, middle, high = np.moveaxis(grid, axis, 0)
        powers = [middle, (high - low) / (2.0 * step), (high + low - 2.0 * middle) / (2.0 * step**2)]
        grid = np.stack(powers, axis=axis)
    return np.ascontiguousarray(np.moveaxis(grid, -1, 0))


@njit(cache=True, nogil=True)
def _moments(y: F64, surface: F64, middle: F64, spread: F64) -> tuple[F64, F64]:
    """Mean (2,) and covariance (2, 2) of η on a surface of predictions with unit errors, summed around its peak."""
    at, information = _most_probable(y, surface, middle, spread)
    root = np.linalg.inv(np.linalg.cholesky(information)).T
    steps = np.linspace(-WIDE, WIDE, ACROSS)
    eta, loss = np.empty((ACROSS * ACROSS, 2)), np.empty(ACROSS * ACROSS)
    for i in range(ACROSS):
        for j in range(ACROSS):
            k = i * ACROSS + j
            eta[k, 0] = at[0] + root[0, 0] * steps[i] + root[0, 1] * steps[j]
            eta[k, 1] = at[1] + root[1, 0] * steps[i] + root[1, 1] * steps[j]
            loss[k] = _loss(y, surface, middle, spread, eta[k, 0], eta[k, 1])
    weight = np.exp(-0.5 * (loss - loss.min()))
    weight /= weight.sum()
    mean = eta.T @ weight
    apart = eta - mean
    return mean, (apart.T * weight) @ apart


@njit(cache=True, nogil=True)
def _loss(y: F64, surface: F64, middle: F64, spread: F64, relief: float, drug: float) -> float:
    x, z = np.tanh(0.5 * (relief - middle[0])), np.tanh(0.5 * (drug - middle[1]))
    found = (relief / spread[0]) ** 2 + (drug / spread[1]) ** 2
    for r in range(y.size):
        one = surface[r]
        value = one[0, 0] + z * (one[0, 1] + z * one[0, 2])
        value += x * (one[1, 0] + z * (one[1, 1] + z * one[1, 2]))
        value += x * x * (one[2, 0] + z * (one[2, 1] + z * one[2, 2]))
        found += (y[r] - value) ** 2
    return float(found)


@njit(cache=True, nogil=True)
def _most_probable(y: F64, surface: F64, middle: F64, spread: F64) -> tuple[F64, F64]:
    """The peak (2,) and the information (2, 2) there, by Gauss and Newton with halved steps."""
    prior = np.diag(1.0 / spread**2)
    at = middle.copy()
    loss = _loss(y, surface, middle, spread, at[0], at[1])
    for _ in range(ROUNDS):
        rest, slope = _rest(y, surface, middle, at)
        aim = np.linalg.solve(slope @ slope.T + prior, slope @ (rest + at @ slope))
        share = 1.0
        while share > LEAST_STEP:
            there = at + share * (aim - at)
            found = _loss(y, surface, middle, spread, there[0], there[1])
            if found <= loss:
                at, loss = there, found
                break
            share *= 0.5
    slope = _rest(y, surface, middle, at)[1]
    return at, slope @ slope.T + prior


@njit(cache=True, nogil=True)
def _rest(y: F64, surface: F64, middle: F64, at: F64) -> tuple[F64, F64]:
    """What the surface leaves of y (rows,), and its slope (2, rows)."""
    x, z = np.tanh(0.5 * (at[0] - middle[0])), np.tanh(0.5 * (at[1] - middle[1]))
    rest, slope = np.empty(y.size), np.empty((2, y.size))
    for r in range(y.size):
        along = surface[r, :, 0] + z * (surface[r, :, 1] + z * surface[r, :, 2])
        across = surface[r, 0] + x * (surface[r, 1] + x * surface[r, 2])
        rest[r] = y[r] - along[0] - x * (along[1] + x * along[2])
        slope[0, r] = (along[1] + 2.0 * x * along[2]) * 0.5 * (1.0 - x * x)
        slope[1, r] = (across[1] + 2.0 * z * across[2]) * 0.5 * (1.0 - z * z)
    return rest, slope
