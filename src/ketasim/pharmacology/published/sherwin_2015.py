"""Two-compartment disposition of racemic ketamine in children, scaled by weight.

Equations: dA1/dt = −CL C − Q (C − A2/V2), C = A1/V1, dA2/dt = Q (C − A2/V2).
Symbols: A amounts of base (mg), C concentration (mg/L), CL and Q clearances (L/h), V volumes (L), all at 70 kg.
Holds for: Children after 1-1.5 mg/kg; the abstract gives a range of variability (34-98 %) without saying whose, so
  none is drawn.
Papers: Sherwin 2015, abstract.
Alone: `ketasim simulate iv-ketamine-0.5mgkg-single --model sherwin-2015 --typical` draws it; what was seen of its
  abstract has parameters alone, so it is unexamined.
"""

from __future__ import annotations

from ketasim.model.model import Limits, Model
from ketasim.pharmacology.parts import cited, on_flow, on_volume, parameter
from ketasim.pharmacology.published.compartments import into_vein, mammillary, read_out
from ketasim.pharmacology.reach import age_unread, weight


def model() -> Model:
    """Sherwin 2015: ketamine in children."""
    body = mammillary(
        "ketamine",
        "ketamine",
        parameter("V1", "L", "pk.sherwin15.V1", on_volume()),
        parameter("CL", "L/h", "pk.sherwin15.CL", on_flow()),
        (
            parameter("Q", "L/h", "pk.sherwin15.Q", on_flow()),
            parameter("V2", "L", "pk.sherwin15.V2", on_volume()),
        ),
        __doc__ or "",
        "sherwin2015",
    )
    inlets, routes = into_vein("ketamine.A1", ("ketamine",), "sherwin2015", "dose.largest.sherwin15")
    return Model(
        name="sherwin-2015",
        title="Sherwin 2015: ketamine in children",
        components=(body,),
        outputs=(read_out("plasma ketamine", "ketamine.C", "not stated"),),
        inlets=inlets,
        routes=routes,
        covariates=(
            weight("range.weight.sherwin15", "range.weight.sherwin15_default"),
            age_unread("range.age.sherwin15", "range.age.sherwin15_default"),
        ),
        limits=Limits(
            "children, 1-1.5 mg/kg into a vein",
            57,
            "not stated",
            note="No variability is drawn: the abstract does not say which parameter has which.",
        ),
        citations=cited((body,), routes),
    )
