"""Small models for the tests of the model language; none of them is of a drug."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from ketasim.evidence.fact import Fact
from ketasim.model.component import Component, Parameter, Port, StateVar
from ketasim.model.model import Covariate, Inlet, Link, Model, Output
from ketasim.model.variability import Correlation, CovariateEffect, Variability


def fact(value: float, unit: str, name: str = "f", **more: object) -> Fact:
    return Fact(name, name, value, unit, ("assumed",), "D", **more)  # type: ignore[arg-type]


def parameter(name: str, value: float, unit: str, **more: object) -> Parameter:
    return Parameter(name, unit, fact(value, more.pop("printed", unit), f"test.{name}"), **more)  # type: ignore[arg-type]


GUT = Component(
    "gut",
    parameters=(parameter("ka", 1.5, "1/h"), parameter("F", 0.8, "1")),
    states=(StateVar("A", "mg"),),
    outputs=(Port("uptake", "mg/h", "flow of drug"),),
    equations=("uptake = ka * A", "d/dt(A) = -uptake"),
)
BODY = Component(
    "body",
    parameters=(
        parameter(
            "CL",
            2.0,
            "L/h",
            between=Variability("lognormal", 0.09),
            occasion=Variability("lognormal", 0.01),
            effects=(CovariateEffect("WT", "power", fact(0.75, "1", "test.wt_on_CL"), 70.0),),
        ),
        parameter("V", 500.0, "dL", between=Variability("lognormal", 0.04)),
    ),
    states=(StateVar("A", "mg"),),
    inputs=(Port("inflow", "mg/h", "flow of drug"),),
    outputs=(Port("C", "mg/dL", "concentration of drug"),),
    equations=("C = A / V", "d/dt(A) = inflow - CL * C * 10 [dL/L]"),
)
EFFECT = Component(
    "effect",
    parameters=(parameter("ke0", 0.3, "1/h"), parameter("EC50", 0.4, "mg/dL"), parameter("hill", 1.3, "1")),
    states=(StateVar("Ce", "mg/dL"),),
    inputs=(Port("C", "mg/dL", "concentration of drug"), Port("baseline", "1", "effect", default=0.0)),
    outputs=(Port("E", "1", "effect"),),
    equations=(
        "d/dt(Ce) = ke0 * (C - Ce)",
        "ratio = (max(Ce, 0) / EC50)**hill",
        "E = baseline + if_else(t < 1000 [h], ratio / (1 + ratio), 0)",
    ),
)
CHAIN = Model(
    "chain",
    "gut, body, effect",
    components=(GUT, BODY, EFFECT),
    outputs=(Output("conc", "body.C", "ng/mL"), Output("effect", "effect.E", "%")),
    links=(Link("gut.uptake", "body.inflow"), Link("body.C", "effect.C")),
    inlets=(Inlet("mouth", "gut.A", fraction="gut.F", lag="0.25 [h]"), Inlet("vein", "body.A", duration="1 [h]")),
    covariates=(Covariate("WT", "kg", 40.0, 120.0),),
    correlations=(Correlation("body.CL", "body.V", 0.5),),
)


@pytest.fixture(scope="session")
def make() -> ModuleType:
    """This module: its components, its model and its makers of facts and parameters."""
    return sys.modules[__name__]


@pytest.fixture(scope="session")
def chain() -> Model:
    return CHAIN
