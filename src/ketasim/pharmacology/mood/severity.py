"""Mood: latent severity falls with plasticity, expectancy and an oral antidepressant; a score shows it, bounded.

Equations::

    z     = log(baseline / (60 - baseline)) - response * (weight_fast * F + weight_slow * S) - relief
    score = 60 / (1 + exp(-z))

Symbols: baseline MADRS before treatment (points); F, S fast and slow plasticity (1); weight_fast, weight_slow fall
of latent severity when the state is full (1); response how strongly this patient's mood follows plasticity (1, log-
normal between patients); relief what is not the drug (1).

Assumes the same link for every patient and no floor but that of the scale. The expected score has no rounding and no
rater error: those belong to `measurement`. Papers: Daly 2018, Popova 2019, Takahashi 2021 (by calibration). Figure
that shows it alone: expected MADRS over four weeks of treatment by dose.
"""

from __future__ import annotations

from math import log1p

from ketasim.evidence.store import fact
from ketasim.model.component import Component, Parameter, Port
from ketasim.model.variability import CovariateEffect, Variability
from ketasim.pharmacology.mood.kinds import FAST, LATENT, RELIEF, SLOW
from ketasim.pharmacology.mood.values import estimated, value
from ketasim.pharmacology.parts import parameter


def severity() -> Component:
    """Plasticity and relief in, latent severity and expected MADRS out; covariate MADRS0, the score at baseline."""
    baseline = CovariateEffect("MADRS0", "power", fact("mood.one"), fact("mood.baseline").number)
    spread = value("mood.response_cv").number
    response = Parameter(
        "response",
        "1",
        fact("mood.one"),
        between=Variability("lognormal", _log_variance(spread), value("mood.response_cv")),
        meaning="how strongly this patient's mood follows plasticity",
    )
    return Component(
        "severity",
        parameters=(
            parameter("baseline", "1", "mood.baseline", baseline),
            estimated("weight_fast", "1", "mood.weight_fast"),
            estimated("weight_slow", "1", "mood.weight_slow"),
            response,
        ),
        inputs=(Port("F", "1", FAST), Port("S", "1", SLOW), Port("relief", "1", RELIEF)),
        outputs=(Port("z", "1", LATENT), Port("score", "1", "expected MADRS")),
        equations=(
            "z = log(baseline / (60 - baseline)) - response * (weight_fast * F + weight_slow * S) - relief",
            "score = 60 / (1 + exp(-z))",
        ),
        doc=__doc__,
    )


def _log_variance(cv: float) -> float:

    return log1p(cv * cv)
