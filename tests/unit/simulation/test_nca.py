"""Non-compartmental measures against closed forms."""

import numpy as np
import pytest

from ketasim.simulation import nca


def exponential(k, c0, t):
    return (c0[:, None] * np.exp(-k[:, None] * t[None, :])).astype(float)


def test_a_falling_exponential_is_exact_whatever_the_spacing():
    k, c0 = np.array([0.1, 0.5, 2.0]), np.array([100.0, 3.0, 1e-3])
    t = np.array([0, 0.1, 0.5, 1, 2, 3, 4.5, 6, 12, 24, 48.0])
    found = nca.exposure(t, exponential(k, c0, t))
    assert np.allclose(found["Cmax"], c0) and np.all(found["Tmax"] == 0)
    assert np.allclose(found["AUClast"], c0 / k * (1 - np.exp(-k * 48)), rtol=1e-12)
    assert np.allclose(found["AUC24"], c0 / k * (1 - np.exp(-k * 24)), rtol=1e-12)
    assert np.allclose(found["AUCinf"], c0 / k, rtol=1e-9)
    assert np.allclose(found["half_life"], np.log(2) / k, rtol=1e-9)


def test_auc24_between_samples_is_exact_for_an_exponential():
    k, c0, t = np.array([0.3]), np.array([5.0]), np.array([0, 5, 10, 20, 31, 40.0])
    assert np.allclose(nca.exposure(t, exponential(k, c0, t))["AUC24"], 5 / 0.3 * (1 - np.exp(-0.3 * 24)), rtol=1e-12)


def test_oral_absorption_within_sampling_error():
    t = np.concatenate([np.arange(0, 4, 0.05), np.arange(4, 48.1, 0.5)])
    ka, k = 1.5, 0.15
    y = (ka / (ka - k) * (np.exp(-k * t) - np.exp(-ka * t)))[None, :]
    found = nca.exposure(t, y)
    peak = np.log(ka / k) / (ka - k)
    assert found["Tmax"][0] == pytest.approx(peak, abs=0.05)
    assert found["Cmax"][0] == pytest.approx(np.exp(-k * peak), rel=1e-3)
    assert found["AUCinf"][0] == pytest.approx(1 / k, rel=1e-3)
    assert found["half_life"][0] == pytest.approx(np.log(2) / k, rel=5e-3)


def test_linear_up_logarithmic_down():
    t, y = np.array([0.0, 1.0, 3.0]), np.array([[0.0, 4.0, 1.0]])
    assert nca.exposure(t, y)["AUClast"][0] == pytest.approx(2.0 + 3.0 / np.log(4.0) * 2.0)


def test_a_window_counts_from_its_start():
    t = np.arange(0, 73, 1.0)
    y = np.where(t < 24, 1.0, 8.0 * np.exp(-0.2 * (t - 24)))[None, :]
    found = nca.exposure(t, y, start=24.0, stop=72.0)
    assert found["Cmax"][0] == 8.0 and found["Tmax"][0] == 0.0
    assert found["AUC24"][0] == pytest.approx(8 / 0.2 * (1 - np.exp(-0.2 * 24)), rel=1e-9)


def test_what_cannot_be_said_is_nan_and_touches_nobody_else():
    t = np.arange(0, 11, 1.0)
    rising, failed, falling = t, np.full(11, np.nan), np.exp(-t)
    found = nca.exposure(t, np.array([rising, failed, falling, np.zeros(11)]))
    assert np.isnan(found["half_life"][[0, 1, 3]]).all() and np.isnan(found["AUCinf"][[0, 1, 3]]).all()
    assert np.isnan(found["AUC24"]).all()
    assert np.isnan(found["Cmax"][1]) and found["Cmax"][3] == 0
    alone = nca.exposure(t, falling[None, :])
    for measure in nca.MEASURES:
        assert np.array_equal(alone[measure], found[measure][2:3], equal_nan=True)


def test_the_half_life_ignores_what_lies_below_the_floor():
    t = np.arange(0, 61, 1.0)
    y = np.exp(-0.5 * t) + 1e-9 * np.exp(-0.001 * t)
    assert nca.exposure(t, y[None, :])["half_life"][0] == pytest.approx(np.log(2) / 0.5, rel=1e-3)


def test_units():
    assert nca.unit_of("AUCinf", "ng/mL") == "ng/mL*h"
    assert nca.unit_of("Cmax", "ng/mL") == "ng/mL"
    assert nca.unit_of("half_life", "ng/mL") == "h"


def test_the_terminal_phase_follows_the_last_dose():
    t = np.arange(0, 49, 0.5)
    y = 10 * np.exp(-0.3 * t) + np.where(t >= 24, 4 * np.exp(-0.3 * (t - 24)), 0.0)
    found = nca.exposure(t, y[None, :], last_dose=24.0)
    assert found["half_life"][0] == pytest.approx(np.log(2) / 0.3, rel=1e-9) and found["Cmax"][0] == 10.0
    jump = 0.5 * 0.5 * 4  # the trapezoid that meets the second dose
    assert found["AUCinf"][0] == pytest.approx(14 / 0.3 + jump, rel=1e-3)


def test_one_unknown_value_makes_every_measure_of_that_person_unknown():
    t = np.arange(0.0, 49.0)
    y = np.exp(-0.2 * t) * np.ones((2, 1))
    y[1, 30] = np.nan
    found = nca.exposure(t, y)
    assert all(np.isfinite(v[0]) and np.isnan(v[1]) for v in found.values())


def test_the_whole_area_is_no_less_than_what_was_seen_of_it():
    """Also where the last samples are too low to show a slope, and fall more slowly."""
    t = np.concatenate([np.arange(0.0, 48.0, 1.0), np.arange(48.0, 2000.0, 24.0)])
    y = (100.0 * np.exp(-0.4 * t) + 1e-3 * np.exp(-1e-3 * t))[None, :]
    found = nca.exposure(t, y)
    assert found["AUCinf"][0] >= found["AUClast"][0] > 250.0
