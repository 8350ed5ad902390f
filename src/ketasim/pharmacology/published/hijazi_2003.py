"""Two-compartment disposition of racemic ketamine infused for long in intensive care.

Equations: dA1/dt = −k10 A1 − Σ (k1i A1 − ki1 Ai), dAi/dt = k1i A1 − ki1 Ai, C = A1 / (V1 · weight).
Symbols: A amounts of base (mg), C concentration (mg/L), k rate constants (1/h), V1 volume per kg (L/kg), weight
  (kg).
Holds for: Intensive care, adults of 12; clearance 36 mL/min/kg, above all other sources.
Papers: Hijazi 2003, rate constants from a transcription; clearance, half-life and volume in the abstract.
Alone: `ketasim simulate iv-0.5mgkg-40min --model hijazi-2003 --typical` draws it; no exposure is printed in the
  paper, so it is unexamined.
"""

from __future__ import annotations

from ketasim.model.model import Limits, Model
from ketasim.pharmacology.parts import cited, weight
from ketasim.pharmacology.published.compartments import into_vein, per_kg, read_out


def model() -> Model:
    """Hijazi 2003: racemic ketamine in intensive care."""
    body = per_kg("ketamine", "ketamine", "pk.hijazi03", ("2",), __doc__ or "", "hijazi2003")
    inlets, routes = into_vein("ketamine.A1", {"ketamine": 168.0}, "hijazi2003")
    return Model(
        name="hijazi-2003",
        title="Hijazi 2003: racemic ketamine in intensive care",
        components=(body,),
        outputs=(read_out("plasma ketamine", "ketamine.C", "not stated"),),
        inlets=inlets,
        routes=routes,
        covariates=(weight(40.0, 120.0),),
        limits=Limits(
            "intensive-care patients with brain or spinal cord injury",
            12,
            "not stated",
            note="Rate constants give 36.0 mL/min/kg, as printed.",
        ),
        citations=cited((body,), routes),
    )
