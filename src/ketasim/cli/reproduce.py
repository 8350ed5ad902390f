"""`ketasim reproduce`: published studies, or one's own, beside what the model says of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ketasim.cli.console import emit, filled, notice, say, table
from ketasim.cli.demo import steps
from ketasim.cli.failure import Interrupted
from ketasim.cli.files import folder_for, write_all
from ketasim.cli.options import Force, IdleChunk, Json, Out, Seed, whole
from ketasim.errors import RequestError
from ketasim.units import many

if TYPE_CHECKING:
    from ketasim.pharmacology.mood.glutamate import Mechanism
    from ketasim.reproduction.conducted import Conducted
    from ketasim.reproduction.reproduce import Reproduction

FILES = ("observed-and-predicted.csv", "report.html")


def reproduce(
    studies: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID | FILE.toml …]", help="Studies by id, or files of your own; by default all."),
    ] = None,
    out: Out = None,
    force: Force = False,
    conduct: Annotated[
        bool, typer.Option("--conduct", metavar="", help="Follow single patients as each study was done; slower.")
    ] = False,
    replicates: Annotated[
        int | None, typer.Option("--replicates", metavar="N", parser=whole(1), help="Trials to conduct; 40 by default.")
    ] = None,
    patients: Annotated[
        int | None,
        typer.Option(
            "--patients", metavar="N", parser=whole(2), help="Patients per arm to conduct with; by default the paper's."
        ),
    ] = None,
    rival: Annotated[
        str | None,
        typer.Option("--rival", metavar="NAME", help="Predict by this rival: direct inhibition, metabolite, mixture."),
    ] = None,
    seed: Seed = 0,
    workers: Annotated[
        int | None,
        typer.Option("--workers", metavar="N", parser=whole(1), help="Threads for --conduct; by default every core."),
    ] = None,
    chunk: IdleChunk = None,
    as_json: Json = False,
) -> None:
    """Reproduce published studies: observed beside predicted with its 90 % interval, and the scores.

    Studies that calibration used and studies that judge it stand apart. A study of your own is a TOML file
    (docs/reproducing.md). The first run takes a minute or two, later ones less. With --conduct the studies named are
    simulated patient by patient as they were done, with drop-out, carried-forward values and dose rules.
    """
    mechanism = named(rival)
    place = None if out is None else folder_for(out, FILES, force)
    if conduct:
        done = run_conducted(studies, replicates, patients, seed, workers, mechanism)
        if place is not None:
            write_all(place, conducted_documents(done, studies or [], seed, mechanism))
        emit(done.record()) if as_json else show_conducted(done, mechanism)
        closing(done.parameters, out, done.warnings)
        return
    if given := [name for name, value in (("--replicates", replicates), ("--patients", patients)) if value is not None]:
        raise RequestError(f"{given[0]} says how to conduct a study; add --conduct, or leave it out.")
    found = run(studies, seed, mechanism)
    if place is not None:
        write_all(place, documents(found, studies, seed, mechanism))
    if as_json:
        rows = [r.record() for r in found.results]
        emit({"observations": rows, "totals": found.totals, "warnings": list(found.warnings)})
    else:
        show(found, mechanism)
    closing(found.totals["parameters"], out, found.warnings)


def named(rival: str | None) -> Mechanism:
    """The mechanism that predicts: that of the model itself, or of a rival that was calibrated for itself."""
    from ketasim.pharmacology.mood.values import CALIBRATED
    from ketasim.reproduction.rival import rival as of_name

    return CALIBRATED if rival is None else of_name(rival)


def closing(source: str, out: Path | None, warnings: Sequence[str] = ()) -> None:
    """Where parameters came from if not from the posterior, what this is not, and what was written."""
    drawn = [] if source == "posterior" else [f"Parameters are drawn from the {source}; run `ketasim calibrate`."]
    notice([*warnings, *drawn])
    if out is not None:
        say(f"Wrote {' and '.join(str(out / name) for name in FILES)}.")


def run(names: list[str] | None, seed: int, mechanism: Mechanism) -> Reproduction:
    """The reproduction of the studies named, or of all."""
    from ketasim.reproduction import reproduce as work

    chosen = [work.study_of(name) for name in dict.fromkeys(names)] if names else None
    with steps() as step:
        try:
            return work.reproduce(chosen, seed, step, mechanism)
        except KeyboardInterrupt:
            raise Interrupted(
                "Interrupted; nothing was written: the same command starts again, sooner where it had filled the cache."
            ) from None


def run_conducted(
    names: list[str] | None, replicates: int | None, patients: int | None, seed: int, workers: int | None,
    mechanism: Mechanism,
) -> Conducted:  # fmt: skip
    """The studies named, followed patient by patient."""
    from ketasim.reproduction.conducted import REPLICATES, conducted

    if not names:
        raise RequestError("--conduct follows every patient and takes minutes a study; name the studies to conduct.")
    count = REPLICATES if replicates is None else replicates
    with steps() as step:
        try:
            return conducted(
                list(dict.fromkeys(names)), replicates=count, patients=patients, seed=seed, workers=workers, step=step,
                mechanism=mechanism,
            )  # fmt: skip
        except KeyboardInterrupt:
            raise Interrupted("Interrupted; nothing was written, and the same command can be given again.") from None


def documents(found: Reproduction, names: list[str] | None, seed: int, mechanism: Mechanism) -> dict[str, str | bytes]:
    """The files of a reproduction by name."""
    from ketasim.report import page, reproduction

    words = {"Studies": ", ".join(names) if names else "all", "Model": found.totals["model"], "Seed": str(seed)}
    made = reproduction.page(found, {**words, **of_rival(mechanism)}, provenance(mechanism))
    return {FILES[0]: reproduction.as_csv(found), FILES[1]: page.render(made)}


def conducted_documents(found: Conducted, names: list[str], seed: int, mechanism: Mechanism) -> dict[str, str | bytes]:
    """The files of conducted studies by name."""
    from ketasim.report import conducted, page

    size = "as printed" if found.patients is None else f"{found.patients:,}"
    words = {
        "Studies": ", ".join(names),
        "Conducted": f"{many(found.replicates, 'trial')} each",
        "Patients per arm": size,
        "Model": found.model,
        "Seed": str(seed),
        **of_rival(mechanism),
    }
    made = conducted.page(found, words, provenance(mechanism))
    return {FILES[0]: conducted.as_csv(found), FILES[1]: page.render(made)}


def of_rival(mechanism: Mechanism) -> dict[str, str]:
    """The rival that predicts, among the words of a request; nothing for the model itself."""
    from ketasim.reproduction.rival import heading

    return {"Rival": mechanism} if heading(mechanism) else {}


def show_heading(mechanism: Mechanism) -> None:
    """Which rival predicts, if one does."""
    from ketasim.reproduction.rival import heading

    if said := heading(mechanism):
        print(said + "\n")


def provenance(mechanism: Mechanism) -> dict[str, str]:
    """Fingerprints of posterior and studies, and versions."""
    from ketasim.reproduction.stamp import stamp
    from ketasim.simulation import fingerprint

    versions = ", ".join(f"{name} {version}" for name, version in fingerprint.versions().items())
    return {**{f"{name} fingerprint": text for name, text in stamp(mechanism).items()}, "versions": versions}


def show_conducted(found: Conducted, mechanism: Mechanism) -> None:
    """What was done, a table for each study, and what is not predicted."""
    from ketasim.report import conducted as words
    from ketasim.report.reproduction import HEAD, not_predicted

    show_heading(mechanism)
    print(filled(words.how(found)) + "\n")
    for name, rows in words.by_study(found):
        table(HEAD, rows, name)
    if found.unspoken:
        print("Not predicted")
        table(("study", "arm", "endpoint", "time", "reason"), not_predicted(found))


def show(found: Reproduction, mechanism: Mechanism) -> None:
    """Tables by study and mark, then the scores."""
    from ketasim.report import reproduction as words

    show_heading(mechanism)
    for use, title in words.USES.items():
        if own := found.of(use):
            print(f"{title}: {words.inside_of(own)}\n")
            for name, rows in words.by_study(found, use):
                table(words.HEAD, rows, name)
    several = len({r.trial for r in found.results if r.counted}) > 1  # of one trial, scores say what its table says
    if several and (scores := words.over_all(found)):
        print("Scores (in brackets 95 %, bootstrap over trials; at most eight results of each)")
        table(("score", "calibrate", "judge"), scores)
    if several and (reached := words.targets(found)):
        table(("target on judge studies", "found", "reached"), reached)
    levels: dict[str, Any] = found.totals["concentrations"]
    if levels["observations"]:
        print(
            f"Concentrations: {many(levels['observations'], 'result')}, {levels['inside_90']} in the 90 % interval, "
            f"{levels['within_1.5_fold']} within 1.5-fold.\n"
        )
    if found.unspoken:
        print("Not predicted")
        table(("study", "arm", "endpoint", "time", "reason"), words.not_predicted(found))
