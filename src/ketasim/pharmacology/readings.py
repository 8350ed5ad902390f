"""Which rating scales a model's outputs are read on, with how much noise, and what is told of its other effects."""

from __future__ import annotations

from ketasim.measurement.rater import rater_sd
from ketasim.measurement.reading import Reading
from ketasim.measurement.scale import scale
from ketasim.model.model import Model
from ketasim.pharmacology.mood.values import between_trials, calibrated

MADRS, BASELINE = "MADRS", "MADRS0"
HIGHEST = ("glutamate", "fast plasticity", "slow plasticity")
LASTING = ("share without relapse",)


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


def highest(model: Model) -> tuple[str, ...]:
    """The effects on the way to mood of which the highest value is told."""
    return tuple(output.name for output in model.outputs if output.name in HIGHEST)


def lasting(model: Model) -> tuple[str, ...]:
    """The outputs that are each person's chance that nothing has happened yet."""
    return tuple(output.name for output in model.outputs if output.name in LASTING)
