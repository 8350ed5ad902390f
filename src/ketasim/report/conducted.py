"""Studies conducted patient by patient: rows for the screen, a CSV, and the report."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ketasim.report.alike import told_apart
from ketasim.report.page import Page, Section, Table
from ketasim.report.reproduction import HEAD, NAMED, PLAIN, not_predicted
from ketasim.report.style import number
from ketasim.units import many

if TYPE_CHECKING:
    from ketasim.reproduction.conducted import Beside, Conducted

SAID = (
    "Single patients followed as the study was done: they take doses by its rules, leave at the reported rate, and are "
    "counted as the paper counted them (carried-forward values, adjusted means, Kaplan-Meier)."
)


def how(found: Conducted) -> str:
    """What was simulated, in one line."""
    trials, patients = many(found.replicates, "simulated trial"), "as many patients as the paper had"
    if found.patients is not None:
        patients = f"{found.patients:,} patients per arm"
        if any(one.interval for one in found.results):
            patients += ", so that intervals hold the sampling error of that many"
    return f"{SAID} {trials}, {patients}."


def row(one: Beside) -> tuple[object, ...]:
    """One result as a line of the table."""
    seen, record = one.seen, one.record()
    scale, unit = (100.0, " %") if seen.statistic == "proportion" else (1.0, "")
    cells = [number(scale * record[name]) + unit for name in ("observed", "predicted")]
    span = " to ".join(number(scale * end) for end in one.interval) if one.interval else "–"
    what = record["endpoint"] if seen.statistic in PLAIN else f"{record['endpoint']}, {seen.statistic}"
    inside = {True: "yes", False: "NO", None: "–"}[one.inside()]
    return (record["arm"], what.replace("_", " "), record["time"], seen.n, *cells, span, inside)


def table_of(own: Sequence[Beside]) -> tuple[tuple[object, ...], ...]:
    """Results of a study as lines of its table, told apart where they would read alike."""
    more = [(one.seen.analysis, one.seen.statistic.replace("_", " "), one.seen.phase) for one in own]
    return tuple(told_apart([row(one) for one in own], more, key=NAMED, at=1))


def _verdict(own: Sequence[Beside]) -> str:
    """How many results lie in their interval, of those that have one."""
    known = [inside for one in own if (inside := one.inside()) is not None]
    few = len(own) - len(known)
    if not known:
        return "too few simulated trials for a 90 % interval"
    return f"{sum(known)} of {len(known)} in the 90 % interval" + (f", {few} without one" if few else "")


def by_study(found: Conducted) -> list[tuple[str, tuple[tuple[object, ...], ...]]]:
    """(title, rows) of each study."""
    made = []
    for name in dict.fromkeys(one.study.id for one in found.results):
        own = [one for one in found.results if one.study.id == name]
        title = f"{name} ({own[0].study.use}): {_verdict(own)}"
        made.append((title, table_of(own)))
    return made


def as_csv(found: Conducted) -> str:
    """Every result as comma-separated text: the fields of the JSON records, and the model that predicts."""
    stream = io.StringIO()
    rows = [{**one.record(), "model": found.model} for one in found.results]
    if rows:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return stream.getvalue()


def page(found: Conducted, request: Mapping[str, str], provenance: Mapping[str, str]) -> Page:
    """The report."""
    tables = tuple(Table(name, HEAD, rows) for name, rows in by_study(found))
    sections = [Section("Observed and predicted", how(found), tables=tables)]
    if found.unspoken:
        silent = Table("", ("study", "arm", "endpoint", "time", "reason"), tuple(not_predicted(found)))
        sections.append(Section("Not predicted", details=(silent,)))
    trials = len({one.study.trial for one in found.results})
    drawn = () if found.parameters == "posterior" else (f"Parameters are drawn from the {found.parameters}.",)
    subtitle = f"{many(len(found.results), 'result')} of {many(trials, 'trial')}, model {found.model}"
    return Page("Published studies, simulated as they were done", subtitle, request, (*found.warnings, *drawn),
                tuple(sections), provenance=provenance)  # fmt: skip
