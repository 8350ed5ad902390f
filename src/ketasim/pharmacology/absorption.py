"""Where a dose waits: nose, muscle, mouth, rectum and lung give to the artery, the gut gives to the liver.

Equations, for each place X and enantiomer e: dX_e/dt = −ka X_e. Direct places: direct_e = ka X_e. The gut: portal_e
  = F ka X_e and presystemic_e = fm (1 − F) ka X_e with F = min(1, Fgut · wall); the swallowed part of a film: F escape
  instead of F; the rectum: direct_e = F ka X_e and presystemic_e = fm (1 − F) ka X_e. What is presystemic becomes
  norketamine.
Symbols: X amount (mg), ka (1/h), Fgut, F, fm fractions, wall a switch (1 unless an inhibitor or inducer of the gut
  wall), escape a share: 0, because Simons 2022 estimate F1 in a model where what is swallowed is all metabolised.
Holds for: first-order release after bolus or zero-order input, linear. Loss in the gut wall forms norketamine as
  the liver does: Simons 2022 find the whole swallowed dose in metabolism. Inhaled and film doses are less than
  proportional in their papers and proportional here.
Papers: Perez-Ruixo 2021 (nose, gut); Simons 2022 (film); Jonkman 2017 (lung); Clements 1982 (muscle); Yanagihara
  2003 (rectum); Glue 2020 (prolonged release).
Alone: docs/exposure.md, one section per route.
"""

from __future__ import annotations

from ketasim.model.component import Component, Parameter, Port, StateVar
from ketasim.pharmacology.parts import in_levels, parameter

PLACES = {"nose": "ka", "muscle": "ka", "mucosa": "KA1", "lung": "ka", "rectum": "ka"}
GUT = {"swallowed": "ka_sw", "drink": "ka_po", "film": "KA2"}


def _numbers(place: str) -> tuple[Parameter, ...]:
    """The parameters of a place, those of its inlets included."""
    if place == "nose":
        japanese = in_levels("ANCESTRY", ("japanese",), "pk.pr21.FRn_japanese")
        return (
            parameter("ka", "1/h", "pk.pr21.ka_n", between="lognormal"),
            parameter("FRn", "1", "pk.pr21.FRn", japanese, between="logitnormal"),
            parameter("later", "1", "pk.pr21.later"),
        )
    if place == "muscle":
        return (
            parameter("ka", "1/h", "pk.platform.ka_im"),
            parameter("F_im", "1", "pk.clements82.F_im"),
            parameter("F_sc", "1", "pk.platform.F_sc"),
        )
    if place == "mucosa":
        return (
            parameter("KA1", "1/h", "pk.simons22.KA1", occasion="lognormal"),
            parameter("F1", "1", "pk.simons22.F1", occasion="lognormal"),
            parameter("D1", "h", "pk.simons22.D1", occasion="lognormal"),
        )
    if place == "lung":
        return (
            parameter("ka", "1/h", "pk.jonkman17.k_slow"),
            parameter("F", "1", "pk.jonkman17.F"),
            parameter("fast", "1", "pk.platform.lung_fast"),
        )
    return (
        parameter("ka", "1/h", "pk.platform.ka_rectal"),
        parameter("F", "1", "pk.yanagihara03.rectal"),
        parameter("fm", "1", "pk.platform.fm"),
    )


def place(name: str, kinds: tuple[str, ...]) -> Component:
    """One of `PLACES` for the enantiomers `kinds` ("S", "R")."""
    ka, rectal = PLACES[name], name == "rectum"
    equations: list[str] = []
    for e in kinds:
        equations += [f"d/dt(X_{e}) = -{ka} * X_{e}", f"direct_{e} = {'F * ' if rectal else ''}{ka} * X_{e}"]
        equations += [f"presystemic_{e} = fm * (1 - F) * {ka} * X_{e}"] if rectal else []
    flows = ("direct", "presystemic") if rectal else ("direct",)
    return Component(
        name,
        parameters=_numbers(name),
        states=tuple(StateVar(f"X_{e}", "mg", meaning=f"{e}-ketamine in the {name}") for e in kinds),
        outputs=tuple(Port(f"{flow}_{e}", "mg/h", f"flow of {e}-ketamine") for flow in flows for e in kinds),
        equations=tuple(equations),
        doc=__doc__ or "",
    )


def gut(kinds: tuple[str, ...], entries: tuple[str, ...]) -> Component:
    """The gut with those of the ways in `GUT` that are needed, for the enantiomers `kinds` ("S", "R")."""
    numbers = {
        "swallowed": (
            parameter("ka_sw", "1/h", "pk.pr21.ka_sw", between="lognormal"),
            parameter("Dsw", "h", "pk.pr21.Dsw"),
        ),
        "drink": (
            parameter("ka_po", "1/h", "pk.pr21.ka_po", between="lognormal"),
            parameter("Dpo", "h", "pk.pr21.Dpo"),
            parameter("release", "h", "pk.glue20.release"),
        ),
        "film": (
            parameter("KA2", "1/h", "pk.simons22.KA2", occasion="lognormal"),
            parameter("D2", "h", "pk.simons22.D2", occasion="lognormal"),
            parameter("escape", "1", "pk.platform.film_escape"),
        ),
    }
    equations = ["F = min(1, Fgut * wall)"]
    for e in kinds:
        equations += [f"d/dt({way}_{e}) = -{GUT[way]} * {way}_{e}" for way in entries]
        absorbed = {way: f"{GUT[way]} * {way}_{e}" for way in entries}
        able = [f"escape * {flow}" if way == "film" else flow for way, flow in absorbed.items()]
        equations += [f"absorbed_{e} = " + " + ".join(absorbed.values()), f"able_{e} = " + " + ".join(able)]
        equations += [f"portal_{e} = F * able_{e}", f"presystemic_{e} = fm * (absorbed_{e} - portal_{e})"]
    return Component(
        "gut",
        parameters=(
            parameter("Fgut", "1", "pk.pr21.Fgut"),
            parameter("wall", "1", "pk.platform.neutral"),
            parameter("fm", "1", "pk.platform.fm"),
            *(number for way in entries for number in numbers[way]),
        ),
        states=tuple(StateVar(f"{way}_{e}", "mg", meaning=f"{e}-ketamine, {way}") for e in kinds for way in entries),
        outputs=tuple(
            Port(f"{flow}_{e}", "mg/h", f"flow of {e}-ketamine") for flow in ("portal", "presystemic") for e in kinds
        ),
        equations=tuple(equations),
        doc=__doc__ or "",
    )
