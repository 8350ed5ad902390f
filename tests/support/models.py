"""One compartment with first-order absorption, by every way there is of solving it."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.support.linear import absorption_model

from ketasim.engine.abi import Settings


@dataclass(frozen=True)
class Solver:
    compiled: Any
    settings: Settings


WAYS = ("reference", "closed", "ode")


@cache
def compiled_absorption():
    """Parameters (CL, V, KA), states depot and central, output central / V."""
    import sympy as sp

    from ketasim.compiler.compile import compile_model
    from ketasim.model.system import System

    cl, v, ka = sp.symbols("m.CL m.V m.KA")
    depot, central = sp.symbols("m.depot m.central")
    zero = sp.Integer(0)
    rates = (-ka * depot, ka * depot - cl / v * central)
    names = ("C",)
    system = System(
        "absorption", (depot, central), (cl, v, ka), sp.Symbol("t"), (), rates, (zero, zero), names, (central / v,)
    )
    return compile_model(system)


def absorption_solver(way):
    """The model solved by the matrix exponential of the tests, by the closed form, or by steps."""
    if way == "reference":
        return Solver(absorption_model(), Settings())
    return Solver(compiled_absorption(), Settings(method=way))
