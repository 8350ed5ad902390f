"""Block of the NMDA receptor by unbound ketamine and norketamine in venous plasma, at equilibrium.

Equations: occupancy = x / (1 + x), x = Σ fu_i C_i / (M_i IC50_i) over S- and R-ketamine, S- and R-norketamine.
Symbols: C total venous plasma concentrations (mg/L), fu unbound fractions, M molar masses (g/mol), IC50 (nmol/L).
Holds for: competition at one site with Hill coefficient 1; unbinding takes seconds, so equilibrium is adequate.
  IC50 of the racemates come from rats in vivo (Shaffer 2014) and are split by the potency ratio of Ebert 1997 with
  the racemate kept; other work has ratios from 1.2 to 4. Venous plasma, as the human prediction of 0.24 used it;
  arterial gives more.
Papers: Shaffer 2014; Ebert 1997; Dayton 1983; the labelling of Spravato.
Alone: 0.5 mg/kg over 40 min gives about 0.24 at 185 ng/mL.
"""

from __future__ import annotations

from ketasim.model.component import Component, Port
from ketasim.pharmacology.parts import parameter


def occupancy(kinds: tuple[str, ...]) -> Component:
    """Occupancy by the enantiomers `kinds` ("S", "R") and their norketamine."""
    terms = [f"fu_K * K_{e} / (M_K * IC50_{e})" for e in kinds] + [f"fu_N * N_{e} / (M_N * IC50_N{e})" for e in kinds]
    return Component(
        "receptor",
        parameters=(
            parameter("fu_K", "1", "pk.fu.ketamine"),
            parameter("fu_N", "1", "pk.fu.norketamine"),
            parameter("M_K", "mg/mol", "pk.mass.ketamine"),
            parameter("M_N", "mg/mol", "pk.mass.norketamine"),
            *(parameter(f"IC50_{e}", "mol/L", f"pk.occupancy.IC50_{e}") for e in kinds),
            *(parameter(f"IC50_N{e}", "mol/L", f"pk.occupancy.IC50_N{e}") for e in kinds),
        ),
        inputs=(
            *(Port(f"K_{e}", "mg/L", f"concentration of {e}-ketamine") for e in kinds),
            *(Port(f"N_{e}", "mg/L", f"concentration of {e}-norketamine") for e in kinds),
        ),
        outputs=(Port("occupancy", "1", "occupancy of the NMDA receptor"),),
        equations=(f"x = {' + '.join(terms)}", "occupancy = x / (1 + x)"),
        doc=__doc__ or "",
        citations=("shaffer2014", "ebert1997", "dayton1983", "spravato-label"),
    )
