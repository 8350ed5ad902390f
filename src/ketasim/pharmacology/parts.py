"""How pharmacology names facts: parameters, spreads, covariates and citations, each from the store of facts."""

from __future__ import annotations

from collections.abc import Iterable

from ketasim.errors import EvidenceError
from ketasim.evidence import spread
from ketasim.evidence.fact import Fact, SpreadOf
from ketasim.evidence.store import fact
from ketasim.model.component import Component, Parameter
from ketasim.model.model import DoseRoute
from ketasim.model.variability import Correlation, CovariateEffect, Residual, Scale, Variability

ASIAN = ("asian", "japanese")
ENANTIOMERS = {"esketamine": ("S",), "arketamine": ("R",), "ketamine": ("S", "R")}


def variability(number: Fact, of: SpreadOf, scale: Scale) -> Variability:
    """The random effect that the printed spread of `number` between patients or occasions states."""
    for printed in number.spread:
        if printed.of == of:
            return Variability(scale, spread.variance(printed, number, scale), number)
    raise EvidenceError(f"Fact {number.id!r} has no spread {of}; give it one, or leave the random effect out.")


def parameter(
    name: str,
    unit: str,
    fact_id: str,
    *effects: CovariateEffect,
    between: Scale | None = None,
    occasion: Scale | None = None,
) -> Parameter:
    """A parameter with its typical value in a fact, and random effects from the spreads printed with that fact."""
    number = fact(fact_id)
    return Parameter(
        name,
        unit,
        number,
        between=variability(number, "between patients", between) if between else None,
        occasion=variability(number, "between occasions", occasion) if occasion else None,
        effects=effects,
        meaning=number.quantity,
    )


def on_flow() -> CovariateEffect:
    """Clearances and flows grow with weight to the power 0.75, relative to 70 kg."""
    return CovariateEffect("WT", "power", fact("pk.allometry.flow"), fact("pk.standard_weight").number)


def on_volume() -> CovariateEffect:
    """Volumes grow in proportion to weight, relative to 70 kg."""
    return CovariateEffect("WT", "power", fact("pk.allometry.volume"), fact("pk.standard_weight").number)


def in_levels(covariate: str, levels: tuple[str, ...], fact_id: str) -> CovariateEffect:
    """A factor for people with one of these levels of a covariate."""
    return CovariateEffect(covariate, "categorical", fact(fact_id), levels=levels)


def correlation(first: str, second: str, fact_id: str) -> Correlation:
    """A printed correlation of two random effects."""
    return Correlation(first, second, fact(fact_id).number, fact(fact_id))


def from_covariance(first: str, second: str, fact_id: str, variances: tuple[float, float]) -> Correlation:
    """The correlation that a printed covariance of two random effects means, given their variances."""
    value = fact(fact_id).number / (variances[0] * variances[1]) ** 0.5
    return Correlation(first, second, value, fact(fact_id))


def residual(log_sd: str = "", proportional: str = "", additive: str = "", mass: str = "") -> Residual:
    """Residual error from facts; a printed variance becomes an SD, nmol/mL becomes ng/mL with a molar mass."""
    found = {name: fact(i) for name, i in (("log", log_sd), ("prop", proportional), ("add", additive)) if i}
    sizes = {name: _sd(number) for name, number in found.items()}
    return Residual(
        additive=sizes.get("add", 0.0) * (fact(mass).number if mass else 1.0),
        proportional=sizes.get("prop", 0.0),
        log_sd=sizes.get("log", 0.0),
        facts=tuple(found.values()),
    )


def _sd(number: Fact) -> float:
    value = number.number / 100 if number.unit == "percent" else number.number
    return value**0.5 if number.meaning == "residual variance" else value


def cited(components: Iterable[Component], routes: Iterable[DoseRoute] = ()) -> tuple[str, ...]:
    """Every key of the bibliography behind these components and routes, in order of first use."""
    keys: dict[str, None] = {}
    for part in components:
        keys.update(dict.fromkeys(part.citations))
        for number in part.parameters:
            keys.update(dict.fromkeys(number.fact.citation))
            for effect in number.effects:
                keys.update(dict.fromkeys(effect.coefficient.citation))
    for route in routes:
        keys.update(dict.fromkeys(route.citation))
    keys.pop("assumed", None)
    return tuple(keys)
