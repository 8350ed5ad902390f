"""What is not the drug: the expectation of being treated, and time, contact and care in a trial.

Equations::

    dW/dt = -on * W                                    waiting, 1 at the start
    dX/dt = on * W * fast * belief - ln 2 / half_life * X
    dC/dt = ln 2 / slow_half_life * (slow + admission - C)
    relief = X + C
    common = trial * (1 - W)

Symbols: W (1); X fast expectancy, C effect of care, on the latent scale of severity (1); on (1/h); half-lives (h);
belief (1) is 1 for someone who can tell that the drug was given, and less under saline, a placebo spray, midazolam
or anaesthesia; trial (1) how much more (or less) relief everyone in a trial has than in the usual trial, 0 unless a
trial is simulated.

Time 0 is the start of treatment. Assumes that expectancy does not depend on whether the patient gets better.

Papers: Lii 2023 (masked by anaesthesia: placebo falls as far as drug), Matsingos 2024 (placebo share). Figure that
shows it alone: the course of the control arms by kind of control.
"""

from __future__ import annotations

from ketasim.evidence.store import fact
from ketasim.model.component import Component, Port, StateVar
from ketasim.model.variability import CovariateEffect
from ketasim.pharmacology.mood.kinds import COMMON, RELIEF
from ketasim.pharmacology.mood.values import estimated, value
from ketasim.pharmacology.parts import parameter

CONTROLS = ("none", "open", "saline", "placebo spray", "placebo tablet", "midazolam", "masked")
_BELIEF = {
    "saline": "mood.expect.saline",
    "placebo tablet": "mood.expect.saline",
    "placebo spray": "mood.expect.spray",
    "midazolam": "mood.expect.midazolam",
    "masked": "mood.expect.masked",
    "open": "mood.expect.open",
}


def expectancy() -> Component:
    """Relief without drug: nothing in, fall of latent severity out; covariates CONTROL and SETTING."""
    belief = tuple(  # 1 where the drug is given openly
        CovariateEffect("CONTROL", "categorical", value(number), levels=(control,))
        for control, number in _BELIEF.items()
    )
    return Component(
        "expectancy",
        parameters=(
            estimated("fast", "1", "mood.expect.fast", *belief),
            parameter("on", "1/h", "mood.expect.on"),
            estimated("half_life", "h", "mood.expect.half_life"),
            estimated("slow", "1", "mood.expect.slow"),
            estimated("slow_half_life", "h", "mood.expect.slow_half_life"),
            estimated(
                "admission",
                "1",
                "mood.expect.inpatient",
                CovariateEffect("SETTING", "categorical", fact("mood.none"), levels=("outpatient",)),
            ),
            parameter("trial", "1", "mood.none"),
        ),
        states=(
            StateVar("W", "1", "1", "waiting for the first treatment to be felt"),
            StateVar("X", "1", meaning="fast expectancy"),
            StateVar("C", "1", meaning="effect of time, contact and care"),
        ),
        outputs=(Port("relief", "1", RELIEF), Port("common", "1", COMMON)),
        equations=(
            "d/dt(W) = -on * W",
            "d/dt(X) = on * W * fast - log(2) / half_life * X",
            "d/dt(C) = log(2) / slow_half_life * (slow + admission - C)",
            "relief = X + C",
            "common = trial * (1 - W)",
        ),
        doc=__doc__,
        citations=("lii2023", "matsingos2024"),
    )
