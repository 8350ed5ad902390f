"""What a clinic reads of a model's expected score: a patient's day moves it, a rater writes a whole number.

On the latent scale, z = logit((score − low) / (high − low)); at a visit the score is that of z + noise · ξ, ξ standard
normal, rounded to the step of the scale. So

    expected  E[score at a visit]                       by Gauss–Hermite quadrature over ξ
    variance  E[(score at a visit − expected)²]          likewise, without rounding
    below     P(written ≤ c) = Φ((z(c′) − z) / noise)    c′ half a step above the highest score written at most c
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ketasim.errors import RequestError
from ketasim.measurement.scale import Scale

F64 = NDArray[np.float64]
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(9)
EDGE = 1e-9  # of the range: an expected score on an end of the scale stays finite on the latent scale


@dataclass(frozen=True, slots=True)
class Reading:
    """How a rating scale is read from a model.

    `output` names the model's expected score; `baseline` the covariate that holds the score before treatment; `noise`
    is the SD within patients at a visit, on the latent scale; `calibrated` says whether it was estimated from trials.
    Who is well at each of the rising times `well_at` (h), and did not relapse between, is followed for relapse from the
    last of them on; (): who is well a day after the last dose. Visits at the rising times `at` (h) are told beside the
    usual ones. RequestError for times that are none or do not rise.
    """

    scale: Scale
    output: str
    baseline: str
    noise: float
    calibrated: bool = False
    well_at: tuple[float, ...] = ()
    at: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "well_at", _rising("well_at", self.well_at))
        object.__setattr__(self, "at", _rising("at", self.at))

    @property
    def span(self) -> float:
        """Points between the ends of the scale."""
        return self.scale.high - self.scale.low

    def latent(self, score: F64) -> F64:
        """z of scores; any shape."""
        share = np.clip((np.asarray(score, dtype=np.float64) - self.scale.low) / self.span, EDGE, 1.0 - EDGE)
        return np.asarray(np.log(share / (1.0 - share)))

    def score(self, z: F64) -> F64:
        """Scores of latent z; any shape, points."""
        return np.asarray(self.scale.low + self.span / (1.0 + np.exp(-z)))

    def expected(self, score: F64) -> F64:
        """Mean of the scores that a clinic would find where the model expects `score`; any shape, points."""
        return self.mean_of(score, np.asarray)

    def mean_of(self, score: F64, made: Callable[[F64], F64]) -> F64:
        """Mean of what is `made` of the scores that a clinic would find where the model expects `score`; any shape."""
        z = self.latent(score)
        weights = WEIGHTS / WEIGHTS.sum()
        return np.asarray(sum(w * made(self.score(z + self.noise * x)) for w, x in zip(weights, NODES, strict=True)))

    def variance(self, score: F64) -> F64:
        """Variance of one person's score from visit to visit where the model expects `score`; any shape, points²."""
        z, middle = self.latent(score), self.expected(score)
        weights = WEIGHTS / WEIGHTS.sum()
        nodes = zip(weights, NODES, strict=True)
        return np.asarray(sum(w * (self.score(z + self.noise * x) - middle) ** 2 for w, x in nodes))

    def written(self, score: F64, normal: F64) -> F64:
        """Scores as written at one visit, from standard normal numbers of the same shape."""
        seen = self.scale.rounded(self.score(self.latent(score) + self.noise * normal))
        return np.where(np.isfinite(score), seen, np.nan)

    def below(self, score: F64, cutoff: F64) -> F64:
        """Probability that a written score is at most `cutoff` (broadcast against `score`); NaN where score is NaN."""
        step, low = self.scale.step, self.scale.low
        edge = low + step * (np.floor((np.asarray(cutoff, dtype=np.float64) - low) / step + 1e-9) + 0.5)
        if self.noise == 0.0:
            return np.where(np.isfinite(score), (np.asarray(score) < edge).astype(np.float64), np.nan)
        from scipy.special import ndtr

        return np.asarray(ndtr((self.latent(edge) - self.latent(score)) / self.noise))

    def responded(self, score: F64, baseline: F64) -> F64:
        """Probability of response: the written score lies below baseline by the share that counts on this scale."""
        low = self.scale.low
        return self.below(score, low + (1.0 - self.scale.response) * (np.asarray(baseline) - low))

    def remitted(self, score: F64) -> F64:
        """Probability of remission: the written score is at most the scale's commonest cut-off."""
        return self.below(score, np.asarray(self.scale.remission[0]))


def _rising(name: str, given: Sequence[float]) -> tuple[float, ...]:
    """Times (h) that rise; RequestError for others."""
    try:
        times = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        times = np.array(np.nan)
    if times.ndim != 1 or not np.isfinite(times).all() or (times < 0.0).any() or (np.diff(times) <= 0.0).any():
        raise RequestError(f"{name} is rising times in hours, such as (672.0, 2688.0); {given!r} came.")
    return tuple(times.tolist())
