"""Rows that would read alike say what they differ in; others stay as they are."""

import numpy as np

from ketasim.report import conducted
from ketasim.report.alike import told_apart
from ketasim.reproduction.conducted import Beside, Conducted
from ketasim.studies.shelf import study

ROWS = [("drug", "change", "day 28", 1), ("drug", "change", "day 28", 2), ("drug", "change", "day 8", 3)]


def told(*more):
    return [row[1] for row in told_apart(ROWS, more, key=(0, 1, 2), at=1)]


def test_only_what_tells_them_apart_is_added():
    assert told(("LOCF", "mean", ""), ("observed", "mean", ""), ("LOCF", "mean", "")) == [
        "change, LOCF", "change, observed", "change"
    ]  # fmt: skip
    assert told(("LOCF", "mean", "a"), ("LOCF", "mean", "b"), ("x", "y", "z")) == ["change, a", "change, b", "change"]
    assert told(("LOCF", "mean", ""), ("observed", "median", ""), ("", "", "")) == [
        "change, LOCF", "change, observed", "change"
    ]  # fmt: skip
    assert told(*[("LOCF", "mean", "")] * 3) == ["change"] * 3  # nothing there could tell them apart


def test_three_alike_take_as_many_words_as_they_need():
    rows = [ROWS[0]] * 3
    more = [("LOCF", "mean"), ("LOCF", "median"), ("observed", "mean")]
    made = told_apart(rows, more, key=(0, 1, 2), at=1)
    assert [row[1] for row in made] == ["change, LOCF, mean", "change, LOCF, median", "change, observed, mean"]


def test_conducted_studies_are_told_apart_too():
    one = study("popova2019")
    seen = [o for o in one.observations if o.arm == "esketamine" and o.scored and o.endpoint.name == "MADRS change"]
    rows = tuple(Beside(one, o, np.linspace(-20.0, -10.0, 20), 1.0) for o in seen if not o.versus)
    ((_, shown),) = conducted.by_study(Conducted(rows, (), 20, None, "posterior"))
    at_the_end = [row[1] for row in shown if row[2] == "day 28"]
    assert sorted(at_the_end) == ["MADRS change, LOCF", "MADRS change, observed"]
    assert rows[0].record()["analysis"] == seen[0].analysis
