"""What is not the drug: the expectation of being treated, and time, contact and care in a trial.

Equations::

    dW/dt = -on * W                                    waiting, 1 at the start
    dV/dt = on * (1 - V)                               from `opened` on, 0 before
    dX/dt = on * W * fast + on * (1 - V) * max(later - fast, 0) - ln 2 / half_life * X
    dC/dt = ln 2 / slow_half_life * (slow - C)
    relief = X + C + admission * (1 - W)
    common = trial * (1 - W)

Symbols: W (1); X fast expectancy, C effect of care, on the latent scale of severity (1); on (1/h); half-lives (h);
fast (1) is the expectancy of someone who can tell that the drug was given, and less under saline, a placebo spray,
midazolam or anaesthesia; later (1) is the same for what can be told from the hour `opened` on, where that changes
(covariate CONTROL_LATER): who learns that the drug is given hopes again, who may have lost it does not hope less;
admission (1) is felt as soon as expectancy; trial (1) how much more (or less) relief everyone in a trial has than in
the usual trial, 0 unless a trial is simulated.

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
SAME = "same"


def expectancy() -> Component:
    """Relief without drug: nothing in, fall of latent severity out; covariates CONTROL, CONTROL_LATER and SETTING."""
    never = CovariateEffect("CONTROL_LATER", "categorical", fact("mood.none"), levels=(SAME,))
    return Component(
        "expectancy",
        parameters=(
            estimated("fast", "1", "mood.expect.fast", *_beliefs("CONTROL")),
            estimated("later", "1", "mood.expect.fast", *_beliefs("CONTROL_LATER"), never),
            parameter("opened", "h", "mood.expect.opened"),
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
            StateVar("V", "1", meaning="what was learnt later, as far as it is felt"),
            StateVar("X", "1", meaning="fast expectancy"),
            StateVar("C", "1", meaning="effect of time, contact and care"),
        ),
        outputs=(Port("relief", "1", RELIEF), Port("common", "1", COMMON)),
        equations=(
            "d/dt(W) = -on * W",
            "d/dt(V) = if_else(t >= opened, on * (1 - V), 0 [1/h])",
            "d/dt(X) = on * W * fast + if_else(t >= opened, on * (1 - V) * max(later - fast, 0), 0 [1/h])"
            " - log(2) / half_life * X",
            "d/dt(C) = log(2) / slow_half_life * (slow - C)",
            "relief = X + C + admission * (1 - W)",
            "common = trial * (1 - W)",
        ),
        doc=__doc__,
        citations=("lii2023", "matsingos2024"),
    )


def _beliefs(covariate: str) -> tuple[CovariateEffect, ...]:
    """How much of the expectancy of someone who can tell is there under each kind of control."""
    return tuple(
        CovariateEffect(covariate, "categorical", value(number), levels=(control,))
        for control, number in _BELIEF.items()
    )
