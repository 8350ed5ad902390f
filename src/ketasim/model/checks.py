"""What a model says of doses and of people, checked: inlets, routes, covariates, effects, variability."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ketasim import units
from ketasim.errors import ModelError, UnitError
from ketasim.model.component import Parameter
from ketasim.model.expression import names, parse
from ketasim.model.model import Covariate, Inlet, Model
from ketasim.model.unitcheck import ONE, scale_hint, unit_of
from ketasim.model.variability import CovariateEffect, Residual, Variability
from ketasim.model.wiring import Wired, near
from ketasim.units import Measure


def check_doses(model: Model, found: Wired, measures: Mapping[str, Measure]) -> None:
    """Inlets enter states in the unit of doses; routes feed inlets that exist."""
    start = f"Model {model.name!r}"
    inlets = [inlet.name for inlet in model.inlets]
    if len(set(inlets)) < len(inlets):
        raise ModelError(f"{start}: two inlets have the same name.")
    try:
        dose = units.measure(model.dose_unit)
    except UnitError as why:
        raise ModelError(f"{start}, dose_unit: {why}") from why
    for inlet in model.inlets:
        if inlet.state not in found.states:
            raise ModelError(
                f"{start}, inlet {inlet.name!r}: no state {inlet.state!r}; {near(inlet.state, found.states)}"
            )
        _check_inlet(inlet, dose, found, measures, f"{start}, inlet {inlet.name!r}")
    for route in model.routes:
        for name, share in route.parts:
            here = f"{start}, route {route.drug} {route.route}"
            if name not in inlets:
                raise ModelError(f"{here}: no inlet {name!r}; {near(name, inlets)}")
            if not (math.isfinite(share) and share >= 0):
                raise ModelError(f"{here}: the share of {name!r} must be 0 or more; {share!r} came.")


def _check_inlet(inlet: Inlet, dose: Measure, found: Wired, measures: Mapping[str, Measure], where: str) -> None:
    hour, state = units.measure("h"), measures[inlet.state]
    if inlet.duration is not None and inlet.rate is not None:
        raise ModelError(f"{where}: give a duration or a rate, not both.")
    asked = {"fraction": (inlet.fraction, state / dose), "lag": (inlet.lag, hour)}
    asked |= {"duration": (inlet.duration, hour)} if inlet.duration is not None else {}
    asked |= {"rate": (inlet.rate, dose / hour)} if inlet.rate is not None else {}
    known = {"nth": ONE, **{name: measures[name] for name in found.parameters}}
    for field, (text, wanted) in asked.items():
        here = f"{where}, {field} {text!r}"
        node = parse(text, here)
        for one in names(node):
            if one.name not in known:
                raise ModelError(f"{here}: {one.name!r} is not a parameter; {near(one.name, known)}")
        came = unit_of(node, known.__getitem__, here)
        if came is not None and not came.fits(wanted):
            raise ModelError(f"{here} is in {came.text}, not in {wanted.text}{scale_hint(came, wanted)}.")


def check_people(model: Model, found: Wired) -> None:
    """Covariates exist where effects read them; variability suits the typical values; correlations name effects."""
    start = f"Model {model.name!r}"
    covariates = {c.name: c for c in model.covariates}
    if len(covariates) < len(model.covariates):
        raise ModelError(f"{start}: two covariates have the same name.")
    for name, parameter in found.parameters.items():
        where = f"{start}, parameter {name!r}"
        for effect in parameter.effects:
            if effect.covariate not in covariates:
                raise ModelError(
                    f"{where}: no covariate {effect.covariate!r} is declared; {near(effect.covariate, covariates)}"
                )
            coefficient(effect, parameter, covariates[effect.covariate], where)
        for variability in (parameter.between, parameter.occasion):
            if variability is not None:
                _check_variability(variability, parameter, where)
        if parameter.between and parameter.occasion and parameter.between.scale != parameter.occasion.scale:
            raise ModelError(f"{where}: between patients and between occasions must share one scale.")
    for out in model.outputs:
        _check_residual(out.name, out.residual, start)
    for link in model.correlations:
        for name in (link.first, link.second):
            if name not in found.parameters or found.parameters[name].between is None:
                raise ModelError(f"{start}: a correlation names {name!r}, which has no between-patient variability.")
        if not -1 < link.value < 1 or link.first == link.second:
            raise ModelError(
                f"{start}: the correlation of {link.first!r} and {link.second!r} must lie between -1 and 1."
            )


def coefficient(effect: CovariateEffect, parameter: Parameter, covariate: Covariate, where: str) -> float:
    """What to multiply the fact of an effect's coefficient by, so that covariate and parameter units fit.

    ModelError if its unit does not suit the form, or its form the covariate.
    """
    here = f"{where}, effect of {covariate.name}"
    if bool(covariate.levels) != (effect.form == "categorical"):
        raise ModelError(
            f"{here}: a {effect.form} effect needs a covariate {'without' if covariate.levels else 'with'} levels."
        )
    if unknown := [level for level in effect.levels if level not in covariate.levels]:
        raise ModelError(f"{here}: {covariate.name} has no level {unknown[0]!r}; {near(unknown[0], covariate.levels)}")
    if effect.form == "categorical" and not effect.levels:
        raise ModelError(f"{here}: say for which levels the coefficient holds.")
    if effect.form in ("power", "maturation") and effect.reference <= 0:
        raise ModelError(f"{here}: the reference of a {effect.form} effect must be above 0; {effect.reference!r} came.")
    per = covariate.unit or "1"
    wanted = {"exponential": f"1/({per})", "linear": f"({parameter.unit})/({per})"}
    wanted["linear_above"] = wanted["linear"]
    try:
        return units.factor(effect.coefficient.unit, wanted.get(effect.form, "1"))
    except UnitError as why:
        raise ModelError(f"{here}: coefficient {effect.coefficient.id!r}: {why}") from why


def _check_variability(variability: Variability, parameter: Parameter, where: str) -> None:
    if not (math.isfinite(variability.variance) and variability.variance >= 0):
        raise ModelError(f"{where}: a variance must be 0 or more; {variability.variance!r} came.")
    typical = parameter.fact.number * units.factor(parameter.fact.unit, parameter.unit)
    if variability.scale == "lognormal" and typical <= 0:
        raise ModelError(f"{where}: log-normal variability needs a typical value above 0; it is {typical:g}.")
    if variability.scale == "logitnormal" and not (units.same(parameter.unit, "1") and 0 <= typical <= 1):
        raise ModelError(
            f"{where}: logit-normal variability needs a typical value between 0 and 1 without a unit; "
            f"it is {typical:g} {parameter.unit}."
        )


def _check_residual(name: str, residual: Residual | None, start: str) -> None:
    if residual is None:
        return
    sizes = (residual.additive, residual.proportional, residual.log_sd, residual.logit_sd)
    if any(not math.isfinite(s) or s < 0 for s in sizes):
        raise ModelError(f"{start}, output {name!r}: residual errors must be 0 or more; {sizes} came.")
    alone = (residual.log_sd, residual.logit_sd, max(residual.additive, residual.proportional))
    if sum(size > 0 for size in alone) > 1:
        raise ModelError(
            f"{start}, output {name!r}: a log-normal or logit-normal residual stands alone, without any other."
        )
    if residual.logit_sd and not residual.low < residual.high:
        ends = f"{residual.low:g} to {residual.high:g}"
        raise ModelError(f"{start}, output {name!r}: a logit-normal residual lies between two ends, not {ends}.")
