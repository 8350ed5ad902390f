"""What predictions lean on that is not estimated: fixed facts of disposition, receptor, trigger and relief.

A fact is moved on the log scale by its printed spread of the estimate or, where none is printed, by a spread that
goes with its grade (`DEFAULT`; our convention: 10 % for a number read in the paper, 50 % for an assumed one). The
calibrated parameters follow, since another value of the fact would have been calibrated otherwise::

    df/dφ = ∂f/∂φ + ∂f/∂u · du/dφ,   du/dφ = -(I + J'V⁻¹J)⁻¹ J'V⁻¹ ∂g/∂φ

u standardised logarithms of the estimated parameters, φ standardised logarithm of the fact, f the prediction, g the
predictions of the calibrate observations with Jacobian J in u and covariance V (sampling and between studies). Both at
the posterior median; derivatives by finite differences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from ketasim.calibration.data import Data, assemble, calibration_data, calibration_rows
from ketasim.calibration.likelihood import STEP, correlation, predictions, standard_errors
from ketasim.calibration.parameters import INDEX, estimated, natural
from ketasim.calibration.predict import Fixed, fixed
from ketasim.evidence.fact import Fact
from ketasim.evidence.store import fact
from ketasim.reproduction.kept import kept
from ketasim.studies.record import Observation, Study

F64 = NDArray[np.float64]
DEFAULT = {"A": 0.10, "B": 0.15, "C": 0.25, "D": 0.50}
MOVE, NUDGE = 0.5, 0.05
# parameter of the model -> fact; the few that occupancy, trigger and relief depend on most
EXPOSURE = {
    "nose.FRn": "pk.pr21.FRn",
    "nose.later": "pk.pr21.later",
    "gut.Fgut": "pk.pr21.Fgut",
    "gut.release": "pk.glue20.release",
    "body.V1": "pk.simons22.VK1",
    "liver.CLint": "pk.platform.CLint",
    "liver.Qh": "pk.platform.Qh",
    "receptor.fu_K": "pk.fu.ketamine",
    "receptor.IC50_S": "pk.occupancy.IC50_S",
    "receptor.IC50_R": "pk.occupancy.IC50_R",
    "glutamate.int_half": "mood.glutamate.int_half",
    "glutamate.int_hill": "mood.glutamate.int_hill",
    "glutamate.pyr_half": "mood.glutamate.pyr_half",
    "glutamate.rate": "mood.glutamate.rate",
    "potentiation.rate": "mood.fast.rate",
    "plasticity.rate": "mood.slow.rate",
}
RATES = {"expect_on": "mood.expect.on", "oral_rate": "mood.oral.rate", "frailty_sd": "mood.relapse.frailty_cv"}


@dataclass(frozen=True, slots=True)
class Lever:
    """A fixed fact: the parameter that it moves, its grade, and by how much (SD of its logarithm)."""

    parameter: str
    fact: str
    quantity: str
    grade: str
    sd: float


def spread_of(one: Fact) -> float:
    """SD of the log of a fact: its printed spread of the estimate, else what goes with its grade."""
    for spread in one.spread:
        if spread.of == "estimate" and not isinstance(spread.value, tuple):
            if spread.kind == "se":
                return spread.value / abs(one.number)
            if spread.kind == "rse_percent":
                return spread.value / 100.0
            if spread.kind == "sd_log":
                return spread.value
    return DEFAULT[one.grade]


@lru_cache(maxsize=1)
def levers() -> tuple[Lever, ...]:
    """Every fixed fact that is moved, in a fixed order."""
    pairs = (*EXPOSURE.items(), *RATES.items())
    found = [(parameter, fact(name)) for parameter, name in pairs]
    return tuple(Lever(p, f.id, f.quantity, f.grade, spread_of(f)) for p, f in found)


def slopes(rows: Sequence[tuple[Study, Observation]], data: Data, median: F64) -> F64:
    """(levers, rows): change of each prediction when a fact moves by its SD and calibration follows."""
    known = fixed()
    place = [(s.arms, s.phases, dict(s.population), o) for s, o in rows]
    direct = kept("slopes", (place, median.tolist()), lambda: _by_fact(partial(assemble, rows), data, median, known))
    return np.asarray(direct + following(tuple(median.tolist())).T @ _by_parameter(data, median, known))


@lru_cache(maxsize=4)
def following(median: tuple[float, ...]) -> F64:
    """(parameters, levers): how the calibrated parameters (u) follow when a fact moves by its SD."""
    studies = [(s.arms, s.phases, dict(s.population), o) for s, o in calibration_rows()]
    return kept("following", (studies, median), lambda: _following(np.array(median)))


def _following(p: F64) -> F64:
    known, data = fixed(), calibration_data()
    pairs = [(row.study, row.seen) for row in data.rows]
    jacobian, moved = _by_parameter(data, p, known).T, _by_fact(partial(assemble, pairs), data, p, known).T
    information, pull = np.eye(p.size), np.zeros((p.size, moved.shape[1]))
    for members, weight in _weights(data, p, known):
        information += jacobian[members].T @ weight @ jacobian[members]
        pull += jacobian[members].T @ weight @ moved[members]
    return np.asarray(-np.linalg.solve(information, pull))


def _weights(data: Data, p: F64, known: Fixed) -> Iterable[tuple[NDArray[np.int64], F64]]:
    """Rows of each trial with the inverse of their covariance."""
    values, spreads = predictions(data, p, known, ((0.0, 0.0), (STEP, 0.0), (0.0, STEP)))
    error = standard_errors(data, spreads[0])
    relief, drug = (values[1] - values[0]) / STEP, (values[2] - values[0]) / STEP
    scales = p[INDEX["study_relief"]], p[INDEX["study_drug"]]
    for trial in dict.fromkeys(row.study.trial for row in data.rows):
        k = np.array([i for i, row in enumerate(data.rows) if row.study.trial == trial], dtype=np.int64)
        cover = correlation([data.rows[i] for i in k]) * np.outer(error[k], error[k])
        for scale, slope in zip(scales, (relief, drug), strict=True):
            cover = cover + scale**2 * np.outer(slope[k], slope[k])
        yield k, np.asarray(np.linalg.inv(cover), dtype=np.float64)


def _by_parameter(data: Data, p: F64, known: Fixed) -> F64:
    """(parameters, rows): derivative in the standardised logarithm of each estimated parameter."""
    rows = estimated()
    u = np.array([np.log(v / e.median) / e.sd_log for v, e in zip(p, rows, strict=True)])
    base = predictions(data, p, known)[0][0]
    steps = NUDGE * np.eye(u.size)
    return np.array([(predictions(data, natural(u + s), known)[0][0] - base) / NUDGE for s in steps])


def _by_fact(again: Callable[[tuple[tuple[str, float], ...]], Data], data: Data, p: F64, known: Fixed) -> F64:
    """(levers, rows): change of each prediction when a fact moves by its SD and nothing follows."""
    base = predictions(data, p, known)[0][0]
    found = np.zeros((len(levers()), base.size))
    dosed = any(course.exposure.doses for course in data.courses)
    for k, lever in enumerate(levers()):
        factor = float(np.exp(MOVE * lever.sd))
        if lever.parameter in RATES:
            changed = {lever.parameter: factor * getattr(known, lever.parameter)}
            value = predictions(data, p, replace(known, **changed))[0][0]
        elif dosed:
            value = predictions(again(((lever.parameter, factor),)), p, known)[0][0]
        else:
            continue
        found[k] = (value - base) / MOVE
    return found
