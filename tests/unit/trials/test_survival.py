"""Kaplan-Meier and the hazard ratio against the leukaemia data of Freireich 1963, as worked through in textbooks."""

import numpy as np
import pytest

from ketasim.trials import events
from ketasim.trials.survival import hazard_ratio, kaplan_meier

TREATED = np.array([6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35], dtype=float)
RELAPSED = np.arange(21) < 9
PLACEBO = np.array([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23], dtype=float)


def test_curve_of_the_treated() -> None:
    curve = kaplan_meier(TREATED, RELAPSED)
    assert curve.at(6.0) == pytest.approx(0.857, abs=5e-4)
    assert curve.at(22.5) == pytest.approx(0.538, abs=5e-4)
    assert curve.at(5.9) == 1.0
    assert curve.median == 23.0
    assert curve.se[0] == pytest.approx(0.0764, abs=5e-5)


def test_median_without_censoring() -> None:
    assert kaplan_meier(PLACEBO, np.ones(21, dtype=bool)).median == 8.0


def test_hazard_ratio_as_printed() -> None:
    time, event = np.concatenate([PLACEBO, TREATED]), np.concatenate([np.ones(21, dtype=bool), RELAPSED])
    log_ratio, se = hazard_ratio(time, event, np.arange(42) < 21)
    assert log_ratio == pytest.approx(1.509, abs=2e-3)  # Breslow's ties
    assert se == pytest.approx(0.410, abs=2e-3)


def test_no_event_in_a_group_says_nothing() -> None:
    found = hazard_ratio(np.array([1.0, 2.0, 3.0]), np.array([True, True, False]), np.array([True, True, False]))
    assert np.isnan(found).all()


def test_constant_hazard_gives_exponential_times() -> None:
    times = np.linspace(0.0, 100.0, 51)
    u = (np.arange(4000) + 0.5) / 4000
    found = events.time_to_event(np.tile(0.05 * times, (4000, 1)), times, u)
    expected = -np.log(u) / 0.05
    late = expected > 100.0
    assert np.isinf(found[late]).all()
    np.testing.assert_allclose(found[~late], expected[~late], rtol=1e-9)


def test_hazard_counts_from_the_first_time() -> None:
    times = np.array([10.0, 20.0])
    found = events.time_to_event(np.array([[5.0, 6.0]]), times, np.array([np.exp(-0.5)]))
    assert found[0] == pytest.approx(15.0)
