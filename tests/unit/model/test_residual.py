import numpy as np
import pytest

from ketasim.model.residual import apply, sd
from ketasim.model.variability import Residual

Z = np.random.default_rng(5).normal(size=200_000)


def test_additive_and_proportional_add_as_variances() -> None:
    y = apply(Residual(additive=2.0, proportional=0.3), np.full(Z.size, 10.0), Z)
    assert abs(y.mean() - 10.0) < 0.03
    assert abs(y.std() / np.hypot(2.0, 3.0) - 1) < 0.01
    np.testing.assert_allclose(sd(Residual(2.0, 0.3), np.array([10.0, 0.0])), [np.hypot(2, 3), 2])


def test_a_lognormal_error_keeps_the_sign_and_the_median() -> None:
    y = apply(Residual(log_sd=0.4), np.full(Z.size, 10.0), Z)
    assert y.min() > 0
    assert abs(np.log(y / 10).std() - 0.4) < 0.005
    assert sd(Residual(log_sd=0.4), np.ones(2)).tolist() == [0.4, 0.4]


def test_no_error_and_no_draw_change_nothing() -> None:
    f = np.array([1.0, 0.0, 5.0])
    np.testing.assert_array_equal(apply(Residual(), f, np.ones(3)), f)
    np.testing.assert_array_equal(apply(Residual(1, 1), f, np.zeros(3)), f)


def test_between_two_ends_it_is_normal_on_the_logit_and_stays_between_them():
    score, z = np.array([0.0, 6.0, 30.0, 60.0]), np.array([2.0, -1.0, 1.0, 3.0])
    error = Residual(logit_sd=0.5, low=0.0, high=60.0)
    found = apply(error, score, z)
    assert np.all((found >= 0.0) & (found <= 60.0)) and found[0] < 0.01 and found[3] > 59.9
    inner, was = found[1:3], score[1:3]
    assert np.log(inner / (60.0 - inner)) == pytest.approx(np.log(was / (60.0 - was)) + 0.5 * z[1:3])
    assert sd(error, score).tolist() == [0.5] * 4
