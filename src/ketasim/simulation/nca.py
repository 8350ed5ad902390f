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
PURE: Final = ("", "1", "dimensionless")
OF_ALL: Final = ("Cmax", "Tmax", "AUClast", "AUC24")  # told of every output


def unit_of(measure: str, unit: str) -> str:
    """The unit of a measure of an output in `unit`."""
    if measure in ("Tmax", "half_life"):
        return "h"
    return unit if measure == "Cmax" else f"{unit}*h"


def says_exposure(output: str, unit: str) -> bool:
    """Whether areas and half-lives of an output say something: a concentration, or the occupancy that follows it."""
    return unit not in PURE or output == "NMDA occupancy"


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
    inside = slice(int(np.searchsorted(times, low)), int(np.searchsorted(times, high, side="right")))
    t, y = times[inside], np.ascontiguousarray(values[:, inside].T)  # people side by side: most fall or rise together
    if t.size < 2:
        return {measure: np.full(values.shape[0], np.nan) for measure in MEASURES}
    solved = np.asarray(np.isfinite(y).all(axis=0))
    y = y if solved.all() else np.where(solved, y, 0.0)
    peak = np.asarray(y.argmax(axis=0), dtype=np.int64)
    cmax = _taken(y, peak)
    running = np.cumsum(areas(t, y), axis=0)
    tail = min(int(np.searchsorted(t, low if last_dose is None else last_dose)), t.size - 1)
    slope = terminal(t[tail:], y[tail:])
    with np.errstate(divide="ignore", invalid="ignore"):
        found = {
            "Cmax": cmax,
            "Tmax": t[peak] - low,
            "AUClast": running[-1],
            "AUC24": area_to(t, y, running, low + DAY),
            "AUCinf": running[-1] + np.maximum(y[-1], 0.0) / slope,
            "half_life": np.log(2.0) / slope,
        }
    return {measure: np.where(solved, value, np.nan) for measure, value in found.items()}


def areas(t: F64, y: F64) -> F64:
    """Area under each stretch between two samples (times, people): (times − 1, people)."""
    return _area(y[:-1], y[1:], np.diff(t)[:, None])


def _area(a: F64, b: F64, dt: F64) -> F64:
    falling = (b > 0) & (a > b * (1 + 1e-9))
    low = np.where(falling, b, 1.0)
    drop = np.where(falling, a - b, 1.0)
    return np.asarray(np.where(falling, drop / np.log1p(drop / low), 0.5 * (a + b)) * dt, dtype=np.float64)


def area_to(t: F64, y: F64, running: F64, end: float) -> F64:
    """Area from the first time to `end`, which may lie between two samples; NaN beyond the last one."""
    if end > t[-1] * (1 + 1e-12):
        return np.full(y.shape[1], np.nan)
    k = min(max(int(np.searchsorted(t, end, side="left")), 1), t.size - 1)
    before = running[k - 2] if k > 1 else np.zeros(y.shape[1])
    share = min((end - t[k - 1]) / (t[k] - t[k - 1]), 1.0)
    a, b = y[k - 1], y[k]
    falling = (b > 0) & (a > b)
    middle = np.where(
        falling, a * (np.where(falling, b, 1.0) / np.where(falling, a, 1.0)) ** share, a + share * (b - a)
    )
    return before + _area(a, middle, np.asarray(end - t[k - 1]))


def terminal(t: F64, y: F64) -> F64:
    """Terminal slope (1/h) per person, NaN where none is seen."""
    rows, peak = np.arange(t.size)[:, None], y.argmax(axis=0)
    cmax = _taken(y, peak)
    usable = (rows > peak) & (y > FLOOR * cmax) & (y > 0)
    last = np.where(usable, rows, -1).max(axis=0)
    # only the unbroken run of usable samples that ends with the last one
    broken = np.where(usable | (rows > last), -1, rows).max(axis=0)
    usable &= rows > broken
    x = np.where(usable, (t - t[-1])[:, None], 0.0)
    z = np.where(usable, np.log(np.where(usable, y / cmax.clip(min=1e-300), 1.0)), 0.0)
    m, sx, sz, sxx, sxz, szz = (_from_end(v) for v in (usable.astype(float), x, z, x * x, x * z, z * z))
    with np.errstate(divide="ignore", invalid="ignore"):
        vx, vz, c = sxx - sx * sx / m, szz - sz * sz / m, sxz - sx * sz / m
        slope = c / vx
        fit = 1.0 - (1.0 - c * c / (vx * vz)) * (m - 1.0) / (m - 2.0)
    fit = np.where(usable & (m >= 3) & (slope < 0) & np.isfinite(fit), fit, -np.inf)
    best = fit.max(axis=0)
    start = np.argmax(fit >= np.where(np.isfinite(best), best, np.inf) - CLOSE, axis=0)
    return np.where(np.isfinite(best), -_taken(slope, start), np.nan)


def _taken(values: F64, row: I64) -> F64:
    """Of each person (column), the value in a row of their own."""
    return values[row, np.arange(row.size)]


def _from_end(values: F64) -> F64:
    return np.cumsum(values[::-1], axis=0)[::-1]
