"""A run as a clinic would find it on another scale, by published links from the scale that the model is read on.

A score link takes each person's score over, a change link a change. A mean change goes by the change link where there
is one, as in `ketasim reproduce`; else it is the mean of what each person's score moves by on the other scale. How far
the link itself may be off is not known and not in it. Response and remission are not told: they are counted on the
scale of the model.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ketasim.errors import RequestError, UnknownName
from ketasim.measurement.link import Link, between, convert, convert_change, linked_to
from ketasim.measurement.scale import names, scale
from ketasim.simulation import clinic

if TYPE_CHECKING:
    from ketasim.measurement.reading import Reading
    from ketasim.simulation.run import Run

Three = tuple[float, float, float]
NONE: Three = (float("nan"),) * 3


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit of everybody on another scale, in its points.

    As in `clinic.Visit`: `expected`, `written`, `changed` are (5, 50, 95 %) over people, `change` is the mean change.
    Scores are NaN where only changes are linked.
    """

    hours: float
    n: int
    expected: Three
    written: Three
    changed: Three
    change: float


@dataclass(frozen=True, slots=True)
class OnScale:
    """A course on another scale: the links that it was read by, and the visits."""

    scale: str
    title: str
    links: tuple[Link, ...]
    visits: tuple[Visit, ...]


def checked(name: str, reading: Reading) -> str:
    """The name of a scale that scores can be taken over to; UnknownName, or RequestError where no link is known."""
    known = linked_to(reading.scale.name)
    if name == reading.scale.name:
        raise RequestError(f"{name} is what the model is read on; other scales are {', '.join(known)}.")
    if name not in names():
        raise UnknownName("scale with a link", name, known)
    if name not in known:
        raise RequestError(
            f"No link between {reading.scale.name} and {name} is among the evidence, so a course on {name} cannot be "
            f"told; there are links to {', '.join(known)}."
        )
    return name


def on_scale(run: Run, reading: Reading, name: str, hours: Sequence[float] | None = None) -> OnScale:
    """The visits of a run (hours; by default every day) on another scale.

    UnknownName or RequestError for a scale without a link, RequestError where scores at visits cannot be told.
    """
    checked(name, reading)
    if why := clinic.why_not(run, reading):
        raise RequestError(why)
    links = between(reading.scale.name, name)
    kinds = {link.kind for link in links}
    chosen = clinic.days(run, reading) if hours is None else hours
    look = clinic.watch(run, reading)
    return OnScale(name, scale(name).title, links, tuple(_visit(look(t), reading, name, kinds) for t in chosen))


def _visit(seen: clinic.Seen, reading: Reading, name: str, kinds: Collection[str]) -> Visit:
    before, groups, n = seen.before, seen.groups, int(seen.before.size)
    if not n:
        return Visit(seen.hours, 0, NONE, NONE, NONE, float("nan"))
    first, written = seen.often(reading)
    source = reading.scale.name
    there = partial(convert, source=source, target=name)
    scores = (NONE, NONE)
    if "score" in kinds:
        scores = (clinic.percentiles(groups.mean(there(groups.score))), clinic.percentiles(there(written)))
    if "change" in kinds:
        changed = convert_change(written - first, source, name)
        change = float(convert_change((groups.mean(reading.expected(groups.score)) - before).mean(), source, name))
    else:
        changed = there(written) - there(first)
        change = float((groups.mean(reading.mean_of(groups.score, there)) - there(before)).mean())
    return Visit(seen.hours, n, *scores, clinic.percentiles(changed), change)
