"""Paired differences, checked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.simulation.comparison import difference


def compared(this, first):
    return difference("plasma esketamine", "Cmax", "ng/mL", "b", this, first)


def test_difference_and_standard_error_are_paired():
    one = compared([3.0, 5.0, 10.0], [1.0, 2.0, 6.0])
    assert one.difference == pytest.approx(3.0)
    assert one.se == pytest.approx(1.0 / np.sqrt(3))
    assert (one.mean, one.median, one.n) == (6.0, 5.0, 3)
    assert one.ratio == pytest.approx(2.0)


def test_a_treatment_against_itself():
    one = compared([3.0, 5.0], [3.0, 5.0])
    assert (one.difference, one.se, one.ratio) == (0.0, 0.0, 1.0)


def test_one_person_has_no_standard_error():
    one = compared([3.0], [1.0])
    assert one.difference == 2.0 and np.isnan(one.se) and np.isnan(one.sd)


def test_people_who_failed_in_either_are_left_out():
    assert compared([3.0, np.nan, 5.0], [1.0, 1.0, np.nan]).n == 1


def test_nobody_left():
    one = compared([np.nan], [1.0])
    assert one.n == 0 and np.isnan(one.difference)


def test_other_people_are_refused():
    with pytest.raises(ValueError, match="same people"):
        compared([1.0, 2.0], [1.0])


def test_standard_error_falls_with_the_root_of_n():
    draws = np.random.default_rng(1).normal(size=(2, 10_000))
    assert compared(draws[0], draws[1]).se == pytest.approx(np.sqrt(2.0 / 10_000), rel=0.05)


def test_rounding_of_what_is_compared_is_no_error():
    one = compared([240.0, 240.0 + 3e-13], [240.0 - 1.5e-6, 240.0 - 1.5e-6])
    assert (one.sd, one.se) == (0.0, 0.0)


def test_what_is_less_than_a_billionth_of_the_mean_is_nothing():
    same = compared([600.0 + 6e-8, 600.0 - 4e-8], [600.0, 600.0])
    assert (same.difference, same.se) == (0.0, 0.0)
    moved = compared([600.0 + 6e-8, 600.0 - 4e-8], [500.0, 500.0])
    assert moved.difference == pytest.approx(100.0) and moved.se == 0.0
    small = compared([600.0 + 6e-5, 600.0 - 4e-5], [600.0, 600.0])
    assert small.difference == pytest.approx(1e-5) and small.se > 0
