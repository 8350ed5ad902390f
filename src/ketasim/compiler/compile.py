"""From a system of equations to a model that runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ketasim.compiler import cache, emit, linear
from ketasim.compiler.options import Options
from ketasim.compiler.program import build
from ketasim.engine.abi import F64, Batch, CompiledModel, Settings, Solution
from ketasim.engine.closed import ClosedModel
from ketasim.engine.ode import OdeModel
from ketasim.errors import ModelError, RequestError
from ketasim.model.system import System

METHODS = ("auto", "closed", "ode")


@dataclass(frozen=True, slots=True)
class Compiled:
    """A model ready to run, by steps or, where it is linear, in closed form."""

    ode: OdeModel
    closed: ClosedModel | None

    @property
    def n_states(self) -> int:
        """Number of states."""
        return self.ode.n_states

    @property
    def n_parameters(self) -> int:
        """Number of parameters in a row."""
        return self.ode.n_parameters

    @property
    def n_outputs(self) -> int:
        """Number of outputs."""
        return self.ode.n_outputs

    @property
    def linear(self) -> bool:
        """Whether the closed form applies."""
        return self.closed is not None

    @property
    def path(self) -> Path:
        """The generated file."""
        return self.ode.path

    def initial(self, p: F64) -> F64:
        """Initial states (rows, states) for parameter rows (rows, parameters)."""
        return self.ode.initial(p)

    def solve(self, batch: Batch, settings: Settings) -> Solution:
        """Run a batch on the calling thread, without the GIL."""
        if settings.method not in METHODS:
            raise RequestError(f"The method {settings.method!r} is unknown; there are {', '.join(METHODS)}.")
        if settings.method == "closed" and self.closed is None:
            raise ModelError("The closed form needs a linear model, and this one is not; use method 'auto' or 'ode'.")
        if self.closed is not None and settings.method != "ode":
            return self.closed.solve(batch, settings)
        return self.ode.solve(batch, settings)


def compile_model(system: System, options: Options | None = None) -> CompiledModel:
    """Write the text of a model, or find it in the cache; Numba compiles it when it first runs."""
    program = build(system)
    chosen = options or Options()
    path, driver = cache.store(emit.module(program, chosen)), cache.store(emit.driver(chosen), "driver")
    closed = None
    if linear.is_linear(program):
        kernels = cache.store(linear.kernel_text(), "closed")
        closed = ClosedModel(cache.store(linear.linear_text(program), "l"), kernels)
    return Compiled(OdeModel(path, driver, len(system.states), len(system.parameters), len(system.outputs)), closed)
