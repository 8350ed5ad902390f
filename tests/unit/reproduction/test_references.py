"""The references: a kernel that finds itself again, and a mean that is the mean."""

import numpy as np
import pytest

from ketasim.calibration.data import calibration_rows
from ketasim.reproduction.references import Case, curve, fitted, references

DRUG, CONTROL = np.log([12.0, 0.005, 0.5]), np.log([9.0, 0.0005, 0.02])


def one(kind, arm, hours, sessions, value=0.0):
    return Case(kind, arm, value, hours, hours, sessions, (), 35.0, 10.0)


def test_kernel_is_a_difference_of_exponentials_summed_over_sessions():
    size, off, on = np.exp(DRUG)
    first = -size * (np.exp(-off * 24.0) - np.exp(-(off + on) * 24.0))
    assert curve(24.0, (0.0,), DRUG) == pytest.approx(first)
    assert curve(30.0, (6.0,), DRUG) == pytest.approx(first)
    assert curve(24.0, (0.0, 100.0), DRUG) == pytest.approx(first)
    assert curve(124.0, (0.0, 100.0), DRUG) == pytest.approx(first + curve(124.0, (0.0,), DRUG))


def test_least_squares_finds_the_kernel_that_made_the_data():
    times = (2.0, 24.0, 72.0, 168.0, 336.0, 650.0)
    cases = [one("change", "drug", t, (0.0,), curve(t, (0.0,), DRUG)) for t in times]
    cases += [one("change", "control", t, (), curve(t, (0.0,), CONTROL)) for t in times]
    found = fitted(cases, 10.0)
    for t in times:
        assert curve(t, (0.0,), found["drug"]) == pytest.approx(curve(t, (0.0,), DRUG), abs=0.1)
        assert curve(t, (0.0,), found["control"]) == pytest.approx(curve(t, (0.0,), CONTROL), abs=0.1)


def test_references_rest_on_calibrate_studies_only():
    assert {study.use for study, _ in calibration_rows()} == {"calibrate"}
    assert len(references().cases) <= len(calibration_rows())
    assert references().scale["difference of change"] == references().scale["change"]
    assert all(spread > 0 for spread in references().residual.values())
