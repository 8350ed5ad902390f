"""Scores against closed forms and known cases."""

import math

import numpy as np
import pytest

from ketasim.reproduction.scores import crps, crps_normal, expected_error, interval_score, over_trials


def test_crps_of_a_standard_normal_at_its_centre():
    assert crps_normal(0.0, 1.0, 0.0) == pytest.approx((math.sqrt(2.0) - 1.0) / math.sqrt(math.pi))


def test_crps_scales_and_shifts_with_its_unit():
    assert crps_normal(3.0, 2.0, 5.0) == pytest.approx(2.0 * crps_normal(0.0, 1.0, 1.0))


def test_crps_without_spread_is_the_absolute_error():
    assert crps_normal(3.0, 0.0, 5.0) == 2.0
    assert crps(np.full(7, 3.0), 5.0) == pytest.approx(2.0)


@pytest.mark.parametrize("observed", [-2.5, 0.0, 0.4, 4.0])
def test_crps_of_draws_is_that_of_their_distribution(observed):
    draws = np.random.default_rng(3).standard_normal(200_000) * 1.5 + 0.5
    assert crps(draws, observed) == pytest.approx(crps_normal(0.5, 1.5, observed), abs=0.01)


def test_crps_is_the_integral_of_the_squared_gap():
    draws, observed = np.array([-1.0, 0.5, 2.0]), 0.7
    grid = np.linspace(-5, 5, 200_001)
    steps = (draws[:, None] <= grid).mean(axis=0) - (grid >= observed)
    assert crps(draws, observed) == pytest.approx(float(np.trapezoid(steps**2, grid)), abs=1e-4)


def test_crps_prefers_the_truth():
    rng = np.random.default_rng(5)
    seen = rng.standard_normal(4000)
    honest, proud, shy = (np.mean([crps_normal(0.0, s, y) for y in seen]) for s in (1.0, 0.5, 2.0))
    assert honest < proud
    assert honest < shy


def test_interval_score_fines_what_lies_outside():
    assert interval_score(-1.0, 1.0, 0.3) == 2.0
    assert interval_score(-1.0, 1.0, 1.5) == pytest.approx(2.0 + 20.0 * 0.5)
    assert interval_score(-1.0, 1.0, -2.0) == pytest.approx(2.0 + 20.0)


def test_bootstrap_draws_whole_trials():
    values = [100.0] * 50 + [0.0] * 2
    trials = ["a"] * 50 + ["b", "c"]
    found = over_trials(values, trials)
    assert found.value == pytest.approx(100.0 * 50 / 52)
    assert found.low == 0.0  # a replicate without trial a
    assert over_trials(values, [str(k) for k in range(52)]).low > 85.0


def test_bootstrap_of_one_trial_is_a_point_and_of_none_is_nothing():
    found = over_trials([1.0, 2.0, 6.0], ["a"] * 3)
    assert (found.low, found.value, found.high) == (3.0, 3.0, 3.0)
    assert found.contains(3.0)
    assert math.isnan(over_trials([], []).value)


def test_bootstrap_interval_is_that_of_a_mean():
    rng = np.random.default_rng(7)
    values = rng.standard_normal(400)
    found = over_trials(values, [str(k) for k in range(400)])
    assert found.high - found.low == pytest.approx(2 * 1.96 * values.std() / 20.0, rel=0.1)
    assert over_trials(values, [str(k) for k in range(400)]) == found


def test_sampling_alone_costs_a_perfect_forecast_this_much():
    errors = np.abs(np.random.default_rng(9).standard_normal(200_000) * 1.7)
    assert expected_error([1.7]) == pytest.approx(float(errors.mean()), rel=0.01)
    assert math.isnan(expected_error([]))
