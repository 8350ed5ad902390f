"""How probable the published numbers are under a parameter vector, with studies that differ from one another.

Observations of one trial share two random effects, a shift of relief without drug and a factor on the effect of the
drug (SDs
estimated), which are integrated out by linearisation::

    y_study ~ N(f(p), diag(s) C diag(s) + J diag(study_relief², study_drug²) J'),   J = df / d(random effects)

s is the printed standard error, or the model's SD over sqrt(n) where none is printed. C correlates observations of
one arm (same patients): 0.5, signed by direction. Ratios and times are taken as logarithms. Printed SDs between
patients are data too: log SD ~ N(log of the model's SD, 1 / (2 (n - 1)) + 0.2²), for SDs of trials of one design differ
by about a fifth: 17 % between the ten printed by calibrate trials at day 28, 23 % between the ten trials that print one
after the model's own differences.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ketasim.calibration.data import Data, Row
from ketasim.calibration.parameters import INDEX
from ketasim.calibration.predict import Fixed, Scene, scene
from ketasim.calibration.statistics import Told, hazard_ratio, median_time, of_arm
from ketasim.studies.record import Observation

F64 = NDArray[np.float64]
SAME_ARM = 0.5
STEP = 0.25
LOGARITHMIC = {"hazard_ratio", "median"}
SD_APART = 0.2


Effects = tuple[tuple[float, float], ...]


def predictions(data: Data, p: F64, known: Fixed, effects: Effects = ((0.0, 0.0),)) -> tuple[F64, F64]:
    """(value, sampling SD for the n given), each (effects, rows), per pair (shift of relief, change of drug factor)."""
    views = [scene(on, p, known, effects) for on in data.stages]
    told = [_told(row, views, data) for row in data.rows]
    return np.array([t.value for t in told]).T, np.array([t.sd for t in told]).T


def _told(row: Row, views: list[Scene], data: Data) -> Told:
    seen, view = row.seen, views[row.arm]
    if seen.statistic == "hazard_ratio":
        first, second = _curve(view, row.curve), _curve(views[row.versus], row.curve_versus)
        return hazard_ratio(first, second, seen.n, seen.n_versus or seen.n)
    if seen.endpoint.kind == "time":
        times = data.times[row.arm][list(row.curve)]
        median = median_time(_curve(view, row.curve), times, data.courses[row.arm].origin)
        return Told(np.log(median.value), median.sd / np.sqrt(seen.n))
    one = of_arm(seen, view, row.column, row.origin)
    if row.versus < 0:
        return Told(one.value, one.sd / np.sqrt(seen.n))
    two = of_arm(seen, views[row.versus], row.column_versus)
    sd = np.hypot(one.sd / np.sqrt(seen.n), two.sd / np.sqrt(seen.n_versus or seen.n))
    if seen.statistic == "cohen_d":
        pooled = np.sqrt(0.5 * (one.sd**2 + two.sd**2))
        return Told((one.value - two.value) / pooled, sd / pooled)
    return Told(one.value - two.value, sd)


def _curve(view: Scene, columns: tuple[int, ...]) -> F64:
    """Share of an arm without relapse over time, (effects, times)."""
    return np.asarray(np.einsum("ei,eit->et", view.weight, view.kept[..., list(columns)]))


def observed(row: Row) -> float:
    """The printed number on the scale of the likelihood."""
    return float(np.log(row.seen.value)) if row.seen.statistic in LOGARITHMIC else row.seen.value


def standard_errors(data: Data, model_sd: F64) -> F64:
    """Printed standard errors; where none is printed, or a share has none worth the name, the model's."""
    found = model_sd.copy()
    for k, row in enumerate(data.rows):
        seen = row.seen
        if seen.statistic == "proportion":
            share = (seen.value * seen.n + 1.0) / (seen.n + 2.0)
            found[k] = np.sqrt(share * (1.0 - share) / seen.n)
        elif seen.se is not None and seen.statistic not in ("median", "cohen_d"):
            found[k] = seen.se
    return found


def has_sd(seen: Observation) -> bool:
    """Whether an SD between patients as they were seen is printed with a mean."""
    return seen.statistic == "mean" and seen.sd is not None and seen.analysis not in ("LS mean", "ANCOVA")


def _log_sd(seen: Observation) -> tuple[float, float]:
    """Log of the printed SD over sqrt(n), and how far it may lie from the model's."""
    assert seen.sd is not None
    return float(np.log(seen.sd / np.sqrt(seen.n))), float(np.hypot(np.sqrt(0.5 / (seen.n - 1)), SD_APART))


def correlation(rows: list[Row]) -> F64:
    """Correlation of sampling errors within one study: observations of the same patients move together."""
    signs = np.array([-1.0 if r.seen.endpoint.kind in ("response", "remission", "time") else 1.0 for r in rows])
    same = np.array([[a.arm == b.arm for b in rows] for a in rows], dtype=float)
    found = SAME_ARM * same * np.outer(signs, signs)
    np.fill_diagonal(found, 1.0)
    return np.asarray(found)


class Likelihood:
    """Log likelihood of a data set; built once, then called with parameter vectors."""

    def __init__(self, data: Data, known: Fixed) -> None:
        self.data, self.known = data, known
        self.y = np.array([observed(row) for row in data.rows])
        members = [[k for k, r in enumerate(data.rows) if r.study.trial == t] for t in self._trials(data)]
        self.members = [np.array(m) for m in members]
        self.correlations = [correlation([data.rows[k] for k in m]) for m in members]
        self.printed = [[(k, *_log_sd(data.rows[k].seen)) for k in m if has_sd(data.rows[k].seen)] for m in members]

    @staticmethod
    def _trials(data: Data) -> list[str]:
        return list(dict.fromkeys(row.study.trial for row in data.rows))

    def parts(self, p: F64) -> F64:
        """Log likelihood of each trial (trials,)."""
        values, spreads = predictions(self.data, p, self.known, ((0.0, 0.0), (STEP, 0.0), (0.0, STEP)))
        base, error = values[0], standard_errors(self.data, spreads[0])
        relief, drug = (values[1] - base) / STEP, (values[2] - base) / STEP
        scales = p[INDEX["study_relief"]], p[INDEX["study_drug"]]
        found = np.empty(len(self.members))
        for k, (rows, linked) in enumerate(zip(self.members, self.correlations, strict=True)):
            s = error[rows]
            cover = linked * np.outer(s, s)
            for scale, slope in zip(scales, (relief, drug), strict=True):
                cover = cover + scale**2 * np.outer(slope[rows], slope[rows])
            factor = np.linalg.cholesky(cover)
            white = np.linalg.solve(factor, self.y[rows] - base[rows])
            found[k] = -0.5 * white @ white - np.log(np.diag(factor)).sum() - 0.5 * rows.size * np.log(2 * np.pi)
            for row, log_error, apart in self.printed[k]:
                found[k] -= 0.5 * ((log_error - np.log(spreads[0][row])) / apart) ** 2 + np.log(apart)
        return found

    def __call__(self, p: F64) -> float:
        """Total log likelihood; -inf where it cannot be evaluated."""
        try:
            value = float(self.parts(p).sum())
        except np.linalg.LinAlgError:
            return -np.inf
        return value if np.isfinite(value) else -np.inf
