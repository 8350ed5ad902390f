"""A linear model solved by the matrix exponential for one typical person: a judge that is not the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ketasim.errors import UnknownName, WorkError
from ketasim.model.compose import compose
from ketasim.model.expression import evaluate
from ketasim.model.individual import individual_parameters, layout
from ketasim.model.layout import Overrides
from ketasim.model.model import Inlet, Model

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Given:
    """One dose: mg of base at a time (h), over a duration (h, 0 for a bolus), as the nth device of its session."""

    drug: str
    route: str
    amount: float
    at: float
    duration: float = 0.0
    nth: int = 1


@dataclass(frozen=True, slots=True)
class Curves:
    """Outputs over time: `values` (times, outputs) in the units of the model's outputs."""

    times: F64
    names: tuple[str, ...]
    values: F64

    def __getitem__(self, name: str) -> F64:
        """One output over time; UnknownName with those there are."""
        if name not in self.names:
            raise UnknownName("output", name, self.names)
        return np.ascontiguousarray(self.values[:, self.names.index(name)])


@lru_cache(maxsize=32)
def _functions(model: Model) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Right-hand side f(x, p, t) and outputs g(x, p, t) as plain functions."""
    import sympy

    system = compose(model)
    arguments = (system.states, system.parameters, system.time)
    plain = {old: sympy.Symbol(f"a{i}") for i, (old, _) in enumerate(system.assignments)}
    steps = [(plain[old], expression.xreplace(plain)) for old, expression in system.assignments]

    def made(expressions: Sequence[Any]) -> Callable[..., Any]:
        done: Callable[..., Any] = sympy.lambdify(
            arguments, [e.xreplace(plain) for e in expressions], "numpy", cse=lambda wanted: (steps, wanted)
        )
        return done

    return made(system.derivatives), made(system.outputs)


def typical(model: Model, people: Mapping[str, float | str], overrides: Overrides | None = None) -> F64:
    """Parameters (P,) of the typical person with these covariates; what is not given has the model's default."""
    plan = layout(model)
    columns = {c.name: np.array([people.get(c.name, c.default)]) for c in model.covariates}
    none = np.zeros((1, len(plan.effects))), np.zeros((1, len(plan.occasion_effects)))
    return np.ascontiguousarray(individual_parameters(model, columns, *none, overrides)[0])


def matrix(model: Model, p: F64) -> F64:
    """A of x' = A x, from the right-hand side at unit vectors; WorkError if that is not what the model is."""
    f = _functions(model)[0]
    n = len(compose(model).states)
    a = np.array([f(unit, p, 0.0) for unit in np.eye(n)], dtype=np.float64).T
    x = np.linspace(1.0, 2.0, n)
    if not np.allclose(np.array(f(3 * x, p, 7.0), dtype=np.float64), 3 * a @ x, rtol=1e-9, atol=1e-12):
        raise WorkError(f"Model {model.name!r} is not linear or changes in time; this cannot solve it.")
    return a


def solve(
    model: Model,
    doses: Sequence[Given],
    people: Mapping[str, float | str],
    times: Sequence[float],
    overrides: Overrides | None = None,
) -> Curves:
    """Outputs of the typical person at `times` (h, ascending) after `doses`; `overrides` as `individual_parameters`.

    UnknownName for a drug and route that the model does not declare; WorkError if it is not linear.
    """
    p = typical(model, people, overrides)
    a = matrix(model, p)
    names = [str(s) for s in compose(model).states]
    jumps, inputs = _entries(model, doses, p, names)
    grid = np.unique(np.r_[0.0, times, [t for t, *_ in jumps], [t for i in inputs for t in i[:2]]])
    x, before, seen = np.zeros(len(names)), 0.0, {}
    steps: dict[tuple[float, tuple[float, ...]], tuple[F64, F64]] = {}
    for now in grid:
        if now > before:
            rate = np.zeros(len(names))
            for start, stop, state, r in inputs:
                rate[state] += r if start <= before + 1e-12 and now <= stop + 1e-12 else 0.0
            key = (round(float(now - before), 10), tuple(rate))
            if key not in steps:
                steps[key] = _step(a, rate, key[0])
            x = steps[key][0] @ x + steps[key][1]
        for at, state, amount in jumps:
            x[state] += amount if abs(at - now) < 1e-12 else 0.0
        before, seen[float(now)] = float(now), x.copy()
    g = _functions(model)[1]
    values = np.array([g(seen[float(t)], p, float(t)) for t in times], dtype=np.float64)
    return Curves(np.asarray(times, dtype=np.float64), tuple(o.name for o in model.outputs), values)


def _step(a: F64, rate: F64, dt: float) -> tuple[F64, F64]:
    from scipy.linalg import expm

    n = len(a)
    wide = np.zeros((n + 1, n + 1))
    wide[:n, :n], wide[:n, n] = a, rate
    done = np.asarray(expm(wide * dt))
    return done[:n, :n], done[:n, n]


def _entries(
    model: Model, doses: Sequence[Given], p: F64, states: Sequence[str]
) -> tuple[list[tuple[float, int, float]], list[tuple[float, float, int, float]]]:
    """Boluses (time, state, amount) and zero-order inputs (start, stop, state, rate)."""
    by_name = {inlet.name: inlet for inlet in model.inlets}
    routes = {(r.drug, r.route): r for r in model.routes}
    jumps, inputs = [], []
    for dose in doses:
        if (dose.drug, dose.route) not in routes:
            raise UnknownName("drug and route", f"{dose.drug} {dose.route}", (" ".join(k) for k in routes))
        values = {name: np.array([v]) for name, v in zip(layout(model).parameters, p, strict=True)}
        values["nth"] = np.array([float(dose.nth)])
        for name, share in routes[dose.drug, dose.route].parts:
            inlet = by_name[name]
            amount = dose.amount * share * _value(inlet.fraction, values)
            start, length = dose.at + _value(inlet.lag, values), _length(inlet, dose, amount, values)
            state = states.index(inlet.state)
            if length > 0:
                inputs.append((start, start + length, state, amount / length))
            else:
                jumps.append((start, state, amount))
    return jumps, inputs


def _length(inlet: Inlet, dose: Given, amount: float, values: Mapping[str, F64]) -> float:
    if dose.duration > 0:
        return dose.duration
    if inlet.rate is not None:
        return amount / _value(inlet.rate, values)
    return _value(inlet.duration, values) if inlet.duration is not None else 0.0


def _value(text: str, values: Mapping[str, F64]) -> float:
    return float(np.ravel(evaluate(text, values))[0])
