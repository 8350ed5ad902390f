"""Three-compartment disposition of ketamine pooled over 18 published models.

Equations: dA1/dt = −CL C − Q2 (C − A2/V2) − Q3 (C − A3/V3), C = A1/V1, dA_i/dt = Q_i (C − A_i/V_i).
Symbols: A amounts of base (mg), C concentration (mg/L), CL and Q clearances (L/h), V volumes (L), all at 70 kg.
Holds for: Adults and children pooled, racemate and enantiomers pooled, arterial and venous pooled: a middle of the
  literature, not a person. The covariates that were tried had no effect beyond weight. No variability was seen.
Papers: Kamp 2020 (Anesthesiology), parameters from a transcription.
Alone: `ketasim simulate iv-ketamine-0.5mgkg-single --model kamp-2020 --typical` draws it; docs/exposure.md lays it
  beside the weighted means of its own abstract, of the same studies: clearance 1.06, volume at steady state 0.94,
  both inside the printed interval. Its context-sensitive half-times were not seen.
"""

from __future__ import annotations

from ketasim.model.model import Limits, Model
from ketasim.pharmacology.parts import cited, on_flow, on_volume, parameter
from ketasim.pharmacology.published.compartments import into_vein, mammillary, read_out
from ketasim.pharmacology.reach import weight


def model() -> Model:
    """Kamp 2020: ketamine, a pooled analysis."""
    body = mammillary(
        "ketamine",
        "ketamine",
        parameter("V1", "L", "pk.kamp20.V1", on_volume()),
        parameter("CL", "L/h", "pk.kamp20.CL", on_flow()),
        (
            parameter("Q2", "L/h", "pk.kamp20.Q2", on_flow()),
            parameter("V2", "L", "pk.kamp20.V2", on_volume()),
            parameter("Q3", "L/h", "pk.kamp20.Q3", on_flow()),
            parameter("V3", "L", "pk.kamp20.V3", on_volume()),
        ),
        __doc__ or "",
        "kamp2020meta",
    )
    inlets, routes = into_vein("ketamine.A1", ("ketamine", "esketamine"), "kamp2020meta")
    return Model(
        name="kamp-2020",
        title="Kamp 2020: ketamine, a pooled analysis",
        components=(body,),
        outputs=(read_out("plasma ketamine", "ketamine.C", "arterial and venous, mixed"),),
        inlets=inlets,
        routes=routes,
        covariates=(weight("range.weight.kamp20"),),
        status="examined",
        limits=Limits(
            "18 mixed-effects studies", None, "mixed", note="Racemate and enantiomers, arterial and venous, pooled."
        ),
        citations=cited((body,), routes),
    )
