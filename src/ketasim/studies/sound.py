"""Whether what a study file states can be: values on their scales, intervals about their value, people of an arm."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ketasim import units
from ketasim.measurement.scale import scale
from ketasim.studies.check import number, pair
from ketasim.studies.place import Place
from ketasim.studies.record import Arm, Observation, Phase

ROUNDED: Final = 1e-9
INTERVALS: Final = ("ci95", "ci90")
RATIOS: Final = ("hazard_ratio", "risk_ratio", "odds_ratio")
MOST: Final = 1e9
LATE_DAYS: Final = 7.0  # a visit may be late


def sound(
    row: Mapping[str, Any], seen: Observation, at: Place, arms: Sequence[Arm], phases: Sequence[Phase] = ()
) -> None:
    """Refuse, with file, line and field, an observation that no trial can have given."""
    spread(row, seen, at)
    within(seen, at)
    held(row, seen, at)
    people(row, seen, at, {arm.name: arm.n for arm in arms})
    in_time(seen, at, phases)


def spread(row: Mapping[str, Any], seen: Observation, at: Place) -> None:
    """A standard error or deviation is above 0, for nobody measures without any, and no longer than the scale."""
    most = bounds(seen)[1] if seen.endpoint.scale and not seen.endpoint.binary else MOST
    for field, what in (("se", "a standard error"), ("sd", "a standard deviation")):
        alike = field == "sd" and seen.measure == "Tmax"  # all may peak at the one time at which blood was drawn
        if number(row, field, at, 0.0, min(most, MOST)) == 0.0 and not alike:
            at.refuse(field, f"{what} of 0 says that nothing varies; give what is printed, or leave the field out")


def bounds(seen: Observation) -> tuple[float, float]:
    """Between what a value can lie, in the natural unit of its endpoint."""
    what = seen.endpoint
    if seen.statistic in ("mean", "median", "difference") and what.scale and not what.binary:
        one = scale(what.scale)
        if what.kind == "score" and seen.statistic != "difference":
            return one.low, one.high
        return one.low - one.high, one.high - one.low
    return (-1.0, 1.0) if seen.statistic == "difference" and what.binary else (-math.inf, math.inf)


def within(seen: Observation, at: Place) -> None:
    """A score lies on its scale, a change or a difference within the length of it."""
    low, high = bounds(seen)
    if seen.statistic in RATIOS and seen.value <= 0.0:
        at.refuse(seen.statistic, f"a ratio lies above 0; {seen.value:g} came")
    if seen.cutoff is not None and seen.endpoint.scale:
        one = scale(seen.endpoint.scale)
        number({"cutoff": seen.cutoff}, "cutoff", at, one.low, one.high)
    value = seen.value * units.factor(seen.unit, seen.endpoint.unit) if math.isfinite(high) else seen.value
    if not low - ROUNDED <= value <= high + ROUNDED:
        field = seen.statistic if seen.statistic != "proportion" else "percent"
        at.refuse(field, f"{seen.endpoint.name} lies between {low:g} and {high:g}; {seen.value:g} came")


def held(row: Mapping[str, Any], seen: Observation, at: Place) -> None:
    """An interval holds the value that it is about; that of a share may be in per cent."""
    shown = (seen.value, 100.0 * seen.value) if seen.statistic == "proportion" else (seen.value,)
    for field in INTERVALS:
        told = pair(row, field, at, open_above=seen.endpoint.kind == "time")
        if told is None:
            continue
        low, high = told
        if low == high:
            at.refuse(field, f"both ends are {low:g}; give the lower and the upper end as printed")
        if math.isinf(high) and seen.value <= low:
            at.refuse(
                field, f"the value {seen.value:g} is its lower end, and the upper end was not reached; no error follows"
            )
        if not any(low - ROUNDED <= value <= high + ROUNDED for value in shown):
            at.refuse(field, f"runs from {low:g} to {high:g} and does not hold the value {shown[-1]:g}")


def people(row: Mapping[str, Any], seen: Observation, at: Place, size: Mapping[str, int]) -> None:
    """No more people stand behind a number than its arm has."""
    counted = [(field, row[field], seen.arm) for field in ("n", "total") if field in row]
    counted += [("n_versus", seen.n_versus, seen.versus)] if seen.n_versus is not None else []
    for field, n, arm in counted:
        if n > size[arm]:
            at.refuse(field, f"{n} people are more than the {size[arm]} of {arm!r}")


def in_time(seen: Observation, at: Place, phases: Sequence[Phase]) -> None:
    """Nothing is seen long after its phase, but what is counted from the last dose: the file says of no treatment then.

    Its phase is the one that it names, else the first of its arm. A numbered dose comes at its start or later.
    """
    named = (p for p in phases if (p.name == seen.phase if seen.phase else seen.arm in p.arms))
    phase = next(named, None)
    if phase is None or (seen.time.anchor == "dose" and seen.time.dose < 0):
        return
    late = seen.time.hours / 24.0 - phase.days
    if late > LATE_DAYS:
        why = (
            f"{seen.time.text!r} lies {late:.3g} days after the end of the phase {phase.name!r} of {phase.days:g} "
            f"{units.counted('day', phase.days)}"
        )
        at.refuse("time", f"{why}; correct one of them, or describe what came later as a [[phase]] of its own")
