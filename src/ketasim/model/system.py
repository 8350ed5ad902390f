"""A composed model as ordered arrays of symbols: what the compiler reads. Units have been checked and are gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Expr = Any  # sympy.Expr; sympy ships no types
Symbol = Any


@dataclass(frozen=True, slots=True)
class System:
    """x' = f(x, p, t) with named, ordered states, parameters, intermediate assignments and outputs.

    `assignments` are in order of evaluation; every expression uses only symbols of `parameters`, `states`, `time` and
    earlier assignments. `outputs` carry the factor to the unit in which they are shown. `initial` uses parameters only.
    """

    name: str
    states: tuple[Symbol, ...]
    parameters: tuple[Symbol, ...]
    time: Symbol
    assignments: tuple[tuple[Symbol, Expr], ...]
    derivatives: tuple[Expr, ...]
    initial: tuple[Expr, ...]
    output_names: tuple[str, ...]
    outputs: tuple[Expr, ...]
