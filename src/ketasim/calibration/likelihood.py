"""How probable the published numbers are under a parameter vector, with studies that differ from one another.

Observations of one trial share two random effects, a shift of relief without drug and the rank of its factor on the
effect of the drug (`drug_factor`); they are integrated out (`marginal`), and their SDs are estimated::

    y_study ~ N(f(p, η), diag(s) C diag(s)),   η ~ N(0, diag(study_relief², study_drug²))

Where everybody knows from the start that the drug is given, relief differs by open_relief times as much.
s is the printed standard error, or the model's SD over sqrt(n) where none is printed. C correlates observations of
one arm (same patients): 0.5, signed by direction. Ratios and times are taken as logarithms. Printed SDs between
patients are data too: log SD ~ N(log of the model's SD, 1 / (2 (n - 1)) + 0.2²), for SDs of trials of one design differ
by about a fifth: 17 % between the ten printed by calibrate trials at day 28, 23 % between the ten trials that print one
after the model's own differences.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ketasim.calibration.data import Data, Row
from ketasim.calibration.marginal import (
    Around,
    Effects,
    Place,
    effects,
    log_joint,
    log_marginal,
    nearer,
    nodes,
    place,
    usual,
)
from ketasim.calibration.parameters import INDEX
from ketasim.calibration.predict import USUAL, Fixed, Ground, Scene, ground, scene
from ketasim.calibration.statistics import Told, hazard_ratio, median_time, of_arm
from ketasim.studies.record import Observation

F64 = NDArray[np.float64]
SAME_ARM = 0.5
LOGARITHMIC = {"hazard_ratio", "median"}
SD_APART = 0.2
SETTLE = 4


def predictions(data: Data, p: F64, known: Fixed, pairs: Effects = (USUAL,)) -> tuple[F64, F64]:
    """(value, sampling SD for the n given), each (effects, rows), per pair (shift of relief, factor on the drug)."""
    return told(data, [ground(on, p, known) for on in data.stages], dict.fromkeys(data.trials, pairs))


def told(data: Data, grounds: Sequence[Ground], pairs: Mapping[str, Effects]) -> tuple[F64, F64]:
    """The same with pairs of its own for each trial, as many for all."""
    views = [scene(under, pairs[under.stage.course.trial]) for under in grounds]
    found = [_told(row, views, data) for row in data.rows]
    return np.array([t.value for t in found]).T, np.array([t.sd for t in found]).T


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


def between(p: F64, openly: bool) -> F64:
    """SDs (2,) of how trials differ: of relief, for those that are open or for others, and of the drug factor."""
    relief = p[INDEX["study_relief"]] * (p[INDEX["open_relief"]] if openly else 1.0)
    return np.array([relief, p[INDEX["study_drug"]]])


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
        elif seen.se is not None and seen.statistic != "cohen_d":
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


@dataclass(frozen=True, slots=True)
class Placed:
    """What of the likelihood depends on parameters alone: the arms, where each trial probably is, its errors.

    `spreads` (trials, 2) are SDs of how each may differ, `known` (trials,) is the part that does not depend on how a
    trial differs: printed SDs between patients.
    """

    grounds: list[Ground]
    places: list[Place]
    factors: list[F64]
    spreads: F64
    known: F64


class Likelihood:
    """Log likelihood of a data set, trial by trial; built once, then called with parameter vectors."""

    def __init__(self, data: Data, known: Fixed) -> None:
        self.data, self.known = data, known
        self.y = np.array([observed(row) for row in data.rows])
        members = [[k for k, r in enumerate(data.rows) if r.study.trial == t] for t in data.trials]
        self.members = [np.array(m) for m in members]
        self.openly = [next(c.openly for c in data.courses if c.trial == t) for t in data.trials]
        self.correlations = [correlation([data.rows[k] for k in m]) for m in members]
        self.around: list[Around] | None = None
        self.printed = [[(k, *_log_sd(data.rows[k].seen)) for k in m if has_sd(data.rows[k].seen)] for m in members]

    def settle(self, p: F64) -> None:
        """From now on looks for each trial around where it is under these parameters."""
        self.around = None
        for _ in range(SETTLE):
            under = self.placed(p)
            self.around = [nearer(at, sd) for at, sd in zip(under.places, under.spreads, strict=True)]

    def placed(self, p: F64) -> Placed:
        """The likelihood before it is known how trials differ. LinAlgError where there is none."""
        grounds = [ground(on, p, self.known) for on in self.data.stages]
        spreads = np.array([between(p, one) for one in self.openly])
        around = self.around or [usual(sd) for sd in spreads]
        each = zip(self.data.trials, around, spreads, strict=True)
        nine = {trial: (USUAL, *one.effects(sd)) for trial, one, sd in each}
        values, sds = told(self.data, grounds, nine)
        error = standard_errors(self.data, sds[0])
        noises = [c * np.outer(error[m], error[m]) for m, c in zip(self.members, self.correlations, strict=True)]
        trials = zip(self.members, around, noises, spreads, strict=True)
        places = [place(self.y[m], values[1:, m], one, r, sd) for m, one, r, sd in trials]
        known = np.zeros(len(places))
        for k, rows in enumerate(self.printed):
            for row, log_error, apart in rows:
                known[k] -= 0.5 * ((log_error - np.log(sds[0][row])) / apart) ** 2 + np.log(apart)
        return Placed(grounds, places, [np.asarray(np.linalg.cholesky(r)) for r in noises], spreads, known)

    def joint(self, under: Placed, xi: F64) -> F64:
        """Log density of the numbers of each trial and of how it differs, ξ (trials, n, 2) -> (trials, n)."""
        trials = zip(self.data.trials, under.places, under.spreads, xi, strict=True)
        points = {t: effects(at.at(x), sd) for t, at, sd, x in trials}
        values = told(self.data, under.grounds, points)[0]
        each = zip(self.members, under.places, xi, under.factors, under.spreads, under.known, strict=True)
        return np.array([
            log_joint(self.y[m], values[:, m], at, x, factor, sd) + known for m, at, x, factor, sd, known in each
        ])  # fmt: skip

    def parts(self, p: F64) -> F64:
        """Log likelihood of each trial (trials,), how it differs integrated out. LinAlgError where there is none."""
        xi, log_weights = nodes()
        joint = self.joint(self.placed(p), np.broadcast_to(xi, (len(self.members), *xi.shape)))
        return np.array([log_marginal(row, log_weights) for row in joint])

    def __call__(self, p: F64) -> float:
        """Log likelihood of the whole data set; -inf where there is none."""
        try:
            found = float(self.parts(p).sum())
        except np.linalg.LinAlgError:
            return -np.inf
        return found if np.isfinite(found) else -np.inf
