"""From a system of equations to a model that runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ketasim.compiler import cache, emit
from ketasim.compiler.options import Options
from ketasim.compiler.program import build
from ketasim.engine.abi import F64, Batch, CompiledModel, Settings, Solution
from ketasim.engine.ode import OdeModel
from ketasim.model.system import System


@dataclass(frozen=True, slots=True)
class Compiled:
    """A model ready to run, by steps or, where it is linear, in closed form."""

    ode: OdeModel

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
        return False

    @property
    def path(self) -> Path:
        """The generated file."""
        return self.ode.path

    def initial(self, p: F64) -> F64:
        """Initial states (rows, states) for parameter rows (rows, parameters)."""
        return self.ode.initial(p)

    def solve(self, batch: Batch, settings: Settings) -> Solution:
        """Run a batch on the calling thread, without the GIL."""
        return self.ode.solve(batch, settings)


def compile_model(system: System, options: Options | None = None) -> CompiledModel:
    """Write the text of a model, or find it in the cache; Numba compiles it when it first runs."""
    path = cache.store(emit.module(build(system), options or Options()))
    return Compiled(OdeModel(path, len(system.states), len(system.parameters), len(system.outputs)))
