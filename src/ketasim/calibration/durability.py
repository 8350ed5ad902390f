"""Does the effect of one session last longer after 84 than after 28 mg of nasal esketamine? A posterior probability.

For each posterior draw the fall of latent severity that plasticity brings is followed for a typical person after a
single session, with the saturation of the model; what lasts is its share at day 7 of its height at 24 h.
`docs/rivals.md` holds the answer, and `python -m ketasim.calibration.durability` prints it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ketasim.calibration.course import states
from ketasim.calibration.exposure import of_doses
from ketasim.calibration.parameters import INDEX
from ketasim.calibration.posterior import Posterior, posterior
from ketasim.evidence.store import fact

F64 = NDArray[np.float64]
EARLY, LATE = 24.0, 168.0


@dataclass(frozen=True, slots=True)
class Lasting:
    """Shares kept at day 7 (draws,) after the smaller and the larger dose, and P(larger lasts longer)."""

    small: F64
    large: F64

    @property
    def probability(self) -> float:
        """Posterior probability that more of the effect is kept after the larger dose."""
        return float((self.large > self.small).mean())


def kept(milligrams: int, draws: F64) -> F64:
    """Share of the effect at 24 h that is left at day 7 after one session, per draw."""
    dose = {
        "drug": "esketamine",
        "product": "spravato",
        "route": "nasal",
        "amount": f"{milligrams} mg",
        "at": ["day 1"],
    }
    one = of_doses([dose], LATE + 24.0)
    found, saturation = np.empty(len(draws)), fact("mood.fast.saturation").number
    for k, p in enumerate(draws):
        fast, slow = states(
            one.t, one.trigger, one.stimulus, p[INDEX["fast_on"]], p[INDEX["fast_half_life"]], p[INDEX["slow_on"]],
            p[INDEX["slow_half_life"]], saturation,
        )  # fmt: skip
        whole = (p[INDEX["weight_fast"]] * fast + p[INDEX["weight_slow"]] * slow).mean(axis=0)
        found[k] = np.interp(LATE, one.t, whole) / np.interp(EARLY, one.t, whole)
    return found


def durability(draws: Posterior | None = None) -> Lasting:
    """28 against 84 mg under the shipped posterior, or another."""
    chosen = (draws or posterior()).draws
    return Lasting(kept(28, chosen), kept(84, chosen))


def sentence(found: Lasting) -> str:
    """What the posterior says, in one sentence."""
    return (
        f"Of the effect at 24 h, {np.median(found.small):.0%} is left at day 7 after 28 mg and "
        f"{np.median(found.large):.0%} after 84 mg of nasal esketamine (posterior medians); "
        f"the probability that it lasts longer after 84 mg is {found.probability:.2f}."
    )


if __name__ == "__main__":
    print(sentence(durability()))
