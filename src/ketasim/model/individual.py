"""From people to numbers: each row's own parameters from typical values, covariates and random effects.

A row is one patient, or one interval of one patient: covariates that change with time, and occasions, are rows of their
own, made by whoever calls. Every operation is elementwise, so a row's result does not depend on the rows beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ketasim.errors import ModelError, PeopleError
from ketasim.model.layout import F64, Layout, Overrides, layout
from ketasim.model.model import Covariate, Model
from ketasim.model.variability import CovariateEffect, Scale

__all__ = ["Layout", "individual_parameters", "layout"]

Column = NDArray[Any]


def individual_parameters(
    model: Model,
    covariates: Mapping[str, Column],
    eta: F64,
    kappa: F64,
    overrides: Overrides | None = None,
    each: Mapping[str, F64] | None = None,
) -> F64:
    """Parameters (rows, P) in parameter units, columns in the order of `Layout.parameters`.

    covariates: one array (rows,) for each covariate that the model's effects read (numbers, or text for levels);
    eta (rows, E), kappa (rows, O): random effects in the order of `Layout.effects` and `.occasion_effects`.
    overrides: typical values by qualified or unique bare name, in parameter units or as "12 L/h"; coefficients of
    covariate effects by fact id, in the unit of the fact. each: the same row by row (rows,), under qualified names.
    PeopleError names the covariate and the row that cannot be used; UnknownName an override that nothing answers to.
    """
    plan = layout(model)
    eta, kappa = np.asarray(eta, dtype=np.float64), np.asarray(kappa, dtype=np.float64)
    rows = eta.shape[0]
    wanted = (rows, len(plan.effects)), (rows, len(plan.occasion_effects))
    if (eta.shape, kappa.shape) != wanted:
        raise ModelError(
            f"Model {model.name!r} needs eta {wanted[0]} and kappa {wanted[1]}; {eta.shape} and {kappa.shape} came."
        )
    chosen, coefficients = plan.split(overrides or {})
    typical, by_row = plan.typical(chosen), each or {}
    columns = _columns(model, covariates, rows)
    made = np.empty((rows, len(plan.parameters)), dtype=np.float64)
    with np.errstate(all="ignore"):  # what is not finite becomes the status of its patient, in the engine
        for p, name in enumerate(plan.parameters):
            value = by_row.get(name, np.full(rows, typical[p]))
            made[:, p] = _one(plan, name, value, {**coefficients, **by_row}, columns, eta, kappa)
    return made


def _one(
    plan: Layout,
    name: str,
    value: F64,
    coefficients: Mapping[str, float | F64],
    columns: Mapping[str, Column],
    eta: F64,
    kappa: F64,
) -> F64:
    """One parameter of every row (rows,), from its typical value there."""
    parameter = plan.parameter(name)
    for effect in parameter.effects:
        value = apply_effect(value, effect, plan.coefficient(name, effect, coefficients), columns[effect.covariate])
    shift = np.zeros(len(eta))
    if name in plan.effects:
        shift = shift + np.ascontiguousarray(eta[:, plan.effects.index(name)])
    if name in plan.occasion_effects:
        shift = shift + np.ascontiguousarray(kappa[:, plan.occasion_effects.index(name)])
    varies = parameter.between or parameter.occasion
    return _vary(value, shift, varies.scale, name) if varies else value


def apply_effect(value: F64, effect: CovariateEffect, size: float | F64, x: Column) -> F64:
    """A typical value (rows,) moved by one covariate (rows,); the forms stand in `CovariateEffect`."""
    reference = effect.reference
    match effect.form:
        case "power":
            return np.asarray(value * (x / reference) ** size)
        case "exponential":
            return np.asarray(value * np.exp(size * (x - reference)))
        case "linear":
            return np.asarray(value + size * (x - reference))
        case "linear_above":
            return np.asarray(value + size * np.maximum(0.0, x - reference))
        case "categorical":
            return np.where(np.isin(x, effect.levels), value * size, value)
        case "maturation":
            return np.asarray(value / (1.0 + (reference / x) ** size))


def _vary(value: F64, shift: F64, scale: Scale, name: str) -> F64:
    match scale:
        case "normal":
            return value + shift
        case "lognormal":
            return np.asarray(value * np.exp(shift))
        case "logitnormal":
            bad = np.flatnonzero(~((value >= 0) & (value <= 1)))
            if bad.size:
                raise ModelError(
                    f"Parameter {name!r} varies on the logit scale and must lie between 0 and 1; its typical value "
                    f"for patient row {bad[0]} is {value[bad[0]]:g}; look at its covariate effects or override."
                )
            odds = np.exp(np.clip(shift, -700.0, 700.0))
            return np.asarray(value * odds / (1.0 - value + value * odds))


def _columns(model: Model, given: Mapping[str, Column], rows: int) -> dict[str, Column]:
    """The covariates that effects read, as checked arrays."""
    declared = {c.name: c for c in model.covariates}
    effects = [e for part in model.components for p in part.parameters for e in p.effects]
    found: dict[str, Column] = {}
    for effect in effects:
        if effect.covariate not in found:
            found[effect.covariate] = _column(model, declared[effect.covariate], given, rows)
        x = found[effect.covariate]
        unfit, expected = wrong(model, declared[effect.covariate], x)
        if (bad := np.flatnonzero(unfit)).size:
            raise PeopleError(
                f"Covariate {effect.covariate} must be {expected} for model {model.name!r}; patient row {bad[0]} has "
                f"{x[bad[0]]}."
            )
    return found


def _column(model: Model, covariate: Covariate, given: Mapping[str, Column], rows: int) -> Column:
    name = covariate.name
    if name not in given:
        return np.full(rows, default_of(model, covariate, given))
    column = np.asarray(given[name])
    if column.shape != (rows,):
        raise PeopleError(f"Covariate {name} has shape {column.shape}; ({rows},) was expected, one value a row.")
    return _levels(column, covariate) if covariate.levels else _numbers(column, covariate)


def default_of(model: Model, covariate: Covariate, given: Iterable[str]) -> float | str:
    """The value for people without a covariate; PeopleError if the model gives none and says what they have."""
    if covariate.default is not None:
        return covariate.default
    has = ", ".join(sorted(name for name in given if name != "ID")) or "none"
    unit = covariate.unit or ("one of " + ", ".join(covariate.levels) if covariate.levels else "a number")
    raise PeopleError(
        f"Model {model.name!r} needs the covariate {covariate.name} ({unit}) of every person; these people have: {has}."
    )


def wrong(model: Model, covariate: Covariate, values: Column) -> tuple[NDArray[np.bool_], str]:
    """Which values (n,) of a covariate a model cannot take, and what it expects in words; NaN is not judged."""
    if covariate.levels:
        return ~np.isin(values.astype(str), covariate.levels), f"one of {', '.join(covariate.levels)}"
    low, high = max(covariate.above, 0.0) if _positive(model, covariate) else covariate.above, covariate.below
    ends = " and".join(f" {word} {end:g}" for word, end in (("above", low), ("below", high)) if np.isfinite(end))
    expected = f"a number{ends}{' ' + covariate.unit if covariate.unit else ''}"
    if values.dtype.kind not in "fiu":
        return np.ones(values.shape, dtype=bool), expected
    return (values <= low) | (values >= high), expected


def _positive(model: Model, covariate: Covariate) -> bool:
    """Whether an effect of the covariate has a value only above 0."""
    effects = [effect for part in model.components for p in part.parameters for effect in p.effects]
    return any(e.covariate == covariate.name and e.form in ("power", "maturation") for e in effects)


def _missing(column: Column) -> NDArray[np.bool_]:
    if column.dtype.kind == "f":
        return np.isnan(column)
    if column.dtype.kind != "O":
        return np.zeros(column.shape, dtype=bool)
    return np.array([v is None or v == "" or (isinstance(v, float) and np.isnan(v)) for v in column], dtype=bool)


def _levels(column: Column, covariate: Covariate) -> Column:
    gone = _missing(column)
    if gone.any() and covariate.default is not None:
        column = np.where(gone, np.asarray(covariate.default, dtype=object), column)
    text = column.astype(str)
    bad = np.flatnonzero(~np.isin(text, covariate.levels))
    if bad.size:
        raise PeopleError(
            f"Covariate {covariate.name} of patient row {bad[0]} is {str(column[bad[0]])!r}; the levels are "
            f"{', '.join(covariate.levels)}."
        )
    return text


def _numbers(column: Column, covariate: Covariate) -> F64:
    try:
        numbers = np.array([np.nan if v is None or v == "" else v for v in column.tolist()], dtype=np.float64)
    except (TypeError, ValueError) as why:
        raise PeopleError(f"Covariate {covariate.name} must be a number in {covariate.unit or '1'}: {why}.") from why
    bad = np.flatnonzero(~np.isfinite(numbers))
    if bad.size and covariate.default is not None and np.isnan(numbers[bad]).all():
        numbers[bad] = float(covariate.default)
        return numbers
    if bad.size:
        raise PeopleError(
            f"Covariate {covariate.name} ({covariate.unit or 'a number'}) of patient row {bad[0]} is missing or "
            "not finite."
        )
    return numbers
