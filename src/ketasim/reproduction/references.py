"""Two simple forecasts that the model has to beat, from calibrate studies only, computed in the same run.

*Mean*: the mean of all calibrate results of that kind, kind of arm and time, with their SD as its spread. *Kernel*: the
difference of two exponentials of Nunes and Singh (2024), one for arms with drug (a term per session) and one for
control arms, fitted by least squares to changes, differences and shares of responders and remitters of the calibrate
studies in the first six weeks, of which alone it speaks::

    change(t) = -Σ_i A (exp(-a (t - t_i)) - exp(-b (t - t_i))),   t_i sessions (control: the start)

Shares of responders and remitters come from a normal distribution of change with the median SD between patients; the
spread is the root mean square residual of each kind. Scores count as changes in MADRS points, other scales by link.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import erf, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from ketasim.calibration.data import Data, Row, assemble, calibration_rows
from ketasim.calibration.likelihood import observed
from ketasim.measurement.link import convert, convert_change
from ketasim.reproduction.speak import reason, written_out

F64 = NDArray[np.float64]
EDGES = (8.0, 36.0, 120.0, 240.0, 480.0, 1000.0, 2500.0)
LEAST = 3
LONGEST = 1000.0
KERNEL = ("change", "difference of change", "response", "remission")
Normal = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Case:
    """A result as the references see it: `value` on their scale, sessions (h), baseline, hours since the start."""

    kind: str
    arm: str
    value: float
    hours: float
    hours_versus: float
    sessions: tuple[float, ...]
    sessions_versus: tuple[float, ...]
    baseline: float
    sd: float


@dataclass(frozen=True, slots=True)
class References:
    """Both references, ready to be asked."""

    cases: tuple[Case, ...]
    kernel: Mapping[str, F64]
    change_sd: float
    residual: Mapping[str, float]
    scale: Mapping[str, float]

    def mean(self, row: Row, data: Data) -> Normal | None:
        """Mean and spread of the calibrate results of this kind, arm and time; None if there are fewer than three."""
        asked = case(row, data)
        same = [c for c in self.cases if (c.kind, c.arm) == (asked.kind, asked.arm)]
        near = [c.value for c in same if _bin(c.hours) == _bin(asked.hours)]
        values = near if len(near) >= LEAST else [c.value for c in same]
        if len(values) < LEAST:
            return None
        return _on_scale(row, asked, float(np.mean(values)), float(np.std(values, ddof=1)))

    def bateman(self, row: Row, data: Data) -> Normal | None:
        """What the fitted kernels say of a result; None for relapse, times and ratios."""
        asked = case(row, data)
        if asked.kind not in self.residual or asked.hours > LONGEST:
            return None
        return _on_scale(row, asked, _of_kernel(asked, self.kernel, self.change_sd), self.residual[asked.kind])


def case(row: Row, data: Data) -> Case:
    """A result as the references see it."""
    seen, one = row.seen, data.courses[row.arm]
    other = data.courses[row.versus] if row.versus >= 0 else None
    kind: str = seen.endpoint.kind
    value = observed(row)
    if kind in ("score", "change") and seen.statistic in ("mean", "difference"):
        kind, value = ("change in a phase" if row.origin >= 0 else "change"), _in_points(row, value, one.baseline)
    elif kind == "response and remission":
        kind = "response"
    drug = row.study.arm(seen.arm).active
    arm = "drug" if drug else "control"
    if other is not None:
        kind, arm = f"{seen.statistic} of {kind}", "both"
    elif seen.statistic == "median":
        kind = "time"
    sd = seen.sd or (seen.se or 0.0) * float(np.sqrt(seen.n)) if seen.statistic == "mean" else 0.0
    versus = () if other is None else other.exposure.doses
    late = one.hours(seen) if other is None else other.hours(seen)
    return Case(kind, arm, value, one.hours(seen), late, one.exposure.doses, versus, one.baseline, float(sd))


def _in_points(row: Row, value: float, baseline: float) -> float:
    scale, kind = row.seen.endpoint.scale, row.seen.endpoint.kind
    if row.versus >= 0:
        return value if scale == "MADRS" else float(convert_change(value, scale, "MADRS"))
    if kind == "change":
        return float(convert_change(value, scale, "MADRS"))
    return float(convert(value, scale, "MADRS")) - baseline


def _on_scale(row: Row, asked: Case, mean: float, sd: float) -> Normal:
    """Back from points of change to what the paper prints."""
    scale, kind = row.seen.endpoint.scale, row.seen.endpoint.kind
    if row.seen.statistic not in ("mean", "difference") or kind not in ("score", "change"):
        return mean, sd
    unit = (
        1.0 if scale == "MADRS" else abs(float(convert_change(12.0, "MADRS", scale)) / 12.0 if kind == "change" else 1)
    )
    if kind == "score" and row.versus < 0:
        return float(convert(asked.baseline + mean, "MADRS", scale)), sd * unit
    return float(convert_change(mean, "MADRS", scale)), sd * unit


def _bin(hours: float) -> int:
    return int(np.searchsorted(EDGES, hours))


def curve(t: float, sessions: Iterable[float], p: F64) -> float:
    """Change (points) at t hours by a kernel p = log (A, a, b) summed over sessions."""
    size, off, on = np.exp(p)
    past = t - np.asarray(tuple(sessions), dtype=np.float64)
    past = past[past >= 0.0]
    return -float(size * (np.exp(-off * past) - np.exp(-(off + on) * past)).sum())


def _of_kernel(asked: Case, kernel: Mapping[str, F64], sd: float) -> float:
    first = _change(asked.sessions, asked.hours, kernel)
    if asked.kind == "difference of change":
        return first - _change(asked.sessions_versus, asked.hours_versus, kernel)
    if asked.kind == "response":
        return _below(-0.5 * asked.baseline, first, sd)
    if asked.kind == "remission":
        return _below(12.0 - asked.baseline, first, sd)
    return first


def _change(sessions: tuple[float, ...], hours: float, kernel: Mapping[str, F64]) -> float:
    return curve(hours, sessions or (0.0,), kernel["drug" if sessions else "control"])


def _below(limit: float, mean: float, sd: float) -> float:
    return 0.5 * (1.0 + erf((limit - mean) / (sd * sqrt(2.0))))


@lru_cache(maxsize=1)
def references() -> References:
    """Both references, from the calibrate observations that count."""
    rows = [(written_out(s), o) for s, o in calibration_rows()]
    data = assemble([(s, o) for s, o in rows if not reason(s, o)])
    cases = tuple(case(row, data) for row in data.rows)
    sd = float(np.median([c.sd for c in cases if c.kind == "change" and c.sd > 0.0]))
    kinds = dict.fromkeys(c.kind for c in cases)
    spread = {k: float(np.std([c.value for c in cases if c.kind == k])) for k in kinds}
    scale = {k: v for k, v in spread.items() if v > 0.0}
    scale["difference of change"] = scale["change"]  # both are points
    early = [c for c in cases if c.kind in KERNEL and c.hours <= LONGEST]
    kernel = fitted(early, sd)
    residual = {}
    for kind in KERNEL:
        misses = [c.value - _of_kernel(c, kernel, sd) for c in early if c.kind == kind]
        residual[kind] = float(np.sqrt(np.mean(np.square(misses)))) if misses else float("nan")
    return References(cases, kernel, sd, {k: v for k, v in residual.items() if v > 0.0}, scale)


def fitted(cases: Sequence[Case], sd: float) -> dict[str, F64]:
    """Logarithms of (A, a, b) for arms with drug and for control arms; misses of shares count in points of change."""
    from scipy.optimize import least_squares

    points = np.array([sd * sqrt(2.0 * pi) if c.kind in ("response", "remission") else 1.0 for c in cases])

    def misses(p: F64) -> F64:
        kernel = {"drug": p[:3], "control": p[3:]}
        return np.asarray(points * np.array([c.value - _of_kernel(c, kernel, sd) for c in cases]))

    starts = [np.log([size, off, 0.1, size, off, 0.1]) for size in (6.0, 15.0) for off in (3e-4, 3e-3, 2e-2)]
    low, high = np.log([0.1, 1e-6, 1e-4] * 2), np.log([100.0, 1.0, 10.0] * 2)
    found = min(
        (least_squares(misses, s, bounds=(low, high), max_nfev=150) for s in starts), key=lambda r: float(r.cost)
    )
    best = np.asarray(found.x, dtype=np.float64)
    return {"drug": best[:3], "control": best[3:]}
