"""Three-compartment disposition of racemic ketamine in adults, the set that target-controlled pumps use.

Equations: dA1/dt = −k10 A1 − Σ (k1i A1 − ki1 Ai), dAi/dt = k1i A1 − ki1 Ai, C = A1 / (V1 · weight).
Symbols: A amounts of base (mg), C concentration (mg/L), k rate constants (1/h), V1 volume per kg (L/kg), weight
  (kg).
Holds for: Adults; no variability was published; clearance is proportional to weight. Number of people and sampling
  site were not seen.
Papers: Domino 1982, rate constants from a transcription.
Alone: `ketasim simulate iv-0.5mgkg-40min --model domino-1982 --typical` draws it; no exposure is printed in the
  paper, so it is unexamined.
"""

from __future__ import annotations

from ketasim.model.model import Limits, Model
from ketasim.pharmacology.parts import cited, weight
from ketasim.pharmacology.published.compartments import into_vein, per_kg, read_out


def model() -> Model:
    """Domino 1982: racemic ketamine into a vein."""
    body = per_kg("ketamine", "ketamine", "pk.domino82", ("2", "3"), __doc__ or "", "domino1982")
    inlets, routes = into_vein("ketamine.A1", {"ketamine": 150.0}, "domino1982")
    return Model(
        name="domino-1982",
        title="Domino 1982: racemic ketamine into a vein",
        components=(body,),
        outputs=(read_out("plasma ketamine", "ketamine.C", "not stated"),),
        inlets=inlets,
        routes=routes,
        covariates=(weight(40.0, 120.0),),
        limits=Limits(
            "adult surgical patients and volunteers",
            None,
            "not stated",
            note="Number of people and sampling site were not seen.",
        ),
        citations=cited((body,), routes),
    )
