import math

import numpy as np
import pytest

from ketasim.errors import UnknownName
from ketasim.measurement import rater
from ketasim.measurement.scale import scale


def test_error_from_agreement():
    assert rater.error_from_icc(0.75, 10.0) == pytest.approx(5.0)
    assert rater.error_from_icc(1.0, 10.0) == 0.0
    with pytest.raises(ValueError, match="ICC"):
        rater.error_from_icc(1.2, 10.0)


def test_error_from_difference_matches_simulated_raters():
    draws = np.random.default_rng(5).normal(0.0, 1.58, (2, 200_000))
    gap = float(np.abs(draws[0] - draws[1]).mean())
    assert rater.error_from_difference(gap) == pytest.approx(1.58, rel=0.01)


def test_two_sources_of_the_madrs_agree():
    assert rater.rater_sd("MADRS") == pytest.approx(1.78 * math.sqrt(math.pi) / 2)
    assert abs(rater.rater_sd("MADRS") - rater.rater_sd("MADRS", sd=6.0)) < 0.2


def test_what_cannot_be_said_is_refused():
    with pytest.raises(UnknownName, match="PHQ-9"):
        rater.rater_sd("PHQ-9")
    with pytest.raises(ValueError, match="HAM-D17"):
        rater.rater_sd("HAM-D17")


def test_written_scores_stay_on_the_scale():
    madrs = scale("MADRS")
    out = rater.rated(madrs, [0.0, 30.2, 60.0], [-3.0, 0.0, 3.0], 1.6)
    assert out.tolist() == [0.0, 30.0, 60.0]
