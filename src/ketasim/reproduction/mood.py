"""Predictive distributions of printed results of mood, with the parts of their variance kept apart.

For each posterior draw, and for each of a few pairs of differences between studies drawn from it, the expected result
of every observation of a trial is computed with the same pair; fixed facts move it by `leaning.slopes`; then sampling
error for the printed n is drawn, correlated within an arm as in the likelihood. Shares of variance::

    calibration                    Var over draws of the expected result of the average study
    between-study                  mean over draws of the variance between studies
    between-patient, sampling      mean of the squared standard error for the n given, how patients differ
                                   apart from the chance within each (`apart`)
    A, B, C, D                     sum of squared slopes of the facts of each grade

Each thing drawn has a stream of its own, by seed, trial and what it is: the differences between studies, a fact, the
sampling error of an observation. So one study is predicted the same alone and beside other papers of its trial.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from ketasim.calibration.data import Data, Row, assemble
from ketasim.calibration.likelihood import LOGARITHMIC, between, correlation, predictions
from ketasim.calibration.marginal import effects
from ketasim.calibration.posterior import Posterior
from ketasim.calibration.predict import USUAL, Fixed, fixed
from ketasim.pharmacology.mood.glutamate import Mechanism, trigger_of
from ketasim.pharmacology.mood.values import CALIBRATED
from ketasim.reproduction import leaning
from ketasim.reproduction.apart import between_patients
from ketasim.simulation.leaning import Weak, split
from ketasim.simulation.levers import Lever
from ketasim.studies.record import Observation, Study

F64 = NDArray[np.float64]
DRAWS, STUDIES = 200, 8
SHARES = ("calibration", "A", "B", "C", "D", "between-study", "between-patient", "sampling")


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """The predictive distribution of one printed result, on the scale of the likelihood (ratios, times as logarithms).

    `samples` (S,) hold everything; `expected` (S,) all but sampling error, `sampling` its SD for the n given;
    `shares` of the variance add up to 1.
    """

    row: Row
    samples: F64
    expected: F64
    sampling: float
    shares: Mapping[str, float]
    weakest: tuple[Weak, ...]

    @property
    def logarithmic(self) -> bool:
        """Whether numbers are logarithms of what is printed."""
        return self.row.seen.statistic in LOGARITHMIC


def forecasts(
    rows: Sequence[tuple[Study, Observation]], post: Posterior, seed: int = 1, grades: bool = True,
    mechanism: Mechanism = CALIBRATED,
) -> tuple[Forecast, ...]:  # fmt: skip
    """Forecasts of observations of one trial under a mechanism, whose posterior `post` is; `grades` False leaves out
    what fixed facts add.
    """
    data, known = assemble(rows, (), trigger_of(mechanism)), fixed(mechanism == "mixture")
    stream = partial(_stream, seed, data.rows[0].study.trial)
    chosen = thinned(post.draws, DRAWS)
    moved = leaning.levers({row.study.id: row.study for row in data.rows}.values(), mechanism) if grades else ()
    median = np.median(post.draws, axis=0)
    slopes = leaning.slopes(rows, data, median, moved, mechanism) if moved else np.zeros((0, len(rows)))
    expected, average, spread = _expected(data, chosen, known, stream("between studies"))
    studies = expected.var(axis=1).mean(axis=0)
    flat, error = expected.reshape(-1, len(data.rows)), np.repeat(spread, STUDIES, axis=0)
    for lever, slope in zip(moved, slopes, strict=True):
        flat = flat + np.outer(stream("fact", lever.fact.id).standard_normal(flat.shape[0]), slope)
    factor = np.linalg.cholesky(correlation(list(data.rows)))
    places = [(row.study.id, row.study.observations.index(row.seen)) for row in data.rows]
    errors = np.array([stream("observation", *place).standard_normal(flat.shape[0]) for place in places]).T
    samples = flat + error * (errors @ factor.T)
    patients = between_patients(data, median, known)
    parts = {
        "calibration": average.var(axis=0),
        "between-study": studies,
        "between-patient": patients * (spread**2).mean(axis=0),
        "sampling": (1.0 - patients) * (spread**2).mean(axis=0),
    }
    return tuple(
        _forecast(row, k, _bounded(row, samples[:, k]), _bounded(row, flat[:, k]), spread, parts, slopes, moved)
        for k, row in enumerate(data.rows)
    )


def _stream(seed: int, *what: object) -> np.random.Generator:
    return np.random.default_rng([seed, int(sha256("\n".join(map(str, what)).encode()).hexdigest()[:12], 16)])


def thinned(draws: F64, count: int) -> F64:
    """`count` draws (or all, if fewer) spread evenly over the chain."""
    pick = np.unique(np.linspace(0, len(draws) - 1, min(count, len(draws))).astype(np.int64))
    return np.asarray(draws[pick])


def _expected(data: Data, draws: F64, known: Fixed, rng: np.random.Generator) -> tuple[F64, F64, F64]:
    """Expected results (draws, studies, rows), those of the average study and sampling SD, both (draws, rows)."""
    expected = np.empty((len(draws), STUDIES, len(data.rows)))
    average, spread = np.empty((len(draws), len(data.rows))), np.empty((len(draws), len(data.rows)))
    for k, p in enumerate(draws):
        sd = between(p, data.courses[0].openly)
        pairs = rng.standard_normal((STUDIES, 2)) * sd
        values, error = predictions(data, p, known, (USUAL, *effects(pairs, sd)))
        average[k], expected[k], spread[k] = values[0], values[1:], error[0]
    return expected, average, spread


def _bounded(row: Row, samples: F64) -> F64:
    if row.seen.statistic == "proportion":
        return np.asarray(np.clip(samples, 0.0, 1.0))
    return np.asarray(samples)


def _forecast(
    row: Row, k: int, samples: F64, expected: F64, spread: F64, parts: Mapping[str, F64], slopes: F64,
    moved: Sequence[Lever],
) -> Forecast:  # fmt: skip
    variance = {name: float(values[k]) for name, values in parts.items()}
    shares, weakest, _ = split(moved, slopes[:, k] ** 2, variance)
    shares = {name: shares[name] for name in SHARES}
    return Forecast(row, samples, expected, float(np.sqrt((spread[:, k] ** 2).mean())), shares, weakest)
