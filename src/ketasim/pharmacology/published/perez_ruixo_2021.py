"""Nasal, oral and intravenous esketamine with noresketamine in adults, first pass through a well-stirred liver.

Equations: dA/dt = ka_n N + Qh (AH/Vh − C) − Q1 (C − P1/Vp1) − Q2 (C − P2/Vp2) + inflow, C = A/Vc; dAH/dt = Fgut
  (ka_sw G + ka_po O) − Qh (AH/Vh − C) − (kel + kmet) AH; dM/dt = kmet AH − CLn CM − Q3 (CM − MP/Vpn). A device puts
  FRn of its dose into the nose N (the second and later ones FRn · later), the rest into the gut G over Dsw; a drink
  enters O over Dpo. Qh falls by 2.19 L/h per year above 60.
Symbols: A, AH, P, N, G, O, M amounts of base (mg; M counts esketamine mass for mass), C, CM (mg/L), Q, CLn (L/h), V
  (L), k (1/h), Fgut and FRn fractions, D (h).
Holds for: adults of 18-86 years, healthy or with resistant depression, 14-112 mg nasal. No effect of weight was
  found. Noresketamine is apparent, and its printed parameters give AUCs 1.4 to 1.6 times those printed in Table 4.
  Variability of kmet is blank in the table and not drawn. The Japanese factor acts on FRn before its logit-normal
  variability.
Papers: Perez-Ruixo 2021, Table 3 from a transcription.
Alone: docs/exposure.md lays it beside its own Table 4.
"""

from __future__ import annotations

from ketasim.evidence.store import fact
from ketasim.model.component import Component, Port, StateVar
from ketasim.model.model import DoseRoute, Inlet, Link, Model
from ketasim.model.variability import CovariateEffect
from ketasim.pharmacology.parts import ASIAN, cited, in_levels, parameter, residual
from ketasim.pharmacology.published.compartments import mammillary, read_out
from ketasim.pharmacology.reach import age, ancestry, dose_route, limits

KEY = "perezruixo2021"
_FLOW = "flow of esketamine"
_PLACES = (("A", "central"), ("P1", "first peripheral"), ("P2", "second peripheral"), ("AH", "liver"))


def _absorption() -> Component:
    return Component(
        "absorption",
        parameters=(
            parameter(
                "FRn",
                "1",
                "pk.pr21.FRn",
                in_levels("ANCESTRY", ("japanese",), "pk.pr21.FRn_japanese"),
                between="logitnormal",
            ),
            parameter("later", "1", "pk.pr21.later"),
            parameter("ka_n", "1/h", "pk.pr21.ka_n", between="lognormal"),
            parameter("Dsw", "h", "pk.pr21.Dsw"),
            parameter("ka_sw", "1/h", "pk.pr21.ka_sw", between="lognormal"),
            parameter("Dpo", "h", "pk.pr21.Dpo"),
            parameter("ka_po", "1/h", "pk.pr21.ka_po", between="lognormal"),
            parameter("Fgut", "1", "pk.pr21.Fgut"),
        ),
        states=tuple(StateVar(s, "mg", meaning=m) for s, m in (("N", "nose"), ("G", "swallowed"), ("O", "drunk"))),
        outputs=(Port("direct", "mg/h", _FLOW), Port("portal", "mg/h", _FLOW)),
        equations=(
            "direct = ka_n * N",
            "portal = Fgut * (ka_sw * G + ka_po * O)",
            "d/dt(N) = -ka_n * N",
            "d/dt(G) = -ka_sw * G",
            "d/dt(O) = -ka_po * O",
        ),
        doc=__doc__ or "",
        citations=(KEY,),
    )


def _esketamine() -> Component:
    older = CovariateEffect("AGE", "linear_above", fact("pk.pr21.Qh_age"), reference=60.0)
    return Component(
        "esketamine",
        parameters=(
            parameter("Vc", "L", "pk.pr21.Vc", between="lognormal"),
            parameter("Q1", "L/h", "pk.pr21.Q1"),
            parameter("Vp1", "L", "pk.pr21.Vp1", between="lognormal"),
            parameter("Q2", "L/h", "pk.pr21.Q2"),
            parameter("Vp2", "L", "pk.pr21.Vp2"),
            parameter("Qh", "L/h", "pk.pr21.Qh", older, between="lognormal"),
            parameter("Vh", "L", "pk.pr21.Vh", between="lognormal"),
            parameter(
                "kel", "1/h", "pk.pr21.kel", in_levels("ANCESTRY", ASIAN, "pk.pr21.kel_asian"), between="lognormal"
            ),
            parameter("kmet", "1/h", "pk.pr21.kmet"),
        ),
        states=tuple(StateVar(s, "mg", meaning=m) for s, m in _PLACES),
        inputs=(Port("direct", "mg/h", _FLOW), Port("portal", "mg/h", _FLOW)),
        outputs=(Port("C", "mg/L", "concentration of esketamine"), Port("formed", "mg/h", _FLOW)),
        equations=(
            "C = A / Vc",
            "back = Qh * (AH / Vh - C)",
            "formed = kmet * AH",
            "d/dt(A) = direct + back - Q1 * (C - P1 / Vp1) - Q2 * (C - P2 / Vp2)",
            "d/dt(P1) = Q1 * (C - P1 / Vp1)",
            "d/dt(P2) = Q2 * (C - P2 / Vp2)",
            "d/dt(AH) = portal - back - kel * AH - formed",
        ),
        doc=__doc__ or "",
        citations=(KEY,),
    )


def _noresketamine() -> Component:
    return mammillary(
        "noresketamine",
        "esketamine",
        parameter("Vcn", "L", "pk.pr21.Vcn", between="lognormal"),
        parameter("CLn", "L/h", "pk.pr21.CLn", in_levels("ANCESTRY", ASIAN, "pk.pr21.CLn_asian"), between="lognormal"),
        (parameter("Q3", "L/h", "pk.pr21.Q3"), parameter("Vpn", "L", "pk.pr21.Vpn")),
        __doc__ or "",
        KEY,
    )


def _routes() -> tuple[DoseRoute, ...]:
    nasal = (("nose", 1.0), ("swallowed", 1.0))
    vein, most, bolus = (("vein", 1.0),), "dose.largest.perez_ruixo21", "only a 40 min infusion was studied"
    devices, drink = "one record per device of 28 mg", (("drink", 1.0),)
    return (
        dose_route("esketamine", "nasal", nasal, "B", "dose.largest.nasal.esketamine", (KEY,), devices),
        dose_route("esketamine", "oral", drink, "B", "dose.largest.oral.esketamine", (KEY,)),
        dose_route("esketamine", "iv_infusion", vein, "B", most, (KEY,)),
        dose_route("esketamine", "iv_bolus", vein, "C", most, (KEY,), bolus),
    )


def model() -> Model:
    """Perez-Ruixo 2021: nasal, oral and intravenous esketamine."""
    nose = "absorption.FRn * if_else(nth > 1, absorption.later, 1)"
    components = (_absorption(), _esketamine(), _noresketamine())
    return Model(
        name="perez-ruixo-2021",
        title="Perez-Ruixo 2021: nasal, oral and intravenous esketamine",
        components=components,
        outputs=(
            read_out("plasma esketamine", "esketamine.C", "venous (not stated)", residual(log_sd="pk.pr21.sigma_esk")),
            read_out(
                "plasma S-norketamine", "noresketamine.C", "venous (not stated)", residual(log_sd="pk.pr21.sigma_nor")
            ),
        ),
        links=(
            Link("absorption.direct", "esketamine.direct"),
            Link("absorption.portal", "esketamine.portal"),
            Link("esketamine.formed", "noresketamine.inflow"),
        ),
        inlets=(
            Inlet("nose", "absorption.N", fraction=nose),
            Inlet("swallowed", "absorption.G", fraction=f"1 - {nose}", duration="absorption.Dsw"),
            Inlet("drink", "absorption.O", duration="absorption.Dpo"),
            Inlet("vein", "esketamine.A"),
        ),
        routes=_routes(),
        covariates=(age("range.age.perez_ruixo21", "people.age_median"), ancestry()),
        limits=limits(
            "healthy adults and adults with treatment-resistant depression",
            820,
            "venous (not stated)",
            "sessions.largest.esketamine",
            weekly="sessions.weekly.perez_ruixo21",
        ),
        status="examined",
        citations=cited(components, _routes()),
    )
