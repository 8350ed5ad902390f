"""The liver, well stirred: what the portal blood brings and what the artery brings meet the same enzymes.

Equations, for each enantiomer e: dH_e/dt = portal_e + Qh (C_e − CH_e) − (K_nk_e + K_other_e) CH_e, CH_e = H_e/Vh;
  K_nk_e = fm · CLint_e · enzyme, K_other_e = (1 − fm) · CLint_e · other · enzyme; CLint_S = CLint · interaction,
  CLint_R = CLint · R_to_S. Extraction E = K/(Qh + K), clearance Qh E, oral bioavailability Fgut (1 − E).
Symbols: H amount (mg), CH, C (mg/L), Qh, CLint, K (L/h), Vh (L), fm, other, enzyme, interaction, R_to_S numbers.
Holds for: linear kinetics. Qh is in terms of plasma, falls with age above 60; `other` is 0.36 in Asian people.
  Switches, 1 unless set: `enzyme` < 1 inhibits, > 1 induces all pathways; `interaction` (0.56 was claimed once)
  slows S-ketamine where R-ketamine is given with it; most data show none.
Papers: Perez-Ruixo 2021 (extraction, ancestry, age); Wang 2019 (R to S); Ashraf 2018 (variability); Ihmsen 2001.
Alone: docs/exposure.md, oral doses.
"""

from __future__ import annotations

from ketasim.evidence.store import fact
from ketasim.model.component import Component, Port, StateVar
from ketasim.model.variability import CovariateEffect
from ketasim.pharmacology.parts import ASIAN, in_levels, on_flow, on_volume, parameter

_OF_KIND = {"S": "interaction", "R": "R_to_S"}


def liver(kinds: tuple[str, ...]) -> Component:
    """The liver for the enantiomers `kinds` ("S", "R")."""
    older = CovariateEffect("AGE", "linear_above", fact("pk.platform.Qh_age"), reference=60.0)
    own = [parameter("interaction", "1", "pk.platform.neutral")] if "S" in kinds else []
    own += [parameter("R_to_S", "1", "pk.platform.R_to_S")] if "R" in kinds else []
    equations: list[str] = []
    for e in kinds:
        equations += [
            f"K_{e} = CLint * enzyme * {_OF_KIND[e]}",
            f"CH_{e} = H_{e} / Vh",
            f"back_{e} = Qh * (CH_{e} - C_{e})",
            f"formed_{e} = fm * K_{e} * CH_{e}",
            f"lost_{e} = (1 - fm) * other * K_{e} * CH_{e}",
            f"d/dt(H_{e}) = portal_{e} - back_{e} - formed_{e} - lost_{e}",
        ]
    return Component(
        "liver",
        parameters=(
            parameter("Qh", "L/h", "pk.platform.Qh", older, on_flow(), between="lognormal"),
            parameter("CLint", "L/h", "pk.platform.CLint", on_flow(), between="lognormal"),
            parameter("Vh", "L", "pk.platform.Vh", on_volume()),
            parameter("fm", "1", "pk.platform.fm"),
            parameter("other", "1", "pk.platform.neutral", in_levels("ANCESTRY", ASIAN, "pk.pr21.kel_asian")),
            parameter("enzyme", "1", "pk.platform.neutral"),
            *own,
        ),
        states=tuple(StateVar(f"H_{e}", "mg", meaning=f"{e}-ketamine in the liver") for e in kinds),
        inputs=(
            *(Port(f"C_{e}", "mg/L", f"concentration of {e}-ketamine") for e in kinds),
            *(Port(f"portal_{e}", "mg/h", f"flow of {e}-ketamine", default=0.0) for e in kinds),
        ),
        outputs=tuple(
            Port(f"{p}_{e}", "mg/h", f"flow of {e}-ketamine") for p in ("back", "formed", "lost") for e in kinds
        ),
        equations=tuple(equations),
        doc=__doc__ or "",
        citations=("perezruixo2021", "wang2019", "ashraf2018", "ihmsen2001"),
    )
