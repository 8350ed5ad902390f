"""Whether chains have converged: split R-hat and effective sample size (Gelman and others, BDA3, 11.4 and 11.5)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]


def r_hat(chains: F64) -> F64:
    """Split R-hat per parameter for chains (chains, draws, parameters); 1 when halves of all chains agree."""
    halves = _split(chains)
    n = halves.shape[1]
    within = halves.var(axis=1, ddof=1).mean(axis=0)
    between = n * halves.mean(axis=1).var(axis=0, ddof=1)
    return np.asarray(np.sqrt(((n - 1) / n * within + between / n) / np.maximum(within, 1e-300)))


def effective_size(chains: F64) -> F64:
    """Effective number of independent draws per parameter, by Geyer's initial monotone sequence over all chains."""
    halves = _split(chains)
    m, n, d = halves.shape
    centred = halves - halves.mean(axis=1, keepdims=True)
    size = 1 << (2 * n - 1).bit_length()
    spectrum = np.fft.rfft(centred, size, axis=1)
    covariance = np.fft.irfft(spectrum * spectrum.conj(), size, axis=1)[:, :n].mean(axis=0) / n
    within = halves.var(axis=1, ddof=1).mean(axis=0)
    total = (n - 1) / n * within + halves.mean(axis=1).var(axis=0, ddof=1)
    rho = 1.0 - (within - covariance) / np.maximum(total, 1e-300)
    pairs = rho[: n // 2 * 2].reshape(n // 2, 2, d).sum(axis=1)
    found = np.empty(d)
    for k in range(d):
        positive = pairs[:, k]
        stop = int(np.argmax(positive < 0)) if (positive < 0).any() else positive.size
        found[k] = m * n / max(2.0 * np.minimum.accumulate(positive[:stop]).sum() - 1.0, 1.0 / (m * n))
    return np.asarray(np.minimum(found, m * n * np.log10(m * n)))


def overlap(prior_mean: float, prior_sd: float, draws: F64) -> float:
    """Overlap of a normal prior with the posterior taken as normal: 1 where the data said nothing, 0 where all."""
    grid = np.linspace(prior_mean - 6 * prior_sd, prior_mean + 6 * prior_sd, 2001)
    mean, sd = float(draws.mean()), max(float(draws.std(ddof=1)), 1e-9)
    prior = np.exp(-0.5 * ((grid - prior_mean) / prior_sd) ** 2) / prior_sd
    post = np.exp(-0.5 * ((grid - mean) / sd) ** 2) / sd
    return float(np.trapezoid(np.minimum(prior, post), grid) / np.sqrt(2 * np.pi))


def _split(chains: F64) -> F64:
    half = chains.shape[1] // 2
    return np.concatenate([chains[:, :half], chains[:, half : 2 * half]], axis=0)
