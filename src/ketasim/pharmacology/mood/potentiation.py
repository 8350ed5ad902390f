"""The fast change: synapses already there are potentiated within hours, and the change fades over days.

Equations::

    dT/dt = kt * (stimulus - T)                        trigger, follows the stimulus within hours
    dF/dt = on * T * (1 - saturation * F) - koff * F   potentiation, 0 at rest, at most 1

Symbols: stimulus (1); kt, on, koff rates (1/h), koff = ln 2 / half-life; saturation 1, or 0 for the linear model.

Assumes one pool of synapses and no dependence on the slow change. With saturation 0, a stimulus that falls
exponentially and the slow change off, F is a difference of two exponentials: the kernel of Nunes and Singh 2024.

Papers: Li 2010 (signalling within an hour), Zarate 2006 (mood within two hours, fading over days), Nunes 2024.
Figure that shows it alone: F after one dose and after six.
"""

from __future__ import annotations

from ketasim.model.component import Component, Port, StateVar
from ketasim.pharmacology.mood.kinds import FAST, STIMULUS, TRIGGER
from ketasim.pharmacology.mood.values import estimated
from ketasim.pharmacology.parts import parameter


def potentiation() -> Component:
    """The fast state: stimulus in, potentiation and its trigger out."""
    return Component(
        "potentiation",
        parameters=(
            parameter("rate", "1/h", "mood.fast.rate"),
            estimated("on", "1/h", "mood.fast.on"),
            estimated("half_life", "h", "mood.fast.half_life"),
            parameter("saturation", "1", "mood.fast.saturation"),
        ),
        states=(StateVar("T", "1", meaning="trigger"), StateVar("F", "1", meaning="functional potentiation")),
        inputs=(Port("stimulus", "1", STIMULUS),),
        outputs=(Port("T", "1", TRIGGER), Port("F", "1", FAST)),
        equations=(
            "d/dt(T) = rate * (stimulus - T)",
            "d/dt(F) = on * T * (1 - saturation * F) - log(2) / half_life * F",
        ),
        doc=__doc__,
        citations=("li2010", "zarate2006"),
    )
