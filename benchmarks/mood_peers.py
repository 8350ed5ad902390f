"""The same model and regimen in libRoadRunner (CVODE), SciPy (LSODA) and diffrax, each with its best settings."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks import mood_model as mood

F64 = Any
Runner = Callable[[F64, float, float], tuple[F64, float]]  # parameters, rtol, atol -> outputs, seconds


def _text(e: Any) -> str:
    return str(e).replace("**", "^").replace("Max(", "max(")


def roadrunner() -> Runner:
    """CVODE through libRoadRunner, stopped at every dose."""
    os.environ.setdefault("SUNLOGGER_WARNING_FILENAME", os.devnull)  # CVODE remarks on every dose
    import roadrunner as library

    s, rr = mood.system(), library.RoadRunner(3, 2)
    for name, value in mood.TYPICAL.items():
        rr.addParameter(name, float(value), False)
    for symbol, expression in s.assignments:
        rr.addParameter(str(symbol), 0.0, False)
        rr.addAssignmentRule(str(symbol), _text(expression), False)
    for state, expression in zip(s.states, s.derivatives, strict=True):
        rr.addParameter(str(state), 0.0, False)
        rr.addRateRule(str(state), _text(expression), False)
    rr.regenerateModel()
    times, first = mood.output_times(), mood.first_states
    stops = [24.0 * d for d in mood.DOSE_DAYS] + [24.0 * mood.DAYS]
    rr.timeCourseSelections = ["A3", "B", "Y", "DI", "BP"]
    place = [rr.model.getGlobalParameterIds().index(n) for n in mood.TYPICAL]
    states = [rr.model.getGlobalParameterIds().index(n) for n in mood.STATES]

    def run(p: F64, rtol: float, atol: float) -> tuple[F64, float]:
        rr.integrator.setValue("relative_tolerance", rtol)
        rr.integrator.setValue("absolute_tolerance", atol)
        rr.integrator.setValue("maximum_num_steps", 1_000_000)
        names = list(mood.TYPICAL)
        y = np.empty((len(p), len(times), 5))
        start = time.process_time()
        for k, row in enumerate(p):
            rr.reset()
            rr.model.setGlobalParameterValues(place, list(row))
            rr.model.setGlobalParameterValues(states, list(first(row)))
            at = 0
            for a, b in pairwise(stops):
                rr.model["A1"] = rr.model["A1"] + mood.DOSE * mood.TO_NOSE
                rr.model["A2"] = rr.model["A2"] + mood.DOSE * mood.TO_GUT
                inside = times[(times > a) & (times <= b)]
                if at == 0:
                    y[k, 0] = (0, 0, row[names.index("Y0")], 0, 0)
                    at = 1
                got = rr.simulate(times=[a, *inside])
                y[k, at : at + len(inside)] = got[1:]
                at += len(inside)
            y[k, :, 0] /= row[names.index("V1")]
        return y, time.process_time() - start

    return run


def lsoda() -> Runner:
    """LSODA of SciPy with the right-hand side compiled by Numba through a C callback, as fast as SciPy can be."""
    import sympy
    from numba import njit
    from scipy.integrate import odeint

    s = mood.system()
    f = njit(sympy.lambdify([s.states, s.parameters], _expanded(s), modules="math", cse=True))
    times = mood.output_times()
    stops = [24.0 * d for d in mood.DOSE_DAYS] + [24.0 * mood.DAYS]

    @njit
    def rhs(t: float, x: F64, p: F64) -> Any:
        return f(x, p)

    def run(p: F64, rtol: float, atol: float) -> tuple[F64, float]:
        y = np.empty((len(p), len(times), 5))
        rhs(0.0, np.ones(20), p[0])
        start = time.process_time()
        for k, row in enumerate(p):
            x = mood.first_states(row)
            out = [x.copy()]
            for a, b in pairwise(stops):
                x[0] += mood.DOSE * mood.TO_NOSE
                x[1] += mood.DOSE * mood.TO_GUT
                inside = times[(times > a) & (times <= b)]
                grid = np.concatenate([[a], inside] if inside[-1] == b else [[a], inside, [b]])
                got = odeint(rhs, x, grid, args=(row,), tfirst=True, rtol=rtol, atol=atol, mxstep=100_000)
                out.extend(got[1 : 1 + len(inside)])
                x = got[-1].copy()
            y[k] = np.array(out)[:, [2, 9, 17, 18, 19]]
            y[k, :, 0] /= row[list(mood.TYPICAL).index("V1")]
        return y, time.process_time() - start

    return run


def _expanded(s: Any) -> Sequence[Any]:
    known: dict[Any, Any] = {}
    for symbol, expression in s.assignments:
        known[symbol] = expression.subs(known)
    return tuple(e.subs(known) for e in s.derivatives)


def diffrax() -> Runner:
    """Kvaerno5 of diffrax over all patients at once (vmap), compiled by XLA before the clock starts."""
    import diffrax as dx
    import jax
    import jax.numpy as jnp
    import sympy

    jax.config.update("jax_enable_x64", True)
    s = mood.system()
    f = sympy.lambdify([s.states, s.parameters], _expanded(s), modules=[{"Max": jnp.maximum}, "jax"], cse=True)
    times = mood.output_times()
    stops = [24.0 * d for d in mood.DOSE_DAYS] + [24.0 * mood.DAYS]
    size = max(int(np.sum((times > a) & (times <= b))) for a, b in pairwise(stops))
    grid = np.full((len(stops) - 1, size), math.nan)
    for i, (a, b) in enumerate(pairwise(stops)):
        inside = times[(times > a) & (times <= b)]
        grid[i] = b
        grid[i, : len(inside)] = inside
    counts = [int(np.sum((times > a) & (times <= b))) for a, b in pairwise(stops)]
    term = dx.ODETerm(lambda t, x, p: jnp.stack(f(x, p)))
    first = np.array([1.0 if n in {"G", "D", "M", "S", "X1", "X2"} else 0.0 for n in mood.STATES])

    def one(p: Any, rtol: Any, atol: Any) -> Any:
        def interval(x: Any, what: Any) -> Any:
            a, b, ts = what
            x = x.at[0].add(mood.DOSE * mood.TO_NOSE).at[1].add(mood.DOSE * mood.TO_GUT)
            got = dx.diffeqsolve(
                term,
                dx.Kvaerno5(),
                a,
                b,
                None,
                x,
                p,
                saveat=dx.SaveAt(ts=ts, t1=True),
                max_steps=100_000,
                stepsize_controller=dx.PIDController(rtol=rtol, atol=atol),
                adjoint=dx.ForwardMode(),
            )
            return got.ys[-1], got.ys[:-1]

        x = jnp.asarray(first).at[17].set(p[list(mood.TYPICAL).index("Y0")])
        return jax.lax.scan(interval, x, (jnp.asarray(stops[:-1]), jnp.asarray(stops[1:]), jnp.asarray(grid)))[1]

    many = jax.jit(jax.vmap(one, in_axes=(0, None, None)))

    def run(p: F64, rtol: float, atol: float) -> tuple[F64, float]:
        jax.block_until_ready(many(p, rtol, atol))
        start = time.process_time()
        raw = np.asarray(jax.block_until_ready(many(p, rtol, atol)))
        seconds = time.process_time() - start
        y = np.zeros((len(p), len(times), 5))
        y[:, 0, 2] = p[:, list(mood.TYPICAL).index("Y0")]
        at = 1
        for i, count in enumerate(counts):
            y[:, at : at + count] = raw[:, i, :count][:, :, [2, 9, 17, 18, 19]]
            at += count
        y[:, :, 0] /= p[:, [list(mood.TYPICAL).index("V1")]]
        return y, seconds

    return run


PEERS: dict[str, Callable[[], Runner]] = {
    "libRoadRunner (CVODE)": roadrunner,
    "SciPy LSODA": lsoda,
    "diffrax Kvaerno5": diffrax,
}
