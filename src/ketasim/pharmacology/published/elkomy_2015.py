"""Two-compartment disposition of racemic ketamine in children with heart disease, scaled by weight.

Equations: dA1/dt = −CL C − Q (C − A2/V2), C = A1/V1, dA2/dt = Q (C − A2/V2).
Symbols: A amounts of base (mg), C concentration (mg/L), CL and Q clearances (L/h), V volumes (L), all at 70 kg.
Holds for: Children with heart disease of 0.5-18 years after 2 mg/kg; no variability was seen.
Papers: Elkomy 2015, abstract.
Alone: `ketasim simulate iv-ketamine-0.5mgkg-single --model elkomy-2015 --typical` draws it; docs/exposure.md has the
  infusion that its own abstract simulates to keep a level for 2 h: 0.87 to 1.00 of the first level in a child of 10 kg,
  0.98 to 1.09 at 20 kg. The level itself was not seen; the typical child of 20 kg has 2.4 mg/L.
"""

from __future__ import annotations

from ketasim.model.model import Limits, Model
from ketasim.pharmacology.parts import cited, on_flow, on_volume, parameter
from ketasim.pharmacology.published.compartments import into_vein, mammillary, read_out
from ketasim.pharmacology.reach import age_unread, weight


def model() -> Model:
    """Elkomy 2015: ketamine in children with heart disease."""
    body = mammillary(
        "ketamine",
        "ketamine",
        parameter("V1", "L", "pk.elkomy15.V1", on_volume()),
        parameter("CL", "L/h", "pk.elkomy15.CL", on_flow()),
        (
            parameter("Q", "L/h", "pk.elkomy15.Q", on_flow()),
            parameter("V2", "L", "pk.elkomy15.V2", on_volume()),
        ),
        __doc__ or "",
        "elkomy2015",
    )
    inlets, routes = into_vein("ketamine.A1", ("ketamine",), "elkomy2015", "dose.largest.elkomy15")
    return Model(
        name="elkomy-2015",
        title="Elkomy 2015: ketamine in children with heart disease",
        components=(body,),
        outputs=(read_out("plasma ketamine", "ketamine.C", "not stated"),),
        inlets=inlets,
        routes=routes,
        covariates=(
            weight("range.weight.elkomy15", "range.weight.elkomy15_default"),
            age_unread("range.age.elkomy15", "range.age.elkomy15_default"),
        ),
        status="examined",
        limits=Limits("children with heart disease, 0.5-18 years", 21, "not stated", note="No variability was seen."),
        citations=cited((body,), routes),
    )
