"""Norketamine: formed in the liver from every dose and in the gut wall from swallowed ones, then a body of its own.

Equations, for each enantiomer e: dT1_e/dt = formed_e − k T1_e, dT2_e/dt = k (T1_e − T2_e), k = 2/MTT; dN_e/dt = k
  T2_e M_N/M_K − CL C_e − Q (C_e − P_e/V2), C_e = N_e/V1, dP_e/dt = Q (C_e − P_e/V2); V1, V2, CL, Q are those of
  Simons 2022 times `scale`, for R-norketamine times `R_body` as well.
Symbols: T amounts of ketamine (mg), N, P of norketamine (mg), C (mg/L), MTT (h), M molar masses (g/mol), V (L), CL,
  Q (L/h).
Holds for: linear kinetics. The shape is that of Simons 2022, the level the geometric mean of Simons 2022 and Otto
  2021; Perez-Ruixo 2021 is left out for its unexplained AUC. Nothing was found for R-norketamine: it equals S
  (assumed). Arterial and venous are not told apart.
Papers: Simons 2022; Otto 2021; Perez-Ruixo 2021 (ancestry).
Alone: docs/exposure.md, Kamp's curves of norketamine.
"""

from __future__ import annotations

from ketasim.model.component import Component, Port, StateVar
from ketasim.pharmacology.parts import ASIAN, in_levels, on_flow, on_volume, parameter


def norketamine(kinds: tuple[str, ...]) -> Component:
    """Norketamine of the enantiomers `kinds` ("S", "R"), with the sum over them."""
    states, equations = [], ["k = 2 / MTT"]
    for e in kinds:
        size = "scale * R_body" if e == "R" else "scale"
        states += [
            StateVar(f"T1_{e}", "mg", meaning=f"{e}-ketamine on its way to norketamine"),
            StateVar(f"T2_{e}", "mg", meaning=f"{e}-ketamine on its way to norketamine"),
            StateVar(f"N_{e}", "mg", meaning=f"{e}-norketamine, central"),
            StateVar(f"P_{e}", "mg", meaning=f"{e}-norketamine, peripheral"),
        ]
        equations += [
            f"s_{e} = {size}",
            f"C_{e} = N_{e} / (s_{e} * V1)",
            f"to_{e} = s_{e} * Q * C_{e} - Q / V2 * P_{e}",
            f"cleared_{e} = s_{e} * CL * C_{e}",
            f"d/dt(T1_{e}) = formed_{e} - k * T1_{e}",
            f"d/dt(T2_{e}) = k * (T1_{e} - T2_{e})",
            f"d/dt(N_{e}) = k * T2_{e} * M_N / M_K - cleared_{e} - to_{e}",
            f"d/dt(P_{e}) = to_{e}",
        ]
    equations += [
        "C = " + " + ".join(f"C_{e}" for e in kinds),
        "cleared = " + " + ".join(f"cleared_{e}" for e in kinds),
    ]
    return Component(
        "norketamine",
        parameters=(
            parameter("MTT", "h", "pk.simons22.MTTK", between="lognormal"),
            parameter("V1", "L", "pk.simons22.VK1", on_volume()),
            parameter("V2", "L", "pk.simons22.VN2", on_volume()),
            parameter(
                "CL",
                "L/h",
                "pk.simons22.CLN1",
                on_flow(),
                in_levels("ANCESTRY", ASIAN, "pk.pr21.CLn_asian"),
                between="lognormal",
            ),
            parameter("Q", "L/h", "pk.simons22.CLN2", on_flow()),
            parameter("scale", "1", "pk.platform.NK_scale"),
            *([parameter("R_body", "1", "pk.platform.R_norketamine")] if "R" in kinds else []),
            parameter("M_K", "g/mol", "pk.mass.ketamine"),
            parameter("M_N", "g/mol", "pk.mass.norketamine"),
        ),
        states=tuple(states),
        inputs=tuple(Port(f"formed_{e}", "mg/h", f"flow of {e}-ketamine") for e in kinds),
        outputs=(
            *(Port(f"C_{e}", "mg/L", f"concentration of {e}-norketamine") for e in kinds),
            Port("C", "mg/L", "concentration of norketamine"),
            Port("cleared", "mg/h", "flow of norketamine"),
        ),
        equations=tuple(equations),
        doc=__doc__ or "",
        citations=("simons2022", "otto2021", "perezruixo2021"),
    )
