"""What calibration estimates: names, priors, and where each stands in the model.

Every parameter is positive and log-normal a priori; its prior median and spread stand in a fact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ketasim.evidence.store import fact

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimated:
    """One estimated number: prior median and SD of its logarithm; `target` is the parameter of the model, if any."""

    name: str
    median: float
    sd_log: float
    target: str = ""
    meaning: str = ""


def _from_fact(name: str, fact_id: str, target: str = "") -> Estimated:
    number = fact(fact_id)
    prior = next(s for s in number.spread if s.of == "estimate")
    assert not isinstance(prior.value, tuple)
    return Estimated(name, number.number, prior.value, target, number.quantity)


_FACTS = (
    ("weight_fast", "mood.weight_fast", "severity.weight_fast"),
    ("weight_slow", "mood.weight_slow", "severity.weight_slow"),
    ("fast_on", "mood.fast.on", "potentiation.on"),
    ("fast_half_life", "mood.fast.half_life", "potentiation.half_life"),
    ("slow_on", "mood.slow.on", "plasticity.on"),
    ("slow_half_life", "mood.slow.half_life", "plasticity.half_life"),
    ("response_cv", "mood.response_cv", "severity.response_cv"),
    ("expect_fast", "mood.expect.fast", "expectancy.fast"),
    ("expect_half_life", "mood.expect.half_life", "expectancy.half_life"),
    ("saline", "mood.expect.saline", "mood.expect.saline"),
    ("spray", "mood.expect.spray", "mood.expect.spray"),
    ("midazolam", "mood.expect.midazolam", "mood.expect.midazolam"),
    ("masked", "mood.expect.masked", "mood.expect.masked"),
    ("open_label", "mood.expect.open", "mood.expect.open"),
    ("open_drug", "mood.open_drug", "mood.open_drug"),
    ("care", "mood.expect.slow", "expectancy.slow"),
    ("care_half_life", "mood.expect.slow_half_life", "expectancy.slow_half_life"),
    ("admission", "mood.expect.inpatient", "expectancy.admission"),
    ("oral", "mood.oral.effect", "oral.effect"),
    ("relapse_rate", "mood.relapse.rate", "relapse.rate"),
    ("relapse_slope", "mood.relapse.slope", "relapse.slope"),
    ("frailty_cv", "mood.relapse.frailty_cv", "relapse.frailty_cv"),
    ("relief_cv", "mood.relief_cv", "severity.relief_cv"),
)
# facts of trials, not of the model, which no model names
_TRIALS = ("noise", "study_relief", "study_drug", "small_drug", "open_relief")


def estimated() -> tuple[Estimated, ...]:
    """Every estimated parameter, in the order of the parameter vector."""
    return (*(_from_fact(*row) for row in _FACTS), *(_from_fact(name, f"trial.{name}") for name in _TRIALS))


def names() -> tuple[str, ...]:
    """Names in the order of the parameter vector."""
    return (*(row[0] for row in _FACTS), *_TRIALS)


def fact_ids() -> dict[str, str]:
    """The fact behind each estimated parameter of the model, by name of the parameter."""
    return {name: fact_id for name, fact_id, _ in _FACTS}


INDEX = {name: k for k, name in enumerate(names())}


def log_prior(u: F64) -> float:
    """Log density (up to a constant) of u, the logarithms in units of prior SDs from the prior medians."""
    return float(-0.5 * np.dot(u, u))


def natural(u: F64) -> F64:
    """Parameter values for standardised logarithms u (..., parameters)."""
    rows = estimated()
    medians = np.array([e.median for e in rows])
    spreads = np.array([e.sd_log for e in rows])
    return np.asarray(medians * np.exp(spreads * u))
