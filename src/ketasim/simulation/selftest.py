"""A ten-second check of one machine: two paths to one answer, and packed exponentials."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ketasim.engine.abi import Batch, Op, Settings, State
from ketasim.evidence.fact import Fact
from ketasim.model.component import Component, Parameter, StateVar
from ketasim.model.model import Model, Output

TOLERANCE = 1e-5  # of the profile's maximum
MOSTLY = 5  # packed instructions per single one, at least


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, whether it held, what was seen, and how long it took (seconds)."""

    name: str
    held: bool
    seen: str
    seconds: float


def checks() -> tuple[Check, ...]:
    """Run every check; a check that raises has not held and says why."""
    every = (("closed form against ODE", two_paths), ("exponentials packed", packed))
    return tuple(_timed(name, check) for name, check in every)


def _timed(name: str, check: Callable[[], tuple[bool, str]]) -> Check:
    start = time.perf_counter()
    try:
        held, seen = check()
    except Exception as error:  # the reason is the result
        held, seen = False, f"{type(error).__name__}: {error}"
    return Check(name, held, seen, time.perf_counter() - start)


def _parameter(name: str, unit: str, value: float) -> Parameter:
    fact = Fact(f"selftest.{name}", name, value, unit, ("assumed",), "D", note="a number for the self-test, of no drug")
    return Parameter(name, unit, fact)


def two_compartments() -> Model:
    """A linear model: a central and a peripheral compartment, no drug."""
    body = Component(
        "body",
        (
            _parameter("CL", "L/h", 80.0),
            _parameter("V", "L", 60.0),
            _parameter("Q", "L/h", 90.0),
            _parameter("W", "L", 150.0),
        ),
        (StateVar("A", "mg"), StateVar("P", "mg")),
        equations=("C = A / V", "d/dt(A) = Q * (P / W - C) - CL * C", "d/dt(P) = Q * (C - P / W)"),
    )
    return Model("selftest", "Two compartments", (body,), (Output("C", "body.C", "mg/L"),))


def batch(p: np.ndarray, n_states: int, hours: np.ndarray) -> Batch:
    """Patients with a bolus at 0 h, an infusion from 1 to 2 h into the first state, and outputs at `hours`."""
    n, k = p.shape[0], hours.size
    zeros = np.zeros(n)
    start = State(zeros, np.zeros((n, n_states)), np.zeros((n, n_states)), np.zeros(n, np.int64), zeros.copy())
    ptr = np.arange(n + 1, dtype=np.int64)
    after = np.searchsorted(np.array([0.0, 1.0, 2.0]), hours, side="right")
    return Batch(
        start=start,
        p=p,
        p_ptr=ptr,
        op_t=np.tile([0.0, 1.0, 2.0], n),
        op_k=np.tile(np.array([Op.ADD, Op.RATE, Op.RATE], np.int8), n),
        op_i=np.zeros(3 * n, np.int32),
        op_v=np.tile([10.0, 40.0, -40.0], n),
        op_ptr=3 * ptr,
        out_t=np.tile(hours, n),
        out_after=np.tile(after.astype(np.int32), n),
        out_ptr=k * ptr,
        t_end=np.full(n, hours[-1]),
    )


def two_paths() -> tuple[bool, str]:
    """The closed form and the stiff integrator give the same profile of a two-compartment model."""
    from ketasim.compiler.compile import compile_model
    from ketasim.model.compose import compose

    model = compile_model(compose(two_compartments()))
    spread = np.exp(0.3 * np.sin(np.arange(64.0)))[:, None]
    work = batch(np.ascontiguousarray([80.0, 60.0, 90.0, 150.0] * spread), model.n_states, np.linspace(0.25, 12.0, 48))
    closed, ode = (model.solve(work, Settings(rtol=1e-8, atol=1e-10, method=method)).y for method in ("closed", "ode"))
    error = float(np.max(np.abs(closed - ode)) / np.max(np.abs(closed)))
    return error < TOLERANCE, f"largest difference {error:.1e} of the peak"


def with_exponential() -> Model:
    """A small non-linear model whose rate holds an exponential, a logarithm and a power, no drug."""
    body = Component(
        "body",
        (_parameter("k", "1/h", 0.5), _parameter("g", "1", 1.3)),
        (StateVar("A", "1", "1"),),
        equations=("d/dt(A) = k * (exp(-A) * log(2 + A) - A ** g / (1 + A))",),
    )
    return Model("selftest-exp", "Exponential", (body,), (Output("A", "body.A", "1"),))


def packed() -> tuple[bool, str]:
    """The rate of a model with exp, log and power is compiled to packed instructions that call no function."""
    from ketasim.compiler.compile import compile_model
    from ketasim.engine.machine_code import counted, machine_code
    from ketasim.model.compose import compose

    if platform.machine() not in {"x86_64", "AMD64"}:
        return True, "not counted on this processor"
    model = compile_model(compose(with_exponential()))
    many, single, calls = counted(machine_code(model.path)["step"])
    return many > MOSTLY * single and not calls, f"{many} packed instructions, {single} single, {calls} calls"
