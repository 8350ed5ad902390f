"""Fold errors and shares, checked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.simulation.beside import beside, fold_error


def test_fold_error_is_symmetric_and_at_least_one():
    assert fold_error([2.0, 0.5, 1.0], 1.0).tolist() == [2.0, 2.0, 1.0]


def test_fold_error_of_what_has_no_ratio():
    fold = fold_error([0.0, -1.0, np.nan, 1.0], [1.0, 1.0, 1.0, 0.0])
    assert np.isinf(fold[[0, 1, 3]]).all() and np.isnan(fold[2])


def test_median_and_band_are_over_people():
    people = np.column_stack([np.arange(101.0), np.full(101, 7.0)])
    found = beside("S-ketamine", "ng/mL", ("1 h", "2 h"), [100.0, 7.0], people)
    assert found.median.tolist() == [50.0, 7.0]
    assert found.low.tolist() == [5.0, 7.0] and found.high.tolist() == [95.0, 7.0]
    assert found.fold.tolist() == [2.0, 1.0]
    assert found.share_within(1.25) == 0.5 and found.share_inside == 0.5


def test_people_who_failed_do_not_count():
    found = beside("a", "mg/L", ("1 h",), [2.0], [[np.nan], [2.0], [2.0]])
    assert found.median.tolist() == [2.0]


def test_nobody_finished():
    found = beside("a", "mg/L", ("1 h",), [2.0], [[np.nan], [np.nan]])
    assert np.isnan(found.median).all() and found.share_within(1.5) == 0.0


def test_shapes_must_fit():
    with pytest.raises(ValueError, match="2 published numbers, 1 predicted"):
        beside("a", "mg/L", ("1", "2"), [1.0, 2.0], [[1.0]])
