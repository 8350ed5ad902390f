"""`ketasim simulate`: one regimen, or a data set, in one person or many."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ketasim.cli import request
from ketasim.cli.console import emit, frame_rows, notice, say, table
from ketasim.cli.files import write
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
    Times,
    Workers,
)
from ketasim.cli.work import perform, provenance
from ketasim.errors import RequestError
from ketasim.report.style import NOTICE, measure_label, unit_label

if TYPE_CHECKING:
    from ketasim.simulation.run import Run


def simulate(
    regimen: Annotated[
        str | None, typer.Argument(metavar="REGIMEN", help="A preset of `ketasim list presets`, or a .toml file.")
    ] = None,
    model: ModelName = "platform",
    population: Population = None,
    patients: Patients = None,
    people: People = None,
    person: Person = None,
    data: Annotated[
        Path | None, typer.Option("--data", metavar="FILE.csv", help="A NONMEM-style data set in place of a regimen.")
    ] = None,
    days: Days = None,
    times: Times = None,
    outputs: Outputs = None,
    param: Param = None,
    typical: Annotated[
        bool, typer.Option("--typical", metavar="", help="One typical person, without random effects.")
    ] = False,
    residual: Annotated[bool, typer.Option("--residual", metavar="", help="Add the model's residual error.")] = False,
    quantiles: Annotated[
        bool, typer.Option("--quantiles", metavar="", help="Keep quantiles only; for populations beyond memory.")
    ] = False,
    out: Out = None,
    force: Force = False,
    seed: Seed = 0,
    workers: Workers = None,
    chunk: Chunk = None,
    as_json: Json = False,
) -> None:
    """Simulate a regimen, or a data set, in one person or a population."""
    if (regimen is None) == (data is None):
        raise RequestError("Say what is given: either a REGIMEN (a preset or a .toml file) or --data FILE.csv.")
    given: Any = request.regimen_of(regimen) if regimen is not None else None
    whole = given is None or outputs is not None or param is not None
    chosen = request.model_of(model) if whole else request.model_for(model, [given])
    named = request.outputs_of(outputs, chosen)
    settings: dict[str, Any] = {
        "days": days,
        "times": request.times_of(times),
        "outputs": named if given is None else named or request.default_outputs(chosen, given),
        "overrides": request.overrides_of(param, chosen),
        "typical": typical,
        "residual": residual,
        "quantiles": quantiles,
        "seed": seed,
        "workers": workers,
        "chunk": chunk,
        "out": out,
        "force": force,
    }
    who = None
    if data is not None:
        request.refuse_people_beside_data(population, patients, people, person)
        given = request.data_of(data, chosen)
    elif not typical or people is not None or person is not None:
        who = request.people_of(population, patients, people, person, seed)
    run = perform(chosen, who, given, label=regimen or str(data), settings=settings)
    if out is not None:
        write_report(run, out, words=asked(regimen, data, settings))
    if as_json:
        emit(as_mapping(run, out))
    else:
        show(run)
    notice(run.warnings)
    if out is not None:
        say(f"Wrote {out} with the report {out / 'report.html'}.")
    elif not as_json:
        say("Nothing was written; add --out DIR to keep the results and a report.")


def asked(regimen: str | None, data: Path | None, settings: dict[str, Any]) -> dict[str, str]:
    """The request in words, for the report."""
    found = {"Regimen": regimen, "Data set": None if data is None else str(data)}
    found |= {"Changed parameters": ", ".join(f"{k} = {v:g}" for k, v in settings["overrides"].items())}
    found |= {"Typical person": "yes" if settings["typical"] else None, "Seed": str(settings["seed"])}
    found |= {"Residual error": "added" if settings["residual"] else None}
    return {name: value for name, value in found.items() if value}


def write_report(run: Run, out: Path, words: dict[str, str]) -> None:
    """report.html in the run folder, whole or not at all."""
    from ketasim.report import page
    from ketasim.report import run as of_run

    given = {**words, "Doses": "; ".join(map(str, run.regimen.tables))} if run.regimen is not None else words
    write(out / "report.html", page.render(of_run.page(run, given, provenance(run))))


def as_mapping(run: Run, out: Path | None) -> dict[str, Any]:
    """The result for machines."""
    from ketasim.simulation.beside import of_data_set

    curves = {}
    for name in run.outputs:
        low, median, high = run.band(name, (0.05, 0.5, 0.95))
        curves[name] = {"unit": run.unit(name), "p5": low, "median": median, "p95": high}
    return {
        "model": run.model.name,
        "regimen": run.regimen.name if run.regimen is not None else None,
        "people": {"n": run.n, "label": run.people.label},
        "status": run.status,
        "warnings": run.warnings,
        "notice": NOTICE,
        "summary": frame_rows(run.summary()),
        "time_h": run.times,
        "curves": curves,
        "observed": [asdict(one) for one in of_data_set(run)],
        "folder": None if out is None else str(out),
    }


def show(run: Run) -> None:
    """The exposure of the people as a table."""
    from ketasim.report.run import is_exposure, who

    rows = [row for row in frame_rows(run.summary()) if row["n"] and is_exposure(run, row["output"])]
    head: tuple[str, ...] = ("output", "measure", "unit", "median", "5 %", "95 %", "CV %")
    keys = ("output", "measure", "unit", "median", "p5", "p95", "cv_percent")
    shown = [
        [{**r, "unit": unit_label(r["unit"]), "measure": measure_label(r["measure"])}[c] for c in keys] for r in rows
    ]
    if run.n == 1:
        head, shown = (*head[:3], "value"), [row[:4] for row in shown]
    title = run.regimen.title or run.regimen.name if run.regimen is not None else "data set"
    print(f"{title}\n{who(run)}, {run.times[-1]:g} h, model {run.model.name}\n")
    table(head, once_each(shown))


def once_each(rows: list[list[Any]]) -> list[list[Any]]:
    """Rows in which a name that repeats the one above it is left out."""
    return [["" if k and row[0] == rows[k - 1][0] else row[0], *row[1:]] for k, row in enumerate(rows)]
