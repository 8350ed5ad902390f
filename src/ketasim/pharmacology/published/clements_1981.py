"""Two-compartment disposition of a small dose of racemic ketamine in volunteers.

Equations: dA1/dt = −k10 A1 − Σ (k1i A1 − ki1 Ai), dAi/dt = k1i A1 − ki1 Ai, C = A1 / (V1 · weight).
Symbols: A amounts of base (mg), C concentration (mg/L), k rate constants (1/h), V1 volume per kg (L/kg), weight
  (kg).
Holds for: Healthy adults at 0.25 mg/kg; no variability was published; no early samples, hence the large central
  volume.
Papers: Clements 1981, rate constants from a transcription.
Alone: `ketasim simulate iv-0.5mgkg-40min --model clements-1981 --typical` draws it; no exposure is printed in the
  paper, so it is unexamined.
"""

from __future__ import annotations

from ketasim.model.model import Limits, Model
from ketasim.pharmacology.parts import cited, weight
from ketasim.pharmacology.published.compartments import into_vein, per_kg, read_out


def model() -> Model:
    """Clements 1981: racemic ketamine into a vein."""
    body = per_kg("ketamine", "ketamine", "pk.clements81", ("2",), __doc__ or "", "clements1981")
    inlets, routes = into_vein("ketamine.A1", {"ketamine": 17.5}, "clements1981")
    return Model(
        name="clements-1981",
        title="Clements 1981: racemic ketamine into a vein",
        components=(body,),
        outputs=(read_out("plasma ketamine", "ketamine.C", "not stated"),),
        inlets=inlets,
        routes=routes,
        covariates=(weight(40.0, 120.0),),
        limits=Limits(
            "healthy volunteers, 0.25 mg/kg",
            None,
            "not stated",
            note="Number of people and sampling site were not seen.",
        ),
        citations=cited((body,), routes),
    )
