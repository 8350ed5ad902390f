"""How a trial differs is integrated out as a fine grid over both effects says."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ketasim.calibration.marginal import GRID, Around, Place, log_joint, log_marginal, nearer, nodes, place, usual

F64 = NDArray[np.float64]
Y = np.array([-4.0, -4.0])
NOISE = np.array([[1.0, 0.3], [0.3, 1.4]])
FACTOR = np.linalg.cholesky(NOISE)
SPREAD = np.array([0.3, 1.0])


def _numbers(at: F64, bend: float = 0.0) -> F64:
    """Two arms (..., 2) under effects (..., 2): the drug acts in the first, the less so the larger its factor is."""
    relief, share = at[..., 0], 1.0 / (1.0 + np.exp(-at[..., 1])) - 0.5
    first = -16.0 - 10.0 * relief - 20.0 * share + 0.5 * bend * share**2
    return np.stack([first, -7.0 - 13.0 * np.sinh(relief)], axis=-1)


def _place(y: F64, bend: float = 0.0, spread: F64 = SPREAD) -> Place:
    around = usual(spread)
    found = place(y, _numbers(_nine(around), bend), around, NOISE, spread)
    around = nearer(found, spread)
    return place(y, _numbers(_nine(around), bend), around, NOISE, spread)


def _nine(around: Around) -> F64:
    return around.middle + around.reach * np.array(GRID)


def _joint(y: F64, at: Place, xi: F64, bend: float = 0.0) -> F64:
    return log_joint(y, _numbers(at.at(xi), bend), at, xi, FACTOR, SPREAD)


def _grid(y: F64, bend: float) -> tuple[F64, F64]:
    """Effects (n, 2) on a fine grid and the logarithm of what is integrated there, step included."""
    u = np.linspace(-6.0, 6.0, 601)
    at = np.stack(np.meshgrid(u * SPREAD[0], u * SPREAD[1], indexing="ij"), axis=-1).reshape(-1, 2)
    rest = y - _numbers(at, bend)
    inner = -0.5 * np.einsum("nr,rs,ns->n", rest, np.linalg.inv(NOISE), rest)
    inner -= 0.5 * np.linalg.slogdet(2 * np.pi * NOISE)[1]
    outer = -0.5 * ((at / SPREAD) ** 2).sum(axis=1) - np.log(2 * np.pi * SPREAD.prod())
    return at, inner + outer + np.log((u[1] - u[0]) ** 2 * SPREAD.prod())


@pytest.mark.parametrize("bend", [0.0, 15.0, -15.0])
@pytest.mark.parametrize("y", [Y, np.array([-16.0, -7.0]), np.array([-24.0, -16.0])])
def test_the_integral_is_that_of_a_fine_grid(bend: float, y: F64) -> None:
    xi, log_weights = nodes()
    found = log_marginal(_joint(y, _place(y, bend), xi, bend), log_weights)
    assert found == pytest.approx(np.logaddexp.reduce(_grid(y, bend)[1]), abs=0.03)


def test_it_does_not_depend_on_where_one_looks() -> None:
    xi, log_weights = nodes(25)
    off = Place(np.array([-0.1, -0.5]), np.array([[0.15, 0.0], [0.1, 1.0]]))
    found = log_marginal(_joint(Y, off, xi), log_weights)
    assert found == pytest.approx(np.logaddexp.reduce(_grid(Y, 0.0)[1]), abs=0.01)


def test_numbers_far_from_the_usual_trial_are_taken_as_another_trial() -> None:
    relief, drug = _place(Y).centre
    assert relief < -0.1 and drug < -0.3
    assert np.abs(_place(np.array([-16.0, -7.0])).centre).max() < 0.1


def test_where_no_covariance_can_be_had_it_says_so() -> None:
    with pytest.raises(np.linalg.LinAlgError):
        place(Y, np.zeros((9, 2)), usual(SPREAD), -np.eye(2), SPREAD)
