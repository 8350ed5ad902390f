"""S-ketamine and S-norketamine in ventilated children during days of infusion.

Equations: Two compartments of S-ketamine as dA1/dt = inflow − CL C − Q (C − A2/V2); dN/dt = CL C − CLN (1 + slope
  t) N/VN, t hours after the first dose.
Symbols: A, N amounts (mg, N in S-ketamine equivalents), C (mg/L), CL, Q, CLN clearances (L/h), V volumes (L), all
  at 70 kg, slope (1/h).
Holds for: Ventilated children of 0.02-12.5 years, infusions of 10-140 h; norketamine on an apparent scale (its
  fraction formed is not identifiable). Time runs from the first dose of the simulation.
Papers: Flint 2017, Table 3 from a transcription; the abstract has the same numbers, rounded.
Alone: `ketasim simulate iv-ketamine-0.5mgkg-single --model flint-2017 --typical` draws it; the paper prints no table
  of exposure; its Figure 2 simulates 2.4 mg/kg/h for 120 h but was not seen, so it is unexamined.
"""

from __future__ import annotations

from ketasim.model.component import Component, Port, StateVar
from ketasim.model.model import Limits, Link, Model
from ketasim.pharmacology.parts import cited, correlation, on_flow, on_volume, parameter, residual
from ketasim.pharmacology.published.compartments import into_vein, mammillary, read_out
from ketasim.pharmacology.reach import age_unread, weight


def _norketamine() -> Component:
    return Component(
        "norketamine",
        parameters=(
            parameter("CLN", "L/h", "pk.flint17.CLN", on_flow(), between="lognormal"),
            parameter("VN", "L", "pk.flint17.VN", on_volume()),
            parameter("slope", "1/h", "pk.flint17.time"),
        ),
        states=(StateVar("N", "mg", meaning="S-norketamine, as S-ketamine"),),
        inputs=(Port("formed", "mg/h", "flow of S-ketamine"),),
        outputs=(Port("C", "mg/L", "concentration of S-norketamine"),),
        equations=("C = N / VN", "d/dt(N) = formed - CLN * (1 + slope * t) * C"),
        doc=__doc__ or "",
        citations=("flint2017",),
    )


def model() -> Model:
    """Flint 2017: S-ketamine in ventilated children."""
    body = mammillary(
        "ketamine",
        "S-ketamine",
        parameter("V1", "L", "pk.flint17.V1", on_volume()),
        parameter("CL", "L/h", "pk.flint17.CL", on_flow(), between="lognormal"),
        (
            parameter("Q", "L/h", "pk.flint17.Q", on_flow()),
            parameter("V2", "L", "pk.flint17.V2", on_volume()),
        ),
        __doc__ or "",
        "flint2017",
    )
    components = (body, _norketamine())
    inlets, routes = into_vein("ketamine.A1", ("esketamine",), "flint2017", "dose.largest.flint17", "dose.rate.flint17")
    return Model(
        name="flint-2017",
        title="Flint 2017: S-ketamine in ventilated children",
        components=components,
        outputs=(
            read_out("plasma esketamine", "ketamine.C", "not stated", residual(proportional="pk.flint17.prop_K")),
            read_out("plasma S-norketamine", "norketamine.C", "not stated", residual(proportional="pk.flint17.prop_N")),
        ),
        links=(Link("ketamine.eliminated", "norketamine.formed"),),
        inlets=inlets,
        routes=routes,
        covariates=(
            weight("range.weight.flint17", "range.weight.flint17_median"),
            age_unread("range.age.flint17", "range.age.flint17_default"),
        ),
        correlations=(correlation("ketamine.CL", "norketamine.CLN", "pk.flint17.corr"),),
        limits=Limits("ventilated children 0.02-12.5 years", 25, "not stated", note="Norketamine is apparent."),
        citations=cited(components, routes),
    )
