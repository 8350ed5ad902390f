"""Non-compartmental analysis: peak, its time, areas and the terminal half-life, of many people at once.

Areas use the linear trapezoid while values rise and the logarithmic one while they fall (exact for exponentials).
The terminal slope is the regression of log value on time, over the last points after the peak that follows the last
dose, whose adjusted R² is best; within 1e-4 of the best, the longest stretch wins. Values below `FLOOR` of that peak
are left out of the slope.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from ketasim.engine.abi import F64, I64

MEASURES: Final = ("Cmax", "Tmax", "AUClast", "AUC24", "AUCinf", "half_life")
FLOOR: Final = 1e-4
CLOSE: Final = 1e-4
DAY: Final = 24.0


def unit_of(measure: str, unit: str) -> str:
    """The unit of a measure of an output in `unit`."""
    if measure in ("Tmax", "half_life"):
        return "h"
    return unit if measure == "Cmax" else f"{unit}*h"


def exposure(
    times: F64,
    values: F64,
    start: float | None = None,
    stop: float | None = None,
    last_dose: float | None = None,
) -> Mapping[str, F64]:
    """Each measure (people,) of `values` (people, times) over start ≤ t ≤ stop (hours; by default, all).

    Tmax and areas count from `start` (or the first time); the terminal phase is looked for after `last_dose` (or
    `start`). NaN where a person was not solved, where AUC24 asks for more
    than a day, or where no falling terminal phase is seen.
    """
    low = float(times[0]) if start is None else start
    high = float(times[-1]) if stop is None else stop
    inside = (times >= low) & (times <= high)
    t, y = times[inside], np.ascontiguousarray(values[:, inside])
    if t.size < 2:
        return {measure: np.full(values.shape[0], np.nan) for measure in MEASURES}
    solved = np.asarray(np.isfinite(y).all(axis=1))
    y = np.where(solved[:, None], y, 0.0)
    peak = np.asarray(y.argmax(axis=1), dtype=np.int64)
    cmax = y[np.arange(y.shape[0]), peak]
    running = np.cumsum(areas(t, y), axis=1)
    tail = min(int(np.searchsorted(t, low if last_dose is None else last_dose)), t.size - 1)
    slope, last = terminal(t[tail:], np.ascontiguousarray(y[:, tail:]))
    last = last + tail
    before = np.where(last > 0, np.take_along_axis(running, np.maximum(last - 1, 0)[:, None], 1)[:, 0], 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = y[np.arange(y.shape[0]), last] / slope
        found = {
            "Cmax": cmax,
            "Tmax": t[peak] - low,
            "AUClast": running[:, -1],
            "AUC24": area_to(t, y, running, low + DAY),
            "AUCinf": before + rest,
            "half_life": np.log(2.0) / slope,
        }
    return {measure: np.where(solved, value, np.nan) for measure, value in found.items()}


def areas(t: F64, y: F64) -> F64:
    """Area under each stretch between two samples: (people, times − 1)."""
    return _area(y[:, :-1], y[:, 1:], np.diff(t)[None, :])


def _area(a: F64, b: F64, dt: F64) -> F64:
    falling = (b > 0) & (a > b * (1 + 1e-9))
    low = np.where(falling, b, 1.0)
    drop = np.where(falling, a - b, 1.0)
    return np.asarray(np.where(falling, drop / np.log1p(drop / low), 0.5 * (a + b)) * dt, dtype=np.float64)


def area_to(t: F64, y: F64, running: F64, end: float) -> F64:
    """Area from the first time to `end`, which may lie between two samples; NaN beyond the last one."""
    if end > t[-1] * (1 + 1e-12):
        return np.full(y.shape[0], np.nan)
    k = min(max(int(np.searchsorted(t, end, side="left")), 1), t.size - 1)
    before = running[:, k - 2] if k > 1 else np.zeros(y.shape[0])
    share = min((end - t[k - 1]) / (t[k] - t[k - 1]), 1.0)
    a, b = y[:, k - 1], y[:, k]
    falling = (b > 0) & (a > b)
    middle = np.where(
        falling, a * (np.where(falling, b, 1.0) / np.where(falling, a, 1.0)) ** share, a + share * (b - a)
    )
    return before + _area(a, middle, np.asarray(end - t[k - 1]))


def terminal(t: F64, y: F64) -> tuple[F64, I64]:
    """Terminal slope (1/h, NaN where none is seen) and the index of the last usable sample, per person."""
    columns, peak = np.arange(t.size), y.argmax(axis=1)
    cmax = np.take_along_axis(y, peak[:, None], 1)
    usable = (columns > peak[:, None]) & (y > FLOOR * cmax) & (y > 0)
    last = np.where(usable, columns, -1).max(axis=1)
    # only the unbroken run of usable samples that ends with the last one
    broken = np.where(usable | (columns > last[:, None]), -1, columns).max(axis=1)
    usable &= columns > broken[:, None]
    x = np.where(usable, (t - t[-1])[None, :], 0.0)
    z = np.where(usable, np.log(np.where(usable, y / cmax.clip(min=1e-300), 1.0)), 0.0)
    m, sx, sz, sxx, sxz, szz = (_from_end(v) for v in (usable.astype(float), x, z, x * x, x * z, z * z))
    with np.errstate(divide="ignore", invalid="ignore"):
        vx, vz, c = sxx - sx * sx / m, szz - sz * sz / m, sxz - sx * sz / m
        slope = c / vx
        fit = 1.0 - (1.0 - c * c / (vx * vz)) * (m - 1.0) / (m - 2.0)
    fit = np.where(usable & (m >= 3) & (slope < 0) & np.isfinite(fit), fit, -np.inf)
    best = fit.max(axis=1)
    start = np.argmax(fit >= np.where(np.isfinite(best), best, np.inf)[:, None] - CLOSE, axis=1)
    found = -np.take_along_axis(slope, start[:, None], 1)[:, 0]
    return np.where(np.isfinite(best), found, np.nan), np.maximum(last, 0)


def _from_end(values: F64) -> F64:
    return np.cumsum(values[:, ::-1], axis=1)[:, ::-1]
