"""How well a number is known."""

from __future__ import annotations

import math

import pytest

from ketasim.evidence.certainty import sd_log
from ketasim.evidence.fact import Fact, Spread


def fact(value=10.0, grade="B", meaning="typical value", *spread):
    return Fact("x", "x", value, "1", ("someone2001",), grade, meaning, spread)


@pytest.mark.parametrize(("grade", "expected"), [("A", 0.10), ("B", 0.15), ("C", 0.25), ("D", 0.50)])
def test_by_grade_where_none_is_printed(grade, expected):
    assert sd_log(fact(grade=grade)) == expected
    people = Spread("between patients", "cv_percent", 80.0)
    assert sd_log(fact(10.0, grade, "mean", people)) == expected


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("se", 2.0, 0.2),
        ("rse_percent", 7.0, 0.07),
        ("sd_log", 0.3, 0.3),
        ("ci95", (5.0, 20.0), math.log(4.0) / (2 * 1.959964)),
        ("ci90", (-1.0, 20.0), 0.15),
    ],
)
def test_a_printed_spread_of_the_estimate_goes_before_the_grade(kind, value, expected):
    assert sd_log(fact(10.0, "B", "mean", Spread("estimate", kind, value))) == pytest.approx(expected, rel=1e-6)


def test_definitions_and_nothing_are_exact():
    assert sd_log(fact(1.0, "D", "definition")) == sd_log(fact(0.0, "D")) == sd_log(fact(238.0, "B", "molar mass")) == 0
