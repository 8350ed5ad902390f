"""How each drug by each route enters the platform model: inlets, shares, grade, and what it rests on.

The largest doses are facts (dose.largest.*, dose.rate.*): those of the drug by the route, else of its next of kin.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ketasim.evidence.fact import Grade
from ketasim.model.model import DoseRoute, Inlet
from ketasim.pharmacology.parts import ENANTIOMERS
from ketasim.pharmacology.reach import dose_route

NOSE = "nose.FRn * if_else(nth > 1, nose.later, 1)"


@dataclass(frozen=True, slots=True)
class Way:
    """One route: places of absorption, entries of the gut, inlets for an enantiomer `{e}`, grades and largest doses.

    `inlets` are (name, state, fraction, duration); `of` gives by drug the grade, and where its largest dose stands
    (dose.largest.<route>.<drug>); `hourly` where the fastest long infusion stands (dose.rate.<route>.<drug>).
    """

    places: tuple[str, ...]
    entries: tuple[str, ...]
    inlets: tuple[tuple[str, str, str, str | None], ...]
    of: dict[str, tuple[Grade, str]]
    citation: tuple[str, ...]
    note: str = ""
    hourly: dict[str, str] = field(default_factory=dict)


_VEIN = (("vein_{e}", "body.A_{e}", "1", None),)
WAYS: dict[str, Way] = {
    "iv_bolus": Way(
        (), (), _VEIN,
        {"ketamine": ("C", "iv.ketamine"), "esketamine": ("C", "iv.esketamine"), "arketamine": ("C", "iv.arketamine")},
        ("simons2022", "otto2021"), "mixing in the first minute is not modelled",
    ),
    "iv_infusion": Way(
        (), (), _VEIN,
        {"ketamine": ("C", "iv.ketamine"), "esketamine": ("C", "iv.esketamine"), "arketamine": ("C", "iv.arketamine")},
        ("simons2022", "otto2021"), "", {"ketamine": "iv.ketamine", "esketamine": "iv.esketamine"},
    ),
    "im": Way(
        ("muscle",), (), (("muscle_{e}", "muscle.X_{e}", "muscle.F_im", None),),
        {"ketamine": ("D", "im.ketamine"), "esketamine": ("D", "im.esketamine"), "arketamine": ("D", "im.esketamine")},
        ("clements1982",), "93 % is published, the rate is recalled",
    ),
    "sc": Way(
        ("muscle",), (), (("skin_{e}", "muscle.X_{e}", "muscle.F_sc", None),),
        {"ketamine": ("D", "sc.ketamine"), "esketamine": ("D", "sc.ketamine"), "arketamine": ("D", "sc.arketamine")},
        (), "no sourced parameter was found: those of the muscle",
        {"ketamine": "sc.ketamine", "esketamine": "sc.ketamine"},
    ),
    "nasal": Way(
        ("nose",), ("swallowed",),
        (("nose_{e}", "nose.X_{e}", NOSE, None), ("swallowed_{e}", "gut.swallowed_{e}", f"1 - {NOSE}", "gut.Dsw")),
        {"ketamine": ("D", "nasal.ketamine"), "esketamine": ("B", "nasal.esketamine"),
         "arketamine": ("D", "nasal.esketamine")},
        ("perezruixo2021",), "the esketamine spray; other drugs and solutions by analogy. One record per device",
    ),
    "oral": Way(
        (), ("drink",), (("drink_{e}", "gut.drink_{e}", "1", "gut.Dpo"),),
        {"ketamine": ("C", "oral.ketamine"), "esketamine": ("B", "oral.esketamine"),
         "arketamine": ("C", "oral.esketamine")}, ("perezruixo2021",),
    ),
    "oral_prolonged": Way(
        (), ("drink",), (("prolonged_{e}", "gut.drink_{e}", "1", "gut.release"),),
        {"ketamine": ("C", "oral_prolonged.ketamine"), "esketamine": ("D", "oral_prolonged.ketamine"),
         "arketamine": ("D", "oral_prolonged.ketamine")},
        ("glue2020", "perezruixo2021"), "constant release over 10 h, absorbed as a solution is",
    ),
    "sublingual": Way(
        ("mucosa",), ("film",),
        (
            ("mucosa_{e}", "mucosa.X_{e}", "mucosa.F1", "mucosa.D1"),
            ("film_{e}", "gut.film_{e}", "max(0, 1 - mucosa.F1)", "gut.D2"),
        ),
        {"ketamine": ("D", "sublingual.ketamine"), "esketamine": ("B", "sublingual.esketamine"),
         "arketamine": ("D", "sublingual.esketamine")},
        ("simons2022",), "the S-ketamine film; what is swallowed is metabolised before it reaches the circulation",
    ),
    "rectal": Way(
        ("rectum",), (), (("rectum_{e}", "rectum.X_{e}", "1", None),),
        {"ketamine": ("D", "rectal.ketamine"), "esketamine": ("D", "rectal.ketamine"),
         "arketamine": ("D", "rectal.ketamine")},
        ("yanagihara2003",), "bioavailability of three people, the rate is assumed",
    ),
    "inhaled": Way(
        ("lung",), (),
        (
            ("breath_{e}", "body.A_{e}", "lung.F * lung.fast", None),
            ("lung_{e}", "lung.X_{e}", "lung.F * (1 - lung.fast)", None),
        ),
        {"ketamine": ("D", "inhaled.esketamine"), "esketamine": ("D", "inhaled.esketamine"),
         "arketamine": ("D", "inhaled.esketamine")},
        ("jonkman2017",), "the loss at high concentrations is left out, the shares of the pathways are assumed",
    ),
}  # fmt: skip
ALL = tuple((drug, route) for route in WAYS for drug in ENANTIOMERS)


def inlets(chosen: tuple[tuple[str, str], ...]) -> tuple[Inlet, ...]:
    """The inlets that these (drug, route) pairs need, each once."""
    found: dict[str, Inlet] = {}
    for drug, route in chosen:
        for e in ENANTIOMERS[drug]:
            for name, state, fraction, duration in WAYS[route].inlets:
                one = Inlet(name.format(e=e), state.format(e=e), fraction, duration=duration)
                found.setdefault(one.name, one)
    return tuple(found.values())


def dose_routes(chosen: tuple[tuple[str, str], ...]) -> tuple[DoseRoute, ...]:
    """The declared routes for these (drug, route) pairs; a racemate is half S, half R."""
    declared = []
    for drug, route in chosen:
        way, kinds = WAYS[route], ENANTIOMERS[drug]
        parts = tuple((name.format(e=e), 1 / len(kinds)) for e in kinds for name, *_ in way.inlets)
        grade, largest = way.of[drug]
        hourly = f"dose.rate.{way.hourly[drug]}" if drug in way.hourly else ""
        largest = f"dose.largest.{largest}"
        declared.append(dose_route(drug, route, parts, grade, largest, way.citation, way.note, hourly))
    return tuple(declared)
