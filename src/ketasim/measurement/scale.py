"""Rating scales: range, direction, response and remission, rounding; each number is a fact of the evidence.

score s lies on {low, low + step, …, high};  response: fall ≥ fraction · baseline;  remission: s ≤ cut-off
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ketasim.errors import UnknownName

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scale:
    """A rating scale. Lower is better on every scale kept here.

    `low`, `high`, `step` in points; `response` is the fall, as a share of baseline, that counts as response;
    `remission` holds the cut-offs in use (score at or below), the commonest first; `rater_icc` is the fact that says
    how well two raters agree, "" where the patient rates; `facts` names where range and cut-offs come from; `relapse`
    is the score from which on a trial counted a relapse, where one did.
    """

    name: str
    title: str
    domain: str
    low: float
    high: float
    response: float
    remission: tuple[float, ...]
    facts: tuple[str, ...]
    rater_icc: str = ""
    step: float = 1.0
    relapse: float | None = None

    def within(self, score: ArrayLike) -> Floats:
        """Scores held inside the range of the scale; any shape, points."""
        return np.clip(np.asarray(score, dtype=np.float64), self.low, self.high)

    def rounded(self, score: ArrayLike) -> Floats:
        """Scores as a clinic writes them: inside the range and on the nearest step."""
        steps = np.floor((self.within(score) - self.low) / self.step + 0.5)
        return self.within(self.low + self.step * steps)

    def responded(self, score: ArrayLike, baseline: ArrayLike) -> NDArray[np.bool_]:
        """Whether a score has fallen from its baseline by the share that counts as response."""
        base = np.asarray(baseline, dtype=np.float64)
        fall = base - np.asarray(score, dtype=np.float64)
        return np.asarray((base > self.low) & (fall >= self.response * (base - self.low) - 1e-9))

    def remitted(self, score: ArrayLike, cutoff: float | None = None) -> NDArray[np.bool_]:
        """Whether a score is at or below the cut-off for remission (the scale's commonest one unless told)."""
        if cutoff is None:
            if not self.remission:
                raise UnknownName("remission cut-off of", self.name, (s.name for s in scales() if s.remission))
            cutoff = self.remission[0]
        return np.asarray(np.asarray(score, dtype=np.float64) <= cutoff + 1e-9)


@lru_cache(maxsize=1)
def scales() -> tuple[Scale, ...]:
    """Every scale, those of depression first."""
    half, thirty = 0.5, 0.3
    return (
        Scale("MADRS", "Montgomery-Åsberg Depression Rating Scale", "depression", 0, 60, half, (12, 10),
              ("scale.madrs.range", "scale.madrs.remission_12", "scale.madrs.remission_10", "scale.madrs.relapse",
               "scale.response.half"),
              "scale.madrs.icc", relapse=22),
        Scale("HAM-D17", "Hamilton Depression Rating Scale, 17 items", "depression", 0, 52, half, (7,),
              ("scale.hamd17.range", "scale.hamd17.remission", "scale.response.half"), "scale.hamd17.icc"),
        Scale("HAM-D6", "Hamilton Depression Rating Scale, six core items", "depression", 0, 22, half, (4,),
              ("scale.hamd6.range", "scale.hamd6.remission", "scale.response.half"), "scale.hamd17.icc"),
        Scale("QIDS-SR16", "Quick Inventory of Depressive Symptomatology, self-rated", "depression", 0, 27, half, (5,),
              ("scale.qids.range", "scale.qids.remission", "scale.response.half")),
        Scale("PHQ-9", "Patient Health Questionnaire, depression module", "depression", 0, 27, half, (4,),
              ("scale.phq9.range", "scale.phq9.remission", "scale.response.half")),
        Scale("PCL-5", "PTSD Checklist for DSM-5", "post-traumatic stress", 0, 80, thirty, (),
              ("scale.pcl5.range",)),
        Scale("CAPS-5", "Clinician-Administered PTSD Scale for DSM-5", "post-traumatic stress", 0, 80, thirty, (),
              ("scale.caps5.range", "scale.caps5.response")),
        Scale("Y-BOCS", "Yale-Brown Obsessive Compulsive Scale", "obsessive-compulsive disorder", 0, 40, 0.35, (),
              ("scale.ybocs.range", "scale.ybocs.response")),
        Scale("HAM-A", "Hamilton Anxiety Rating Scale", "anxiety", 0, 56, half, (7,),
              ("scale.hama.range", "scale.hama.remission")),
        Scale("SSI", "Beck Scale for Suicidal Ideation", "suicidal ideation", 0, 38, half, (),
              ("scale.ssi.range", "scale.ssi.response")),
        Scale("CADSS", "Clinician-Administered Dissociative States Scale, 23 items", "dissociation", 0, 92, half, (4,),
              ("scale.cadss.range", "scale.cadss.threshold")),
        Scale("pain NRS", "numeric rating scale of pain", "pain", 0, 10, half, (), ("scale.nrs.range",)),
    )  # fmt: skip


def names() -> tuple[str, ...]:
    """The names of all scales."""
    return tuple(s.name for s in scales())


def scale(name: str) -> Scale:
    """The scale with this name; UnknownName with the nearest names if there is none."""
    for one in scales():
        if one.name == name:
            return one
    raise UnknownName("scale", name, names())
