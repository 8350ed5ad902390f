"""Pareto-smoothed importance sampling: leaving out one observation by weights, and whether they can be relied on.

The largest weights are replaced by quantiles of a generalised Pareto distribution fitted to them. Its shape k-hat says
how heavy their tail is: up to `limit` so many draws give a reliable mean. It is an estimate itself (from 60 weights of
400), which on occasion calls weights good that are not.

Source: Vehtari, Simpson, Gelman, Yao and Gabry (2024), Pareto smoothed importance sampling, JMLR 25(72):1-58,
doi:10.48550/arXiv.1507.02646; the fit is by Zhang and Stephens (2009), doi:10.1198/tech.2009.08017.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

F64 = NDArray[np.float64]
UNRELIABLE = 0.7  # k-hat above which no usual number of draws is enough
FEWEST = 5  # weights in a tail below which no distribution is fitted to it


@dataclass(frozen=True, slots=True)
class Left:
    """Log predictive density of one observation given the others, by weights on draws that have seen all.

    `error` is its Monte-Carlo standard error, `k` the shape of the tail of the weights, `worth` how many independent
    draws the weights are worth, `weights` (draws,) sum to 1.
    """

    density: float
    error: float
    k: float
    worth: float
    weights: F64


def limit(draws: int) -> float:
    """k-hat up to which weights of so many draws are reliable: 1 - 1 / log10(draws), at most 0.7 (Vehtari 2024)."""
    return float(min(1.0 - 1.0 / np.log10(draws), UNRELIABLE))


def left_out(log_likelihood: F64, effective: float = np.inf) -> Left:
    """Leaves out an observation whose log likelihoods (draws,) under draws of the whole posterior are given.

    `effective` is how many independent draws these are, if fewer than there are.
    """
    draws = log_likelihood.size
    share = min(1.0, effective / draws)
    ratios, k = smoothed(-log_likelihood, share)
    log_weights = ratios - logsumexp(ratios)
    weights = np.exp(log_weights)
    density = float(logsumexp(log_weights + log_likelihood))
    apart = np.exp(log_weights + log_likelihood - density) - weights
    error = float(np.sqrt((apart**2).sum() / share))
    return Left(density, error, k, float(share / (weights**2).sum()), weights)


def smoothed(log_ratios: F64, share: float = 1.0) -> tuple[F64, float]:
    """(log ratios (draws,), k-hat) where the largest of the log importance ratios (draws,) are smoothed.

    `share` is independent draws by draws; k-hat is infinite where there are too few draws to say, and minus infinity
    where all large ratios are one.
    """
    top = log_ratios.max()
    ratios = log_ratios - top
    draws = ratios.size
    tail = int(np.ceil(min(0.2 * draws, 3.0 * np.sqrt(draws / share))))
    order = np.argsort(ratios, kind="stable")
    largest = order[draws - tail :]
    k = np.inf
    if FEWEST <= tail < draws:
        cut = np.exp(ratios[order[draws - tail - 1]])
        above = np.exp(ratios[largest]) - cut
        if above[-1] <= 1e-12:
            k = -np.inf
        else:
            k, scale = _fitted(np.maximum(above, 1e-300))
            quantiles = _quantiles((np.arange(tail) + 0.5) / tail, k, scale)
            ratios[largest] = np.minimum(np.log(cut + quantiles), 0.0)
    return ratios + top, float(k)


def _fitted(above: F64) -> tuple[float, float]:
    """Shape and scale of a generalised Pareto distribution of ascending numbers above 0, by Zhang and Stephens.

    The shape is drawn to 0.5 as if ten further numbers had said so (Vehtari 2024, appendix G).
    """
    n = above.size
    points = 30 + int(np.sqrt(n))
    quarter = above[int(n / 4 + 0.5) - 1]
    theta = 1.0 / above[-1] + (1.0 - np.sqrt(points / (np.arange(points) + 0.5))) / 3.0 / quarter
    shapes = np.log1p(-theta[:, None] * above).mean(axis=1)
    log_profile = n * (np.log(-theta / shapes) - shapes - 1.0)
    at = float(theta @ np.exp(log_profile - logsumexp(log_profile)))
    k = float(np.log1p(-at * above).mean())
    return (n * k + 5.0) / (n + 10.0), -k / at


def _quantiles(shares: F64, k: float, scale: float) -> F64:
    if abs(k) < 1e-12:
        return np.asarray(-scale * np.log1p(-shares))
    return np.asarray(scale * np.expm1(-k * np.log1p(-shares)) / k)
