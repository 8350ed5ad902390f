"""Time and memory of 100,000 patients over 28 days to quantiles: nasal esketamine, the platform model, five outputs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import numpy as np

OUTPUTS = (
    "plasma esketamine",
    "plasma arketamine",
    "plasma norketamine",
    "plasma hydroxynorketamine",
    "NMDA occupancy",
)
CODE = """
import json, sys, time
import psutil
from benchmarks.population import hours as grid
from ketasim.dosing.regimen import Regimen
from ketasim.pharmacology.shelf import model
from ketasim.population.named import population
from ketasim.simulation.simulate import simulate

n, workers, outputs = json.loads(sys.argv[1])
regimen = Regimen.preset("spravato-induction")
hours = grid(regimen)
people = population("trd-adults", n, 1)
simulate(model("platform"), population("trd-adults", 32, 1), regimen, times=hours, outputs=outputs)
start = time.perf_counter()
run = simulate(model("platform"), people, regimen, times=hours, outputs=outputs, workers=workers, quantiles=True)
run.quantiles([0.05, 0.5, 0.95])
seconds = time.perf_counter() - start
if sys.platform == "linux":  # ru_maxrss would count what the process that started this one holds
    peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) * 1024
elif sys.platform == "darwin":
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
else:
    peak = psutil.Process().memory_info().peak_wset
print(json.dumps({"patients": n, "workers": workers, "times": len(hours), "outputs": len(outputs),
                  "doses": len(regimen.schedule()), "seconds": seconds, "peak_bytes": peak}))
"""


def hours(regimen: Any) -> Any:
    """Every day of 28, and every hour of a day with a dose."""
    starts = sorted({24.0 * int(dose.time // 24) for dose in regimen.schedule()})
    found = np.unique(np.concatenate([np.arange(0.0, 28 * 24 + 1, 24), *(s + np.arange(25.0) for s in starts)]))
    return found[found <= 28 * 24]


def measured(n: int, workers: int) -> dict[str, Any]:
    """In a process of its own, so that nothing else counts."""
    arguments = [sys.executable, "-c", CODE, json.dumps([n, workers, OUTPUTS])]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main(sizes: tuple[int, ...] = (1_000, 10_000, 100_000)) -> dict[str, Any]:
    """Measure, print, return the numbers; the last size on one thread too."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    rows = [measured(n, workers) for n, workers in [*((n, cores) for n in sizes), (sizes[1], 1)]]
    for r in rows:
        print(
            f"{r['patients']:8,} patients on {r['workers']} threads, {r['times']} times, {r['outputs']} outputs: "
            f"{r['seconds']:7.1f} s, peak {r['peak_bytes'] / 1e9:.2f} GB"
        )
    return {"rows": rows}
