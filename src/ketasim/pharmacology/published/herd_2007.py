"""Two-compartment disposition of racemic ketamine in children, scaled by weight.

Equations: dA1/dt = −CL C − Q (C − A2/V2), C = A1/V1, dA2/dt = Q (C − A2/V2).
Symbols: A amounts of base (mg), C concentration (mg/L), CL and Q clearances (L/h), V volumes (L), all at 70 kg.
Holds for: Children of 8.3 years (SD 3.5), one or two small intravenous doses; the site of sampling was not seen.
Papers: Herd 2007, abstract.
Alone: `ketasim simulate iv-ketamine-0.5mgkg-single --model herd-2007 --typical` draws it; docs/exposure.md lays it
  beside the median that its own abstract simulates 10 min after 1 mg/kg: 0.68 of it. The parameters are as printed,
  and give that level after 6 min; one of the two printed statements is off.
"""

from __future__ import annotations

from ketasim.model.model import Limits, Model
from ketasim.pharmacology.parts import cited, on_flow, on_volume, parameter
from ketasim.pharmacology.published.compartments import into_vein, mammillary, read_out
from ketasim.pharmacology.reach import age_unread, weight


def model() -> Model:
    """Herd 2007: ketamine in children in an emergency department."""
    body = mammillary(
        "ketamine",
        "ketamine",
        parameter("V1", "L", "pk.herd07.V1", on_volume(), between="lognormal"),
        parameter("CL", "L/h", "pk.herd07.CL", on_flow(), between="lognormal"),
        (
            parameter("Q", "L/h", "pk.herd07.Q", on_flow(), between="lognormal"),
            parameter("V2", "L", "pk.herd07.V2", on_volume(), between="lognormal"),
        ),
        __doc__ or "",
        "herd2007",
    )
    inlets, routes = into_vein("ketamine.A1", ("ketamine",), "herd2007", "dose.largest.herd07")
    return Model(
        name="herd-2007",
        title="Herd 2007: ketamine in children in an emergency department",
        components=(body,),
        outputs=(read_out("plasma ketamine", "ketamine.C", "not stated"),),
        inlets=inlets,
        routes=routes,
        covariates=(
            weight("range.weight.herd07", "range.weight.herd07_mean"),
            age_unread("range.age.herd07", "range.age.herd07_mean"),
        ),
        status="examined",
        limits=Limits(
            "children in an emergency department, 8.3 years (SD 3.5)",
            54,
            "not stated",
            note="Variability between patients as printed, without correlations.",
        ),
        citations=cited((body,), routes),
    )
