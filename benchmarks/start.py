"""Processor seconds to start: imports, and the first answer of a model with an empty and with a filled cache."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from typing import Any

IMPORTS = ("ketasim", "ketasim.cli.main", "ketasim.simulation.simulate")
CLOCK = "import time; start = time.process_time(); {}; print(time.process_time() - start)"
FIRST = """
from ketasim.engine.abi import Settings
{make}
from benchmarks import first_answer
first_answer.solve(made, Settings(method={method!r}))
"""
MODELS = {
    "20 states, benchmark model": "from benchmarks import mood_model; "
    "from ketasim.compiler.compile import compile_model; made = compile_model(mood_model.system())",
    "platform model": "from ketasim.compiler.ready import ready; from ketasim.pharmacology.shelf import model; "
    "made = ready(model('platform')).compiled",
}


def seconds(code: str, cache: str | None = None) -> float:
    """Of a piece of code in a process of its own, its start not counted."""
    lines = [line for line in code.strip().splitlines() if line]
    environment = {**os.environ, **({"KETASIM_CACHE": cache} if cache else {})}
    script = CLOCK.format("; ".join(lines))
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def main(repeats: int = 3) -> dict[str, Any]:
    """Measure, print, return the numbers."""
    imports = {name: min(seconds(f"import {name}") for _ in range(repeats)) for name in IMPORTS}
    rows = []
    for name, make in MODELS.items():
        for method in ("ode", "auto"):
            code = FIRST.format(make=make, method=method)
            with tempfile.TemporaryDirectory() as folder:
                cold = seconds(code, folder)
                rows.append({
                    "model": name, "method": method, "cold_s": cold,
                    "warm_s": min(seconds(code, folder) for _ in range(repeats)),
                })  # fmt: skip
    for name, value in imports.items():
        print(f"import {name:32}{value:8.2f} s")
    for r in rows:
        print(f"first answer, {r['model']:28} {r['method']:5} cold {r['cold_s']:6.2f} s, warm {r['warm_s']:5.2f} s")
    return {"imports_s": imports, "rows": rows}
