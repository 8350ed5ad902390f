"""Factors on the effect of the drug between trials: gamma with mean 1, in both tails and where they hardly differ."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from ketasim.pharmacology.mood.drug_factor import NARROW, drug_factor

X = np.array([-9.0, -6.0, -3.0, -1.0, 0.0, 0.5, 2.0, 6.0, 9.0])


@pytest.mark.parametrize("spread", [0.01, 0.3, 0.8, 1.0, 1.7])
def test_ranks_are_those_of_a_gamma_distribution(spread: float) -> None:
    found, wanted = drug_factor(X, spread), stats.gamma(1.0 / spread**2, scale=spread**2)
    upper = X > 0.0
    assert wanted.logsf(found[upper]) == pytest.approx(stats.norm.logsf(X[upper]), rel=1e-6)
    assert wanted.logcdf(found[~upper]) == pytest.approx(stats.norm.logcdf(X[~upper]), rel=1e-6)


@pytest.mark.parametrize("spread", [0.2, 0.9])
def test_the_mean_is_one_and_the_spread_a_coefficient_of_variation(spread: float) -> None:
    made = drug_factor(np.random.default_rng(1).standard_normal(200_000), spread)
    assert made.mean() == pytest.approx(1.0, abs=0.01) and made.std() == pytest.approx(spread, rel=0.02)
    assert made.min() > 0.0


def test_trials_that_hardly_differ_pass_over_into_a_normal_distribution() -> None:
    x = X[np.abs(X) < 4.0]
    assert drug_factor(x, 0.999 * NARROW) == pytest.approx(drug_factor(x, 1.001 * NARROW), abs=2e-5)
    assert drug_factor(0.7, 0.0) == 1.0
