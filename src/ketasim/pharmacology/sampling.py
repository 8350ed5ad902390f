"""The venous site: blood drawn from an arm has passed tissue that takes up drug early and gives it back late.

Equations, for each enantiomer e: dF_e/dt = k_fast (C_e − F_e), dL_e/dt = k_slow (C_e − L_e), plasma_e = w_fast F_e
  + (1 − w_fast) L_e.
Symbols: C arterial, F, L, plasma venous concentrations (mg/L), k (1/h), w_fast a share.
Holds for: a forearm vein at rest. It keeps the AUC, holds no mass, and is the same for both enantiomers. Two delays
  from one arterial compartment are the structure that Kamp 2020 found for 14 data sets; the numbers are derived
  here from published arterial and venous models (pk.platform.V3 says how). Metabolites change slowly: no difference
  is modelled.
Papers: Kamp 2020 (Anesthesiology); Persson 2002; Henthorn 2018; Simons 2022; Otto 2021; Perez-Ruixo 2021.
Alone: arterial against venous outputs of any infusion.
"""

from __future__ import annotations

from ketasim.model.component import Component, Port, StateVar
from ketasim.pharmacology.parts import parameter


def sampling(kinds: tuple[str, ...]) -> Component:
    """Arterial in, venous out, for the enantiomers `kinds` ("S", "R"), with the sums over them."""
    equations: list[str] = []
    for e in kinds:
        equations += [
            f"d/dt(F_{e}) = k_fast * (C_{e} - F_{e})",
            f"d/dt(L_{e}) = k_slow * (C_{e} - L_{e})",
            f"plasma_{e} = w_fast * F_{e} + (1 - w_fast) * L_{e}",
        ]
    equations += ["plasma = " + " + ".join(f"plasma_{e}" for e in kinds)]
    equations += ["arterial = " + " + ".join(f"C_{e}" for e in kinds)]
    return Component(
        "site",
        parameters=(
            parameter("k_fast", "1/h", "pk.platform.k_fast"),
            parameter("k_slow", "1/h", "pk.platform.k_slow"),
            parameter("w_fast", "1", "pk.platform.w_fast"),
        ),
        states=tuple(
            StateVar(f"{s}_{e}", "mg/L", meaning=f"{e}-ketamine, {text} venous delay")
            for e in kinds
            for s, text in (("F", "fast"), ("L", "slow"))
        ),
        inputs=tuple(Port(f"C_{e}", "mg/L", f"concentration of {e}-ketamine") for e in kinds),
        outputs=(
            *(Port(f"plasma_{e}", "mg/L", f"concentration of {e}-ketamine") for e in kinds),
            Port("plasma", "mg/L", "concentration of ketamine"),
            Port("arterial", "mg/L", "concentration of ketamine"),
        ),
        equations=tuple(equations),
        doc=__doc__ or "",
        citations=("kamp2020meta", "persson2002", "henthorn2018", "simons2022", "otto2021", "perezruixo2021"),
    )
