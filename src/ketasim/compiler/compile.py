"""From a system of equations to a model that runs."""

from __future__ import annotations

from ketasim.compiler import cache, cuda, emit, linear
from ketasim.compiler.options import Options
from ketasim.compiler.program import build
from ketasim.engine.closed import ClosedModel
from ketasim.engine.compiled import Compiled
from ketasim.engine.cuda import CudaModel
from ketasim.engine.ode import OdeModel
from ketasim.model.system import System


def compile_model(system: System, options: Options | None = None) -> Compiled:
    """Write the text of a model, or find it in the cache; Numba compiles it when it first runs."""
    program = build(system)
    chosen = options or Options()
    own = emit.functions(program, chosen)
    path, driver = cache.store(emit.module(program, chosen, own)), cache.store(emit.driver(chosen), "driver")
    ode = OdeModel(path, driver, len(system.states), len(system.parameters), len(system.outputs))
    device = CudaModel(cache.store(cuda.module(program, chosen, own), "g"), ode)
    closed = None
    if linear.is_linear(program):
        kernels = cache.store(linear.kernel_text(), "closed")
        closed = ClosedModel(cache.store(linear.linear_text(program), "l"), kernels)
    return Compiled(ode, closed, device)
