"""Start, largest change and end of what has no peak or area of its own."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.simulation.turning import moments


class Course:
    """As much of a run as is asked of it: one output with these medians, 5 % one below and 95 % two above."""

    times = np.array([0.0, 1.0, 5.0, 24.0])

    def __init__(self, medians):
        self.medians = np.asarray(medians, dtype=float)

    def band(self, output, levels):
        assert levels == (0.05, 0.5, 0.95)
        return np.array([self.medians - 1.0, self.medians, self.medians + 2.0])


@pytest.mark.parametrize(
    ("medians", "which"),
    [
        ([30, 10, 12, 20], [("start", 0), ("largest change", 1), ("end", 24)]),
        ([1, 2, 5, 2], [("start", 0), ("largest change", 5), ("end", 24)]),
        ([1, 2, 3, 4], [("start", 0), ("largest change, end", 24)]),
        ([1, 1, 1, 1], [("start", 0), ("end", 24)]),
        ([1, np.nan, 3, 2], [("start", 0), ("largest change", 5), ("end", 24)]),
        ([np.nan] * 4, []),
    ],
)
def test_moments_by_the_median(medians, which):
    found = moments(Course(medians), ["MADRS"])
    assert [(m.when, m.hours) for m in found] == which
    assert all((m.low, m.high) == (m.median - 1, m.median + 2) for m in found)


def test_outputs_follow_each_other():
    assert [m.output for m in moments(Course([1, 1, 1, 1]), ["a", "b"])] == ["a", "a", "b", "b"]
