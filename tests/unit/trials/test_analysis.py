"""Analyses of written scores on numbers small enough to check by hand."""

import numpy as np
import pytest

from ketasim.measurement.scale import scale
from ketasim.trials import analysis

NAN = np.nan
SCORES = np.array([[30.0, 20.0, NAN], [28.0, NAN, NAN], [NAN, NAN, NAN], [35.0, 33.0, 10.0]])
BASE = np.array([40.0, 38.0, 36.0, 37.0])


def test_last_observation_carried_forward() -> None:
    assert analysis.carried(SCORES, BASE, 2).tolist() == [20.0, 28.0, 36.0, 10.0]
    assert analysis.carried(SCORES, BASE, 0).tolist() == [30.0, 28.0, 36.0, 35.0]


def test_observed_cases() -> None:
    found = analysis.mean(SCORES[:, 1])
    assert (found.value, found.n) == (26.5, 2)
    assert found.se == pytest.approx(6.5)


def test_counting_those_not_seen() -> None:
    met = analysis.criterion("response", scale("MADRS"), SCORES[:, 2], BASE)
    assert met.tolist() == [False, False, False, True]
    seen = np.isfinite(SCORES[:, 2])
    assert analysis.share(met, seen).value == 1.0
    assert analysis.share(met, seen, "non-response").value == 0.25


def test_adjusted_means_remove_an_imbalance_of_baseline() -> None:
    rng = np.random.default_rng(1)
    base = {"a": rng.normal(34.0, 4.0, 400), "b": rng.normal(38.0, 4.0, 400)}
    change = {"a": -0.5 * base["a"] + rng.normal(0, 3, 400), "b": -0.5 * base["b"] - 3.0 + rng.normal(0, 3, 400)}
    found = analysis.adjusted(change, base)
    raw = change["b"].mean() - change["a"].mean()
    assert raw == pytest.approx(-5.0, abs=0.7)
    assert found["b"].value - found["a"].value == pytest.approx(-3.0, abs=0.6)
    assert found["a"].sd == pytest.approx(3.0, abs=0.3)


def test_adjusted_means_equal_raw_ones_when_baselines_do() -> None:
    base = {"a": BASE, "b": BASE}
    change = {"a": np.array([-1.0, -2.0, -3.0, -4.0]), "b": np.array([-5.0, -5.0, -6.0, -8.0])}
    found = analysis.adjusted(change, base)
    assert found["a"].value == pytest.approx(-2.5)
    assert found["b"].value == pytest.approx(-6.0)
