"""The page docs/benchmarks.md from the numbers of the last runs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

HEAD = """# How fast it is

Written by `./dev bench report` from the last run of each measurement (`./dev bench all`). Speeds depend on the machine;
ratios were measured in one run, peers beside us on the same core.
"""

AIM = 1.8  # of two threads over one
FREE = 0.05  # cores that others may have while two threads are measured


def table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A table in Markdown."""
    lines = ["| " + " | ".join(heads) + " |"]
    lines.append("|" + "---|" * (lines[0].count("|") - 1))
    return "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows)])


def dose_to_mood(r: dict[str, Any]) -> str:
    """Work and precision beside the peers."""
    rows = (
        (
            x["solver"], f"{x['rtol']:.0e}", f"{x['patients_per_s']:,.0f}", f"{x['max_error']:.1e}",
            "" if x["solver"] == "ketasim" else f"{x['ratio_at_equal_error']:.0f}",
        )
        for x in r["rows"]
    )  # fmt: skip
    return f"""## Dose to mood: a stiff model of 20 states, 20 nasal doses, 180 days, 1,081 times of 5 outputs

One core. "Error" is the largest over patients and times as a share of that output's range; the last column is our speed
at the error of that row over its speed.

{table(("solver", "rtol", "patients/s", "error", "ketasim at that error, times as fast"), rows)}
"""


def scale(r: dict[str, Any]) -> str:
    """Two threads over one, the machine's own limit first."""
    rows = (
        (x["work"], f"{x['one_s']:.2f}", f"{x['two_s']:.2f}", f"{x['speed']:.2f}", f"{x['middle']:.2f}",
         f"{x['processor']:.2f}")
        for x in r["rows"]
    )  # fmt: skip
    heads = ("work", "one thread, s", "two threads, s", "times as fast", "middle repeats", "processor seconds")
    return f"""## Two threads over one

By the clock, best of five repeats each, one and two threads by turns while nobody else was at work. The first row is a
plain loop in the innermost cache: more than that the machine does not give. The last column is what two threads cost
over one, as a ratio.

{table(heads, rows)}

{reached(r["rows"])}
"""


def reached(rows: list[dict[str, Any]]) -> str:
    """Whether the aim of two threads over one is met, row by row, where the machine was free to tell."""
    if any(x["others"] >= FREE for x in rows):
        return "The machine was busy with other work, so that speeds on two threads say little."
    missed = [x["work"] for x in rows if x["speed"] < AIM]
    return f"The aim of {AIM} is missed by: {'; '.join(missed)}." if missed else f"The aim of {AIM} is reached by all."


def three_compartment(r: dict[str, Any]) -> str:
    """The linear model beside diffrax."""
    rows = (
        (x["solver"], f"{x['patients_per_s']:,.0f}", f"{x['patients_per_core_s']:,.0f}", f"{x['max_error']:.1e}")
        for x in r["rows"]
    )
    return f"""## A three-compartment infusion, {r["patients"]:,} patients, {r["outputs"]} times

{table(("solver", "patients/s", "patients per core and s", "error"), rows)}
"""


def start(r: dict[str, Any]) -> str:
    """Imports and first answers."""
    imports = ((f"`import {name}`", f"{s:.2f}") for name, s in r["imports_s"].items())
    firsts = ((x["model"], x["method"], f"{x['cold_s']:.1f}", f"{x['warm_s']:.2f}") for x in r["rows"])
    return f"""## Start

{table(("import", "s"), imports)}

Processor seconds. A first answer in a new process, imports and the making of the model included; cold: with an empty
cache, so that what all models share is compiled too.

{table(("model", "method", "cold, s", "warm, s"), firsts)}
"""


def cost(r: dict[str, Any]) -> str:
    """Microseconds a patient."""
    rows = (
        (x["grows"], x["patients"], x["states"], x["doses"], x["method"], f"{x['microseconds_per_patient']:.1f}")
        for x in r["rows"]
    )
    return f"""## Cost against the numbers of patients, states and doses

A central compartment with others around it, over two weeks, an output every four hours, one core.

{table(("grows", "patients", "states", "doses", "method", "microseconds per patient"), rows)}
"""


def population(r: dict[str, Any]) -> str:
    """Time and memory of populations."""
    rows = (
        (
            f"{x['patients']:,}",
            x["workers"],
            x["times"],
            x["outputs"],
            f"{x['seconds']:.1f}",
            f"{x['peak_bytes'] / 1e9:.2f}",
        )
        for x in r["rows"]
    )
    return f"""## Populations to quantiles: 28 days of nasal esketamine, the platform model

{table(("patients", "threads", "times", "outputs", "s", "peak memory, GB"), rows)}
"""


def commands(r: dict[str, Any]) -> str:
    """What a user waits for."""
    rows = ((f"`ketasim {x['command']}`", f"{x['first_s']:.1f}", f"{x['again_s']:.1f}") for x in r["rows"])
    return f"""## Commands, from the shell to the report

By the clock, on all cores; the first run may compile.

{table(("command", "first, s", "again, s"), rows)}
"""


SECTIONS = (dose_to_mood, scale, three_compartment, start, population, commands, cost)


def page(kept: Path) -> str:
    """The whole page; a measurement that was not run is left out, which is said."""
    parts, missing, machines = [HEAD], [], []
    for section in SECTIONS:
        file = kept / f"{section.__name__}.json"
        if file.exists():
            result = json.loads(file.read_text(encoding="utf-8"))
            machines.append(result["machine"])
            parts.append(section(result))
        else:
            missing.append(section.__name__)
    kinds = {
        f"{m['system']} {m['architecture']}, {m['cores']} cores, {m['vectors']}, Python {m['python']}" for m in machines
    }
    parts.insert(1, f"Machine: {'; '.join(sorted(kinds))}.\n")
    if missing:
        parts.append(f"Not run: {', '.join(missing)}.\n")
    return "\n".join(parts)
