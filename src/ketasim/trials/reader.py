"""Scores as a clinic writes them: the model's expectation, a patient's day, a rater's eye, a whole number.

    written = round(top / (1 + exp(-(z + noise ξ))) + rater ζ)      where the model gives latent severity z
    written = round(score + rater ζ)                                where it gives a score

ξ, ζ standard normal, drawn per patient and visit. A noise estimated from written scores holds the rater's error
already; leave `rater` at 0 then.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ketasim.measurement.rater import rated
from ketasim.measurement.scale import Scale
from ketasim.population import chance

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Reader:
    """How scores are read from a model.

    `output` is a score, or its logit over the range of the scale where `latent`; `noise` is the SD within patients on
    the latent scale, `rater` that of raters in points. `baseline` is a column of the people that holds the score
    before treatment ("" if the first visit gives it). `survival` is an output that falls from 1 as relapse threatens.
    """

    scale: Scale
    output: str
    latent: bool = False
    noise: float = 0.0
    rater: float = 0.0
    baseline: str = ""
    survival: str = ""
    exact: bool = False  # no rounding: for expectations

    def written(self, values: F64, ids: I64, times: F64, seed: int) -> F64:
        """Scores as written (n, times) from values of the output (n, times); times are h on the clock of the trial."""
        low, span = self.scale.low, self.scale.high - self.scale.low
        seen = np.array(values, dtype=np.float64)
        errors = np.zeros_like(seen)
        for k, t in enumerate(times):
            if self.latent:
                shift = self.noise * chance.normal(seed, ids, f"patient's day at {t:.4f} h")[:, 0]
                seen[:, k] = low + span / (1.0 + np.exp(-(seen[:, k] + shift)))
            if self.rater:
                errors[:, k] = chance.normal(seed, ids, f"rater at {t:.4f} h")[:, 0]
        if self.exact:
            return np.asarray(np.where(np.isfinite(values), self.scale.within(seen + self.rater * errors), np.nan))
        with np.errstate(invalid="ignore"):
            return np.where(np.isfinite(values), rated(self.scale, seen, errors, self.rater), np.nan)
