"""Which rating scales a model's outputs are read on, with how much noise, and what is told of its other effects."""

from __future__ import annotations

from ketasim.measurement.reading import Reading
from ketasim.measurement.scale import scale
from ketasim.model.model import Model
from ketasim.pharmacology.mood.values import calibrated, mechanism_of, noise

MADRS, BASELINE = "MADRS", "MADRS0"
HIGHEST = ("glutamate", "fast plasticity", "slow plasticity")
LASTING = ("share without relapse",)


def reading(model: Model) -> Reading | None:
    """How MADRS is read from a model that has mood, None for one that has not."""
    named = {covariate.name for covariate in model.covariates}
    if BASELINE not in named or MADRS not in {output.name for output in model.outputs}:
        return None
    return Reading(
        scale(MADRS), MADRS, BASELINE, noise(mechanism_of(model.name)), "noise" in calibrated().get("trial", {})
    )


def highest(model: Model) -> tuple[str, ...]:
    """The effects on the way to mood of which the highest value is told."""
    return tuple(output.name for output in model.outputs if output.name in HIGHEST)


def lasting(model: Model) -> tuple[str, ...]:
    """The outputs that are each person's chance that nothing has happened yet."""
    return tuple(output.name for output in model.outputs if output.name in LASTING)
