"""From the virtual patients of an arm to the number that a paper prints, and the error that chance gives it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ketasim.calibration.predict import Scene, below, expected
from ketasim.measurement.link import convert, convert_change
from ketasim.studies.record import Observation

F64 = NDArray[np.float64]
LEAST_SHARE = 1e-4


@dataclass(frozen=True, slots=True)
class Told:
    """A predicted statistic and the standard deviation between patients that its sampling error comes from."""

    value: float
    sd: float


def of_arm(seen: Observation, view: Scene, at: int, origin: int = -1) -> Told:
    """What the model says of one arm: `at` is the column of the observation, `origin` that of the start of its phase
    where changes count from there (-1: they count from baseline).
    """
    kind = seen.endpoint.kind
    weight = view.weight
    baseline = view.baseline if origin < 0 else expected(view.z[:, origin], view.noise)
    if kind in ("score", "change"):
        mean = expected(view.z[:, at], view.noise)
        start = baseline if kind == "change" else np.zeros_like(mean)
        value = float(weight @ (mean - start))
        within = _within(view, at) + (_within(view, origin) if origin >= 0 and kind == "change" else 0.0)
        sd = float(np.sqrt(weight @ (mean - start - value) ** 2 + weight @ within))
        return Told(_on_scale(value, seen), sd * _unit_on_scale(seen))
    if kind == "event":
        return _share(1.0 - float(weight @ view.kept[:, at]))
    if kind == "time":
        raise ValueError("a time is read from the whole curve, not from one column")
    responded = below(view.z[:, at], 0.5 * baseline, view.noise)
    cutoff = 12.0 if seen.cutoff is None else float(_to_madrs(seen.cutoff, seen))
    remitted = below(view.z[:, at], np.full_like(view.baseline, cutoff), view.noise)
    if kind == "response":
        return _share(float(weight @ responded))
    if kind == "remission":
        return _share(float(weight @ remitted))
    return _share(float(weight @ np.minimum(responded, remitted)))


def median_time(view: Scene, times: F64, start: float) -> Told:
    """Median time to relapse in days since `start`, beyond the last time by the last hazard; sd of its logarithm."""
    survival = view.weight @ view.kept
    if survival[-1] < 0.5:
        hours = float(np.interp(0.5, survival[::-1], times[::-1]))
    else:
        span = max(times[-1] - start, 1.0)
        hours = start + span * np.log(2.0) / max(-np.log(survival[-1]), 1e-6)
    return Told(max(hours - start, 1.0) / 24.0, 1.0 / np.log(2.0))


def _share(value: float) -> Told:
    value = min(max(value, LEAST_SHARE), 1.0 - LEAST_SHARE)
    return Told(value, float(np.sqrt(value * (1.0 - value))))


def _within(view: Scene, at: int) -> F64:
    slope = expected(view.z[:, at] + 0.05, view.noise) - expected(view.z[:, at] - 0.05, view.noise)
    return np.asarray((slope / 0.1 * view.noise) ** 2)


def _on_scale(value: float, seen: Observation) -> float:
    scale = seen.endpoint.scale
    if scale in ("MADRS", ""):
        return value
    change = convert_change if seen.endpoint.kind == "change" else convert
    return float(change(value, "MADRS", scale))


def _unit_on_scale(seen: Observation) -> float:
    return abs(_on_scale(12.0, seen)) / 12.0


def _to_madrs(value: float, seen: Observation) -> float:
    scale = seen.endpoint.scale
    return value if scale == "MADRS" else float(convert(value, scale, "MADRS"))
