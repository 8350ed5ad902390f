"""`python -m benchmarks NAME [--out FILE]`: run one measurement, print its table, write its numbers as JSON."""

from __future__ import annotations

import argparse
import importlib
import json
import platform
from pathlib import Path

REGISTRY = {"dose_to_mood": "benchmarks.dose_to_mood", "three_compartment": "benchmarks.three_compartment"}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", choices=sorted(REGISTRY))
    parser.add_argument("--out", type=Path, help="file for the numbers; default .benchmarks/NAME.json")
    chosen = parser.parse_args()
    result = importlib.import_module(REGISTRY[chosen.name]).main()
    out = chosen.out or Path(".benchmarks") / f"{chosen.name}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    result["machine"] = {"cpu": platform.processor() or platform.machine(), "python": platform.python_version()}
    out.write_text(json.dumps(result, indent=1))
    print(f"written: {out}")


if __name__ == "__main__":
    main()
