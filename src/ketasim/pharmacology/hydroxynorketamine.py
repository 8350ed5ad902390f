"""Hydroxynorketamine: all isomers of hydroxylated norketamine from both enantiomers, lumped into one substance.

Equations: dH/dt = fm M_H/M_N cleared − CL C − Q (C − P/V2), C = H/V1, dP/dt = Q (C − P/V2).
Symbols: H, P amounts (mg), cleared norketamine (mg/h), C (mg/L), M molar masses (g/mol), V (L), CL, Q (L/h), fm a
  fraction.
Holds for: an order of magnitude. Sources differ two- to fivefold: Simons 2022 measured in 40 mg of S-ketamine what
  Kamp 2020 shows for twice the racemate; AUC ratios after an intravenous dose run from 0.3 to 3. Conjugates are not
  in it.
Papers: Simons 2022, Table 4.
Alone: docs/exposure.md, Kamp's curve of hydroxynorketamine.
"""

from __future__ import annotations

from ketasim.model.component import Component, Port, StateVar
from ketasim.pharmacology.parts import on_flow, on_volume, parameter


def hydroxynorketamine() -> Component:
    """One lumped metabolite of norketamine."""
    return Component(
        "hydroxynorketamine",
        parameters=(
            parameter("fm", "1", "pk.simons22.fm_HNK"),
            parameter("V1", "L", "pk.simons22.VH1", on_volume(), between="lognormal"),
            parameter("V2", "L", "pk.simons22.VH2", on_volume()),
            parameter("CL", "L/h", "pk.simons22.CLH1", on_flow(), between="lognormal"),
            parameter("Q", "L/h", "pk.simons22.CLH2", on_flow(), between="lognormal"),
            parameter("M_N", "g/mol", "pk.mass.norketamine"),
            parameter("M_H", "g/mol", "pk.mass.hydroxynorketamine"),
        ),
        states=(
            StateVar("H", "mg", meaning="hydroxynorketamine, central"),
            StateVar("P", "mg", meaning="hydroxynorketamine, peripheral"),
        ),
        inputs=(Port("cleared", "mg/h", "flow of norketamine"),),
        outputs=(Port("C", "mg/L", "concentration of hydroxynorketamine"),),
        equations=(
            "C = H / V1",
            "d/dt(H) = fm * cleared * M_H / M_N - CL * C - Q * (C - P / V2)",
            "d/dt(P) = Q * (C - P / V2)",
        ),
        doc=__doc__ or "",
        citations=("simons2022",),
    )
