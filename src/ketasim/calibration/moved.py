"""Draws moved to where the posterior is without one trial, and weighed there: importance sampling with a better start.

Weights that leave out a trial fail where the posterior without it lies elsewhere. An affine map T of the draws, found
from them, brings them near; as the density of moved draws is known up to the constant of the whole posterior, their
ratios give the constant of the posterior without trial i, and so the density of the trial given the others::

    p(y_i | others) = Z / Z_without_i,   Z_without_i / Z = E[ |det T| π_without_i(T u) / π(u) ],   u ~ π / Z

T is sought as the normal posterior would have it: in whitened draws z, log ratios are regressed on z and on the square
of the part of z along that slope; slope and curvature are the shift and the change of precision (a Newton step), and
again from there. Source: Paananen, Piironen, Bürkner and Vehtari (2021), Implicitly adaptive importance sampling,
Statistics and Computing 31:16, doi:10.1007/s11222-020-09982-2, where T matches weighted moments instead, which
needs more draws than there are parameters to be worth something.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from ketasim.calibration import pareto

F64 = NDArray[np.float64]
Target = Callable[[F64], float]
RIDGE = 3.0  # draws that say beforehand that there is no slope
WIDEST, NARROWEST = 2.0, 0.5  # factor on the SD along the slope in one step
ENOUGH = 0.4  # of the draws that weights are worth from which on no better move is sought


@dataclass(frozen=True, slots=True)
class Map:
    """u -> centre + spread (shift + turn z), z the whitened draw; `log_volume` is the logarithm of det(turn)."""

    centre: F64
    spread: F64
    shift: F64
    turn: F64

    @property
    def log_volume(self) -> float:
        """Logarithm of how much larger a volume becomes."""
        return float(np.linalg.slogdet(self.turn)[1])

    def white(self, draws: F64) -> F64:
        """z (draws, d) of draws (draws, d): mean 0, covariance 1."""
        return np.asarray(np.linalg.solve(self.spread, (draws - self.centre).T).T)

    def at(self, white: F64) -> F64:
        """Moved draws (draws, d)."""
        return np.asarray(self.centre + (self.shift + white @ self.turn.T) @ self.spread.T)

    def nearer(self, white: F64, log_ratios: F64) -> Map:
        """The next map, by what the log ratios (draws,) under this one say."""
        step, turn = _step(white, log_ratios)
        return Map(self.centre, self.spread, self.shift + self.turn @ step, self.turn @ turn)


def stay(draws: F64) -> Map:
    """The map that moves nothing."""
    d = draws.shape[1]
    spread = np.linalg.cholesky(np.cov(draws.T).reshape(d, d))
    return Map(draws.mean(axis=0), np.asarray(spread), np.zeros(d), np.eye(d))


def _step(white: F64, log_ratios: F64) -> tuple[F64, F64]:
    there = np.isfinite(log_ratios)
    z, r = white[there], log_ratios[there]
    n, d = z.shape
    columns = np.column_stack([np.ones(n), z])
    penalty = RIDGE * np.diag([0.0, *np.ones(d)])
    slope = np.linalg.solve(columns.T @ columns + penalty, columns.T @ r)[1:]
    length = float(np.linalg.norm(slope))
    if length == 0.0:
        return np.zeros(d), np.asarray(np.eye(d))
    along = slope / length
    t = z @ along
    squared = np.linalg.lstsq(np.column_stack([np.ones(n), t, t**2]), r, rcond=None)[0][2]
    sd = 1.0 / np.sqrt(np.clip(1.0 - 2.0 * squared, WIDEST**-2, NARROWEST**-2))
    turn = np.eye(d) + (sd - 1.0) * np.outer(along, along)
    return np.asarray(slope + (sd**2 - 1.0) * length * along), np.asarray(turn, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Moved:
    """Log density of a trial given the others by moved draws; `error`, `k` and `worth` as `pareto.Left` has them."""

    density: float
    error: float
    k: float
    worth: float


def weighed(log_ratios: F64, log_volume: float, effective: float = np.inf) -> Moved:
    """What log ratios (draws,) of the target at moved draws to the whole posterior before the move say."""
    draws = log_ratios.size
    share = min(1.0, effective / draws)
    if not np.isfinite(log_ratios).any():
        return Moved(np.nan, np.inf, np.inf, 0.0)
    ratios, k = pareto.smoothed(log_ratios, share)
    total = float(logsumexp(ratios))
    worth = share / float(np.exp(2.0 * (ratios - total)).sum())
    density = -(total - np.log(draws) + log_volume)
    error = float(np.sqrt(max(1.0 / worth - 1.0 / (share * draws), 0.0)))
    return Moved(float(density), error, k, worth)


def leave_out(
    without: Target,
    draws: F64,
    values: F64,
    log_likelihood: F64,
    effective: float,
    reliable: float,
    few: int = 3,
    most: int = 6,
) -> Moved:
    """Moves draws (draws, d) of the whole posterior until their weights are good.

    That is, until they have a k-hat at most `reliable` and are worth two fifths of the draws; after a `few` moves such
    a k-hat is enough, and after `most` it ends. `values` are the whole log posterior at the draws, `log_likelihood`
    that of the trial, `without` the log posterior without it. Returns the move whose weights are worth most, of those
    with such a k-hat if there are any.
    """
    at, tried = stay(draws), []
    white, ratios = at.white(draws), -log_likelihood
    for count in range(1, most + 1):
        at = at.nearer(white, ratios)
        ratios = np.array([without(u) for u in at.at(white)]) - values
        tried.append(weighed(ratios, at.log_volume, effective))
        worth = max((one.worth for one in tried if one.k <= reliable), default=-1.0)
        if worth >= (0.0 if count >= few else ENOUGH * min(effective, len(draws))):
            break
    return max(tried, key=lambda one: (one.k <= reliable, one.worth))
