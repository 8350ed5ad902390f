"""Made-up trials whose answer is known: the posterior is as narrow as its errors are, no narrower and no wider.

Simulation-based calibration: numbers are drawn from the prior, trials from the likelihood under them, and the posterior
of each data set is laid beside its numbers, in the directions of which the data told something.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import chi2

from ketasim.calibration import data, mode, parameters, predict, run, sample
from ketasim.calibration.likelihood import Likelihood, predictions
from ketasim.calibration.marginal import effects

F64 = NDArray[np.float64]
NASAL = ("fedgchin2019", "takahashi2021", "daly2018")
SETS = 8
TOLD = 0.5  # variance of a direction, 1 before, below which the data told it


@pytest.fixture(scope="module")
def nasal() -> data.Data:
    return data.assemble([row for row in data.without_repeats(data.calibration_rows()) if row[0].id in NASAL])


def test_what_was_put_into_made_up_trials_is_found_again_as_closely_as_the_posterior_says(nasal: data.Data) -> None:
    squares, directions = 0.0, 0
    for seed in range(SETS):
        truth, likelihood = made_up(nasal, np.random.default_rng(seed))
        target = run.LogPosterior(likelihood)
        with np.errstate(over="ignore"):  # far from the mode scores lie on the ends of the scale
            found = mode.mode(target, np.zeros(truth.size), rounds=25)
            assert target(found) >= target(truth)
            variance, vectors = np.linalg.eigh(mode.covariance(target, found))
        told = variance < TOLD
        squares += float((((truth - found) @ vectors[:, told]) ** 2 / variance[told]).sum())
        directions += int(told.sum())
    assert directions >= 5 * SETS
    low, high = chi2.ppf([0.0005, 0.9995], directions)
    assert low < squares < high


def test_chains_agree_with_the_mode_on_made_up_trials(nasal: data.Data) -> None:
    truth, likelihood = made_up(nasal, np.random.default_rng(20), 0.7)
    assert sum(len(rows) for rows in likelihood.printed) > 5
    target = run.LogPosterior(likelihood)
    found = mode.mode(target, np.zeros(truth.size), rounds=25)
    cover = mode.covariance(target, found)
    plan = sample.Plan(500, 1500, 4, 1, 0, found, cover)
    drawn, density, acceptance = sample.run(target, truth.size, plan)
    assert 0.05 < acceptance < 0.6 and np.isfinite(density).all()
    apart = truth - drawn.mean(axis=0)
    assert float(apart @ np.linalg.solve(cover, apart)) < chi2.ppf(0.999, truth.size)
    variance, vectors = np.linalg.eigh(cover)
    ratio = (drawn @ vectors).var(axis=0)[variance < TOLD] / variance[variance < TOLD]
    assert ratio.size >= 5 and ratio.min() > 0.2 and ratio.max() < 5.0


def made_up(of: data.Data, rng: np.random.Generator, width: float = 1.0) -> tuple[F64, Likelihood]:
    """Numbers (standardised logarithms) from the prior, `width` times as broad, and trials made up under them."""
    truth = width * rng.standard_normal(len(parameters.names()))
    p, likelihood = parameters.natural(truth), Likelihood(of, predict.fixed())
    likelihood.y = _observations(likelihood, p, rng)
    likelihood.printed = _printed_sds(likelihood, p, rng)
    return truth, likelihood


def _observations(likelihood: Likelihood, p: F64, rng: np.random.Generator) -> F64:
    """Observations drawn from the likelihood itself: study effects, then sampling errors within studies."""
    made = np.empty(likelihood.y.size)
    between = p[[parameters.INDEX["study_relief"], parameters.INDEX["study_drug"]]]
    for rows, linked in zip(likelihood.members, likelihood.correlations, strict=True):
        (effect,) = effects(rng.standard_normal((1, 2)) * between, between)
        value, spread = predictions(likelihood.data, p, likelihood.known, (effect,))
        noise = np.linalg.cholesky(linked) @ rng.standard_normal(rows.size)
        made[rows] = value[0][rows] + spread[0][rows] * noise
    return made


def _printed_sds(likelihood: Likelihood, p: F64, rng: np.random.Generator) -> list[list[tuple[int, float, float]]]:
    """SDs as they would be printed, drawn around those of the model."""
    _, spread = predictions(likelihood.data, p, likelihood.known)
    return [
        [(k, float(np.log(spread[0][k]) + apart * rng.standard_normal()), apart) for k, _, apart in rows]
        for rows in likelihood.printed
    ]
