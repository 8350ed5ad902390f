"""Ketamine in the body: a small arterial compartment and three peripheral ones, the same for both enantiomers.

Equations, for each enantiomer e: dA_e/dt = inflow_e − Q2 (C_e − P2_e/V2) − Q3 (C_e − P3_e/V3) − Q4 (C_e − P4_e/V4),
  C_e = A_e/V1, dPi_e/dt = Qi (C_e − Pi_e/Vi), where V2 and V3 are multiplied by `tissue`. The liver takes part
  through inflow_e.
Symbols: A, P amounts of base (mg), C arterial plasma concentration (mg/L), Q flows (L/h), V volumes (L), at 70 kg
  with powers of weight 0.75 and 1; tissue a number, 1 in a typical person.
Holds for: adults at rest; linear. V1, V2, Q2 are those of Simons 2022 (arterial, to 6 h); V3, Q3, V4, Q4 join them
  to the venous models of Otto 2021 and Perez-Ruixo 2021 to 24 h, together with the venous site (sampling). The
  first minute after a bolus (mixing, lung) is not in it. S and R share distribution, as Henthorn 2018 found in
  people. Venous models have one central volume where arterial ones have V1, V2 and V3; how that differs between
  people is what `tissue` carries, Q3 as in Simons 2022. No spread of V4 and Q4 was found.
Papers: Simons 2022; Otto 2021; Fanta 2015; Perez-Ruixo 2021; Henthorn 2018.
Alone: docs/exposure.md, Kamp's arterial curves.
"""

from __future__ import annotations

from ketasim.model.component import Component, Port, StateVar
from ketasim.pharmacology.parts import on_flow, on_volume, parameter

_SIZES = ((2, "(tissue * V2)"), (3, "(tissue * V3)"), (4, "V4"))


def disposition(kinds: tuple[str, ...]) -> Component:
    """The body for the enantiomers `kinds` ("S", "R")."""
    states, equations = [], []
    for e in kinds:
        to = [f"Q{i} * (C_{e} - P{i}_{e} / {size})" for i, size in _SIZES]
        states += [StateVar(f"A_{e}", "mg", meaning=f"{e}-ketamine, arterial")]
        states += [StateVar(f"P{i}_{e}", "mg", meaning=f"{e}-ketamine, tissue {i}") for i in (2, 3, 4)]
        equations += [f"C_{e} = A_{e} / V1", f"d/dt(A_{e}) = inflow_{e} - " + " - ".join(to)]
        equations += [f"d/dt(P{i}_{e}) = {flow}" for i, flow in zip((2, 3, 4), to, strict=True)]
    return Component(
        "body",
        parameters=(
            parameter("tissue", "1", "pk.platform.tissue", between="lognormal"),
            parameter("V1", "L", "pk.simons22.VK1", on_volume(), between="lognormal"),
            parameter("Q2", "L/h", "pk.simons22.CLK2", on_flow()),
            parameter("V2", "L", "pk.simons22.VK2", on_volume()),
            parameter("Q3", "L/h", "pk.platform.Q3", on_flow(), between="lognormal"),
            parameter("V3", "L", "pk.platform.V3", on_volume()),
            parameter("Q4", "L/h", "pk.platform.Q4", on_flow()),
            parameter("V4", "L", "pk.platform.V4", on_volume()),
        ),
        states=tuple(states),
        inputs=tuple(Port(f"inflow_{e}", "mg/h", f"flow of {e}-ketamine", default=0.0) for e in kinds),
        outputs=tuple(Port(f"C_{e}", "mg/L", f"concentration of {e}-ketamine") for e in kinds),
        equations=tuple(equations),
        doc=__doc__ or "",
        citations=("simons2022", "otto2021", "fanta2015", "perezruixo2021", "henthorn2018"),
    )
