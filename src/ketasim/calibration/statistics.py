"""From the virtual patients of an arm to the number that a paper prints, and the error that chance gives it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ketasim.calibration.predict import Scene, below, expected_with_slope
from ketasim.measurement.link import convert, convert_change
from ketasim.studies.record import Observation

F64 = NDArray[np.float64]
LEAST_SHARE = 1e-4
LEAST_EVENTS, NEWTON, WIDEST = 1e-9, 12, 5.0


@dataclass(frozen=True, slots=True)
class Told:
    """A predicted statistic and the standard deviation between patients that its sampling error comes from, each
    (effects,).
    """

    value: F64
    sd: F64


def of_arm(seen: Observation, view: Scene, at: int, origin: int = -1) -> Told:
    """What the model says of one arm: `at` is the column of the observation, `origin` that of the start of its phase
    where changes count from there (-1: they count from baseline).
    """
    kind = seen.endpoint.kind
    weight = view.weight
    baseline = view.baseline if origin < 0 else view.entry
    if kind in ("score", "change"):
        mean, slope = expected_with_slope(view.z[..., at], view.noise)
        within = (slope * view.noise) ** 2
        if kind == "change":
            mean = mean - baseline
            within = within + (_within(view, origin) if origin >= 0 else 0.0)
        value = (weight * mean).sum(axis=1)
        sd = np.sqrt((weight * ((mean - value[:, None]) ** 2 + within)).sum(axis=1))
        return Told(_on_scale(value, seen), sd * float(np.abs(_on_scale(np.array(12.0), seen)) / 12.0))
    if kind == "event":
        return _share(1.0 - (weight * view.kept[..., at]).sum(axis=1))
    if kind == "time":
        raise ValueError("a time is read from the whole curve, not from one column")
    responded = below(view.z[..., at], 0.5 * baseline, view.noise)
    cutoff = 12.0 if seen.cutoff is None else float(_to_madrs(seen.cutoff, seen))
    remitted = below(view.z[..., at], cutoff, view.noise)
    met = {"response": responded, "remission": remitted}.get(kind, np.minimum(responded, remitted))
    return _share((weight * met).sum(axis=1))


def median_time(survival: F64, times: F64, origin: float) -> Told:
    """Median days since `origin` on curves without relapse (effects, times); where fewer than half relapse, by the mean
    hazard until the last time. sd of its logarithm.
    """
    hours = np.empty(len(survival))
    for k, curve in enumerate(survival):
        if curve[-1] < 0.5:
            hours[k] = float(np.interp(0.5, curve[::-1], times[::-1]))
        else:
            hours[k] = times[0] + (times[-1] - times[0]) * np.log(2.0) / max(-np.log(curve[-1]), 1e-6)
    return Told(np.maximum(hours - origin, 1.0) / 24.0, np.full(len(survival), 1.0 / np.log(2.0)))


def hazard_ratio(one: F64, two: F64, n_one: float, n_two: float) -> Told:
    """Logarithm of the hazard ratio that Cox's estimator finds from two curves without relapse, (effects, times) each,
    on the same times; sd its standard error. Intervals weigh by their relapses, so early ones, being more, weigh more.
    """
    at_risk = n_one * 0.5 * (one[:, 1:] + one[:, :-1]), n_two * 0.5 * (two[:, 1:] + two[:, :-1])
    first, second = -n_one * np.diff(one), -n_two * np.diff(two)
    every, ratio = first + second, np.zeros((len(one), 1))
    for _ in range(NEWTON):
        weight = at_risk[0] * np.exp(ratio)
        share = weight / np.maximum(weight + at_risk[1], LEAST_EVENTS)
        slope = np.maximum((every * share * (1.0 - share)).sum(axis=1, keepdims=True), LEAST_EVENTS)
        step = (first - every * share).sum(axis=1, keepdims=True) / slope
        ratio = np.clip(ratio + np.clip(step, -1.0, 1.0), -WIDEST, WIDEST)
    return Told(ratio[:, 0], 1.0 / np.sqrt(slope[:, 0]))


def _share(value: F64) -> Told:
    value = np.clip(value, LEAST_SHARE, 1.0 - LEAST_SHARE)
    return Told(value, np.sqrt(value * (1.0 - value)))


def _within(view: Scene, at: int) -> F64:
    slope = expected_with_slope(view.z[..., at], view.noise)[1]
    return np.asarray((slope * view.noise) ** 2)


def _on_scale(value: F64, seen: Observation) -> F64:
    scale = seen.endpoint.scale
    if scale in ("MADRS", ""):
        return value
    return (convert_change if seen.endpoint.kind == "change" else convert)(value, "MADRS", scale)


def _to_madrs(value: float, seen: Observation) -> float:
    scale = seen.endpoint.scale
    return value if scale == "MADRS" else float(convert(value, scale, "MADRS"))
