"""Two-compartment disposition of racemic ketamine infused for long in intensive care.

Equations: dA1/dt = −k10 A1 − Σ (k1i A1 − ki1 Ai), dAi/dt = k1i A1 − ki1 Ai, C = A1 / (V1 · weight).
Symbols: A amounts of base (mg), C concentration (mg/L), k rate constants (1/h), V1 volume per kg (L/kg), weight
  (kg).
Holds for: 12 patients in intensive care; clearance 36 mL/min/kg, above all other sources.
Papers: Hijazi 2003, rate constants from a transcription; clearance, half-life and volume in the abstract.
Alone: `ketasim simulate iv-ketamine-0.5mgkg-single --model hijazi-2003 --typical` draws it; docs/exposure.md lays it
  beside the clearance, volume and half-life of its own abstract, 0.96 to 1.01; no level is printed there.
"""

from __future__ import annotations

from ketasim.model.model import Model
from ketasim.pharmacology.published.compartments import from_rate_constants


def model() -> Model:
    """Hijazi 2003: racemic ketamine in intensive care."""
    return from_rate_constants(
        "hijazi-2003",
        "Hijazi 2003: racemic ketamine in intensive care",
        "hijazi2003",
        "pk.hijazi03",
        ("2",),
        __doc__ or "",
        "",
        (
            "intensive-care patients with brain or spinal cord injury",
            12,
            "Rate constants give 36.0 mL/min/kg, as printed.",
        ),
        status="examined",
    )
