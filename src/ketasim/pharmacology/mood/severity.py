"""Mood: latent severity falls with plasticity, expectancy and an oral antidepressant; a score shows it, bounded.

Equations::

    spread   = sqrt(log(1 + response_cv**2))
    response = trial_drug * exp(spread * response_z - spread**2 / 2)
    share    = 1 + relief_cv * relief_z
    z        = log(baseline / (60 - baseline)) - response * (weight_fast * F + weight_slow * S)
               - share * relief - common
    score    = 60 / (1 + exp(-z))

Symbols: baseline MADRS before treatment (points); F, S fast and slow plasticity (1); weight_fast, weight_slow fall
of latent severity when the state is full (1); relief what is not the drug (1). Between patients: response how
strongly mood follows plasticity (log-normal with mean 1 and coefficient of variation response_cv), share of the
relief (normal with mean 1 and relief_cv; below 0 for those who get worse); response_z, relief_z standard normal.
Between trials: trial_drug, a factor on the effect of the drug (1 in a large blinded trial, another where the drug is
given openly from the start, covariate CONTROL, and in small trials), and common, relief that all patients of a trial
share.

Assumes the same link for every patient and no floor but that of the scale. The expected score has no rounding and no
rater error: those belong to `measurement`. Papers: Daly 2018, Popova 2019, Takahashi 2021 (by calibration). Figure
that shows it alone: expected MADRS over four weeks of treatment by dose.
"""

from __future__ import annotations

from ketasim.evidence.store import fact
from ketasim.model.component import Component, Parameter, Port
from ketasim.model.variability import CovariateEffect
from ketasim.pharmacology.mood.kinds import COMMON, FAST, LATENT, RELIEF, SLOW
from ketasim.pharmacology.mood.values import estimated, standard, value
from ketasim.pharmacology.parts import parameter


def severity() -> Component:
    """Plasticity and relief in, latent severity and expected MADRS out; covariate MADRS0, the score at baseline."""
    baseline = CovariateEffect("MADRS0", "power", fact("mood.one"), fact("mood.baseline").number)
    opened = CovariateEffect("CONTROL", "categorical", value("mood.open_drug"), levels=("open",))
    return Component(
        "severity",
        parameters=(
            parameter("baseline", "1", "mood.baseline", baseline),
            estimated("weight_fast", "1", "mood.weight_fast"),
            estimated("weight_slow", "1", "mood.weight_slow"),
            estimated("response_cv", "1", "mood.response_cv"),
            estimated("relief_cv", "1", "mood.relief_cv"),
            standard("response_z", "mood.response_cv", "how far this patient's response is from the usual"),
            standard("relief_z", "mood.relief_cv", "how far this patient's relief without drug is from the usual"),
            Parameter(
                "trial_drug",
                "1",
                fact("mood.trial_drug"),
                effects=(opened,),
                meaning="effect of the drug in this trial, as a factor",
            ),
        ),
        inputs=(Port("F", "1", FAST), Port("S", "1", SLOW), Port("relief", "1", RELIEF), Port("common", "1", COMMON)),
        outputs=(Port("z", "1", LATENT), Port("score", "1", "expected MADRS")),
        equations=(
            "spread = sqrt(log(1 + response_cv**2))",
            "response = trial_drug * exp(spread * response_z - spread**2 / 2)",
            "share = 1 + relief_cv * relief_z",
            "plastic = response * (weight_fast * F + weight_slow * S)",
            "z = log(baseline / (60 - baseline)) - plastic - share * relief - common",
            "score = 60 / (1 + exp(-z))",
        ),
        doc=__doc__,
    )
