"""`python -m benchmarks NAME`: run one measurement, or `all`; `report` writes docs/benchmarks.md from what was kept."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
from pathlib import Path

from benchmarks import report

NAMES = ("dose_to_mood", "scale", "three_compartment", "start", "cost", "population", "commands")
KEPT = Path(".benchmarks")


def machine() -> dict[str, str | int]:
    """What kind of machine it is, without its name."""
    return {
        "system": platform.system(),
        "architecture": platform.machine(),
        "cores": os.cpu_count() or 1,
        "vectors": vectors(),
        "python": platform.python_version(),
    }


def vectors() -> str:
    """The widest vector instructions."""
    from llvmlite import binding

    features = binding.get_host_cpu_features()
    return next((name for key, name in (("avx512f", "AVX-512"), ("avx2", "AVX2")) if features.get(key)), "128 bits")


def measure(name: str, out: Path) -> None:
    """Run one measurement and keep its numbers."""
    print(f"--- {name}")
    result = importlib.import_module(f"benchmarks.{name}").main()
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({**result, "machine": machine()}, indent=1), encoding="utf-8")
    print(f"written: {out}")


def main() -> None:
    """Do what was asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", choices=[*NAMES, "all", "report"])
    parser.add_argument("--out", type=Path, help="file for the numbers; default .benchmarks/NAME.json")
    chosen = parser.parse_args()
    if chosen.name == "report":
        page = Path("docs") / "benchmarks.md"
        page.write_text(report.page(KEPT), encoding="utf-8")
        print(f"written: {page}")
        return
    for name in NAMES if chosen.name == "all" else (chosen.name,):
        measure(name, chosen.out or KEPT / f"{name}.json")


if __name__ == "__main__":
    main()
