"""The report of one run: request, people, prediction bands with what was observed, exposure, model and sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ketasim.population.describe import describe
from ketasim.report.figures import Band, Curves, Points, draw, svg
from ketasim.report.model import card
from ketasim.report.page import Page, Picture, Section, Table
from ketasim.report.style import unit_label

if TYPE_CHECKING:
    from ketasim.simulation.run import Run

LEVELS = (0.05, 0.5, 0.95)
SUMMARY = ("output", "measure", "unit", "n", "median", "p5", "p95", "geometric_mean", "cv_percent")
HEAD = ("output", "measure", "unit", "n", "median", "5 %", "95 %", "geometric mean", "CV %")
MOST_POINTS = 4000


def page(run: Run, request: Mapping[str, str], provenance: Mapping[str, str]) -> Page:
    """The page of a finished run."""
    name = run.regimen.title or run.regimen.name if run.regimen is not None else run.people.label
    who = f"{run.n:,} people" if run.n > 1 else "one person"
    return Page(
        title=name,
        subtitle=f"{who} ({run.people.label}), {span(float(run.times[-1]))}, model {run.model.name}",
        request=request,
        warnings=run.warnings,
        sections=(predictions(run), exposure(run), people(run)),
        models=(card(run.model),),
        provenance=provenance,
    )


def span(hours: float) -> str:
    """A length of time as a reader says it."""
    return f"{hours:g} h" if hours < 72 else f"{hours / 24:g} days"


def predictions(run: Run) -> Section:
    """A panel per output: the median, and for several people the 5 to 95 % band; observations on top."""
    points = observed(run)
    panels = [
        Curves(
            title=label(name),
            unit=run.unit(name),
            bands=(band(run, name, "predicted"),),
            points=(points[name],) if name in points else (),
            quantity=quantity(name),
        )
        for name in run.outputs
    ]
    many = "Line: median of the people; band: 5 to 95 % of them." if run.n > 1 else "Line: this person."
    seen = " Points: what was observed." if points else ""
    return Section("Predictions", "", (Picture("Outputs over time", svg(draw(panels)), many + seen),))


def quantity(output: str) -> str:
    """What stands before the unit on an axis."""
    return "concentration" if output.startswith(("plasma ", "arterial ")) else ""


def label(output: str) -> str:
    """An output's name as a title."""
    return output[:1].upper() + output[1:]


def band(run: Run, output: str, label: str) -> Band:
    """Median and band of one output over time."""
    low, median, high = run.band(output, LEVELS)
    return Band(label, run.times, median, low, high) if run.n > 1 else Band(label, run.times, median)


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


def exposure(run: Run) -> Section:
    """Non-compartmental results over people."""
    rows = [row for row in run.summary().to_dict(orient="records") if row["n"]]
    if run.n == 1:
        cells = tuple((r["output"], r["measure"], unit_label(r["unit"]), r["median"]) for r in rows)
        table = Table("", ("output", "measure", "unit", "value"), cells)
    else:
        table = Table("", HEAD, tuple(tuple({**r, "unit": unit_label(r["unit"])}[c] for c in SUMMARY) for r in rows))
    return Section("Exposure", MEASURES, tables=(table,))


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
