"""The report of one run: request, people, prediction bands with what was observed, exposure, model and sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ketasim.population.describe import describe
from ketasim.report import leaning, linked, mood, trials
from ketasim.report.courses import LEVELS, dosed, is_close, is_exposure, is_fast, is_long, label, session, whole
from ketasim.report.figures import Panel, Points, draw, svg
from ketasim.report.model import card
from ketasim.report.page import Page, Picture, Section, Table
from ketasim.report.style import few, measure_label, people_only, spread_of, unit_label
from ketasim.simulation import clock
from ketasim.simulation.beside import of_data_set
from ketasim.simulation.clinic import usual
from ketasim.simulation.sessions import by_session

if TYPE_CHECKING:
    from ketasim.measurement.reading import Reading
    from ketasim.simulation.clinic import Visit
    from ketasim.simulation.leaning import Leaning
    from ketasim.simulation.linked import OnScale
    from ketasim.simulation.run import Run

SUMMARY = ("output", "measure", "unit", "n", "median", "p5", "p95", "geometric_mean", "cv_percent")
HEAD = ("output", "measure", "unit", "n", "median", "5 %", "95 %", "geometric mean", "CV %")
MOST_POINTS, MOST_ROWS = 4000, 500


def page(
    run: Run,
    request: Mapping[str, str],
    provenance: Mapping[str, str],
    seen: Sequence[Visit] = (),
    reading: Reading | None = None,
    leans: Sequence[Leaning] = (),
    others: Sequence[OnScale] = (),
) -> Page:
    """The page of a finished run; `seen` is what a clinic finds at visits with `reading`, where there is mood.

    `leans` says what its predictions lean on; `others` is the course on other scales.
    """
    name = run.regimen.title or run.regimen.name if run.regimen is not None else run.people.label
    return Page(
        title=name,
        subtitle=f"{who(run)}, {span(float(run.times[-1]))}, model {run.model.name}",
        request=request,
        warnings=run.warnings,
        sections=(
            predictions(run, seen, reading),
            *against(run),
            *([mood.section(seen, reading, usual(run), run.study.typical)] if seen and reading is not None else []),
            *(linked.section(one, reading, usual(run), run.study.typical) for one in others if reading is not None),
            *trials.section(leans),
            *exposure(run),
            *effects(run),
            *leaning.section(leans),
            people(run),
        ),
        models=(card(run.model),),
        provenance=provenance,
    )


def who(run: Run) -> str:
    """How many people, and who."""
    return f"{run.n:,} people ({run.people.label})" if run.n > 1 else run.people.label


def span(hours: float) -> str:
    """A length of time as a reader says it."""
    return f"{hours:g} h" if hours < 72 else f"{hours / 24:g} days"


def ordered(run: Run, reading: Reading | None) -> tuple[str, ...]:
    """The outputs as a reader follows them: the score last."""
    return tuple(sorted(run.outputs, key=lambda name: reading is not None and name == reading.output))


def predictions(run: Run, seen: Sequence[Visit] = (), reading: Reading | None = None) -> Section:
    """A panel per output: the median, and for several people the 5 to 95 % band; observations on top.

    Where a clinic saw people at visits, response and remission come last.
    """
    points = observed(run)
    panels: list[Panel] = [
        whole({"predicted": run}, name, (points[name],) if name in points else ()) for name in ordered(run, reading)
    ]
    panels += [mood.both(seen)] if seen else []
    band = f"Line: median of the people; band: {spread_of(run.n)}. {people_only(run.n, 'Bands')}"
    many = band if run.n > 1 else "Line: this person."
    more = " Points: what was observed." if points else ""
    more += " Response and remission: share of the people at each visit (dots)." if seen else ""
    more += " Time counts from day 1 00:00." if run.regimen is not None else ""
    pictures = [Picture("Outputs over time", svg(draw(panels)), many + more)]
    close, caption = _close(run)
    if close:
        pictures.append(Picture(CLOSE, svg(draw(close)), f"{many} {caption}"))
    return Section("Predictions", "", tuple(pictures))


CLOSE = "Hour by hour"


def _close(run: Run) -> tuple[list[Panel], str]:
    """The first and the last session hour by hour, of what comes and goes within a day, and which days those are."""
    begins = [start for start, _ in run.windows()]
    names = [name for name in run.outputs if is_fast(run, name)]
    if not (dosed(run) and names and is_close(run)) or not (is_long(run) or len(begins) > 1):
        return [], ""
    which = {"first session": 0} if len(begins) == 1 else {"first session": 0, f"session {len(begins)}": -1}
    runs = dict.fromkeys(which, run)
    days = [f"the {name} is on day {int(begins[k] // 24) + 1}" for name, k in which.items()]
    return [session(runs, name, which) for name in names], f"{' and '.join(days).capitalize()}."


def observed(run: Run) -> dict[str, Points]:
    """What a data set observed, by output: at most some thousand points, evenly picked."""
    data = run.study.data
    if data is None:
        return {}
    found = {}
    for k, name in zip(run.study.outputs, run.outputs, strict=True):
        mine = np.flatnonzero((data.observed.output == k) & np.isfinite(data.observed.dv))
        mine = mine[:: -(-mine.size // MOST_POINTS)] if mine.size else mine
        if mine.size:
            found[name] = Points("predicted", data.observed.time[mine], data.observed.dv[mine], faint=mine.size > 60)
    return found


def against(run: Run) -> tuple[Section, ...]:
    """Observed against predicted, for a data set that observed something."""
    found = of_data_set(run)
    if not found:
        return ()
    head = ("output", "observations", "within 1.25-fold", "within 1.5-fold")
    rows = tuple((b.label, b.observed.size, f"{b.share_within(1.25):.0%}", f"{b.share_within(1.5):.0%}") for b in found)
    columns = ("person and time", "observed", "predicted", "fold error")
    each = tuple(
        Table(
            f"{label(b.label)} ({unit_label(b.unit)})",
            columns,
            tuple(zip(b.at[:MOST_ROWS], b.observed, b.median, b.fold, strict=False)),
            f"The first {MOST_ROWS} of {b.observed.size:,}; observed.parquet has all."
            if b.observed.size > MOST_ROWS
            else "",
        )
        for b in found
    )
    whom = "the typical person with their covariates" if run.study.typical else "a virtual person with their covariates"
    text = f"Each observation beside the prediction for {whom} and doses at that time; what is censored is left out."
    return (Section("Observed against predicted", text, tables=(Table("", head, rows),), details=each),)


def exposure(run: Run) -> tuple[Section, ...]:
    """Non-compartmental results over people; nothing where no output is an exposure."""
    every = run.summary().to_dict(orient="records")
    rows = [row for row in every if row["n"] and is_exposure(run, row["output"])]
    if not rows:
        return ()
    if run.n == 1:
        cells = tuple((r["output"], measure_label(r["measure"]), unit_label(r["unit"]), r["median"]) for r in rows)
        table = Table("", ("output", "measure", "unit", "value"), cells)
    else:
        table = Table(
            "",
            HEAD,
            tuple(
                tuple({**r, "unit": unit_label(r["unit"]), "measure": measure_label(r["measure"])}[c] for c in SUMMARY)
                for r in rows
            ),
        )
    return (
        Section(
            "Exposure",
            f"{MEASURES} {clock.said(run.study)} {few(run.n)} {people_only(run.n)}".strip(),
            tables=(table,),
            details=sessions(run),
        ),
    )


def effects(run: Run) -> tuple[Section, ...]:
    """Outputs that do not come and go with the dose, at the start, after a day, after a week and at the end."""
    names = [name for name in run.outputs if not is_exposure(run, name)]
    if not names:
        return ()
    at = sorted({0, *(int(np.abs(run.times - hours).argmin()) for hours in (24.0, 168.0)), run.times.size - 1})
    rows = []
    for name in names:
        low, median, high = run.band(name, LEVELS)
        rows += [(name, span(float(run.times[k])), median[k], low[k], high[k]) for k in at]
    head = ("output", "at", "median", "5 %", "95 %")
    return (Section("Effects", tables=(Table("", head, tuple(rows)),)),)


def sessions(run: Run) -> tuple[Table, ...]:
    """Exposure session by session, a table per output; nothing for a single session."""
    rows = [row for row in by_session(run) if is_exposure(run, row.output)]
    head = ("session", "day", "measure", "unit", "median", "5 %", "95 %")
    return tuple(
        Table(
            f"{label(output)}, session by session",
            head,
            tuple(
                (str(r.number), int(r.start // 24) + 1, r.measure, unit_label(r.unit), r.median, r.low, r.high)
                for r in rows
                if r.output == output
            ),
        )
        for output in dict.fromkeys(r.output for r in rows)
    )


MEASURES = (
    "Non-compartmental results per person from the first dose on: peak and its time, areas to the last time, over the "
    "first 24 h and extrapolated to infinity, and the terminal half-life."
)


def people(run: Run) -> Section:
    """Who was treated."""
    head = ("covariate", "unit", "median", "5 %", "95 %", "lowest", "highest", "shares")
    cells: list[tuple[Any, ...]] = [
        (r.covariate, r.unit, *(("",) * 5 if r.shares else (r.median, r.low, r.high, r.least, r.most)), r.shares)
        for r in describe(run.people)
    ]
    if run.n == 1:
        one = tuple((r[0], r[1], r[2] if r[2] != "" else r[7].removesuffix(" 100%")) for r in cells)
        return Section("Person", tables=(Table("", ("covariate", "unit", "value"), one),))
    ended = ", ".join(f"{count:,} {what.replace('_', ' ')}" for what, count in run.status.items())
    return Section(
        "People", f"{run.n:,} people, {run.people.label}; runs: {ended}.", tables=(Table("", head, tuple(cells)),)
    )
