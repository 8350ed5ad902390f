"""Two threads over one, by the clock: a plain loop, which says what the machine allows, then the engine and people.

One and two threads take turns. A repeat during which other programs took a core's share of `OTHERS` or more is done
again, a few times; work takes seconds, so that the start of threads does not count.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba
import numpy as np
import psutil

from benchmarks import mood_model as mood
from benchmarks.population import OUTPUTS, hours
from ketasim.compiler.compile import compile_model
from ketasim.dosing.regimen import Regimen
from ketasim.engine.abi import Settings
from ketasim.pharmacology.shelf import model
from ketasim.population.named import population
from ketasim.simulation.simulate import simulate

OTHERS = 0.05
REPEATS, TRIES = 5, 8
PIECES = 40
IDLE = ("idle", "iowait", "guest", "guest_nice")  # a guest counts as user too
Work = Callable[[int], object]


@numba.njit(nogil=True)
def _loop(values: Any, times: int) -> None:
    for _ in range(times):
        for k in range(values.size):
            values[k] = 1.0 / (values[k] + 1.0)


def plain(workers: int) -> None:
    """Divisions over arrays that fit the innermost cache: nothing is shared, nothing is waited for."""
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda values: _loop(values, 50_000), [np.ones(1_000) for _ in range(PIECES)]))


def kernel() -> Work:
    """The compiled model "dose to mood" without anything around it."""
    made, settings = compile_model(mood.system()), Settings(method="ode")
    batch = mood.batch(mood.parameters(200))

    def work(workers: int) -> None:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(lambda _: made.solve(batch, settings).status, range(PIECES)))

    return work


def people(name: str, n: int, outputs: tuple[str, ...] | None) -> Work:
    """A population from the request to quantiles."""
    regimen = Regimen.preset("spravato-induction")
    at, who = hours(regimen), population("trd-adults", n, 1)
    return lambda workers: simulate(
        model(name), who, regimen, times=at, outputs=outputs, workers=workers, quantiles=True
    )


def timed(work: Work, workers: int) -> tuple[float, float, float]:
    """Seconds by the clock and of the processor, and how many cores others had meanwhile."""
    busy, wall, processor = _busy(), time.perf_counter(), time.process_time()
    work(workers)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    return wall, processor, max(0.0, _busy() - busy - processor) / wall


def _busy() -> float:
    """Processor seconds of all programs so far."""
    spent = psutil.cpu_times()._asdict()
    return float(sum(s for name, s in spent.items() if name not in IDLE))


def compared(name: str, work: Work) -> dict[str, Any]:
    """Best and middle repeat of one thread and of two, by turns, while nobody else was at work."""
    found: dict[int, list[tuple[float, float, float]]] = {1: [], 2: []}
    work(1)
    for _ in range(TRIES):
        for workers, rows in found.items():
            if len([row for row in rows if row[2] < OTHERS]) < REPEATS:
                rows.append(timed(work, workers))
    alone = {k: [row for row in rows if row[2] < OTHERS] or rows for k, rows in found.items()}
    best, middle = ({k: f(row[0] for row in rows) for k, rows in alone.items()} for f in (min, statistics.median))
    spent = {k: min(row[1] for row in rows) for k, rows in alone.items()}
    return {
        "work": name, "one_s": best[1], "two_s": best[2], "speed": best[1] / best[2], "middle": middle[1] / middle[2],
        "processor": spent[2] / spent[1], "others": max(min(row[2] for row in rows) for rows in found.values()),
    }  # fmt: skip


def main() -> dict[str, Any]:
    """Measure, print, return the numbers."""
    works: dict[str, Work] = {
        "a plain loop: what the machine allows": plain,
        "dose to mood, 8,000 patients, the engine alone": kernel(),
        "platform model, 20,000 people to quantiles": people("platform", 20_000, OUTPUTS),
        "pathway to mood, 5,000 people to quantiles": people("pathway", 5_000, None),
    }
    rows = []
    for name, work in works.items():
        rows.append(r := compared(name, work))
        print(
            f"{r['work']:48}{r['one_s']:6.2f} s, {r['two_s']:6.2f} s on two threads: {r['speed']:.2f} times as fast "
            f"(middle repeats {r['middle']:.2f}), {r['processor']:.2f} times the processor seconds; others "
            f"{r['others']:.2f}",
            flush=True,
        )
    return {"rows": rows}
