"""Seconds that a user waits for two commands, from the shell to the report: a population on to mood, and `demo`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from typing import Any

COMMANDS = (
    ("simulate", "spravato-induction", "--model", "pathway", "--patients", "1000", "--days", "56", "--out", "run"),
    ("demo",),
)


def seconds(words: tuple[str, ...]) -> float:
    """By the clock, in an empty folder and a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "ketasim", *words], cwd=folder, capture_output=True, check=True)
        return time.perf_counter() - start


def main() -> dict[str, Any]:
    """Measure, print, return the numbers; the first run of each fills the cache, the second counts."""
    rows = []
    for words in COMMANDS:
        rows.append({"command": " ".join(words), "first_s": seconds(words), "again_s": seconds(words)})
        print(f"{rows[-1]['command']}: {rows[-1]['first_s']:.1f} s, again {rows[-1]['again_s']:.1f} s")
    return {"rows": rows}
