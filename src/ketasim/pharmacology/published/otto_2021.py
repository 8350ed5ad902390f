"""Venous S-ketamine and S-norketamine in healthy volunteers; the parent is the model of Fanta 2015, held fixed.

Equations: Three compartments of S-ketamine; dN1/dt = CL C − CLN CN − QN (CN − N2/VpN), CN = N1/VN.
Symbols: A, N amounts (mg; N counts S-ketamine mass for mass), C, CN (mg/L), CL, Q clearances (L/h), V volumes (L).
  Only central volumes (power 1) and clearances (0.75) scale with weight.
Holds for: Healthy young adults, venous samples, intravenous doses of 10 mg to about 0.5 mg/kg. All clearance of
  S-ketamine forms S-norketamine, mass for mass, without delay.
Papers: Otto 2021; Fanta 2015. Both from a transcription.
Alone: `ketasim simulate iv-ketamine-0.5mgkg-single --model otto-2021 --typical` draws it; a test lays it
  beside the curves of its own Figures 3b and 4b (ratios of 0.84 to 1.18) where their points are at hand, but their
  licence keeps them out of here, so it is unexamined.
"""

from __future__ import annotations

from ketasim.evidence.store import fact
from ketasim.model.component import Component
from ketasim.model.model import Limits, Link, Model
from ketasim.model.variability import Correlation
from ketasim.pharmacology.parts import cited, from_covariance, on_flow, on_volume, parameter, residual, variability
from ketasim.pharmacology.published.compartments import into_vein, mammillary, read_out
from ketasim.pharmacology.reach import weight


def _ketamine() -> Component:
    return mammillary(
        "ketamine",
        "S-ketamine",
        parameter("V1", "L", "pk.otto21.V1", on_volume(), between="lognormal"),
        parameter("CL", "L/h", "pk.otto21.CL", on_flow(), between="lognormal"),
        (
            parameter("Q1", "L/h", "pk.otto21.Q1"),
            parameter("Vp1", "L", "pk.otto21.Vp1"),
            parameter("Q2", "L/h", "pk.otto21.Q2"),
            parameter("Vp2", "L", "pk.otto21.Vp2"),
        ),
        __doc__ or "",
        "otto2021",
    )


def _norketamine() -> Component:
    return mammillary(
        "norketamine",
        "S-ketamine",
        parameter("VN", "L", "pk.otto21.VN", on_volume(), between="lognormal"),
        parameter("CLN", "L/h", "pk.otto21.CLN", on_flow(), between="lognormal"),
        (parameter("QN", "L/h", "pk.otto21.QN"), parameter("VpN", "L", "pk.otto21.VpN")),
        __doc__ or "",
        "otto2021",
    )


def _together(volume: str, clearance: str, names: tuple[str, str], covariance: str) -> Correlation:
    sizes = [variability(fact(i), "between patients", "lognormal").variance for i in (volume, clearance)]
    return from_covariance(*names, covariance, (sizes[0], sizes[1]))


def model() -> Model:
    """Otto 2021 (parent Fanta 2015): intravenous S-ketamine, venous."""
    components = (_ketamine(), _norketamine())
    inlets, routes = into_vein("ketamine.A1", ("esketamine",), "otto2021", "dose.largest.otto21")
    return Model(
        name="otto-2021",
        title="Otto 2021 (parent Fanta 2015): intravenous S-ketamine, venous",
        components=components,
        outputs=(
            read_out("plasma esketamine", "ketamine.C", "venous", residual(proportional="pk.otto21.prop_K")),
            read_out("plasma S-norketamine", "norketamine.C", "venous", residual(proportional="pk.otto21.prop_N")),
        ),
        links=(Link("ketamine.eliminated", "norketamine.inflow"),),
        inlets=inlets,
        routes=routes,
        covariates=(weight("range.weight.otto21"),),
        correlations=(
            _together("pk.otto21.V1", "pk.otto21.CL", ("ketamine.V1", "ketamine.CL"), "pk.otto21.cov_K"),
            _together("pk.otto21.VN", "pk.otto21.CLN", ("norketamine.VN", "norketamine.CLN"), "pk.otto21.cov_N"),
        ),
        limits=Limits("healthy adults", 48, "venous", note="Oral doses of Fanta 2015 are not in the transcription."),
        citations=cited(components, routes),
    )
