"""The report of a comparison: prediction bands of each regimen on top of each other, and the table of differences."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from ketasim.report import leaning, mood, trials
from ketasim.report.courses import FIRST, dosed, is_close, is_fast, is_long, is_single, session, whole
from ketasim.report.figures import Panel, draw, svg
from ketasim.report.model import card
from ketasim.report.page import Page, Picture, Section, Table
from ketasim.report.run import ordered, people, span
from ketasim.report.style import people_in_words, people_only, spread_of, unit_label
from ketasim.simulation import clock
from ketasim.simulation.clinic import visits

if TYPE_CHECKING:
    from ketasim.measurement.reading import Reading
    from ketasim.simulation.comparison import Difference
    from ketasim.simulation.leaning import Leaning
    from ketasim.simulation.run import Run

HEAD = ("output", "measure", "unit", "regimen", "mean", "SD", "median", "difference", "SE", "ratio")


def page(
    runs: Mapping[str, Run],
    found: Sequence[Difference],
    request: Mapping[str, str],
    provenance: Mapping[str, str],
    moods: Sequence[Difference] = (),
    reading: Reading | None = None,
    leans: Sequence[Leaning] = (),
    warnings: tuple[str, ...] = (),
) -> Page:
    """The page of a finished comparison; `moods` are differences of what `reading` reads, where there is mood.

    `leans` says what its predictions lean on.
    """
    first = next(iter(runs.values()))
    panels: list[Panel] = [whole(runs, name, reading=reading) for name in ordered(first, reading)]
    if moods and reading is not None:
        seen = {title: visits(run, reading) for title, run in runs.items()}
        panels += [mood.panel(seen, "response"), mood.panel(seen, "remission")]
    bands = f"Lines: medians; bands: {spread_of(first.n)}. {people_only(first.n, 'Bands')}"
    lines = bands if first.n > 1 else "Lines: this person."
    studies = {title: run.study for title, run in runs.items()}
    late = "".join(f" {title}: {line}" for title, line in clock.late(studies).items())
    counted = f"{lines} Time counts from day 1 00:00.{late}"
    pictures = (*_sessions(runs, lines), Picture("Outputs over time", svg(draw(panels)), counted))
    many = people_in_words(first.n)
    note = (
        f"Every regimen in the same {many}. Difference: mean over people of this regimen less "
        f"{found[0].regimen if found else ''}; SE: the standard error of that mean difference for {many}, "
        f"from how they differ alone; ratio: of the means (what predictions lean on has that of the geometric means)."
    )
    return Page(
        title=" or ".join(runs),
        subtitle=f"{many} ({first.people.label}), {span(float(first.times[-1]))}, model {first.model.name}",
        request=request,
        warnings=warnings,
        sections=(
            Section("Predictions", pictures=pictures),
            *([Section("Differences", note, (), (_table(found),))] if found else []),
            *([_mood(moods, reading, tuple(runs))] if moods and reading is not None else []),
            *trials.section(leans, {name: name for name in runs}),
            *leaning.section(leans),
            people(first),
        ),
        models=(card(first.model),),
        provenance=provenance,
    )


def _sessions(runs: Mapping[str, Run], lines: str) -> tuple[Picture, ...]:
    """Of long courses the first and the last session of each regimen, hour by hour; of single doses the first hours."""
    given = {title: run for title, run in runs.items() if dosed(run) and is_close(run)}
    first = next(iter(runs.values()))
    names = [name for name in first.outputs if is_fast(first, name)]
    if given and names and all(map(is_single, given.values())):
        hours = f"The first {FIRST:g} h"
        panels = [session(given, name, dict.fromkeys(given, 0), "", FIRST) for name in names]
        return (Picture(hours, svg(draw(panels)), lines),) if all(is_close(r, FIRST) for r in given.values()) else ()
    if not given or not names or not is_long(first):
        return ()
    ends = {"first": 0, "last": -1} if any(len(run.windows()) > 1 for run in given.values()) else {"first": 0}
    return tuple(
        Picture(
            f"The {end} session, hour by hour",
            svg(draw([session(given, name, dict.fromkeys(given, which)) for name in names])),
            lines,
        )
        for end, which in ends.items()
    )


def _table(found: Sequence[Difference]) -> Table:
    return Table("", HEAD, tuple(_row(one, found[0].regimen) for one in found))


def _mood(moods: Sequence[Difference], reading: Reading, names: Sequence[str]) -> Section:
    rows = mood.contrast_rows(moods, {name: name for name in names})
    filled = [(row[0] or rows[k - k % len(names)][0], *row[1:]) for k, row in enumerate(rows)]
    head = ("measure", "regimen", *mood.CONTRAST[2:])
    return Section(
        f"{reading.scale.name}: differences", mood.contrast_note(reading), (), (Table("", head, tuple(filled)),)
    )


def _row(one: Difference, reference: str) -> tuple[object, ...]:
    gap = ("", "", "") if one.regimen == reference else (one.difference, one.se, one.ratio)
    return (one.output, one.measure, unit_label(one.unit), one.regimen, one.mean, one.sd, one.median, *gap)


def as_csv(found: Sequence[Difference]) -> str:
    """The differences as comma-separated text with a header."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, fieldnames=list(asdict(found[0])), lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(one) for one in found)
    return stream.getvalue()
