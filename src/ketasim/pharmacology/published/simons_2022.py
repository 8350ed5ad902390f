"""S-ketamine from an oral thin film or a vein, with S-norketamine and S-hydroxynorketamine, in arterial plasma.

Equations: three compartments of S-ketamine, two of S-norketamine (central volume shared), two of
  S-hydroxynorketamine. The film gives F1 through the mucosa (over D1, then KA1) and F2 of its full dose by the gut
  (over D2, then KA2, then a delay MTTG) straight into metabolism. Cleared S-ketamine passes two delays of MTTK/2
  each, of which fm_NK forms S-norketamine; cleared S-norketamine passes two delays of MTTN/2, of which fm_HNK forms
  S-hydroxynorketamine.
Symbols: all amounts in mg of S-ketamine; concentrations of metabolites are turned into their own mass; CL (L/h), V
  (L), KA (1/h), D and MTT (h), F and fm fractions; CL and V at 70 kg with powers 0.75 and 1 (powers assumed).
Holds for: healthy adults of 19-32 years, film of 50 and 100 mg, 20 mg over 20 min; arterial samples to 6 h. The
  film is less than proportional to dose in the paper and proportional here. F2 of 116 % means that mass is not
  conserved.
Papers: Simons 2022, Table 4 from a transcription.
Alone: docs/exposure.md lays it beside its own Table 2.
"""

from __future__ import annotations

from ketasim.model.component import Component, Parameter, Port, StateVar
from ketasim.model.model import Inlet, Link, Model
from ketasim.pharmacology.parts import cited, on_flow, on_volume, parameter, residual
from ketasim.pharmacology.published.compartments import into_vein, mammillary, own_mass, read_out
from ketasim.pharmacology.reach import dose_route, limits, weight

KEY = "simons2022"
_FLOW = "flow of S-ketamine"


def _film() -> Component:
    own = ("F1", "D1", "KA1", "F2", "D2", "KA2", "MTTG")
    units = {"F1": "1", "F2": "1", "KA1": "1/h", "KA2": "1/h"}
    return Component(
        "film",
        parameters=tuple(parameter(p, units.get(p, "h"), f"pk.simons22.{p}", occasion="lognormal") for p in own),
        states=(
            StateVar("M", "mg", meaning="in the mucosa"),
            StateVar("G", "mg", meaning="in the gut"),
            StateVar("T", "mg", meaning="between gut and liver"),
        ),
        outputs=(Port("direct", "mg/h", _FLOW), Port("presystemic", "mg/h", _FLOW)),
        equations=(
            "direct = KA1 * M",
            "presystemic = T / MTTG",
            "d/dt(M) = -direct",
            "d/dt(G) = -KA2 * G",
            "d/dt(T) = KA2 * G - presystemic",
        ),
        doc=__doc__ or "",
        citations=(KEY,),
    )


def _delay(name: str, time: Parameter, share: Parameter) -> Component:
    return Component(
        name,
        parameters=(time, share),
        states=(StateVar("D1", "mg", meaning="first delay"), StateVar("D2", "mg", meaning="second delay")),
        inputs=(Port("inflow", "mg/h", _FLOW),),
        outputs=(Port("formed", "mg/h", _FLOW),),
        equations=(
            f"rate = 2 / {time.name}",
            f"formed = {share.name} * rate * D2",
            "d/dt(D1) = inflow - rate * D1",
            "d/dt(D2) = rate * (D1 - D2)",
        ),
        doc=__doc__ or "",
        citations=(KEY,),
    )


def _body(name: str, central: Parameter | Port, clearance: Parameter, *around: Parameter) -> Component:
    return mammillary(name, "S-ketamine", central, clearance, around, __doc__ or "", KEY)


def _components() -> tuple[Component, ...]:
    p = "pk.simons22"
    ketamine = _body(
        "ketamine",
        parameter("VK1", "L", f"{p}.VK1", on_volume(), between="lognormal"),
        parameter("CLK1", "L/h", f"{p}.CLK1", on_flow(), between="lognormal"),
        parameter("CLK2", "L/h", f"{p}.CLK2", on_flow()),
        parameter("VK2", "L", f"{p}.VK2", on_volume()),
        parameter("CLK3", "L/h", f"{p}.CLK3", on_flow(), between="lognormal"),
        parameter("VK3", "L", f"{p}.VK3", on_volume()),
    )
    norketamine = _body(
        "norketamine",
        Port("VN1", "L", "central volume", "that of S-ketamine"),
        parameter("CLN1", "L/h", f"{p}.CLN1", on_flow(), between="lognormal"),
        parameter("CLN2", "L/h", f"{p}.CLN2", on_flow()),
        parameter("VN2", "L", f"{p}.VN2", on_volume()),
    )
    hydroxy = _body(
        "hydroxynorketamine",
        parameter("VH1", "L", f"{p}.VH1", on_volume(), between="lognormal"),
        parameter("CLH1", "L/h", f"{p}.CLH1", on_flow(), between="lognormal", occasion="lognormal"),
        parameter("CLH2", "L/h", f"{p}.CLH2", on_flow(), between="lognormal"),
        parameter("VH2", "L", f"{p}.VH2", on_volume(), occasion="lognormal"),
    )
    to_nk = _delay(
        "to_norketamine",
        parameter("MTTK", "h", f"{p}.MTTK", between="lognormal", occasion="lognormal"),
        parameter("fm_NK", "1", f"{p}.fm_NK"),
    )
    to_hnk = _delay("to_hydroxy", parameter("MTTN", "h", f"{p}.MTTN"), parameter("fm_HNK", "1", f"{p}.fm_HNK"))
    return (_film(), ketamine, to_nk, norketamine, to_hnk, hydroxy, own_mass(__doc__ or "", KEY))


def model() -> Model:
    """Simons 2022: S-ketamine film and infusion, arterial."""
    components = _components()
    inlets, vein = into_vein("ketamine.A1", ("esketamine",), KEY, "dose.largest.simons22")
    both = (("mucosa", 1.0), ("gut", 1.0))
    film = dose_route("esketamine", "sublingual", both, "B", "dose.largest.sublingual.esketamine", (KEY,))
    error = {
        "NK": ("pk.simons22.prop_NK", "pk.simons22.add_NK"),
        "HNK": ("pk.simons22.prop_HNK", "pk.simons22.add_HNK"),
    }
    return Model(
        name="simons-2022",
        title="Simons 2022: S-ketamine film and infusion, arterial",
        components=components,
        outputs=(
            read_out("arterial esketamine", "ketamine.C", "arterial", residual(proportional="pk.simons22.prop_K")),
            read_out(
                "arterial S-norketamine",
                "own_mass.norketamine",
                "arterial",
                residual(proportional=error["NK"][0], additive=error["NK"][1], mass="pk.mass.norketamine"),
            ),
            read_out(
                "arterial hydroxynorketamine",
                "own_mass.hydroxynorketamine",
                "arterial",
                residual(proportional=error["HNK"][0], additive=error["HNK"][1], mass="pk.mass.hydroxynorketamine"),
            ),
        ),
        links=(
            Link("film.direct", "ketamine.inflow"),
            Link("film.presystemic", "to_norketamine.inflow"),
            Link("ketamine.eliminated", "to_norketamine.inflow"),
            Link("to_norketamine.formed", "norketamine.inflow"),
            Link("norketamine.eliminated", "to_hydroxy.inflow"),
            Link("to_hydroxy.formed", "hydroxynorketamine.inflow"),
            Link("ketamine.volume", "norketamine.VN1"),
            Link("norketamine.C", "own_mass.C_norketamine"),
            Link("hydroxynorketamine.C", "own_mass.C_hydroxynorketamine"),
        ),
        inlets=(
            *inlets,
            Inlet("mucosa", "film.M", fraction="film.F1", duration="film.D1"),
            Inlet("gut", "film.G", fraction="film.F2", duration="film.D2"),
        ),
        routes=(*vein, film),
        covariates=(weight("range.weight.simons22"),),
        limits=limits("healthy adults of 19-32 years", 20, "arterial", "sessions.largest.simons22"),
        status="examined",
        citations=cited(components, (*vein, film)),
    )
