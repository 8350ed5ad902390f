"""When: "24 h after dose 1", "day 28", "week 8", "end of treatment" become hours after an anchor.

Day 1 is the day of the first dose of the phase, so "day 28" is 27 days after its start; "week 8" is 56 days after it.
"""

from __future__ import annotations

import re

from ketasim.dosing.quantities import LONGEST_H
from ketasim.studies.record import Moment

_UNITS = {"min": 1 / 60, "h": 1.0, "d": 24.0, "days": 24.0, "day": 24.0, "weeks": 168.0, "week": 168.0}
_UNITS["months"] = _UNITS["month"] = 24.0 * 365.25 / 12
_AFTER = re.compile(r"(-?\d+(?:\.\d+)?)\s*([a-z]+) after (?:the )?(dose (-?\d+)|last dose|start)")
_DAY = re.compile(r"day (-?\d+(?:\.\d+)?)")
_LATER = re.compile(r"(week|month) (-?\d+(?:\.\d+)?)")
FORMS = '"24 h after dose 1", "7 days after last dose", "day 28", "week 8", "month 3"'


def moment(text: str) -> Moment:
    """The moment that a text names; ValueError with one clause saying what is wrong with it."""
    found = _moment(text)
    if found.hours > LONGEST_H:
        raise ValueError(f"{text!r} lies more than a century after the first dose; check its unit")
    return found


def _moment(text: str) -> Moment:
    if found := _AFTER.fullmatch(text):
        if found[2] not in _UNITS:
            raise ValueError(f"{found[2]!r} is no unit of time (min, h, days, weeks, months)")
        hours = float(found[1]) * _UNITS[found[2]]
        dose = int(found[4]) if found[4] else -1
        if found[4] and dose < 1:
            raise ValueError(f"doses are counted from 1; dose {dose} came")
        if hours < 0:
            raise ValueError(f"{text!r} lies before its dose")
        return Moment(text, hours, "start") if found[3] == "start" else Moment(text, hours, "dose", dose)
    if found := _DAY.fullmatch(text):
        if float(found[1]) < 1:
            raise ValueError(f"{text!r} lies before the first dose, which is on day 1")
        return Moment(text, (float(found[1]) - 1.0) * 24.0, "start")
    if found := _LATER.fullmatch(text):
        hours = float(found[2]) * _UNITS[found[1]]
        if hours < 0:
            raise ValueError(f"{text!r} lies before the first dose")
        return Moment(text, hours, "start")
    raise ValueError(f"{text!r} is no time of a form such as {FORMS}")
