"""Pareto-smoothed weights, against a model whose answer is known and tails whose shape is known."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.calibration import pareto
from ketasim.calibration.pareto import left_out, smoothed


def normal_mean(seed: int, draws: int) -> tuple[np.ndarray, np.ndarray]:
    """Log likelihoods (draws, 12) of y_k ~ N(mu, 1), mu ~ N(0, 10²), and the exact density of each given the others."""
    rng = np.random.default_rng(seed)
    y = rng.normal(0.4, 1.0, 12)
    precision = y.size + 0.01
    mu = y.sum() / precision + rng.standard_normal(draws) / np.sqrt(precision)
    parts = -0.5 * (y - mu[:, None]) ** 2 - 0.5 * np.log(2 * np.pi)
    others = (y.sum() - y) / (precision - 1.0)
    variance = 1.0 + 1.0 / (precision - 1.0)
    return parts, -0.5 * (y - others) ** 2 / variance - 0.5 * np.log(2 * np.pi * variance)


def test_leaving_out_agrees_with_the_closed_form_of_a_normal_mean() -> None:
    parts, exact = normal_mean(2, 4000)
    found = [left_out(parts[:, k]) for k in range(12)]
    assert [one.density for one in found] == pytest.approx(exact, abs=0.02)
    assert all(one.k < 0.5 and one.worth > 2000.0 for one in found)


def test_the_error_is_as_large_as_answers_differ() -> None:
    found = [[left_out(normal_mean(seed, 400)[0][:, 3]), normal_mean(seed, 400)[1][3]] for seed in range(200)]
    apart = [(one.density - exact) / one.error for one, exact in found]
    assert 0.7 < np.std(apart) < 1.4


@pytest.mark.parametrize("shape", [0.3, 0.6, 1.0, 1.5])
def test_k_hat_is_the_shape_of_the_tail(shape: float) -> None:
    """Ratios (1 - U)^-k have a Pareto tail of shape k; with 3,000 of 10⁶ draws it is known to some 0.06."""
    log_ratios = -shape * np.log1p(-np.random.default_rng(3).random(1_000_000))
    assert smoothed(log_ratios)[1] == pytest.approx(shape, abs=0.15)


def test_the_fit_finds_shape_and_scale_of_a_generalised_pareto() -> None:
    shares = (np.arange(20_000) + 0.5) / 20_000
    k, scale = pareto._fitted(pareto._quantiles(shares, 0.4, 2.5))
    assert (k, scale) == pytest.approx((0.4, 2.5), rel=0.02)
    assert pareto._quantiles(shares, 0.0, 2.5) == pytest.approx(pareto._quantiles(shares, 1e-9, 2.5), rel=1e-6)


def test_only_the_largest_weights_are_smoothed_and_none_beyond_the_largest() -> None:
    log_ratios = 2.0 * np.random.default_rng(6).standard_normal(400)
    made, _ = smoothed(log_ratios)
    rest = np.argsort(log_ratios)[:-60]
    assert made[rest] == pytest.approx(log_ratios[rest]) and made.max() <= log_ratios.max() + 1e-12
    assert (np.argsort(made) == np.argsort(log_ratios)).all()
    assert np.abs(made - log_ratios).max() > 0.01


def test_weights_are_worth_all_draws_where_a_trial_says_nothing_and_few_where_it_says_much() -> None:
    mu = np.random.default_rng(1).standard_normal(4000)
    nothing, little, much = (left_out(one) for one in (np.zeros(4000), -0.1 * mu**2, -30.0 * (mu - 4.0) ** 2))
    assert nothing.worth == pytest.approx(4000.0) and much.worth < 150.0 < little.worth < 3990.0
    assert nothing.k == -np.inf and nothing.error == pytest.approx(0.0, abs=1e-12) and much.k > 0.7


def test_draws_that_hang_together_are_worth_less() -> None:
    parts = normal_mean(2, 400)[0][:, 3]
    one, other = left_out(parts), left_out(parts, 100.0)
    assert other.worth == pytest.approx(one.worth / 4.0, rel=0.1)
    assert other.error == pytest.approx(2.0 * one.error, rel=0.1)


def test_too_few_draws_say_nothing_of_a_tail() -> None:
    assert smoothed(np.arange(20.0))[1] == np.inf


@pytest.mark.parametrize(("draws", "at_most"), [(100, 0.5), (400, 0.616), (10_000, 0.7)])
def test_the_fewer_draws_the_lighter_must_tails_be(draws: int, at_most: float) -> None:
    assert pareto.limit(draws) == pytest.approx(at_most, abs=0.001)
