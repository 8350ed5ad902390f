"""Two-compartment disposition of a small dose of racemic ketamine in volunteers.

Equations: dA1/dt = −k10 A1 − Σ (k1i A1 − ki1 Ai), dAi/dt = k1i A1 − ki1 Ai, C = A1 / (V1 · weight).
Symbols: A amounts of base (mg), C concentration (mg/L), k rate constants (1/h), V1 volume per kg (L/kg), weight
  (kg).
Holds for: Healthy adults at 0.25 mg/kg; no variability was published; no early samples, hence the large central
  volume.
Papers: Clements 1981, rate constants from a transcription.
Alone: `ketasim simulate iv-ketamine-0.5mgkg-single --model clements-1981 --typical` draws it; no result of the paper
  was seen, so it is unexamined. A second public transcription has the same clearance, and volumes within about 3 %.
"""

from __future__ import annotations

from ketasim.model.model import Model
from ketasim.pharmacology.published.compartments import from_rate_constants


def model() -> Model:
    """Clements 1981: racemic ketamine into a vein."""
    return from_rate_constants(
        "clements-1981",
        "Clements 1981: racemic ketamine into a vein",
        "clements1981",
        "pk.clements81",
        ("2",),
        __doc__ or "",
        "dose.largest.clements81",
        ("healthy volunteers, 0.25 mg/kg", None, "Number of people and sampling site were not seen."),
    )
