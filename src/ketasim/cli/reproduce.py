"""`ketasim reproduce`: published studies, or one's own, beside what the model says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ketasim.cli.console import emit, notice, say, table
from ketasim.cli.demo import steps
from ketasim.cli.failure import Interrupted
from ketasim.cli.files import folder_for, write_all
from ketasim.cli.options import Force, IdleChunk, IdleWorkers, Json, Out, Seed

if TYPE_CHECKING:
    from ketasim.reproduction.reproduce import Reproduction

FILES = ("observed-and-predicted.csv", "report.html")


def reproduce(
    studies: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID | FILE.toml …]", help="Studies by id, or files of your own; by default all."),
    ] = None,
    out: Out = None,
    force: Force = False,
    seed: Seed = 0,
    workers: IdleWorkers = None,
    chunk: IdleChunk = None,
    as_json: Json = False,
) -> None:
    """Reproduce published studies: observed beside predicted with its 90 % interval, and the scores.

    Studies that calibration used and studies that judge it stand apart. A study of your own is a TOML file
    (docs/reproducing.md). The first run takes a minute or two, later ones less.
    """
    place = None if out is None else folder_for(out, FILES, force)
    found = run(studies, seed)
    if place is not None:
        write_all(place, documents(found, studies, seed))
    if as_json:
        emit({"observations": [r.record() for r in found.results], "totals": found.totals})
    else:
        show(found)
    source = found.totals["parameters"]
    notice([] if source == "posterior" else [f"Parameters are drawn from the {source}; run `ketasim calibrate`."])
    if out is not None:
        say(f"Wrote {' and '.join(str(out / name) for name in FILES)}.")


def run(names: list[str] | None, seed: int) -> Reproduction:
    """The reproduction of the studies named, or of all."""
    from ketasim.reproduction import reproduce as work

    chosen = [work.study_of(name) for name in names] if names else None
    with steps() as step:
        try:
            return work.reproduce(chosen, seed, step)
        except KeyboardInterrupt:
            raise Interrupted("Interrupted; nothing was written, and what was done so far is kept.") from None


def documents(found: Reproduction, names: list[str] | None, seed: int) -> dict[str, str | bytes]:
    """The files of a reproduction by name."""
    from ketasim.report import page, reproduction
    from ketasim.reproduction.stamp import stamp
    from ketasim.simulation import fingerprint

    words = {"Studies": ", ".join(names) if names else "all", "Seed": str(seed)}
    versions = ", ".join(f"{name} {version}" for name, version in fingerprint.versions().items())
    prints = {f"{name} fingerprint": text for name, text in stamp().items()}
    made = reproduction.page(found, words, {**prints, "versions": versions})
    return {FILES[0]: reproduction.as_csv(found), FILES[1]: page.render(made)}


def show(found: Reproduction) -> None:
    """Tables by study and mark, then the scores."""
    from ketasim.report import reproduction as words

    for use, title in words.USES.items():
        if own := found.of(use):
            print(f"{title}: {words.inside_of(own)}\n")
            for name, rows in words.by_study(found, use):
                table(words.HEAD, rows, name)
    if scores := words.over_all(found):
        print("Scores (95 % bootstrap over trials in brackets; at most eight results of a trial count)")
        table(("score", "calibrate", "judge"), scores)
    if reached := words.targets(found):
        table(("target on judge studies", "found", "reached"), reached)
    levels: dict[str, Any] = found.totals["concentrations"]
    if levels["observations"]:
        print(
            f"Concentrations: {levels['observations']} results, {levels['inside_90']} in the 90 % interval, "
            f"{levels['within_1.5_fold']} within 1.5-fold.\n"
        )
    if found.unspoken:
        print("Not predicted")
        table(("study", "arm", "endpoint", "time", "reason"), words.not_predicted(found))
