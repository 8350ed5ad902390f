"""Scores as a clinic finds them, against plain counting of many noisy visits."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.measurement.reading import Reading
from ketasim.measurement.scale import scale

NOISY = Reading(scale("MADRS"), "MADRS", "MADRS0", 0.4)
EXACT = Reading(scale("MADRS"), "MADRS", "MADRS0", 0.0)
DRAWS = np.random.default_rng(1).standard_normal(400_000)


@pytest.mark.parametrize("score", [6.0, 18.0, 33.0, 52.0])
def test_the_mean_found_is_the_mean_of_many_visits(score):
    many = 60.0 / (1.0 + np.exp(-(np.log(score / (60.0 - score)) + 0.4 * DRAWS)))
    assert NOISY.expected(np.array([score]))[0] == pytest.approx(many.mean(), abs=0.03)


def test_noise_pulls_the_mean_to_the_middle_of_the_scale():
    low, high = NOISY.expected(np.array([8.0, 52.0]))
    assert 8.0 < low < 10.0 and 50.0 < high < 52.0
    assert EXACT.expected(np.array([8.0]))[0] == pytest.approx(8.0)


@pytest.mark.parametrize(("score", "baseline"), [(17.0, 37.0), (19.5, 37.0), (10.0, 30.0), (25.0, 40.0)])
def test_shares_are_those_of_many_written_scores(score, baseline):
    one = scale("MADRS")
    written = NOISY.written(np.full(DRAWS.size, score), DRAWS)
    assert np.all(written == np.rint(written))
    found = one.responded(written, np.full(DRAWS.size, baseline)).mean()
    assert NOISY.responded(np.array([score]), np.array([baseline]))[0] == pytest.approx(found, abs=0.004)
    assert NOISY.remitted(np.array([score]))[0] == pytest.approx(one.remitted(written).mean(), abs=0.004)


def test_without_noise_a_share_is_yes_or_no_at_the_rounded_cut_off():
    assert EXACT.remitted(np.array([12.4, 12.6])).tolist() == [1.0, 0.0]
    assert EXACT.responded(np.array([18.4, 18.6]), np.array([37.0, 37.0])).tolist() == [1.0, 0.0]


def test_the_ends_of_the_scale_and_missing_people():
    scores = np.array([0.0, 60.0, np.nan])
    assert np.isnan(NOISY.expected(scores)[2]) and np.isnan(NOISY.remitted(scores)[2])
    assert NOISY.remitted(scores)[:2].tolist() == [1.0, 0.0]
    assert np.isnan(NOISY.written(scores, np.zeros(3))[2])
