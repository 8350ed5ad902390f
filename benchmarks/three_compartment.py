"""Patients per second of a three-compartment infusion: closed form, step solver, and diffrax `vmap`, explicit method.

The parameters are of no drug; they are spread as log-normals, 30 % each. Error is the largest over patients and times,
as a share of each patient's highest concentration, against the matrix exponential.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import sympy
from scipy.linalg import expm

from ketasim.compiler.compile import compile_model
from ketasim.engine.abi import Batch, Op, Settings, State
from ketasim.model.system import System

N, RATE, LENGTH = 20_000, 60.0, 0.67
TIMES = np.linspace(0.2, 24.0, 30)
TYPICAL = {"CL": 80.0, "V1": 60.0, "Q2": 110.0, "V2": 70.0, "Q3": 50.0, "V3": 180.0}


def model() -> Any:
    """Amounts in three compartments; the concentration of the first."""
    c, d, e = states = sympy.symbols("c d e")
    CL, V1, Q2, V2, Q3, V3 = parameters = sympy.symbols(" ".join(TYPICAL))
    derivatives = (
        -(CL + Q2 + Q3) / V1 * c + Q2 / V2 * d + Q3 / V3 * e,
        Q2 / V1 * c - Q2 / V2 * d,
        Q3 / V1 * c - Q3 / V3 * e,
    )
    zero, time_ = (sympy.Integer(0),) * 3, sympy.Symbol("t")
    return compile_model(
        System("three compartments", states, parameters, time_, (), derivatives, zero, ("plasma",), (c / V1,))
    )


def people(n: int) -> Any:
    spread = np.exp(0.3 * np.random.default_rng(7).normal(size=(n, len(TYPICAL))))
    return np.array(list(TYPICAL.values())) * spread


def batch(p: Any) -> Batch:
    """One infusion for everybody."""
    n, k = len(p), len(TIMES)
    each = np.arange(n + 1)
    start = State(np.zeros(n), np.zeros((n, 3)), np.zeros((n, 3)), np.zeros(n, np.int64), np.zeros(n))
    return Batch(
        start, p, each, np.tile([0.0, LENGTH], n), np.full(2 * n, Op.RATE, np.int8), np.zeros(2 * n, np.int32),
        np.tile([RATE, -RATE], n), 2 * each, np.tile(TIMES, n), np.tile((TIMES >= LENGTH) + 1, n).astype(np.int32),
        k * each, np.full(n, TIMES[-1]),
    )  # fmt: skip


def exact(p: Any) -> Any:
    """By scipy's matrix exponential, one patient after the other."""
    result = np.zeros((len(p), len(TIMES)))
    for k, (CL, V1, Q2, V2, Q3, V3) in enumerate(p):
        a = np.zeros((4, 4))
        a[:3, :3] = [[-(CL + Q2 + Q3) / V1, Q2 / V2, Q3 / V3], [Q2 / V1, -Q2 / V2, 0], [Q3 / V1, 0, -Q3 / V3]]
        on, off = a.copy(), a
        on[0, 3] = RATE
        unit = np.array([0.0, 0.0, 0.0, 1.0])
        for j, t in enumerate(TIMES):
            x = expm(on * min(t, LENGTH)) @ unit
            result[k, j] = (expm(off * max(t - LENGTH, 0.0)) @ x)[0] / V1
    return result


def peer(p: Any, rtol: float) -> Any:
    """A function that solves all patients with diffrax: Tsit5, one step-size control per patient, two intervals."""
    import diffrax as dx
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    control = dx.PIDController(rtol=rtol, atol=rtol * 1e-2)

    def field(t: Any, x: Any, args: Any) -> Any:
        CL, V1, Q2, V2, Q3, V3, rate = args
        c, d, e = x
        to2, to3 = Q2 / V1 * c - Q2 / V2 * d, Q3 / V1 * c - Q3 / V3 * e
        return jnp.array([rate - CL / V1 * c - to2 - to3, to2, to3])

    def interval(x: Any, args: Any, t0: float, t1: float, save: Any) -> Any:
        return dx.diffeqsolve(
            dx.ODETerm(field), dx.Tsit5(), t0, t1, 0.01, x, args, saveat=save, stepsize_controller=control
        ).ys

    early, late = TIMES[TIMES < LENGTH], TIMES[TIMES >= LENGTH]

    def one(q: Any) -> Any:
        on, off = jnp.append(q, RATE), jnp.append(q, 0.0)
        first = interval(jnp.zeros(3), on, 0.0, LENGTH, dx.SaveAt(ts=jnp.append(early, LENGTH)))
        second = interval(first[-1], off, LENGTH, TIMES[-1], dx.SaveAt(ts=late))
        return jnp.concatenate([first[:-1], second])[:, 0] / q[1]

    solve = jax.jit(jax.vmap(one))
    return lambda: np.asarray(solve(p))


def timed(run: Any, repeats: int = 3) -> tuple[float, float, Any]:
    """Shortest wall and processor seconds of some runs after a first one, and the answer."""
    answer = run()
    walls, processors = [], []
    for _ in range(repeats):
        wall, processor = time.perf_counter(), time.process_time()
        answer = run()
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    return min(walls), min(processors), answer


def main() -> dict[str, Any]:
    """Measure, print, return the numbers."""
    p, compiled, rows = people(N), model(), []
    reference = exact(p[:50])
    span = reference.max(axis=1, keepdims=True)
    runs = {"closed form": lambda: compiled.solve(batch(p), Settings(method="closed")).y.reshape(N, -1)}
    for rtol in (1e-4, 1e-6):
        runs[f"steps, rtol {rtol:g}"] = lambda rtol=rtol: compiled.solve(
            batch(p), Settings(rtol, rtol * 1e-2, method="ode")
        ).y.reshape(N, -1)
        try:
            runs[f"diffrax Tsit5, rtol {rtol:g}"] = peer(p, rtol)
        except ImportError:
            print("diffrax is not installed (extra `bench`)")
    print(f"{'solver':28}{'patients/s':>12}{'per core-s':>12}{'error':>10}")
    for name, run in runs.items():
        wall, processor, y = timed(run)
        error = float(np.max(np.abs(y[:50] - reference) / span))
        rows.append(
            {"solver": name, "patients_per_s": N / wall, "patients_per_core_s": N / processor, "max_error": error}
        )
        print(f"{name:28}{N / wall:12,.0f}{N / processor:12,.0f}{error:10.1e}")
    return {"benchmark": "three_compartment", "patients": N, "outputs": len(TIMES), "rows": rows}
