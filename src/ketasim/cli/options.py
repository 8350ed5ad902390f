"""Options that several commands share, each named and worded once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def as_path(text: str | Path) -> Path:
    """A path as given; an empty one (of a variable that is not set) is refused, for it would mean this folder."""
    if not str(text).strip():
        raise typer.BadParameter("a path was expected, an empty text came; '.' is the current folder")
    return Path(text)


Json = Annotated[bool, typer.Option("--json", metavar="", help="Print the result as JSON on standard output.")]
Seed = Annotated[
    int, typer.Option("--seed", metavar="N", min=0, help="Seed of every random draw; the same seed, the same people.")
]
Workers = Annotated[
    int | None, typer.Option("--workers", metavar="N", min=1, help="Threads to use; by default every core.")
]
Chunk = Annotated[
    int | None,
    typer.Option("--chunk", metavar="N", min=1, help="Patients per piece of work; changes memory, never results."),
]
# taken by every command, so that scripts may add them everywhere; nothing is drawn or spread over threads there
IdleSeed = Annotated[int, typer.Option("--seed", min=0, hidden=True)]
IdleWorkers = Annotated[int | None, typer.Option("--workers", min=1, hidden=True)]
IdleChunk = Annotated[int | None, typer.Option("--chunk", min=1, hidden=True)]

Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", parser=as_path, help="Folder to write; without it results are only printed."),
]
Force = Annotated[bool, typer.Option("--force", metavar="", help="Overwrite an earlier run in --out.")]
ModelName = Annotated[str, typer.Option("--model", metavar="NAME", help="A model of `ketasim list models`.")]
ChosenModel = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="NAME",
        help="A model of `ketasim list models`; by default platform, or pathway where mood is asked for.",
        show_default=False,
    ),
]
Control = Annotated[
    str | None,
    typer.Option(
        "--control",
        metavar="WORD",
        help='What the patient can tell: none, open, saline, "placebo spray", midazolam, masked (pathway models).',
    ),
]
Background = Annotated[
    str | None,
    typer.Option(
        "--background",
        metavar="WORD",
        help='Other antidepressant: none, stable, "new oral antidepressant" (pathway models).',
    ),
]
Setting = Annotated[
    str | None, typer.Option("--setting", metavar="WORD", help="outpatient or admitted, in a crisis (pathway models).")
]
Patients = Annotated[int | None, typer.Option("--patients", metavar="N", help="How many virtual people.")]
Population = Annotated[
    str | None, typer.Option("--population", metavar="NAME", help="A population of `ketasim list populations`.")
]
People = Annotated[
    Path | None, typer.Option("--people", metavar="FILE.csv", parser=as_path, help="People of your own, one per row.")
]
Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="FILE.csv", parser=as_path, help="A NONMEM-style data set in place of a regimen."),
]
Person = Annotated[
    str | None, typer.Option("--person", metavar="TEXT", help='One person, as "AGE=45,WT=80,SEX=female".')
]
Days = Annotated[float | None, typer.Option("--days", metavar="D", help="Days to simulate from the first dose.")]
Times = Annotated[
    str | None,
    typer.Option(
        "--times", metavar="LIST", help='Times to keep: "0,1,2,24" hours, "30 min", "2 days", or a grid "0:24:0.5".'
    ),
]
Outputs = Annotated[
    str | None,
    typer.Option("--outputs", metavar="LIST", help='Outputs, comma-separated: "plasma esketamine,NMDA occupancy".'),
]
Param = Annotated[
    list[str] | None,
    typer.Option("--param", metavar="NAME=VALUE", help="Change a parameter's typical value; may be repeated."),
]
