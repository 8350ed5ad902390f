"""A course on another scale: table, note with the papers behind the link, and the record for machines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from ketasim.evidence.bibliography import entry
from ketasim.report.page import Section, Table
from ketasim.simulation.clinic import clock

if TYPE_CHECKING:
    from ketasim.measurement.link import Link
    from ketasim.measurement.reading import Reading
    from ketasim.simulation.linked import OnScale, Visit

HEAD: Final = ("", "expected", "found, 5 to 95 %", "mean change", "change, 5 to 95 %")
HEAD_OF_ONE: Final = ("", "expected", "found once", "change", "change found once")
HEAD_OF_TYPICAL: Final = ("", "expected", "change")


def title(one: OnScale, reading: Reading) -> str:
    """What the table is of."""
    return f"{one.scale}, linked from {reading.scale.name}"


def table(one: OnScale, hours: Sequence[float], typical: bool = False) -> Table:
    """A row for each visit at these hours; columns of scores only where scores are linked."""
    seen = [visit for visit in one.visits if visit.hours in hours]
    n = max((visit.n for visit in seen), default=0)
    head = HEAD if n > 1 else HEAD_OF_TYPICAL if typical else HEAD_OF_ONE
    cells = [dict(zip(HEAD if n > 1 else HEAD_OF_ONE, _row(visit), strict=True)) for visit in seen]
    scored = any(link.kind == "score" for link in one.links)
    kept = tuple(name for name in head if scored or name not in ("expected", "found, 5 to 95 %", "found once"))
    return Table("", kept, tuple(tuple(row[name] for name in kept) for row in cells))


def _row(visit: Visit) -> tuple[object, ...]:
    found, changed = (_range(values, visit.n) for values in (visit.written, visit.changed))
    return (clock(visit.hours), visit.expected[1], found, visit.change, changed)


def _range(values: tuple[float, float, float], n: int) -> str:
    low, middle, high = (
        f"{round(value) or 0:d}".replace("-", "\u2212") if math.isfinite(value) else "" for value in values
    )
    return f"{low} to {high}" if n > 1 else middle


def note(one: OnScale, reading: Reading) -> str:
    """By which published links, and what is not told."""
    ways: dict[str, list[str]] = {}
    for link in one.links:
        ways.setdefault(papers(link), []).append(f"{link.kind}s")
    by = "; ".join(f"{text.rstrip('.')} ({' and '.join(kinds)})" for text, kinds in ways.items())
    kinds = {link.kind for link in one.links}
    left = f"Only changes are linked, so no score on {one.scale} is told. " if "score" not in kinds else ""
    left += "A change is that of the linked scores. " if "change" not in kinds else ""
    return (
        f"{one.title}, linked by {by}. {left}The error of a link is not known and not in it; response and remission "
        f"are counted on {reading.scale.name}."
    )


def papers(link: Link) -> str:
    """The papers behind a link, in full."""
    return " and ".join(entry(key).text for key in link.citation)


def section(one: OnScale, reading: Reading, hours: Sequence[float], typical: bool = False) -> Section:
    """The table with its note."""
    return Section(title(one, reading), note(one, reading), tables=(table(one, hours, typical),))


def record(one: OnScale) -> dict[str, Any]:
    """A course for machines: scale, links with fact and citation, visits."""
    links = [
        {"kind": link.kind, "fact": link.fact, "citation": list(link.citation), "text": papers(link)}
        for link in one.links
    ]
    return {"scale": one.scale, "links": links, "visits": [asdict(visit) for visit in one.visits]}
