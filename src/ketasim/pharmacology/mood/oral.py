"""A newly started oral antidepressant: slow, a third of its six-week effect after one week.

Equations::

    dA/dt = rate * (effect - A)

Symbols: A fall of latent severity beyond placebo (1); effect its size when complete (1), 0 without a new
antidepressant; rate (1/h).

Assumes one class effect, started at time 0 and taken throughout. Papers: Taylor 2006. Figure that shows it alone: an
oral antidepressant alone over eight weeks.
"""

from __future__ import annotations

from ketasim.evidence.store import fact
from ketasim.model.component import Component, Port, StateVar
from ketasim.model.variability import CovariateEffect
from ketasim.pharmacology.mood.kinds import RELIEF
from ketasim.pharmacology.mood.values import estimated
from ketasim.pharmacology.parts import parameter

BACKGROUNDS = ("none", "stable", "new oral antidepressant")


def oral_antidepressant() -> Component:
    """The comparator of weeks: nothing in, fall of latent severity out; covariate BACKGROUND."""
    only_new = CovariateEffect("BACKGROUND", "categorical", fact("mood.none"), levels=("none", "stable"))
    return Component(
        "oral",
        parameters=(
            estimated("effect", "1", "mood.oral.effect", only_new),
            parameter("rate", "1/h", "mood.oral.rate"),
        ),
        states=(StateVar("A", "1", meaning="effect of the oral antidepressant"),),
        outputs=(Port("A", "1", RELIEF),),
        equations=("d/dt(A) = rate * (effect - A)",),
        doc=__doc__,
        citations=("taylor2006",),
    )
