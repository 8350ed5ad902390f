"""Which rating scales a model's outputs are read on, and with how much noise."""

from __future__ import annotations

from ketasim.measurement.rater import rater_sd
from ketasim.measurement.reading import Reading
from ketasim.measurement.scale import scale
from ketasim.model.model import Model
from ketasim.pharmacology.mood.values import between_trials, calibrated

MADRS, BASELINE = "MADRS", "MADRS0"


def reading(model: Model) -> Reading | None:
    """How MADRS is read from a model that has mood, None for one that has not.

    The noise within patients is the calibrated one; before any calibration, what two raters differ by alone, in the
    middle of the scale, where a unit of latent severity is a quarter of the range in points.
    """
    named = {covariate.name for covariate in model.covariates}
    if BASELINE not in named or MADRS not in {output.name for output in model.outputs}:
        return None
    one = scale(MADRS)
    raters = rater_sd(MADRS) / (0.25 * (one.high - one.low))
    known = "noise" in calibrated().get("trial", {})
    return Reading(one, MADRS, BASELINE, between_trials("noise", raters), known)
