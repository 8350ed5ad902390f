"""What two raters of one patient disagree by, from published agreement.

    ICC = σ²(patients) / (σ²(patients) + σ²(rater))   ⇒   σ(rater) = SD · √(1 − ICC)

SD is that of total scores in the sample in which the ICC was found; agreement in points gives it directly: for two
independent ratings with error σ, the mean absolute difference is 2σ/√π.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ketasim.errors import UnknownName
from ketasim.evidence import store
from ketasim.measurement.scale import Scale, scale, scales


def error_from_icc(icc: float, sd: float) -> float:
    """SD of one rating around the patient's true score, points; `sd` of scores among the patients rated."""
    if not 0.0 <= icc <= 1.0 or sd < 0.0:
        raise ValueError(f"An ICC lies in 0 to 1 and an SD is not negative; {icc} and {sd} came.")
    return sd * math.sqrt(1.0 - icc)


def error_from_difference(mean_absolute: float) -> float:
    """SD of one rating, points, from the mean absolute difference between two independent ratings."""
    if mean_absolute < 0.0:
        raise ValueError(f"A mean absolute difference is not negative; {mean_absolute} came.")
    return mean_absolute * math.sqrt(math.pi) / 2.0


def rater_sd(name: str, sd: float | None = None) -> float:
    """SD of one clinician's rating on a scale, points.

    Without `sd`, MADRS takes the published mean absolute difference between site and central raters (fact
    `scale.madrs.rater_difference`); other scales need the SD of scores in the sample at hand. UnknownName for a scale
    that patients rate themselves.
    """
    one = scale(name)
    if not one.rater_icc:
        raise UnknownName("clinician-rated scale", name, (s.name for s in scales() if s.rater_icc))
    if sd is None:
        if name != "MADRS":
            raise ValueError(f"The rater error of {name} needs the SD of scores: rater_sd({name!r}, sd=…).")
        return error_from_difference(store.fact("scale.madrs.rater_difference").number)
    return error_from_icc(store.fact(one.rater_icc).number, sd)


def rated(one: Scale, score: ArrayLike, error: ArrayLike, sd: float) -> NDArray[np.float64]:
    """Scores as written by a rater: true score + sd · error (standard normal draws), in range and on the step."""
    return one.rounded(np.asarray(score, dtype=np.float64) + sd * np.asarray(error, dtype=np.float64))
