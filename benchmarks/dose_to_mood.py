"""Patients per second against achieved error on "dose to mood", beside peers, in one run on one core.

Seconds are those of the processor, so that what else the machine does counts little.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from benchmarks import mood_model as mood
from benchmarks.mood_peers import PEERS
from ketasim.compiler.compile import compile_model
from ketasim.engine.abi import CompiledModel, Settings

TOLERANCES = (1e-4, 1e-5, 1e-6, 1e-7)
PEER_TOLERANCES = (1e-4, 1e-6)


def achieved(y: Any, reference: Any) -> dict[str, float]:
    """Largest error of each output over patients and times, as a share of that output's range."""
    n = min(len(y), len(reference))
    span = np.ptp(reference[:n], axis=(0, 1))
    worst = np.max(np.abs(y[:n] - reference[:n]), axis=(0, 1)) / span
    return dict(zip(mood.OUTPUTS, worst.tolist(), strict=True))


def best_time(model: CompiledModel, batch: Any, settings: Settings, repeats: int = 3) -> tuple[float, Any]:
    """Shortest of some runs, and the solution."""
    seconds, solution = [], None
    for _ in range(repeats):
        start = time.process_time()
        solution = model.solve(batch, settings)
        seconds.append(time.process_time() - start)
    return min(seconds), solution


def row(solver: str, rtol: float, rate: float, errors: dict[str, float], **more: float) -> dict[str, Any]:
    return {"solver": solver, "rtol": rtol, "patients_per_s": rate, "max_error": max(errors.values()), **more, **errors}


def ours(model: CompiledModel, n: int, reference: Any) -> list[dict[str, Any]]:
    """Work-precision of our kernel."""
    batch, rows = mood.batch(mood.parameters(n)), []
    for rtol in TOLERANCES:
        seconds, s = best_time(model, batch, Settings(rtol=rtol, atol=rtol * 1e-2, method="ode"))
        y = s.y.reshape(n, -1, len(mood.OUTPUTS))
        rows.append(row("ketasim", rtol, n / seconds, achieved(y, reference), steps=float(s.steps.mean())))
    return rows


def peers(n: int, reference: Any) -> list[dict[str, Any]]:
    """The others; one that is not installed is left out, which is said."""
    rows = []
    for name, make in PEERS.items():
        try:
            run = make()
        except ImportError as missing:
            print(f"{name}: left out, {missing}")
            continue
        for rtol in PEER_TOLERANCES:
            y, seconds = run(mood.parameters(n), rtol, rtol * 1e-2)
            rows.append(row(name, rtol, n / seconds, achieved(y, reference)))
    return rows


def at_error(rows: list[dict[str, Any]], error: float) -> float:
    """Our patients per second where our error is `error`, between work-precision rows (log-log)."""
    mine = sorted((r["max_error"], r["patients_per_s"]) for r in rows if r["solver"] == "ketasim")
    return float(np.exp(np.interp(np.log(error), np.log([e for e, _ in mine]), np.log([v for _, v in mine]))))


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this process on one core where the system can, so that nobody's thread pool helps."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def main(n: int = 400, n_peers: int = 50) -> dict[str, Any]:
    """Measure and print; patients `n` for us and `n_peers` for the slower peers."""
    start = time.perf_counter()
    model = compile_model(mood.system())
    model.solve(mood.batch(mood.parameters(1)), Settings(method="ode"))
    compile_s = time.perf_counter() - start
    reference = mood.reference()
    if reference is None:
        tight = model.solve(mood.batch(mood.parameters(50)), Settings(rtol=1e-11, atol=1e-13, method="ode"))
        reference = tight.y.reshape(50, -1, len(mood.OUTPUTS))
    with one_core():
        rows = ours(model, n, reference) + peers(n_peers, reference)
    for r in rows:
        r["ratio_at_equal_error"] = at_error(rows, r["max_error"]) / r["patients_per_s"]
        print(
            f"{r['solver']:<24} rtol {r['rtol']:.0e}  {r['patients_per_s']:9.1f} patients/s  "
            f"error {r['max_error']:.1e}  ketasim at that error: {r['ratio_at_equal_error']:6.1f} times"
        )
    print(f"compile or load and first run: {compile_s:.1f} s")
    return {"patients": n, "peer_patients": n_peers, "rows": rows, "first_run_s": compile_s}
