"""Two-compartment disposition of racemic ketamine in children; an outlier with half the clearance of the others.

Equations: dA1/dt = −CL C − Q (C − A2/V2), C = A1/V1, dA2/dt = Q (C − A2/V2).
Symbols: A amounts of base (mg), C concentration (mg/L), CL and Q clearances (L/h), V volumes (L), all at 70 kg.
Holds for: Not to be relied on: clearance 38.9 L/h at 70 kg against 60-112 in other models of children.
  Intramuscular absorption had no rate constant in what was seen.
Papers: Hornik 2018, from a transcription that may lack a term for maturation.
Alone: `ketasim simulate iv-ketamine-0.5mgkg-single --model hornik-2018 --typical` draws it; docs/exposure.md lays it
  beside the one bound of its own abstract, 750 ng/mL or more for 20 min after 2 mg/kg: 1150 in the median child.
  Twice the clearance would miss it (656), half as much again would not (868); nothing that was seen bounds the
  clearance from below.
"""

from __future__ import annotations

from ketasim.model.model import Limits, Model
from ketasim.pharmacology.parts import cited, on_flow, on_volume, parameter
from ketasim.pharmacology.published.compartments import into_vein, mammillary, read_out
from ketasim.pharmacology.reach import age_unread, weight


def model() -> Model:
    """Hornik 2018: ketamine in children (outlier)."""
    body = mammillary(
        "ketamine",
        "ketamine",
        parameter("V1", "L", "pk.hornik18.V1", on_volume()),
        parameter("CL", "L/h", "pk.hornik18.CL", on_flow()),
        (
            parameter("Q", "L/h", "pk.hornik18.Q", on_flow()),
            parameter("V2", "L", "pk.hornik18.V2", on_volume()),
        ),
        __doc__ or "",
        "hornik2018",
    )
    inlets, routes = into_vein("ketamine.A1", ("ketamine",), "hornik2018", "dose.largest.hornik18")
    return Model(
        name="hornik-2018",
        title="Hornik 2018: ketamine in children (outlier)",
        components=(body,),
        outputs=(read_out("plasma ketamine", "ketamine.C", "not stated"),),
        inlets=inlets,
        routes=routes,
        covariates=(
            weight("range.weight.hornik18", "range.weight.hornik18_median"),
            age_unread("range.age.hornik18", "range.age.hornik18_default"),
        ),
        status="examined",
        limits=Limits(
            "children 0.02-17.6 years",
            113,
            "not stated",
            note="Outlier; a term for maturation may be missing. No rate of intramuscular absorption was seen.",
        ),
        citations=cited((body,), routes),
    )
