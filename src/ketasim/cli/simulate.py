"""`ketasim simulate`: one regimen, or a data set, in one person or many."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ketasim.cli import request
from ketasim.cli.console import emit, frame_rows, notice, say, table
from ketasim.cli.failure import Interrupted
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
from ketasim.errors import RequestError, WorkError

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
    typical: Annotated[bool, typer.Option("--typical", help="One typical person, without random effects.")] = False,
    residual: Annotated[bool, typer.Option("--residual", help="Add the model's residual error.")] = False,
    quantiles: Annotated[
        bool, typer.Option("--quantiles", help="Keep quantiles only; for populations beyond memory.")
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
    asked = request.ask(**{k: v for k, v in locals().items() if k != "as_json"})
    run = perform(asked, out)
    check(run)
    folder = write_report(run, out)
    if as_json:
        emit(as_mapping(run, folder))
    else:
        show(run)
    notice(run.warnings)
    if folder:
        say(f"Run folder: {folder}; report: {folder / 'report.html'}")
