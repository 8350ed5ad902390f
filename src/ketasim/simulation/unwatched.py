"""Times that rest on nothing: doses of which nothing is seen, and scores longer after a dose than any trial watched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ketasim.engine.abi import F64, I64
from ketasim.simulation import relapsed

MANY = 400  # moments of doses from which on not all are kept densely (`times.default`)
SOON = 0.2  # h after a dose within which a kept time shows its peak
LATE = 24.0  # h after time 0, a choice of ours, from which a first dose comes late for what is hoped of it

if TYPE_CHECKING:
    from ketasim.simulation.plan import Study


def warnings_of(study: Study, score: str) -> tuple[str, ...]:
    """Sentences on doses of which nothing is seen, and on a score that is told where no trial read it."""
    if study.regimen is None and study.data is None:
        return ()
    whose, at, hours, ends = doses(study)
    late = (*_too_late(at, float(ends.max())), *_unseen(study, at, hours))
    return (*late, *(() if late else _hoped(study, score, at)), *_unwatched(study, score, whose, at, hours, ends))


def doses(study: Study) -> tuple[I64, F64, F64, F64]:
    """Whose dose it is (doses,), when (h, by person and time) and over how many hours it is given, and the last time
    shown of each person (people,).

    People of a regimen are all the same, so one stands for them.
    """
    last = float(study.times[-1])
    if study.data is None:
        given = study.regimen.schedule() if study.regimen is not None else ()
        at, hours = np.array(sorted((g.time, g.duration) for g in given), dtype=np.float64).reshape(-1, 2).T
        return np.zeros(at.size, dtype=np.int64), at, hours, np.array([last])
    table, seen = study.data.records, study.data.observed
    ends = np.full(study.data.n, last)
    np.maximum.at(ends, seen.patient, seen.time)
    real = np.flatnonzero((table.amount > 0) | (table.rate > 0))
    real = real[np.lexsort((table.time[real], table.patient[real]))]
    hours = np.divide(table.amount, table.rate, out=table.duration.copy(), where=table.rate > 0)
    return table.patient[real], table.time[real], np.maximum(np.nan_to_num(hours[real]), 0.0), ends


def _too_late(at: F64, last: float) -> tuple[str, ...]:
    """Doses of which nothing is seen, because each comes after the last time."""
    if not at.size or at.min() <= last:
        return ()
    return (f"The first dose is given at {at.min():g} h, after the last time that is shown ({last:g} h).",)


def _unseen(study: Study, at: F64, hours: F64) -> tuple[str, ...]:
    """Doses so many that not all are followed by a time that is kept soon after them."""
    moments = np.unique(np.concatenate([at, (at + hours)[hours > 0.0]]))
    moments = moments[moments < study.times[-1]]
    soon = np.searchsorted(study.times, moments + SOON, side="right") > np.searchsorted(study.times, moments, "right")
    if study.data is not None or moments.size <= MANY or soon.all():
        return ()
    return (
        f"Doses begin or end at {moments.size:,} times, and from {moments[~soon][0]:,.0f} h on results are not kept "
        "soon after each: peaks after that are missed, and areas and curves are coarse; name the times (--times).",
    )


def _hoped(study: Study, score: str, at: F64) -> tuple[str, ...]:
    """Hope for a treatment that begins before its first dose."""
    names = {study.model.outputs[k].name for k in study.outputs}
    if study.data is not None or score not in names or not at.size or at[0] <= LATE:
        return ()
    return (
        f"The first dose is given at {at[0]:g} h, but {score} changes from time 0 on, when what patients hope for "
        'begins and from which visits ("24 h", "day 8") count; start on "day 1" to have them begin together.',
    )


def _unwatched(study: Study, score: str, whose: I64, at: F64, hours: F64, ends: F64) -> tuple[str, ...]:
    """Scores longer after a dose, or after the start, than any trial behind the model read them."""
    limits, names = study.model.limits, {study.model.outputs[k].name for k in study.outputs}
    if limits.watched is None or score not in names:
        return ()
    untreated = limits.watched if limits.untreated is None else limits.untreated
    shown = at <= ends[whose]
    n = ends.size
    owner, begun = np.append(whose[shown], np.arange(n)), np.append(at[shown], np.zeros(n))
    dosed = np.arange(owner.size) < shown.sum()
    order = np.lexsort((dosed, begun, owner))
    owner, begun, dosed = owner[order], begun[order], dosed[order]
    lasted = np.append(hours[shown], np.zeros(n))[order]
    watched = np.where(dosed, limits.watched + lasted, untreated)
    until = np.where(np.append(owner[1:] == owner[:-1], False), np.append(begun[1:], 0.0), np.inf)
    # times that everybody's course is kept at, then those at which each was observed
    late = np.searchsorted(study.times, begun + watched, side="right") < np.searchsorted(study.times, until)
    if study.data is not None and study.data.observed.time.size:
        who, seen = study.data.observed.patient, study.data.observed.time
        least = float(min(begun.min(), seen.min()))
        length = float(max(begun.max(), seen.max())) - least + 1.0
        last = np.searchsorted(owner * length + begun - least, who * length + seen - least, side="right") - 1
        late[last[seen > begun[last] + watched[last]]] = True
    if not late.any():
        return ()
    kinds = ((limits.watched, "the last dose before them", dosed), (untreated, "the start", ~dosed))
    since = " or ".join(f"{most / 24:g} days after {word}" for most, word, which in kinds if (late & which).any())
    told = f"{score}, response and remission more than {since} rest on no trial of ten or more people"
    return (f"{told}; {_ill(study, score)}",)


def _ill(study: Study, score: str) -> str:
    """What becomes there of those who relapse."""
    if study.data is not None:
        return "relapse does not raise the score: they are as if those who relapsed were still well."
    if why := relapsed.missing(study, score):
        return f"{why}: they are as if those who relapsed were still well."
    return (
        f"who relapses after day {relapsed.least(study) / 24:g} has lost relief that is not treatment (docs/mood.md)."
    )
