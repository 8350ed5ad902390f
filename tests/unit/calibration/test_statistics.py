"""Statistics that calibration reads from curves: against people drawn one by one."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ketasim.calibration.statistics import hazard_ratio, median_time
from ketasim.trials import survival

F64 = NDArray[np.float64]
TIMES = np.linspace(0.0, 1000.0, 26)
N, END = 20_000, 1000.0


def curve(rate: float, frailty_sd: float) -> F64:
    """Share without relapse where hazards differ between people."""
    who = np.exp(frailty_sd * np.random.default_rng(1).standard_normal(4000))
    return np.asarray(np.exp(-np.outer(rate * who, TIMES)).mean(axis=0))


def people(rate: float, frailty_sd: float, seed: int) -> tuple[F64, NDArray[np.bool_]]:
    rng = np.random.default_rng(seed)
    when = rng.exponential(1.0, N) / (rate * np.exp(frailty_sd * rng.standard_normal(N)))
    return np.minimum(when, END), when <= END


@pytest.mark.parametrize("frailty_sd", [0.0, 1.0])
@pytest.mark.parametrize("rate", [0.0005, 0.004])
def test_hazard_ratio_is_what_cox_finds_in_people(rate: float, frailty_sd: float) -> None:
    (t1, e1), (t2, e2) = people(0.5 * rate, frailty_sd, 2), people(rate, frailty_sd, 3)
    first = np.repeat([True, False], N)
    found, error = survival.hazard_ratio(np.concatenate([t1, t2]), np.concatenate([e1, e2]), first)
    told = hazard_ratio(curve(0.5 * rate, frailty_sd)[None], curve(rate, frailty_sd)[None], N, N)
    assert told.value[0] == pytest.approx(found, abs=4.0 * error + 0.03)
    assert told.sd[0] == pytest.approx(error, rel=0.15)


def test_hazard_ratio_without_frailty_is_the_ratio_of_hazards() -> None:
    one, two = np.exp(-0.0003 * TIMES), np.exp(-0.001 * TIMES)
    assert hazard_ratio(one[None], two[None], 100, 100).value[0] == pytest.approx(np.log(0.3), abs=0.02)


def test_hazard_ratio_where_nobody_relapses_is_finite() -> None:
    flat = np.ones((1, TIMES.size))
    assert np.isfinite(hazard_ratio(flat, flat, 50, 50).value).all()


def test_median_is_read_from_the_curve_and_beyond_it_by_its_hazard() -> None:
    fast, slow = np.exp(-0.005 * TIMES), np.exp(-0.0002 * TIMES)
    told = median_time(np.stack([fast, slow]), TIMES, 0.0).value
    assert told == pytest.approx(np.log(2.0) / np.array([0.005, 0.0002]) / 24.0, rel=0.02)
