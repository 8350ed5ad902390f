"""Relapse of virtual patients: against the plain formula, and at the ends of what a hazard can be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ketasim.calibration.survival import FLATTEST, STEEPEST, without_relapse

F64 = NDArray[np.float64]
RNG = np.random.default_rng(4)
USUAL, DRUG = RNG.normal(0.0, 1.0, (5, 40)), RNG.uniform(0.0, 2.0, (5, 40))
SHIFT, RATE = RNG.uniform(0.0, 1.0, 40), RNG.uniform(1e-4, 1e-2, 5)
STEPS = np.where(np.arange(39) < 6, 0.0, RNG.uniform(12.0, 36.0, 39))  # watched from the seventh time on
EFFECTS = np.array([[0.0, 1.0], [0.7, 1.0], [0.0, 0.0], [-0.4, 2.5]])
PICK = np.array([0, 6, 17, 17, 39])


def _plain(slope: float) -> F64:
    z = USUAL - EFFECTS[:, 1, None, None] * DRUG - EFFECTS[:, 0, None, None] * SHIFT
    hazard = RATE[:, None] * np.exp(np.clip(slope * z, FLATTEST, STEEPEST))
    summed = np.cumsum(0.5 * (hazard[..., 1:] + hazard[..., :-1]) * STEPS, axis=-1)
    return np.exp(-np.concatenate([np.zeros((4, 5, 1)), summed], axis=-1)[..., PICK])


def test_it_is_the_plain_formula() -> None:
    found = without_relapse(USUAL, DRUG, SHIFT, EFFECTS, RATE, 2.5, STEPS, PICK)
    np.testing.assert_allclose(found, _plain(2.5), rtol=1e-9)
    assert (found[..., :2] == 1.0).all() and (np.diff(found, axis=-1) <= 0.0).all()


def test_the_steepest_hazard_is_at_once_and_the_flattest_never() -> None:
    found = without_relapse(USUAL, DRUG, SHIFT, EFFECTS, RATE, 1e6, STEPS, PICK)
    np.testing.assert_allclose(found, _plain(1e6), rtol=1e-9, atol=1e-300)
    up, none = np.full((1, 3), 5.0), np.zeros((1, 3))
    one = np.array([[0.0, 1.0]]), np.array([1e-3])
    for z, kept in ((up, 0.0), (-up, 1.0)):
        found = without_relapse(z, none, np.zeros(3), one[0], one[1], 1e3, np.ones(2), np.array([2]))
        assert abs(found[0, 0, 0] - kept) < 1e-12
