"""From a Model to a System: components joined, units of every equation checked, assignments put in order."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ketasim import units
from ketasim.errors import ModelError, UnitError
from ketasim.model.checks import check_doses, check_people
from ketasim.model.expression import symbol, to_sympy
from ketasim.model.model import Model, Output
from ketasim.model.sources import check_sources, uses_of
from ketasim.model.system import System
from ketasim.model.unitcheck import scale_hint, unit_of
from ketasim.model.wiring import TIME, Equation, Wired, near, used, wire
from ketasim.units import Measure


def compose(model: Model) -> System:
    """The System of a model; checks sources, ports, names, units, doses and variability.

    ModelError names the equation, port or parameter at fault. The result is kept per model.
    """
    frozen(model)
    check_sources(model)
    return _compose(model)


def frozen(model: Model) -> None:
    """ModelError where a model could change: a field is a list."""
    try:
        hash(model)
    except TypeError as why:
        raise ModelError(f"Model {model.name!r}: its fields must be tuples, not lists ({why}).") from why


@lru_cache(maxsize=64)
def wired(model: Model) -> Wired:
    """The symbols and ports of a model, kept per model."""
    return wire(model)


@lru_cache(maxsize=64)
def _compose(model: Model) -> System:
    found = wired(model)
    order = _order(found)
    measures = check_units(found, order)
    check_doses(model, found, measures)
    check_people(model, found)
    values = _values(found, order)
    assignments = tuple((symbol(name), expression) for name, expression in _assigned(found, order, values))
    derivatives = tuple(_expression(found.rates[name], values) for name in found.states)
    outputs = tuple(_output(model, out, found, measures, values) for out in model.outputs)
    if len({o.name for o in model.outputs}) < len(model.outputs):
        raise ModelError(f"Model {model.name!r}: two outputs have the same name.")
    return System(
        name=model.name,
        states=tuple(symbol(name) for name in found.states),
        parameters=tuple(symbol(name) for name in found.parameters),
        time=symbol(TIME),
        assignments=assignments,
        derivatives=derivatives,
        initial=_initial(found, dict(assignments)),
        output_names=tuple(out.name for out in model.outputs),
        outputs=outputs,
    )


def _order(found: Wired) -> tuple[str, ...]:
    """Assignments and ports in order of evaluation, that of the components where nothing forces another."""
    done: dict[str, None] = {}
    path: list[str] = []

    def needs(name: str) -> tuple[str, ...]:
        return found.feeds[name] if name in found.feeds else used(found.assignments[name])

    def visit(name: str) -> None:
        if name in done or not (name in found.feeds or name in found.assignments):
            return
        if name in path:
            ring = " > ".join([*path[path.index(name) :], name])
            raise ModelError(f"Model {found.model.name!r} goes in a circle without a state in between: {ring}.")
        path.append(name)
        for other in needs(name):
            visit(other)
        path.pop()
        done[name] = None

    for name in (*found.feeds, *found.assignments):
        visit(name)
    return tuple(done)


def _measure(unit: str, where: str) -> Measure:
    try:
        return units.measure(unit)
    except UnitError as why:
        raise ModelError(f"{where}: {why}") from why


def check_units(found: Wired, order: tuple[str, ...]) -> dict[str, Measure]:
    """The unit of every symbol; ModelError for the first equation, port or parameter whose units do not fit."""
    start = f"Model {found.model.name!r}"
    measures = {TIME: units.measure("h")}
    declared = {name: item.unit for name, item in found.parameters.items()}
    declared |= {name: item.unit for name, item in found.states.items()}
    declared |= {name: item.unit for name, item in found.inputs.items()}
    for name, unit in declared.items():
        measures[name] = _measure(unit, f"{start}, {name!r}")
    for _, fact in uses_of(found.model):
        try:
            units.parse(fact.unit)
        except UnitError as why:
            raise ModelError(f"{start}, fact {fact.id!r}: {why}.") from why
    for name, parameter in found.parameters.items():
        if isinstance(parameter.fact.value, tuple) or not math.isfinite(parameter.fact.value):
            raise ModelError(f"{start}, parameter {name!r}: fact {parameter.fact.id!r} is not one finite number.")
        try:
            units.factor(parameter.fact.unit, parameter.unit)
        except UnitError as why:
            raise ModelError(f"{start}, parameter {name!r}: fact {parameter.fact.id!r}: {why}") from why
    for name in order:
        if name in found.feeds:
            _check_links(found, name, measures, start)
        else:
            measures[name] = _check_assignment(found, found.assignments[name], measures)
    for name, equation in found.rates.items():
        _fits(equation, measures, measures[name] / measures[TIME], f"d/dt of {name!r}")
        _fits(found.initials[name], measures, measures[name], f"state {name!r}")
    for name in set(found.outputs) & set(found.states):
        _same_port(found, name, measures[name], f"{start}: output port {name!r}")
    return measures


def _check_links(found: Wired, target: str, measures: Mapping[str, Measure], start: str) -> None:
    for source in found.feeds[target]:
        given = _measure(found.outputs[source].unit, f"{start}, output port {source!r}")
        if not given.fits(measures[target]):
            raise ModelError(
                f"{start}, link {source} > {target}: {source!r} gives {given.text}, {target!r} takes "
                f"{measures[target].text}{scale_hint(given, measures[target])}."
            )


def _check_assignment(found: Wired, equation: Equation, measures: Mapping[str, Measure]) -> Measure:
    if equation.symbol in found.outputs:
        declared = _measure(found.outputs[equation.symbol].unit, f"{equation.where}, output port {equation.symbol!r}")
        _fits(equation, measures, declared, f"output port {equation.symbol!r}")
        return declared
    return unit_of(equation.node, measures.__getitem__, equation.where) or units.measure("1")


def _same_port(found: Wired, name: str, has: Measure, where: str) -> None:
    declared = _measure(found.outputs[name].unit, where)
    if not declared.fits(has):
        raise ModelError(f"{where} says {declared.text}, the state is in {has.text}{scale_hint(has, declared)}.")


def _fits(equation: Equation, measures: Mapping[str, Measure], wanted: Measure, what: str) -> None:
    came = unit_of(equation.node, measures.__getitem__, equation.where)
    if came is not None and not came.fits(wanted):
        raise ModelError(
            f"{equation.where}: the right side is in {came.text}, {what} needs {wanted.text}{scale_hint(came, wanted)}."
        )


def _values(found: Wired, order: tuple[str, ...]) -> dict[str, Any]:
    """The sympy value of every name; an input port with one source is that source."""
    import sympy as sp

    values = {name: symbol(name) for name in (TIME, *found.symbols)}
    for name in order:
        sources = found.feeds.get(name)
        if sources is not None and len(sources) == 1:
            values[name] = values[sources[0]]
        elif sources == ():
            default = found.inputs[name].default or 0.0
            values[name] = sp.Integer(int(default)) if default == int(default) else sp.Float(default)
    return values


def _assigned(found: Wired, order: tuple[str, ...], values: Mapping[str, Any]) -> list[tuple[str, Any]]:
    import sympy as sp

    made = []
    for name in order:
        if name in found.assignments:
            made.append((name, _expression(found.assignments[name], values)))
        elif len(found.feeds[name]) > 1:
            made.append((name, sp.Add(*(values[source] for source in found.feeds[name]))))
    return made


def _expression(equation: Equation, values: Mapping[str, Any]) -> Any:
    import sympy as sp

    try:
        made = to_sympy(equation.node, values)
    except ModelError as why:
        raise ModelError(f"{equation.where}: {why}") from why
    if made.has(sp.nan, sp.zoo, sp.oo, -sp.oo, sp.I):
        raise ModelError(
            f"{equation.where} has no finite real value, whatever its symbols: look for a division by zero."
        )
    return made


def _initial(found: Wired, assigned: Mapping[Any, Any]) -> tuple[Any, ...]:
    """Initial values in parameters only; assignments and ports made of parameters are written out."""
    parameters = {symbol(name) for name in found.parameters}
    values = _values(found, tuple(found.feeds))
    made = []
    for name in found.states:
        equation = found.initials[name]
        expression = _expression(equation, values)
        while inner := {s: assigned[s] for s in expression.free_symbols if s in assigned}:
            expression = expression.xreplace(inner)
        if others := sorted(str(s) for s in expression.free_symbols - parameters):
            raise ModelError(
                f"{equation.where} = {equation.text!r} rests on {others[0]!r}; it may use parameters only."
            )
        made.append(expression)
    return tuple(made)


def _output(model: Model, out: Output, found: Wired, measures: Mapping[str, Measure], values: Mapping[str, Any]) -> Any:
    import sympy as sp

    where = f"Model {model.name!r}, output {out.name!r}"
    if out.symbol not in values or out.symbol == TIME:
        raise ModelError(f"{where}: unknown symbol {out.symbol!r}; {near(out.symbol, found.symbols)}")
    has, shown = measures[out.symbol], _measure(out.unit, where)
    if has.powers != shown.powers:
        raise ModelError(f"{where}: {out.symbol!r} is in {has.text} and cannot be shown in {out.unit!r}.")
    ratio = float(f"{has.factor / shown.factor:.12g}")
    scale = sp.Integer(int(ratio)) if ratio == int(ratio) else sp.Float(ratio)
    return values[out.symbol] * scale
