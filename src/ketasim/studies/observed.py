"""One [[observation]] table to an Observation: exactly one statistic, its spread, its people, its moment."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any, cast

from ketasim import units
from ketasim.errors import UnitError, UnknownName
from ketasim.measurement.endpoint import Endpoint, endpoint
from ketasim.studies import check
from ketasim.studies.place import Place
from ketasim.studies.printed import standard_error
from ketasim.studies.record import Grade, Observation
from ketasim.studies.times import moment

STATISTICS = (
    "mean", "events", "percent", "median", "difference", "hazard_ratio", "risk_ratio", "odds_ratio", "cohen_d",
)  # fmt: skip
_RATIOS = {"hazard_ratio", "risk_ratio", "odds_ratio"}
_BETWEEN = {*_RATIOS, "difference", "cohen_d"}
FIELDS = {
    "arm", "versus", "phase", "endpoint", "time", *STATISTICS, "total", "sd", "se", "ci95", "ci90", "n", "n_versus",
    "analysis", "grade", "seen", "unit", "cutoff", "sampling", "reference", "statistic", "note",
}  # fmt: skip
ANALYSES = (
    "observed", "LOCF", "LS mean", "ANCOVA", "intention to treat", "Kaplan-Meier", "per protocol", "median unbiased",
)  # fmt: skip
GRADES = ("A", "B", "C", "D")
# what of a course: the value at the time, or a figure of the whole course up to it, with its unit
MEASURES = {"": "", "Cmax": "ng/mL", "Tmax": "h", "AUC": "ng*h/mL", "maximum": ""}
AT_THE_TIME = ("mean", "median")  # words for the plain value at the time, which its own field says as well


def observation(row: Any, at: Place, arms: Collection[str], phases: Collection[str]) -> Observation:
    """The observation that a table states; StudyError with file, line and field."""
    check.fields(row, FIELDS, at)
    what = _endpoint(row, at)
    arm = check.choice(row, "arm", arms, at)
    versus = check.choice(row, "versus", arms, at) if "versus" in row else ""
    if versus == arm:
        at.refuse("versus", f"{versus!r} cannot be compared with itself")
    stated = [s for s in STATISTICS if s in row]
    if len(stated) != 1:
        at.refuse(stated[1] if stated else "mean", f"an observation states exactly one of {', '.join(STATISTICS)}")
    kind = stated[0]
    if kind in _BETWEEN and not versus:
        at.refuse(kind, "compares two arms, so 'versus' must name the other")
    if kind not in _BETWEEN and versus:
        at.refuse("versus", f"a {kind} is of one arm; write 'difference' or a ratio to compare two")
    if "n_versus" in row and not versus:
        at.refuse("n_versus", "counts the other arm, so 'versus' must name it")
    value, events, n, kind = _value(row, kind, what, at)
    until = what.kind == "time"
    interval, level = check.pair(row, "ci95", at, open_above=until), 0.95
    if interval is None and (interval := check.pair(row, "ci90", at, open_above=until)):
        level = 0.90
    sd = check.number(row, "sd", at, 0.0)
    se = check.number(row, "se", at, 0.0)
    if se is None:
        se = standard_error("log" if until or kind in _RATIOS else kind, value, sd, interval, level, n)
    grade = check.choice(row, "grade", GRADES, at, "A")
    return Observation(
        arm=arm, versus=versus, phase=_phase(row, at, phases),
        endpoint=what, time=_time(row, at), statistic=kind, value=value, unit=_unit(row, what, at, kind), se=se, sd=sd,
        interval=interval, level=level, events=events, n=n,
        n_versus=check.whole(row, "n_versus", at, 1) if "n_versus" in row else None,
        analysis=check.choice(row, "analysis", ANALYSES, at, "observed"), grade=cast(Grade, grade),
        seen=check.text(row, "seen", at, ""), cutoff=check.number(row, "cutoff", at, 0.0),
        sampling=check.choice(row, "sampling", ("venous", "arterial", "capillary", ""), at, ""),
        measure=_measure(row, what, at, kind),
        reference=cast(Any, check.choice(row, "reference", ("study", "phase"), at, "study")),
        note=check.text(row, "note", at, ""), line=at.header(),
    )  # fmt: skip


def _endpoint(row: dict[str, Any], at: Place) -> Endpoint:
    name = check.text(row, "endpoint", at)
    try:
        return endpoint(name)
    except UnknownName as why:
        at.refuse("endpoint", str(why).rstrip("."))


def _time(row: dict[str, Any], at: Place) -> Any:
    try:
        return moment(check.text(row, "time", at))
    except ValueError as why:
        at.refuse("time", str(why))


def _phase(row: dict[str, Any], at: Place, phases: Collection[str]) -> str:
    if "phase" in row and not phases:
        at.refuse("phase", "this file has no [[phase]]; describe one, or leave the field out")
    return check.choice(row, "phase", phases, at) if "phase" in row else ""


def _measure(row: dict[str, Any], what: Endpoint, at: Place, kind: str) -> str:
    """The figure of the course that is printed; "" for the plain value, which "mean" and "median" say too."""
    measure = check.choice(row, "statistic", ("", *AT_THE_TIME, *(m for m in MEASURES if m)), at, "")
    if measure in AT_THE_TIME:
        if measure != kind:
            at.refuse("statistic", f"{measure!r} is told here, but the number is not in the field {measure!r}")
        return ""
    if measure and (what.kind == "concentration") != (measure != "maximum"):
        at.refuse("statistic", f"{measure!r} is no figure of {what.name!r}")
    return measure


def _unit(row: dict[str, Any], what: Endpoint, at: Place, kind: str) -> str:
    natural = MEASURES[_measure(row, what, at, kind)] or what.unit
    unit = check.text(row, "unit", at, natural)
    try:
        units.factor(unit, natural)
    except UnitError as why:
        at.refuse("unit", str(why).rstrip("."))
    return unit


def _value(row: dict[str, Any], kind: str, what: Endpoint, at: Place) -> tuple[float, int | None, int, str]:
    """(value, events, n, statistic) with counts and percentages made proportions."""
    if kind == "events":
        events = check.whole(row, "events", at, 0)
        total = check.whole(row, "total", at, 1)
        if events > total:
            at.refuse("events", f"cannot be more than the total of {total}; {events} came")
        kind, value, n = "proportion", events / total, check.whole(row, "n", at, 1, total)
    elif kind == "percent":
        percent = check.number(row, "percent", at, 0.0, 100.0)
        events, n = None, check.whole(row, "n", at, 1)
        kind, value = "proportion", float(percent or 0.0) / 100.0
    else:
        low = 0.0 if kind in _RATIOS or what.kind in ("score", "time", "concentration") else -math.inf
        value = float(check.number(row, kind, at, low if kind != "difference" else -math.inf) or 0.0)
        events, n = None, check.whole(row, "n", at, 1)
    if kind == "proportion" and not what.binary:
        at.refuse("endpoint", f"{what.name!r} is not counted in patients; give a mean, a median or a difference")
    if kind == "mean" and what.binary:
        at.refuse("mean", f"{what.name!r} counts patients; give events and total, or percent and n")
    return value, events, n, kind
