"""What a patient costs as the numbers of patients, states and doses grow, stepping and closed form, on one core."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import sympy

from benchmarks.dose_to_mood import one_core
from ketasim.compiler.compile import compile_model
from ketasim.engine.abi import Batch, CompiledModel, Op, Settings, State
from ketasim.model.system import System

PATIENTS, STATES, DOSES = (16, 64, 256, 1024, 4096), (2, 5, 10, 20, 40, 80), (1, 4, 16, 64)
DAYS = 14.0


def star(n: int) -> CompiledModel:
    """A central compartment that is emptied, and n - 1 others around it, each with a pace of its own."""
    x = sympy.symbols(f"x0:{n}")
    k, v = sympy.symbols("k v")
    flows = [k * (x[0] / n - x[i] / (1 + sympy.Rational(i, 3))) for i in range(1, n)]
    derivatives = (-k * x[0] - sum(flows), *flows)
    zero, name = (sympy.Integer(0),) * n, f"star of {n}"
    return compile_model(System(name, x, (k, v), sympy.Symbol("t"), (), derivatives, zero, ("c",), (x[0] / v,)))


def batch(patients: int, n_states: int, doses: int) -> Batch:
    """Doses spread over two weeks, an output every four hours."""
    out, each = np.arange(0.0, 24.0 * DAYS + 1, 4.0), np.arange(patients + 1)
    at = np.linspace(0.0, 24.0 * DAYS, doses, endpoint=False)
    x = np.zeros((patients, n_states))
    start = State(np.zeros(patients), x, x.copy(), np.zeros(patients, np.int64), np.zeros(patients))
    p = np.exp(0.3 * np.random.default_rng(1).standard_normal((patients, 2))) * [0.5, 10.0]
    after = np.searchsorted(at, out, side="right").astype(np.int32)
    return Batch(
        start, p, each, np.tile(at, patients), np.full(patients * doses, Op.ADD, np.int8),
        np.zeros(patients * doses, np.int32), np.full(patients * doses, 100.0), doses * each, np.tile(out, patients),
        np.tile(after, patients), len(out) * each, np.full(patients, 24.0 * DAYS),
    )  # fmt: skip


def measured(what: str, patients: int, states: int, doses: int) -> list[dict[str, Any]]:
    """Microseconds per patient, both ways."""
    model, work, rows = star(states), batch(patients, states, doses), []
    for method in ("ode", "closed"):
        model.solve(batch(1, states, 1), Settings(method=method))
        best = np.inf
        for _ in range(3):
            start = time.process_time()
            model.solve(work, Settings(method=method))
            best = min(best, time.process_time() - start)
        row = {"grows": what, "patients": patients, "states": states, "doses": doses, "method": method}
        rows.append({**row, "microseconds_per_patient": 1e6 * best / patients})
        print(
            f"{patients:6} patients {states:4} states {doses:4} doses {method:7}{1e6 * best / patients:10.1f} us each"
        )
    return rows


def main() -> dict[str, Any]:
    """Measure, print, return the numbers."""
    rows = []
    with one_core():
        for n in PATIENTS:
            rows += measured("patients", n, 10, 4)
        for n in STATES:
            rows += measured("states", 512, n, 4)
        for n in DOSES:
            rows += measured("doses", 512, 10, n)
    return {"rows": rows}
