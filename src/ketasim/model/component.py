"""Components: parameters, states, equations and typed ports. A component knows nothing of its neighbours."""

from __future__ import annotations

from dataclasses import dataclass

from ketasim.evidence.fact import Fact
from ketasim.model.variability import CovariateEffect, Variability


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number of the model: its typical value is `fact` in `unit`, moved by covariates, people and occasions."""

    name: str
    unit: str
    fact: Fact
    between: Variability | None = None
    occasion: Variability | None = None
    effects: tuple[CovariateEffect, ...] = ()
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class StateVar:
    """A quantity with a rate of change; `initial` is an expression in parameters."""

    name: str
    unit: str
    initial: str = "0"
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Port:
    """A quantity that crosses the border of a component: `kind` says what flows ("flow of S-ketamine")."""

    name: str
    unit: str
    kind: str
    meaning: str = ""
    default: float | None = None  # of an input port that may stay open


@dataclass(frozen=True, slots=True)
class Component:
    """Equations over parameters, states and ports.

    `equations` read "C = A / V" (an assignment) or "d/dt(A) = uptake - CL * C". They may use
    + - * / **, comparison inside if_else(condition, then, otherwise), exp log sqrt abs min max, numbers with a unit
    as in 2 [h], and t (hours).
    Every name is a parameter, a state, an input port or an assignment of this component. Output ports name assignments
    or states and state their unit; the units of other assignments are inferred.
    """

    name: str
    parameters: tuple[Parameter, ...] = ()
    states: tuple[StateVar, ...] = ()
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    equations: tuple[str, ...] = ()
    doc: str = ""
    citations: tuple[str, ...] = ()
