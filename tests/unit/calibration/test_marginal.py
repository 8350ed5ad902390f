"""How a trial differs is integrated out: exact where predictions are straight, near where they are curved."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ketasim.calibration.marginal import DESIGN, around, log_marginal, most_probable

F64 = NDArray[np.float64]
Y = np.array([-4.0, -4.0])
NOISE = np.array([[1.0, 0.3], [0.3, 1.4]])
SPREAD = np.array([0.3, 1.0])


def _numbers(at: F64, bend: float = 0.0) -> F64:
    """Two arms (..., 2) under effects (..., 2): the drug acts in the first, the less so the larger its factor is."""
    relief, share = at[..., 0], 1.0 / (1.0 + np.exp(-at[..., 1])) - 0.5
    first = -16.0 - 10.0 * relief - 20.0 * share + 0.5 * bend * share**2
    return np.stack([first, -7.0 - 13.0 * relief], axis=-1)


def _found(y: F64, bend: float = 0.0) -> tuple[F64, float]:
    at = most_probable(y, _numbers(np.array(DESIGN), bend), NOISE, SPREAD)
    return at, log_marginal(y, _numbers(np.array(around(at)), bend), at, NOISE, SPREAD)


def _summed(bend: float) -> float:
    """The integral by a fine grid over both effects."""
    u = np.linspace(-6.0, 6.0, 601)
    at = np.stack(np.meshgrid(u * SPREAD[0], u * SPREAD[1], indexing="ij"), axis=-1).reshape(-1, 2)
    rest = Y - _numbers(at, bend)
    inner = -0.5 * np.einsum("nr,rs,ns->n", rest, np.linalg.inv(NOISE), rest)
    inner -= 0.5 * np.linalg.slogdet(2 * np.pi * NOISE)[1]
    outer = -0.5 * ((at / SPREAD) ** 2).sum(axis=1) - np.log(2 * np.pi * SPREAD.prod())
    step = (u[1] - u[0]) ** 2 * SPREAD.prod()
    return float(np.log(np.exp(inner + outer).sum() * step))


@pytest.mark.parametrize("bend", [0.0, 15.0, -15.0])
def test_the_integral_is_that_of_a_fine_grid(bend: float) -> None:
    assert _found(Y, bend)[1] == pytest.approx(_summed(bend), abs=0.4)


def test_made_straight_at_the_usual_trial_it_would_be_wrong() -> None:
    usual = log_marginal(Y, _numbers(np.array(around(np.zeros(2))), -15.0), np.zeros(2), NOISE, SPREAD)
    assert usual - _summed(-15.0) > 2.0


def test_numbers_far_from_the_usual_trial_are_taken_as_another_trial() -> None:
    relief, drug = _found(Y)[0]
    assert relief < -0.1 and drug < -0.3
    assert np.abs(_found(np.array([-16.0, -7.0]), 3.0)[0]).max() < 1e-9


def test_no_trial_has_less_than_no_effect() -> None:
    none = _numbers(np.array([0.0, -np.inf]))
    relief, drug = _found(none + np.array([6.0, 0.0]))[0]
    assert -6.0 * SPREAD[1] < drug < -0.5 and _numbers(np.array([relief, drug]))[0] <= none[0] - 10.0 * relief


def test_where_no_covariance_can_be_had_it_says_so() -> None:
    with pytest.raises(np.linalg.LinAlgError):
        log_marginal(Y, np.zeros((3, 2)), np.zeros(2), -np.eye(2), SPREAD)
