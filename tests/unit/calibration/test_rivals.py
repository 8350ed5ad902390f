"""Leaving a trial out by importance sampling, against a model whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.calibration.rivals import Weighed, left_out, page


def test_leaving_out_agrees_with_the_closed_form_of_a_normal_mean() -> None:
    """y_k ~ N(mu, 1), mu ~ N(0, 10²): the predictive density of one observation given the others is normal."""
    rng = np.random.default_rng(2)
    y = rng.normal(0.4, 1.0, 12)
    precision = y.size + 0.01
    draws = y.sum() / precision + rng.standard_normal(40_000) / np.sqrt(precision)
    parts = -0.5 * (y - draws[:, None]) ** 2 - 0.5 * np.log(2 * np.pi)
    others = (y.sum() - y) / (precision - 1.0)
    variance = 1.0 + 1.0 / (precision - 1.0)
    exact = -0.5 * (y - others) ** 2 / variance - 0.5 * np.log(2 * np.pi * variance)
    assert left_out(parts) == pytest.approx(exact, abs=0.02)


def test_the_page_says_when_the_data_cannot_tell() -> None:
    rng = np.random.default_rng(4)
    base = rng.normal(-5.0, 1.0, 17)
    names = ("disinhibition", "direct inhibition", "mixture")
    close = {n: Weighed(n, base + 0.5 * rng.standard_normal(17), 1.0, 500.0) for n in names}
    assert "cannot tell" in page(close)
    far = {**close, "mixture": Weighed("mixture", close["disinhibition"].per_trial - 3.0, 1.0, 500.0)}
    assert "mixture predicts worse" in page(far)
