"""`ketasim compare`: several regimens in the same virtual people."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from string import ascii_uppercase
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ketasim.cli import request
from ketasim.cli.console import emit, notice, say, table
from ketasim.cli.files import folder_for, write_all
from ketasim.cli.options import (
    Chunk,
    Days,
    Force,
    Json,
    ModelName,
    Out,
    Outputs,
    Param,
    Patients,
    People,
    Person,
    Population,
    Seed,
    Workers,
)
from ketasim.cli.work import perform, provenance
from ketasim.errors import RequestError
from ketasim.report.style import NOTICE, unit_label

if TYPE_CHECKING:
    from ketasim.simulation.comparison import Difference
    from ketasim.simulation.run import Run

FILES = ("comparison.csv", "report.html")


def compare(
    regimens: Annotated[
        list[str], typer.Argument(metavar="REGIMEN REGIMEN …", help="Presets or .toml files, the reference first.")
    ],
    model: ModelName = "platform",
    population: Population = None,
    patients: Patients = None,
    people: People = None,
    person: Person = None,
    days: Days = None,
    outputs: Outputs = None,
    param: Param = None,
    out: Out = None,
    force: Force = False,
    seed: Seed = 0,
    workers: Workers = None,
    chunk: Chunk = None,
    as_json: Json = False,
) -> None:
    """Compare regimens in the same virtual people: Cmax, Tmax and AUC, each difference with its standard error.

    The standard error is that of the mean difference for the number of people asked, each compared with themselves.
    """
    from ketasim.simulation.comparison import common_days, differences

    if len(regimens) < 2:
        raise RequestError(f"A comparison takes two regimens or more, got {regimens[0]!r} alone.")
    given = {regimen.name: regimen for regimen in map(request.regimen_of, regimens)}
    if len(given) < len(regimens):
        raise RequestError("Two of the regimens have the same name; give each its own `name`.")
    place = None if out is None else folder_for(out, FILES, force)
    every = list(given.values())
    whole = outputs is not None or param is not None
    chosen = request.model_of(model) if whole else request.model_for(model, every)
    wanted = request.outputs_of(outputs, chosen) or request.common_outputs(chosen, every)
    who = request.people_of(population, patients, people, person, seed)
    settings: dict[str, Any] = {
        "days": days or common_days(every),
        "outputs": wanted,
        "overrides": request.overrides_of(param, chosen),
        "seed": seed,
        "workers": workers,
        "chunk": chunk,
    }
    runs = {name: perform(chosen, who, one, label=name, settings=settings) for name, one in given.items()}
    found = differences(runs)
    if place is not None:
        write_all(place, documents(runs, found, regimens, seed))
    warnings = tuple(dict.fromkeys(line for run in runs.values() for line in run.warnings))
    if as_json:
        emit(as_mapping(runs, found, warnings, out))
    else:
        show(runs, found)
    notice(warnings)
    if out is not None:
        say(f"Wrote {' and '.join(str(out / name) for name in FILES)}.")


def as_mapping(
    runs: dict[str, Run], found: tuple[Difference, ...], warnings: tuple[str, ...], out: Path | None
) -> dict[str, Any]:
    """The comparison for machines."""
    first = next(iter(runs.values()))
    return {
        "model": first.model.name,
        "regimens": list(runs),
        "reference": next(iter(runs)),
        "people": {"n": first.n, "label": first.people.label},
        "hours": first.times[-1],
        "status": {name: run.status for name, run in runs.items()},
        "warnings": warnings,
        "notice": NOTICE,
        "comparison": [asdict(one) for one in found],
        "folder": None if out is None else str(out),
    }


def show(runs: dict[str, Run], found: tuple[Difference, ...]) -> None:
    """The comparison as one table per output, regimens by letter."""
    from ketasim.report.run import is_exposure

    first = next(iter(runs.values()))
    letters = dict(zip(runs, ascii_uppercase, strict=False))
    print(f"{first.n:,} people ({first.people.label}), {first.times[-1]:g} h, model {first.model.name}")
    for name, run in runs.items():
        title = run.regimen.title if run.regimen is not None else ""
        print(f"  {letters[name]}  {name}{': ' if title else ''}{title}")
    print("Difference: mean over people of this regimen less A; SE: its standard error.\n")
    for output in dict.fromkeys(one.output for one in found if is_exposure(first, one.output)):
        rows = []
        for one in (d for d in found if d.output == output):
            mine = one.regimen == next(iter(runs))
            gap: list[object] = ["", "", ""] if mine else [one.difference, one.se, one.ratio]
            unit = unit_label(one.unit)
            name = (f"{one.measure} ({unit})" if unit else one.measure) if mine else ""
            rows.append([name, letters[one.regimen], one.mean, one.sd, *gap])
        table((output, "", "mean", "SD", "difference", "SE", "ratio"), rows)


def documents(runs: dict[str, Run], found: tuple[Difference, ...], regimens: list[str], seed: int) -> dict[str, str]:
    """The files of a comparison by name."""
    from ketasim.report import comparison, page

    first = next(iter(runs.values()))
    words = {"Regimens": ", ".join(regimens), "Seed": str(seed)}
    return {
        "comparison.csv": comparison.as_csv(found),
        "report.html": page.render(comparison.page(runs, found, words, provenance(first))),
    }
