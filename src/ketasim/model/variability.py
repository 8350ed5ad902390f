"""How a parameter differs between patients and between occasions, and how covariates move it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ketasim import units
from ketasim.errors import EvidenceError
from ketasim.evidence import spread
from ketasim.evidence.fact import Fact, SpreadOf

Scale = Literal["lognormal", "normal", "logitnormal"]


@dataclass(frozen=True, slots=True)
class Variability:
    """A random effect eta ~ N(0, variance), added on the log, natural or logit scale.

    lognormal: P = typical · exp(eta); normal: P = typical + eta; logitnormal: P = expit(logit(typical) + eta).
    `variance` is on that scale (the omega² of the field); `fact` is where the printed spread stands.
    """

    scale: Scale
    variance: float
    fact: Fact | None = None


def from_fact(
    fact: Fact, scale: Scale = "lognormal", of: SpreadOf = "between patients", unit: str | None = None
) -> Variability:
    """The random effect that a fact's printed spread stands for (conversions in `evidence.spread`).

    `unit`: the parameter's unit where it is not the fact's; it matters on the normal scale only.
    EvidenceError if the fact prints no such spread.
    """
    for one in fact.spread:
        if one.of == of:
            scaled = units.factor(fact.unit, unit) ** 2 if scale == "normal" and unit else 1.0
            return Variability(scale, spread.variance(one, fact, scale) * scaled, fact)
    has = ", ".join(f"{s.kind} {s.of}" for s in fact.spread) or "no spread"
    raise EvidenceError(f"Fact {fact.id!r} prints no spread {of}; it has {has}.")


@dataclass(frozen=True, slots=True)
class Correlation:
    """Correlation between the between-patient effects of two parameters (qualified "component.name")."""

    first: str
    second: str
    value: float
    fact: Fact | None = None


EffectForm = Literal["power", "exponential", "linear", "linear_above", "categorical", "maturation"]


@dataclass(frozen=True, slots=True)
class CovariateEffect:
    """A factor (or, for the linear forms, a shift) on the typical value of a parameter.

    power        · (x / reference) ** coefficient
    exponential  · exp(coefficient · (x − reference))
    linear       + coefficient · (x − reference)              [coefficient in parameter units per covariate unit]
    linear_above + coefficient · max(0, x − reference)
    categorical  · coefficient where x is one of `levels`, else · 1
    maturation   · x**hill / (x**hill + reference**hill), `coefficient` is the hill exponent
    `coefficient` is a fact, so that it is sourced and can be overridden by its id; its unit is converted to what the
    form needs. `reference` is in the unit of the covariate.
    """

    covariate: str
    form: EffectForm
    coefficient: Fact
    reference: float = 0.0
    levels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Residual:
    """Residual error of an output: additive SD (output units), proportional SD (fraction), or SD of the log.

    Of an output between two ends, `low` and `high`: `logit_sd`, the SD of log((y - low) / (high - y)).
    """

    additive: float = 0.0
    proportional: float = 0.0
    log_sd: float = 0.0
    logit_sd: float = 0.0
    low: float = 0.0
    high: float = 1.0
    facts: tuple[Fact, ...] = ()
