"""One model for all tests of the stepping engine: parts with known solutions side by side, compiled once."""

from __future__ import annotations

from functools import cache

import numpy as np
import sympy

from ketasim.compiler.compile import compile_model
from ketasim.engine.abi import Batch, Op, Settings, State
from ketasim.model.system import System

STATES = ("A", "C", "M", "L", "N", "R1", "R2", "R3")
PARAMETERS = {"k": 0.7, "k2": 0.2, "Vm": 3.0, "Km": 1.5, "M0": 10.0, "r": 0.4, "K": 5.0, "s": 40.0, "g": 1.8}
TIGHT = Settings(rtol=1e-9, atol=1e-12, method="ode")
ODE = Settings(method="ode")


def system() -> System:
    """A to C; Michaelis-Menten M; logistic L; forced N = cos t; Robertson R; outputs with exp, log and a power."""
    s = {n: sympy.Symbol(n, real=True) for n in STATES}
    p = {n: sympy.Symbol(n, real=True) for n in PARAMETERS}
    t = sympy.Symbol("t", real=True)
    a, c, m, lo, n, r1, r2, r3 = s.values()
    slow, fast = sympy.Float(0.04) * r1, 1.0e4 * r2 * r3
    derivatives = (
        -p["k"] * a,
        p["k"] * a - p["k2"] * c,
        -p["Vm"] * m / (p["Km"] + m),
        p["r"] * lo * (1 - lo / p["K"]),
        -p["s"] * (n - sympy.cos(t)) - sympy.sin(t),
        -slow + fast,
        slow - fast - 3.0e7 * r2**2,
        3.0e7 * r2**2,
    )
    initial = (0, 0, p["M0"], sympy.Rational(1, 2), 1, 1, 0, 0)
    outputs = (*s.values(), sympy.exp(-a) + sympy.log(1 + c) + (1 + c) ** p["g"])
    return System(
        "exam", tuple(s.values()), tuple(p.values()), t, (), derivatives, tuple(map(sympy.sympify, initial)),
        (*STATES, "mixed"), outputs,
    )  # fmt: skip


@cache
def model():
    return compile_model(system())


def row(**changes):
    return np.array([[changes.get(n, v) for n, v in PARAMETERS.items()]])


def patient(ops=(), times=(), rows=None, end=np.nan, after=None):
    """One patient: ops (time, Op, index, value) and output times, which come before operations of their time."""
    ops, times = sorted(ops, key=lambda o: o[0]), np.asarray(times, float)
    at = np.array([o[0] for o in ops], float)
    before = np.searchsorted(at, times, side="left")
    return ops, times, row() if rows is None else rows, end, before if after is None else np.asarray(after)


def batch(*patients, start=None):
    """Patients together as the engine takes them."""
    n = len(patients)
    ops = [o for p in patients for o in p[0]]

    def ptr(i):
        return np.concatenate([[0], np.cumsum([len(p[i]) for p in patients])]).astype(np.int64)

    rows = np.concatenate([p[2] for p in patients])
    if start is None:
        x = model().initial(np.array([p[2][0] for p in patients]))
        start = State(np.zeros(n), x, np.zeros_like(x), np.zeros(n, np.int64), np.zeros(n))
    return Batch(
        start, rows, ptr(2), np.array([o[0] for o in ops], float), np.array([o[1] for o in ops], np.int8),
        np.array([o[2] for o in ops], np.int32), np.array([o[3] for o in ops], float), ptr(0),
        np.concatenate([p[1] for p in patients]), np.concatenate([p[4] for p in patients]).astype(np.int32), ptr(1),
        np.array([p[3] for p in patients], float),
    )  # fmt: skip


def varied(n, seed=3):
    """Patients that differ in parameters, doses, times and number of outputs."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(n):
        rows = row(k=rng.uniform(0.2, 2), Vm=rng.uniform(1, 5), s=rng.uniform(5, 80))
        ops = [
            (rng.uniform(0, 30), Op.ADD, int(rng.integers(0, 3)), rng.uniform(0, 9)) for _ in range(rng.integers(0, 5))
        ]
        made.append(patient(ops, np.sort(rng.uniform(0, 40, rng.integers(1, 30))), rows, end=40.0))
    return made
