"""From written scores of virtual patients to the number that a paper prints, with the error that its n gives it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, hypot, log, nan, sqrt

import numpy as np
from numpy.typing import NDArray

from ketasim import units
from ketasim.measurement.link import convert, convert_change, links
from ketasim.measurement.scale import scale
from ketasim.studies.lines import CARRIED, RELAPSE, Line
from ketasim.studies.record import Observation, Study
from ketasim.trials import analysis, survival
from ketasim.trials.analysis import Estimate
from ketasim.trials.run import Followed

F64 = NDArray[np.float64]
NOTHING = Estimate(nan, nan, 0)
MADRS = scale("MADRS")
ADJUSTED = ("LS mean", "ANCOVA")


@dataclass(frozen=True)
class Seen:
    """An arm of one replicate: its line and its virtual patients (None if nobody came that far)."""

    line: Line
    patients: Followed | None


@dataclass(frozen=True, slots=True)
class Told:
    """A predicted number, and its standard error with as many patients as the paper had."""

    value: float
    error: float


def unspoken(study: Study, seen: Observation) -> str:
    """Why the model says nothing of an observation; "" if it does."""
    for name in filter(None, (seen.arm, seen.versus)):
        if study.arm(name).comparator:
            return f"{name!r} is a treatment outside the model"
    kind, of = seen.endpoint.kind, seen.endpoint.scale
    if kind == "concentration":
        return "arterial or capillary sampling" if seen.sampling not in ("venous", "") else ""
    if seen.endpoint.name in ("discontinuation", "time to remission"):
        return f"{seen.endpoint.name} is not predicted"
    if of and scale(of).domain != "depression":
        return f"{of} is not a scale of depression"
    linked = {"MADRS", "", *(a for a, b, *_ in links() if b == "MADRS")}
    if kind in ("score", "change") and of not in linked and seen.statistic != "cohen_d":
        return f"no published link between MADRS and {of}"
    if seen.measure == "maximum":
        return "the largest score of a course is not predicted"
    return ""


def told(seen: Observation, arm: Seen, versus: Seen | None, beside: Mapping[str, Seen]) -> Told:
    """The number for an observation; `beside` are all arms of its phase, for analyses that adjust over them."""
    if seen.statistic == "hazard_ratio":
        return _hazard_ratio(seen, arm, versus)
    if seen.endpoint.kind == "time":
        return _median_time(seen, arm)
    one = _estimate(seen, arm, beside)
    first = one.sd / sqrt(seen.n)
    if versus is None:
        return Told(one.value, first)
    two = _estimate(seen, versus, beside)
    second = two.sd / sqrt(seen.n_versus or seen.n)
    if seen.statistic == "cohen_d":
        pooled = sqrt(0.5 * (one.sd**2 + two.sd**2))
        return Told((one.value - two.value) / pooled, hypot(first, second) / pooled)
    if seen.statistic in ("risk_ratio", "odds_ratio"):
        return _ratio(seen, one, two)
    return Told(one.value - two.value, hypot(first, second))


def _estimate(seen: Observation, arm: Seen, beside: Mapping[str, Seen]) -> Estimate:
    if arm.patients is None:
        return NOTHING
    kind = seen.endpoint.kind
    if kind == "concentration":
        return _concentration(seen, arm)
    if kind == "event":
        return _event(seen, arm)
    if kind in ("score", "change"):
        return _score(seen, arm, beside)
    score, base = _scores(seen, arm), _reference(seen, arm)
    missing: analysis.Missing = "non-response" if seen.analysis == "intention to treat" else "observed"
    met = analysis.criterion(kind, MADRS, score, base, _cutoff(seen))
    return analysis.share(met, np.isfinite(score), missing)


def _scores(seen: Observation, arm: Seen) -> F64:
    """Written MADRS of each patient at the visit: as observed, or the last one carried forward."""
    assert arm.patients is not None
    column = arm.patients.column(arm.line.hours(seen.time))
    if seen.analysis in CARRIED and seen.analysis != "intention to treat":
        return analysis.carried(arm.patients.scores, arm.patients.entry, column)
    return arm.patients.scores[:, column]


def _reference(seen: Observation, arm: Seen) -> F64:
    assert arm.patients is not None
    return arm.patients.entry if seen.reference == "phase" else arm.patients.baseline


def _score(seen: Observation, arm: Seen, beside: Mapping[str, Seen]) -> Estimate:
    change = seen.endpoint.kind == "change"
    if seen.analysis not in ADJUSTED:
        score = _scores(seen, arm)
        found = analysis.mean(score - _reference(seen, arm) if change else score)
        return _on_scale(found, seen, float(np.mean(_reference(seen, arm))))
    arms = {name: one for name, one in beside.items() if one.patients is not None}
    base = {name: _reference(seen, one) for name, one in arms.items()}
    values = {name: _scores(seen, one) - (base[name] if change else 0.0) for name, one in arms.items()}
    whole = float(np.mean(np.concatenate(list(base.values()))))
    return _on_scale(analysis.adjusted(values, base)[arm.line.arm.name], seen, whole)


def _on_scale(found: Estimate, seen: Observation, base: float) -> Estimate:
    """A MADRS mean on the scale of the paper, by the published link; a standardised difference needs no link.

    Where only scores are linked, a change is the difference of the linked scores at `base` and after it.
    """
    of = seen.endpoint.scale
    if of in ("MADRS", "") or seen.statistic == "cohen_d":
        return found

    def moved(value: float) -> float:
        if seen.endpoint.kind == "score":
            return float(convert(value, "MADRS", of))
        if (of, "MADRS", "change") in {row[:3] for row in links()}:
            return float(convert_change(value, "MADRS", of))
        return float(convert(base + value, "MADRS", of) - convert(base, "MADRS", of))

    unit = (moved(found.value + 2.0) - moved(found.value - 2.0)) / 4.0
    return Estimate(moved(found.value), found.sd * unit, found.n)


def _cutoff(seen: Observation) -> float | None:
    of = seen.endpoint.scale
    if of in ("MADRS", ""):
        return seen.cutoff
    known = {a for a, b, *_ in links() if b == "MADRS"}
    value = scale(of).remission[0] if seen.cutoff is None else seen.cutoff
    return float(convert(value, of, "MADRS")) if of in known else None


def _event(seen: Observation, arm: Seen) -> Estimate:
    """Share with relapse by a time (those who left are censored), or in remission before and without relapse since."""
    assert arm.patients is not None
    time, event = _times(arm.patients)
    until = arm.line.hours(seen.time) - arm.line.start
    lost = 1.0 - survival.kaplan_meier(time, event & (time <= until)).at(until)
    if seen.endpoint.name == "remission without relapse":
        met = analysis.criterion("remission", MADRS, arm.patients.entry, arm.patients.baseline, seen.cutoff)
        lost = float((met & ~(event & (time <= until))).mean())
    return Estimate(lost, sqrt(max(lost * (1.0 - lost), 0.0)), time.size)


def _times(patients: Followed) -> tuple[F64, NDArray[np.bool_]]:
    """(hours to relapse or to the end of watching, whether it was relapse)."""
    end = np.minimum(patients.left, patients.hours)
    return np.minimum(patients.relapse, end), patients.relapse <= end


def _median_time(seen: Observation, arm: Seen) -> Told:
    """Median days to relapse; where fewer than half relapse, by the mean hazard until then."""
    if arm.patients is None:
        return Told(nan, nan)
    time, event = _times(arm.patients)
    curve = survival.kaplan_meier(time, event)
    hours = curve.median
    if not np.isfinite(hours):
        kept = max(curve.at(float(time.max())), 1e-6)
        hours = float(time.max()) * log(2.0) / max(-log(min(kept, 1.0 - 0.5 / time.size)), 1e-6)
    days = (hours + arm.line.start - arm.line.origin) / 24.0
    return Told(days, days / (log(2.0) * sqrt(seen.n)))


def _hazard_ratio(seen: Observation, arm: Seen, versus: Seen | None) -> Told:
    """Hazard ratio of the two arms; half an event is added to each where one has none."""
    if versus is None or arm.patients is None or versus.patients is None:
        return Told(nan, nan)
    (t1, e1), (t2, e2) = _times(arm.patients), _times(versus.patients)
    first = np.repeat([True, False], [t1.size, t2.size])
    found, _ = survival.hazard_ratio(np.concatenate([t1, t2]), np.concatenate([e1, e2]), first)
    if not np.isfinite(found):
        found = log((e1.sum() + 0.5) / t1.sum()) - log((e2.sum() + 0.5) / t2.sum())
    events = seen.n * (e1.mean() + 0.5 / t1.size), (seen.n_versus or seen.n) * (e2.mean() + 0.5 / t2.size)
    return Told(exp(found), exp(found) * sqrt(1.0 / events[0] + 1.0 / events[1]))


def _ratio(seen: Observation, one: Estimate, two: Estimate) -> Told:
    n1, n2 = seen.n, seen.n_versus or seen.n
    p, q = ((e.value * e.n + 0.5) / (e.n + 1.0) for e in (one, two))
    if seen.statistic == "risk_ratio":
        return Told(p / q, p / q * sqrt((1 - p) / (n1 * p) + (1 - q) / (n2 * q)))
    odds = p / (1 - p) / (q / (1 - q))
    return Told(odds, odds * sqrt(1 / (n1 * p * (1 - p)) + 1 / (n2 * q * (1 - q))))


def _concentration(seen: Observation, arm: Seen) -> Estimate:
    assert arm.patients is not None
    patients = arm.patients
    values = patients.outputs[seen.endpoint.name]
    hours = arm.line.hours(seen.time)
    until = patients.times <= hours + 1e-6
    times, course = patients.times[until], values[:, until]
    figures = {
        "": values[:, patients.column(hours)],
        "Cmax": course.max(axis=1),
        "Tmax": times[course.argmax(axis=1)],
        "AUC": np.trapezoid(course, times, axis=1),
    }
    each = figures[seen.measure]
    printed = each * units.factor({"Tmax": "h", "AUC": "ng*h/mL"}.get(seen.measure, "ng/mL"), seen.unit)
    found = analysis.mean(printed)
    return Estimate(float(np.median(printed)), found.sd, found.n) if seen.statistic == "median" else found


__all__ = ["RELAPSE", "Seen", "Told", "told", "unspoken"]
