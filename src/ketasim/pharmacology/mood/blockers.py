"""Two blockers of the same channel that failed in depression, as negative controls: memantine and lanicemine.

Equations::

    memantine:   dG/dt = -ka G,  dA/dt = ka G - CL / V A,  C = A / V
    lanicemine:  dA1/dt = -CL C - Q (C - A2 / V2),  dA2/dt = Q (C - A2 / V2),  C = A1 / V1
    x = free C / (M IC50 magnesium)                       block in physiological magnesium, near rest
    held = trapped / (1 - trapped)                        blocked channels kept per channel that lets go
    occupancy = x / (1 + x) * held / held(ketamine)

Symbols: G, A amounts (mg), C plasma concentration (mg/L), free share that reaches the receptor (1), M molar mass,
IC50 without magnesium (mol/L), magnesium factor by which it weakens the block (1), trapped share of blocked channels
that keep the drug when they close (1).

Channels on tonically active interneurons open rarely. What is blocked then follows from how often a closing channel
keeps the drug against how often it lets go; ketamine's own potency in vivo holds its own trapping already, so it is
the unit. Exposure, binding and trapping are from people's plasma and from cells, none from a trial of mood.

Papers: Kotermanski 2009, Mealing 1999, Gilling 2009; the labelling of memantine; the population model of lanicemine.
Figure that shows it alone: occupancy by each drug beside ketamine.
"""

from __future__ import annotations

from typing import Literal

from ketasim.model.component import Component, Port, StateVar
from ketasim.model.model import DoseRoute, Inlet
from ketasim.pharmacology.mood.kinds import OCCUPANCY
from ketasim.pharmacology.parts import on_flow, on_volume, parameter
from ketasim.pharmacology.reach import dose_route

Blocker = Literal["memantine", "lanicemine"]


def exposure(drug: Blocker) -> Component:
    """Doses in, plasma concentration out."""
    return _memantine() if drug == "memantine" else _lanicemine()


def _memantine() -> Component:
    return Component(
        "blocker",
        parameters=(
            parameter("ka", "1/h", "control.memantine.ka"),
            parameter("CL", "L/h", "control.memantine.clearance", on_flow()),
            parameter("V", "L/kg", "control.memantine.volume"),
            parameter("weight", "kg", "pk.standard_weight", on_volume()),
        ),
        states=(StateVar("G", "mg", meaning="memantine in the gut"), StateVar("A", "mg", meaning="memantine")),
        outputs=(Port("C", "mg/L", "concentration of memantine"),),
        equations=("C = A / (V * weight)", "d/dt(G) = -ka * G", "d/dt(A) = ka * G - CL * C"),
        doc=__doc__ or "",
        citations=("memantine-smpc",),
    )


def _lanicemine() -> Component:
    return Component(
        "blocker",
        parameters=(
            parameter("CL", "L/h", "control.lanicemine.clearance", on_flow()),
            parameter("V1", "L", "control.lanicemine.central", on_volume()),
            parameter("Q", "L/h", "control.lanicemine.flow", on_flow()),
            parameter("V2", "L", "control.lanicemine.peripheral", on_volume()),
        ),
        states=(StateVar("A1", "mg", meaning="lanicemine, sampled"), StateVar("A2", "mg", meaning="lanicemine, deep")),
        outputs=(Port("C", "mg/L", "concentration of lanicemine"),),
        equations=(
            "C = A1 / V1",
            "d/dt(A1) = -CL * C - Q * (C - A2 / V2)",
            "d/dt(A2) = Q * (C - A2 / V2)",
        ),
        doc=__doc__ or "",
        citations=("lanicemine-poppk", "lanicemine-disposition"),
    )


_FACTS = {  # free share, IC50, magnesium, trapping
    "memantine": (
        "control.memantine.csf", "mech.block.memantine.ic50", "mech.block.memantine.magnesium",
        "control.memantine.trapping",
    ),
    "lanicemine": (
        "control.lanicemine.unbound", "control.lanicemine.ic50", "control.lanicemine.magnesium",
        "mech.trapping.lanicemine",
    ),
}  # fmt: skip


def receptor(drug: Blocker) -> Component:
    """Concentration in; occupancy out, in the units of ketamine's."""
    free, half, magnesium, trapped = _FACTS[drug]
    return Component(
        "receptor",
        parameters=(
            parameter("free", "1", free),
            parameter("M", "mg/mol", f"control.{drug}.mass"),
            parameter("IC50", "mol/L", half),
            parameter("magnesium", "1", magnesium),
            parameter("trapped", "1", trapped),
            parameter("trapped_ketamine", "1", "mech.trapping.ketamine"),
        ),
        inputs=(Port("C", "mg/L", f"concentration of {drug}"),),
        outputs=(Port("occupancy", "1", OCCUPANCY),),
        equations=(
            "x = free * C / (M * IC50 * magnesium)",
            "held = trapped / (1 - trapped)",
            "held_ketamine = trapped_ketamine / (1 - trapped_ketamine)",
            "occupancy = x / (1 + x) * held / held_ketamine",
        ),
        doc=__doc__ or "",
        citations=("kotermanski2009", "mealing1999", "gilling2009"),
    )


def doors(drug: Blocker) -> tuple[tuple[Inlet, ...], tuple[DoseRoute, ...]]:
    """Where doses enter: tablets of memantine, infusions of lanicemine."""
    if drug == "memantine":
        note = "the rate of absorption is assumed, clearance follows from printed levels"
        way = dose_route(drug, "oral", (("gut", 1.0),), "D", "dose.largest.memantine", ("memantine-smpc",), note)
        return (Inlet("gut", "blocker.G"),), (way,)
    infusion = dose_route(drug, "iv_infusion", (("vein", 1.0),), "A", "dose.largest.lanicemine", ("lanicemine-brief",))
    return (Inlet("vein", "blocker.A1"),), (infusion,)
