"""The report of one run: request, people, prediction bands with what was observed, exposure, model and sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ketasim.population.describe import describe
from ketasim.report import leaning, linked, mood, trials
from ketasim.report.courses import (
    FIRST,
    LEVELS,
    dosed,
    is_close,
    is_exposure,
    is_fast,
    is_long,
    is_single,
    label,
    session,
    whole,
)
from ketasim.report.figures import Panel, Points, draw, svg
from ketasim.report.model import card
from ketasim.report.page import Page, Picture, Section, Table
from ketasim.report.style import few, measure_label, people_only, spread_of, unit_label
from ketasim.simulation import clinic, clock
from ketasim.simulation.against import of_data_set
from ketasim.simulation.clinic import usual
from ketasim.simulation.lasting import lasting
from ketasim.simulation.relapsed import BESIDE
from ketasim.simulation.sessions import by_session

if TYPE_CHECKING:
    from ketasim.measurement.reading import Reading
    from ketasim.simulation.against import Against
    from ketasim.simulation.clinic import Visit
    from ketasim.simulation.leaning import Leaning
    from ketasim.simulation.linked import OnScale
    from ketasim.simulation.run import Run

SUMMARY = ("output", "measure", "unit", "n", "median", "p5", "p95", "geometric_mean", "cv_percent")
HEAD = ("output", "measure", "unit", "n", "median", "5 %", "95 %", "geometric mean", "CV %")
MOST_POINTS, MOST_ROWS = 4000, 500
MUCH, STAR = 20.0, " *"  # % of an area beyond the last time, from which it is marked


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
    hours = usual(run, reading)
    return Page(
        title=name,
        subtitle=f"{who(run)}, {span(float(run.times[-1]))}, model {run.model.name}",
        request=request,
        warnings=run.warnings,
        sections=(
            predictions(run, seen, reading),
            *against(run),
            *([mood.section(seen, reading, hours, run.study.typical)] if seen and reading is not None else []),
            *mood.relapse(lasting(run, reading), leans),
            *(linked.section(one, reading, hours, run.study.typical) for one in others if reading is not None),
            *trials.section(leans),
            *exposure(run),
            *effects(run, reading),
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
    return f"{hours:g} h" if hours < 72 else f"{round(hours / 24, 2):g} days"


def ordered(run: Run, reading: Reading | None) -> tuple[str, ...]:
    """The outputs as a reader follows them: the score last."""
    told = (name for name in run.outputs if name not in BESIDE)
    return tuple(sorted(told, key=lambda name: reading is not None and name == reading.output))


def predictions(run: Run, seen: Sequence[Visit] = (), reading: Reading | None = None) -> Section:
    """A panel per output: the median, and for several people the 5 to 95 % band; observations on top.

    Where a clinic saw people at visits, response and remission come last.
    """
    points = observed(run)
    panels: list[Panel] = [
        whole({"predicted": run}, name, (points[name],) if name in points else (), reading)
        for name in ordered(run, reading)
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
    if names and is_single(run) and is_close(run, FIRST):
        return [
            session({"predicted": run}, name, {"predicted": 0}, "", FIRST) for name in names
        ], f"The first {FIRST:g} h."
    if not (dosed(run) and names and is_close(run)) or not (is_long(run) or len(begins) > 1):
        return [], ""
    which = {"first session": 0} if len(begins) == 1 else {"first session": 0, f"session {len(begins)}": -1}
    runs = dict.fromkeys(which, run)
    days = [f"{name} is on day {int(begins[k] // 24) + 1}" for name, k in which.items()]
    return [session(runs, name, which) for name in names], f"The {' and '.join(days)}."


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
    columns = ("person and time", "observed", "PRED", "fold error", "SIM", "PI5", "PI95")
    each = tuple(
        Table(
            f"{label(b.label)} ({unit_label(b.unit)})",
            columns,
            tuple(zip(b.at[:MOST_ROWS], b.observed, b.pred, b.fold, b.sim, b.pi5, b.pi95, strict=False)),
            f"The first {MOST_ROWS} of {b.n:,}; observed.parquet has all." if b.n > MOST_ROWS else "",
        )
        for b in found
    )
    table = Table("", *against_table(found))
    return (Section("Observed against predicted", against_note(run), tables=(table,), details=each),)


def against_table(found: Sequence[Against]) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
    """Head and rows of a summary of observed against predicted, output by output."""
    band = any(np.isfinite(b.inside) for b in found)
    head = ("output", "n", "within 1.25-fold", "within 1.5-fold", "observed / PRED", *(["in PI"] if band else []))
    rows = []
    for b in found:
        inside = f"{b.inside:.0%}" if np.isfinite(b.inside) else "–"
        row = (b.label, b.n, f"{b.within_1_25:.0%}", f"{b.within_1_5:.0%}", b.ratio)
        rows.append((*row, inside) if band else row)
    return head, tuple(rows)


def against_note(run: Run) -> str:
    """What PRED, SIM and PI are, in a few sentences."""
    text = (
        "PRED is the prediction for the typical person with the covariates and doses of each record; within 1.25- and "
        "1.5-fold of it lie so many of the n observations (what is censored is left out), observed / PRED is a median."
    )
    if run.study.typical:
        return text
    text += " SIM is the virtual person of this run, another with another seed."
    if not run.study.draws:
        return text + " The band PI5 to PI95 was not drawn."
    drawn = f"PI is the 5 to 95 % band of {run.study.draws} virtual people with these covariates"
    return f"{text} {drawn}, with the model's residual error where it has one."


def exposure(run: Run) -> tuple[Section, ...]:
    """Non-compartmental results over people; nothing where no output is an exposure."""
    rows = measured(run)
    if not rows:
        return ()
    if run.n == 1:
        cells = tuple((r["output"], marked(r), unit_label(r["unit"]), r["median"]) for r in rows)
        table = Table("", ("output", "measure", "unit", "value"), cells)
    else:
        table = Table(
            "",
            HEAD,
            tuple(tuple({**r, "unit": unit_label(r["unit"]), "measure": marked(r)}[c] for c in SUMMARY) for r in rows),
        )
    return (
        Section(
            "Exposure",
            " ".join(
                filter(
                    None,
                    (MEASURES, clock.said(run.study), few(run.n), people_only(run.n), extrapolated(rows, run.n)),
                )
            ),
            tables=(table,),
            details=sessions(run),
        ),
    )


def marked(row: Mapping[str, Any]) -> str:
    """The measure of a row of `Run.summary`, with a star where much of it is extrapolated."""
    return measure_label(row["measure"]) + (STAR if row["extrapolated_percent"] > MUCH else "")


def extrapolated(rows: Sequence[Mapping[str, Any]], n: int) -> str:
    """A sentence on the star of rows of `Run.summary` of n people; "" where none has one."""
    if not any(row["extrapolated_percent"] > MUCH for row in rows):
        return ""
    whose = " in the median person" if n > 1 else ""
    return (
        f"{STAR.strip()} More than {MUCH:g} % of it is extrapolated beyond the last time{whose}; add --days for more."
    )


def measured(run: Run) -> list[dict[str, Any]]:
    """Rows of the summary of outputs that are exposures, as tables show them.

    Of several sessions Tmax is that of the first and the last one: over the whole it would only say in which of them
    the peak lies.
    """
    every: list[dict[str, Any]] = run.summary().to_dict(orient="records")
    rows = [row for row in every if row["n"] and is_exposure(run, row["output"])]
    peaks: dict[str, list[dict[str, Any]]] = {}
    for one in by_session(run, ends=True, measures=("Tmax",)):
        about = {"measure": f"Tmax, session {one.number}", "unit": one.unit, "median": one.median}
        about |= {"p5": one.low, "p95": one.high, "geometric_mean": "", "cv_percent": ""}
        peaks.setdefault(one.output, []).append(about)
    after = [[{**row, **peak} for peak in peaks.get(row["output"], []) if row["measure"] == "Cmax"] for row in rows]
    return [shown for row, more in zip(rows, after, strict=True) for shown in (row, *more)]


def effects(run: Run, reading: Reading | None = None) -> tuple[Section, ...]:
    """Outputs that do not come and go with the dose, at the start, after a day, after a week and at the end."""
    names = [name for name in run.outputs if not is_exposure(run, name) and name not in BESIDE]
    if not names:
        return ()
    at = sorted({0, *(int(np.abs(run.times - hours).argmin()) for hours in (24.0, 168.0)), run.times.size - 1})
    rows = []
    for name in names:
        low, median, high = clinic.band(run, reading, name, LEVELS, only=at)
        rows += [(name, span(float(run.times[k])), median[j], low[j], high[j]) for j, k in enumerate(at)]
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
