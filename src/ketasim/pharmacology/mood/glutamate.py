"""Occupancy of the NMDA receptor moves glutamate both ways: interneurons are silenced first, pyramidal cells later.

Equations::

    disinhibition = O**n / (O**n + Oi**n)            interneurons blocked
    direct        = O**m / (O**m + Op**m)            pyramidal cells blocked
    drive         = gain * disinhibition * (1 - direct) - loss * direct
    dG/dt         = kg * (1 + drive - G)             glutamate, 1 at rest
    stimulus      = max(G - 1 - least, 0)            a rise that is lost in the variation at rest does nothing
    dDA/dt        = kd * (1 + gain_d * disinhibition * (1 - direct) - DA)

Symbols: O occupancy (1); Oi, Op occupancy at half effect (1); n, m steepness (1); gain, loss, gain_d fractions of
baseline (1); least the smallest rise of glutamate that acts (1); kg, kd rates (1/h). Two rivals share the output port
`stimulus`: *direct inhibition* of resting receptors takes it from occupancy, *metabolite* from hydroxynorketamine. A
third, *mixture*, has the trigger of disinhibition and differs in how patients respond (`mixture`).

Assumes that block is in equilibrium with unbound drug (koff about 0.22 per second) and that no tolerance develops
within a course. Stops being true under general anaesthesia with other agents, which act on the same circuits. The U is
in occupancy at each moment, not in dose: as an anaesthetic dose washes out, glutamate rises above rest, and most after
one induction bolus. No source tells whether it does.

Papers: Moghaddam 1997 (rise at 10 to 30, none at 50, fall at 200 mg/kg in rats); Lindefors 1997 (dopamine); Gideons
2014 (direct inhibition); Zanos 2016 (metabolite). Figure that shows it alone: glutamate against occupancy, an
inverted U.
"""

from __future__ import annotations

from typing import Literal

from ketasim.model.component import Component, Port, StateVar
from ketasim.pharmacology.mood.kinds import GLUTAMATE, OCCUPANCY, STIMULUS
from ketasim.pharmacology.parts import parameter

Mechanism = Literal["disinhibition", "direct inhibition", "metabolite", "mixture"]


_SHARED = (
    "disinhibition = occupancy ** int_hill / (occupancy ** int_hill + int_half ** int_hill)",
    "direct = occupancy ** pyr_hill / (occupancy ** pyr_hill + pyr_half ** pyr_hill)",
    "drive = gain * disinhibition * (1 - direct) - loss * direct",
    "d/dt(G) = rate * (1 + drive - G)",
    "d/dt(DA) = dopamine_rate * (1 + dopamine_gain * disinhibition * (1 - direct) - DA)",
)
_STIMULUS = {
    "disinhibition": "stimulus = max(G - 1 - least, 0)",
    "direct inhibition": "stimulus = gain * occupancy / (occupancy + int_half)",
    "metabolite": "stimulus = gain * metabolite / (metabolite + metabolite_half)",
}


def trigger_of(mechanism: Mechanism) -> Mechanism:
    """The trigger of a mechanism, whose exposure is then the same."""
    return "disinhibition" if mechanism == "mixture" else mechanism


def glutamate(mechanism: Mechanism = "disinhibition") -> Component:
    """The trigger: occupancy in; glutamate, dopamine and the stimulus to plasticity out."""
    trigger = trigger_of(mechanism)
    hydroxy = trigger == "metabolite"
    return Component(
        "glutamate",
        parameters=(
            parameter("int_half", "1", "mood.glutamate.int_half"),
            parameter("int_hill", "1", "mood.glutamate.int_hill"),
            parameter("pyr_half", "1", "mood.glutamate.pyr_half"),
            parameter("pyr_hill", "1", "mood.glutamate.pyr_hill"),
            parameter("gain", "1", "mood.glutamate.gain"),
            parameter("loss", "1", "mood.glutamate.loss"),
            parameter("rate", "1/h", "mood.glutamate.rate"),
            *([parameter("least", "1", "mood.glutamate.least")] if trigger == "disinhibition" else []),
            parameter("dopamine_gain", "1", "mood.dopamine.gain"),
            parameter("dopamine_rate", "1/h", "mood.dopamine.rate"),
            *([parameter("metabolite_half", "mg/L", "mood.metabolite.half")] if hydroxy else []),
        ),
        states=(StateVar("G", "1", "1", "extracellular glutamate"), StateVar("DA", "1", "1", "prefrontal dopamine")),
        inputs=(
            Port("occupancy", "1", OCCUPANCY),
            *([Port("metabolite", "mg/L", "concentration of hydroxynorketamine")] if hydroxy else []),
        ),
        outputs=(
            Port("stimulus", "1", STIMULUS),
            Port("G", "1", GLUTAMATE),
            Port("DA", "1", "dopamine relative to baseline"),
        ),
        equations=(*_SHARED, _STIMULUS[trigger]),
        doc=__doc__,
        citations=("moghaddam1997", "lindefors1997"),
    )
