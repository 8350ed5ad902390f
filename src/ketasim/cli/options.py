"""Options that several commands share, each named and worded once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer


def as_path(text: str | Path) -> Path:
    """A path as given; an empty one (of a variable that is not set) is refused, for it would mean this folder."""
    if not str(text).strip():
        raise typer.BadParameter("a path was expected, an empty text came; '.' is the current folder")
    return Path(text)


def whole(least: int | None = None) -> Callable[[str | int], int]:
    """A reader of whole numbers, from `least` on where that is said."""
    wanted = "a whole number" if least is None else f"a whole number from {least} on"

    def read(text: str | int) -> int:
        try:
            number = int(text)
        except ValueError:
            number = None
        if number is None or (least is not None and number < least):
            raise typer.BadParameter(f"{wanted} was expected, {str(text)!r} came")
        return number

    return read


def number(text: str | float) -> float:
    """A number, whatever its size."""
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"a number was expected, {str(text)!r} came") from None


Json = Annotated[bool, typer.Option("--json", metavar="", help="Print the result as JSON on standard output.")]
Seed = Annotated[
    int,
    typer.Option(
        "--seed", metavar="N", parser=whole(0), help="Seed of every random draw; the same seed, the same people."
    ),
]
Workers = Annotated[
    int | None, typer.Option("--workers", metavar="N", parser=whole(1), help="Threads to use; by default every core.")
]
Chunk = Annotated[
    int | None,
    typer.Option(
        "--chunk", metavar="N", parser=whole(1), help="Patients per piece of work; changes memory, never results."
    ),
]
Device = Annotated[
    str,
    typer.Option("--device", metavar="NAME", help="cpu, or cuda: an NVIDIA GPU (needs the extra cuda; untested)."),
]
# taken by every command, so that scripts may add them everywhere; nothing is drawn or spread over threads there
IdleSeed = Annotated[int, typer.Option("--seed", parser=whole(0), hidden=True)]
IdleWorkers = Annotated[int | None, typer.Option("--workers", parser=whole(1), hidden=True)]
IdleChunk = Annotated[int | None, typer.Option("--chunk", parser=whole(1), hidden=True)]

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
        help='What the patient can tell: none, open, saline, "placebo spray", "placebo tablet", midazolam, masked '
        "(pathway models). With open, the drug does what it did in open trials.",
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
Patients = Annotated[
    int | None, typer.Option("--patients", metavar="N", parser=whole(), help="How many virtual people; by default 100.")
]
Population = Annotated[
    str | None,
    typer.Option(
        "--population",
        metavar="NAME",
        help="One of `ketasim list populations`; by default healthy-adults, or trd-adults where there is mood.",
    ),
]
People = Annotated[
    Path | None, typer.Option("--people", metavar="FILE.csv", parser=as_path, help="People of your own, one per row.")
]
Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="FILE.csv", parser=as_path, help="A NONMEM-style data set in place of a regimen."),
]
Carry = Annotated[
    str | None,
    typer.Option(
        "--carry",
        metavar="WORD",
        help="How covariates of --data hold between records: nocb, backward as in NONMEM (default), or locf, forward.",
        show_default=False,
    ),
]
Person = Annotated[
    str | None, typer.Option("--person", metavar="TEXT", help='One person, as "AGE=45,WT=80,SEX=female".')
]
Days = Annotated[
    float | None, typer.Option("--days", metavar="D", parser=number, help="Days to simulate from 0 h (day 1 00:00).")
]
Times = Annotated[
    str | None,
    typer.Option(
        "--times",
        metavar="LIST",
        help='Times to keep: "0,1,2,24" hours, "30 min", "2 days", "week 4", or a grid "0:24:0.5".',
    ),
]
Outputs = Annotated[
    str | None,
    typer.Option("--outputs", metavar="LIST", help='Outputs, comma-separated: "plasma esketamine,NMDA occupancy".'),
]
Scale = Annotated[
    list[str] | None,
    typer.Option(
        "--scale",
        metavar="NAME",
        help="Tell the course on another scale too, by a published link: HAM-D17, QIDS-SR16, PHQ-9; may be repeated.",
    ),
]
WellAt = Annotated[
    str | None,
    typer.Option(
        "--well-at",
        metavar="TIME",
        help='Follow for relapse who is well then, while doses go on: "day 29", or at each of several times.',
        show_default=False,
    ),
]
At = Annotated[
    list[str] | None,
    typer.Option(
        "--at",
        metavar="LIST",
        help='When to compare mood: "24 h, day 8, day 28", by default these and the last day; may be repeated.',
        show_default=False,
    ),
]
AlsoAt = Annotated[
    list[str] | None,
    typer.Option(
        "--at",
        metavar="LIST",
        help='Visits to tell mood at beside 24 h, days 8 and 28 and the last: "day 103"; may be repeated.',
        show_default=False,
    ),
]
Typical = Annotated[bool, typer.Option("--typical", metavar="", help="One typical person, without random effects.")]
Residual = Annotated[bool, typer.Option("--residual", metavar="", help="Add the model's residual error.")]
Quantiles = Annotated[
    bool, typer.Option("--quantiles", metavar="", help="Keep quantiles only; for populations beyond memory.")
]
Param = Annotated[
    list[str] | None,
    typer.Option(
        "--param",
        metavar="NAME=VALUE",
        help="Change a parameter's typical value, or a coefficient by its fact; may be repeated.",
    ),
]
