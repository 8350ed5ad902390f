"""How often, and how much within a day, doses are asked beside the data behind a model, as sentences."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ketasim.dosing.check import ROUNDING, Route, largest_dose, largest_text, route_for
from ketasim.dosing.regimen import Regimen
from ketasim.engine.abi import F64, I64
from ketasim.model.model import Model
from ketasim.population.covariates import derived
from ketasim.simulation import ages
from ketasim.simulation.times import DAY, sessions

if TYPE_CHECKING:
    from ketasim.dosing.records import Records
    from ketasim.simulation.plan import Study

WEEK = 7.0 * DAY
SLACK = 1e-6  # h; a dose exactly a day or a week later is not within it


def begun(doses: Sequence[float] | F64, gap: float = 4.0) -> F64:
    """Starts of sessions, and of each further day of a session that goes on: doses an hour apart for weeks are one
    session of exposure, but not of treatment.
    """
    t = np.unique(np.asarray(doses, dtype=np.float64))
    starts = sessions(t, gap)
    if not starts.size:
        return starts
    last = np.append(t[np.searchsorted(t, starts[1:]) - 1], t[-1])
    return np.concatenate(
        [start + DAY * np.arange(int((end - start) // DAY) + 1) for start, end in zip(starts, last, strict=True)]
    )


def each_day(time: F64, hours: F64) -> tuple[I64, F64]:
    """Doses (doses,) given over `hours`, as one for each day that they go on: whose of these it is, and when."""
    days = np.floor(np.maximum(np.nan_to_num(hours), 0.0) / DAY).astype(np.int64) + 1
    whose = np.repeat(np.arange(time.size), days)
    since = np.arange(whose.size) - np.repeat(np.cumsum(days) - days, days)
    return whose, time[whose] + DAY * since


def within(times: F64, hours: float) -> I64:
    """How many of ascending times lie within so many hours from each of them on, itself included."""
    return np.searchsorted(times, times + hours - SLACK) - np.arange(times.size)


def sessions_of(model: Model, doses: Sequence[float] | F64) -> list[str]:
    """Sentences on the sessions of one person beside the most in the data behind a model, in all and in a week."""
    return _told(model, *_counts(doses))


def sessions_of_all(model: Model, patient: I64, time: F64) -> list[str]:
    """The same of the person of many who has most of them; `patient` and `time` are those of each dose."""
    at = np.lexsort((time, patient))
    ends = [*np.flatnonzero(np.diff(patient[at], prepend=-1)), at.size]
    counts = np.array([_counts(time[at[a:b]]) for a, b in pairwise(ends)] or [(0, 0)])
    return _told(model, *counts.max(axis=0).tolist())


def _counts(doses: Sequence[float] | F64) -> tuple[int, int]:
    starts = begun(doses)
    return int(starts.size), int(within(starts, WEEK).max(initial=0))


def _told(model: Model, count: int, weekly: int) -> list[str]:
    limits, found = model.limits, []
    data = f"the data behind model {model.name!r} have at most"
    if limits.largest_sessions is not None and count > limits.largest_sessions:
        found.append(f"{count} dosing sessions asked; {data} {limits.largest_sessions}.")
    if limits.largest_weekly is not None and weekly > limits.largest_weekly:
        found.append(f"{weekly} dosing sessions within 7 days asked; {data} {limits.largest_weekly}.")
    return found


def in_a_day(regimen: Regimen, routes: Sequence[Route], weight: F64 | None, surface: F64 | None) -> list[str]:
    """A sentence for each drug and route whose doses within 24 h add up to more than any source gives at once.

    `weight` (kg) and `surface` (m²) are those of the people for whom a dose can be largest.
    """
    doses, found = regimen.doses(weight, surface), []
    ways = list(zip(doses.drug, doses.route, strict=True))
    for drug, name in dict.fromkeys(ways):
        mine = np.array([way == (drug, name) for way in ways])
        time, mg, hours = doses.time[mine], doses.mg[:, mine], doses.duration[mine]
        count, route = within(time, DAY), route_for(drug, name, routes)
        day, infused = _sums(mg, count), _sums(hours[None, :], count)
        share = np.where(count > 1, day / largest_dose(route, _column(weight), infused), 0.0)
        who, k = np.unravel_index(int(np.argmax(share)), share.shape)
        if share[who, k] > 1 + ROUNDING:
            per = "" if route.largest_per_kg is None or weight is None else f" ({day[who, k] / weight[who]:.4g} mg/kg)"
            found.append(
                f"{regimen.file or regimen.name}: {drug} {name} adds up to {day[who, k]:,.6g} mg{per} in {count[k]} "
                "doses within 24 h, more than the largest dose at once in any source behind this route "
                f"({largest_text(route, bool(infused.any()))})."
            )
    return found


def in_a_day_of_all(
    study: Study, doses: Records, mg: F64, hours: F64, inlet: str, routes: Sequence[tuple[Route, float]]
) -> list[str]:
    """The same of the doses of many people into one inlet, which takes a share of the dose of each of some routes."""
    at = np.lexsort((doses.time, doses.patient))
    patient, time = doses.patient[at], doses.time[at]
    apart = float(time.max() - time.min()) + 2.0 * DAY  # so that no dose lies within a day of another person's
    count = within(patient * apart + (time - time.min()), DAY)
    day, infused = _sums(mg[None, at], count)[0], _sums(hours[None, at], count)[0]
    bodies = derived(study.people.chunk(0, study.people.n))
    weight = np.asarray(bodies["WT"], dtype=np.float64)[patient] if "WT" in bodies else None
    limit = np.max([np.broadcast_to(largest_dose(r, weight, infused) * s, day.shape) for r, s in routes], axis=0)
    beyond = (count > 1) & (day > limit * (1 + ROUNDING))
    if not beyond.any():
        return []
    k = int(np.argmax(np.where(beyond, day / limit, 0.0)))
    who = ages.who(np.unique(patient[beyond]).size, study.people.n, "gets", "get")
    return [
        f"{who} more into inlet {inlet!r} within 24 h than any source has at once ({day[k]:,.6g} mg in {count[k]} "
        f"doses where {limit[k]:.4g} mg is the largest)."
    ]


def _column(weight: F64 | None) -> F64 | None:
    return None if weight is None else weight[:, None]


def _sums(values: F64, count: I64) -> F64:
    """Sums along the last axis of as many values as `count` says, from each on."""
    total = np.concatenate([np.zeros((values.shape[0], 1)), np.cumsum(values, axis=1)], axis=1)
    first = np.arange(count.size)
    return np.asarray(total[:, first + count] - total[:, first])
