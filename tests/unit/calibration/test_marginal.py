"""How a trial differs is integrated out: exact where predictions are straight, near where they are curved."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ketasim.calibration.marginal import DESIGN, curved, log_marginal, most_probable

F64 = NDArray[np.float64]
Y = np.array([-9.0, -4.0])
NOISE = np.array([[1.0, 0.3], [0.3, 1.4]])
SPREAD = np.array([0.3, 0.6])


def _shape(bend: float) -> tuple[F64, F64, F64]:
    base, slope = np.array([-16.0, -7.0]), np.array([[-10.0, -20.0], [-13.0, 0.0]])
    turn = np.zeros((2, 2, 2))
    turn[0, 1, 1] = bend
    return base, slope, turn


def _placed(at: F64) -> F64:
    return np.stack([at[..., 0], 1.0 / (1.0 + np.exp(-at[..., 1])) - 0.5], axis=-1)


def _summed(f: tuple[F64, F64, F64]) -> float:
    """The integral by a fine grid over both effects."""
    base, slope, bend = f
    u = np.linspace(-6.0, 6.0, 601)
    at = np.stack(np.meshgrid(u * SPREAD[0], u * SPREAD[1], indexing="ij"), axis=-1).reshape(-1, 2)
    place = _placed(at)
    rest = Y - (base + place @ slope.T + 0.5 * np.einsum("ni,rij,nj->nr", place, bend, place))
    inner = -0.5 * np.einsum("nr,rs,ns->n", rest, np.linalg.inv(NOISE), rest)
    inner -= 0.5 * np.linalg.slogdet(2 * np.pi * NOISE)[1]
    outer = -0.5 * ((at / SPREAD) ** 2).sum(axis=1) - np.log(2 * np.pi * SPREAD.prod())
    step = (u[1] - u[0]) ** 2 * SPREAD.prod()
    return float(np.log(np.exp(inner + outer).sum() * step))


@pytest.mark.parametrize(("bend", "apart"), [(0.0, 0.05), (10.0, 0.05), (-10.0, 0.1)])
def test_the_integral_is_that_of_a_fine_grid(bend: float, apart: float) -> None:
    f = _shape(bend)
    assert log_marginal(Y, f, NOISE, SPREAD) == pytest.approx(_summed(f), abs=apart)


def test_numbers_far_from_the_usual_trial_are_taken_as_another_trial() -> None:
    relief, drug = most_probable(Y, _shape(0.0), NOISE, SPREAD)
    assert relief < -0.1 and drug < -0.3
    assert np.abs(most_probable(np.array([-16.0, -7.0]), _shape(1.0), NOISE, SPREAD)).max() < 1e-9


def test_no_trial_has_less_than_no_effect() -> None:
    base, slope, bend = _shape(0.0)
    none = base - 0.5 * slope[:, 1] + 0.125 * bend[:, 1, 1]
    drug = most_probable(np.array([none[0] + 6.0, -7.0]), (base, slope, bend), NOISE, SPREAD)[1]
    assert -6.0 * SPREAD[1] < drug < -0.5


def test_the_curve_goes_through_its_points() -> None:
    rng = np.random.default_rng(3)
    values = rng.standard_normal((len(DESIGN), 4))
    base, slope, bend = curved(values)
    for at, seen in zip(_placed(np.array(DESIGN)), values, strict=True):
        found = base + slope @ at + 0.5 * np.einsum("i,rij,j->r", at, bend, at)
        assert np.allclose(found, seen)
