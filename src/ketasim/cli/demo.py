"""`ketasim demo`: the main job on published data, in under a minute."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ketasim.cli.console import emit, notice, once_each, say, table
from ketasim.cli.failure import Interrupted
from ketasim.cli.files import file_for, folder_for, write, write_all
from ketasim.cli.options import Chunk, Force, Json, Seed, Workers, as_path, whole
from ketasim.cli.request import model_of
from ketasim.cli.work import provenance
from ketasim.errors import PeopleError
from ketasim.report.style import NOTICE

if TYPE_CHECKING:
    from ketasim.reproduction.demonstration import Demonstration

FOLDER = Path("ketasim-demo")
FILES = ("observed-against-predicted.csv", "mood-against-predicted.csv", "report.html")


def demo(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", parser=as_path, help="Folder for the report.")] = FOLDER,
    patients: Annotated[
        int, typer.Option("--patients", metavar="N", parser=whole(), help="Virtual people per study.")
    ] = 200,
    picture: Annotated[
        Path | None,
        typer.Option(
            "--picture", metavar="FILE", parser=as_path, help="Also write the main panels as .png, .svg or .pdf."
        ),
    ] = None,
    force: Force = False,
    seed: Seed = 0,
    workers: Workers = None,
    chunk: Chunk = None,
    as_json: Json = False,
) -> None:
    """Simulate published studies: stepped infusions (Kamp 2020), nasal esketamine (Perez-Ruixo 2021), and on to mood.

    Lays published points over the prediction bands, prints observed against predicted, and writes a report. The
    folder ketasim-demo in the current folder is made anew each time it holds the files of a demonstration; any other,
    and a picture, needs --force to be replaced.
    """
    if patients < 2:
        raise PeopleError(f"The demonstration needs at least 2 people, got --patients {patients}.")
    place = folder_for(out, FILES, force or is_earlier(out))
    shown = None if picture is None else picture_for(picture, force)
    with steps() as step:
        try:
            found = run(patients, seed, step, workers, chunk)
        except KeyboardInterrupt:
            raise Interrupted("Interrupted; nothing was written, and the demonstration can be started again.") from None
    write_all(place, documents(found, patients, seed))
    if shown is not None:
        write_picture(found, shown)
    warnings = tuple(dict.fromkeys(line for one in found.runs for line in one.warnings))
    if as_json:
        emit(as_mapping(found, warnings, out))
    else:
        show(found)
    notice(warnings)
    say(f"Report: {out / 'report.html'}" + (f"; picture: {picture}" if picture is not None else ""))


def is_earlier(out: Path) -> bool:
    """Whether a folder is the default one and holds all the files of a demonstration, so that it may be made anew."""
    return out == FOLDER and all((out / name).is_file() for name in FILES)


def picture_for(path: Path, force: bool) -> Path:
    """A picture that may be written: a new file, unless by force, with an ending that can be drawn."""
    from ketasim.report.plot import form_of

    form_of(path)
    return file_for(path, force)


def run(patients: int, seed: int, step: Any, workers: int | None, chunk: int | None) -> Demonstration:
    """The studies, and the whole path."""
    from ketasim.reproduction.demonstration import demonstrate

    return demonstrate(patients, seed, step, workers=workers, chunk=chunk)


@contextmanager
def steps() -> Iterator[Any]:
    """What is being done, on standard error: one line that changes in a terminal, a line each elsewhere."""
    import sys

    if not sys.stderr.isatty():
        yield lambda what: say(f"Simulating: {what} ...")
        return
    from rich.console import Console

    with Console(stderr=True).status("Starting") as status:
        yield lambda what: status.update(f"Simulating: {what}")


def documents(found: Demonstration, patients: int, seed: int) -> dict[str, str | bytes]:
    """The files of the demonstration by name."""
    from ketasim.report import demonstration, demonstration_mood, page

    words = {
        "Infusions": "kamp-esketamine-stepped, kamp-racemate-stepped; 70 kg, arterial",
        "Nasal": "spravato-28-single, spravato-56-single, spravato-84-single; venous",
        "Mood": "spravato-induction with a new oral antidepressant, or that alone with a placebo spray",
        "People": f"{patients:,} per study and stratum",
        "Seed": str(seed),
    }
    made = demonstration.page(found, model_of("platform"), words, provenance(next(iter(found.infusions.values()))))
    tables = (demonstration.as_csv(found), demonstration_mood.as_csv(found.path))
    return dict(zip(FILES, (*tables, page.render(made)), strict=True))


def write_picture(found: Demonstration, path: Path) -> None:
    """The picture of the README."""
    from ketasim.report import demonstration, figures
    from ketasim.report.plot import form_of

    write(path, form_of(path)(figures.draw(demonstration.picture(found), columns=3, width=13.0)))


def show(found: Demonstration) -> None:
    """Observed against predicted, in short."""
    from ketasim.report import demonstration, demonstration_mood

    head = ("", "numbers", "≤ 1.25-fold", "≤ 1.5-fold", "in band")
    print("Published against predicted: shares of the numbers by fold error of the median,")
    print("and inside the band that holds 5 to 95 % of the people\n")
    print("Stepped infusions, arterial (Kamp 2020)")
    table(head, demonstration.of_curves(found))
    print("Nasal esketamine, 28, 56 and 84 mg, venous (Perez-Ruixo 2021), all strata")
    table(head, demonstration.of_strata(found))
    first = found.exposures[0]
    print(f"In detail: {first.people}")
    rows = []
    for one in (e for e in found.exposures if e.stratum == first.stratum):
        b = one.beside
        for k, dose in enumerate(b.at):
            name = f"{one.output}, {one.measure}" if not k else ""
            rows.append([name, dose, b.observed[k], b.median[k], b.low[k], b.high[k], b.fold[k]])
    table(("", "dose", "published", "predicted", "5 %", "95 %", "fold"), rows)
    print("From nasal esketamine to mood: trials that were used in calibration")
    print("\n".join(demonstration_mood.SHORT_TEXT) + "\n")
    for study, rows in demonstration_mood.short_rows(found.path):
        table(demonstration_mood.SHORT, once_each(rows), study)


def as_mapping(found: Demonstration, warnings: tuple[str, ...], out: Path) -> dict[str, Any]:
    """The demonstration for machines."""
    from ketasim.report import trials
    from ketasim.report.leaning import record

    every = [("Kamp 2020", c.infusion, c.output, c.beside) for c in found.curves]
    every += [("Perez-Ruixo 2021", e.people, e.output, e.beside) for e in found.exposures]
    rows = [
        {
            "study": study,
            "group": group,
            "output": output,
            "what": b.label,
            "at": at,
            "unit": b.unit,
            "observed": b.observed[k],
            "predicted": b.median[k],
            "predicted_low": b.low[k],
            "predicted_high": b.high[k],
            "fold_error": b.fold[k],
        }
        for study, group, output, b in every
        for k, at in enumerate(b.at)
    ]
    files = {"report": str(out / FILES[2]), "table": str(out / FILES[0]), "mood": str(out / FILES[1])}
    return {
        "observations": rows,
        "mood": [asdict(one) for one in found.path.points],
        "leaning": [record(one) for one in found.leans],
        "trial_note": trials.caveat(found.leans),
        "warnings": warnings,
        "notice": NOTICE,
        "files": files,
    }
