"""Three-compartment disposition of racemic ketamine in adults, the set that target-controlled pumps use.

Equations: dA1/dt = −k10 A1 − Σ (k1i A1 − ki1 Ai), dAi/dt = k1i A1 − ki1 Ai, C = A1 / (V1 · weight).
Symbols: A amounts of base (mg), C concentration (mg/L), k rate constants (1/h), V1 volume per kg (L/kg), weight
  (kg).
Holds for: Adults; no variability was published; clearance is proportional to weight. Number of people and sampling
  site were not seen.
Papers: Domino 1982, rate constants from a transcription.
Alone: `ketasim simulate iv-ketamine-0.5mgkg-single --model domino-1982 --typical` draws it; no result of the paper
  was seen, so it is unexamined. Which paper the constants belong to is not settled: one public transcription gives
  them to a paper of 1984 and other numbers to this one.
"""

from __future__ import annotations

from ketasim.model.model import Model
from ketasim.pharmacology.published.compartments import from_rate_constants


def model() -> Model:
    """Domino 1982: racemic ketamine into a vein."""
    return from_rate_constants(
        "domino-1982",
        "Domino 1982: racemic ketamine into a vein",
        "domino1982",
        "pk.domino82",
        ("2", "3"),
        __doc__ or "",
        "",
        ("adult surgical patients and volunteers", None, "Number of people, doses and sampling site were not seen."),
    )
