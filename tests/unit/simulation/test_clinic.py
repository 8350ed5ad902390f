"""Visits of a run: baseline, change, response and remission of people; differences between runs of the same people."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ketasim.errors import RequestError
from ketasim.measurement.reading import Reading
from ketasim.measurement.scale import scale
from ketasim.model.model import Covariate, Model, Output
from ketasim.population.people import listed
from ketasim.simulation import clinic

READING = Reading(scale("MADRS"), "score", "MADRS0", 0.0)
TIMES = np.array([0.0, 2.0, 24.0, 48.0, 168.0, 648.0])
BEFORE = np.array([40.0, 30.0, 36.0])
MODEL = Model("toy", "Toy", (), (Output("score", "a.score", "1"),), covariates=(Covariate("MADRS0", default=37.5),))


def run(scores: Any, people: Any = None, model: Model = MODEL) -> Any:
    """A finished run of which only scores (people, times) matter."""
    values = np.asarray(scores, dtype=np.float64)
    who = people or listed({"ID": [1, 2, 3], "MADRS0": BEFORE}, "three")
    kept = SimpleNamespace(block=lambda where, first, last: values.T[first:last])
    return SimpleNamespace(
        times=TIMES, n=values.shape[0], outputs=("score",), people=who, model=model, kept=kept, table=None, visits=None,
        position=("score",).index, study=SimpleNamespace(seed=5, data=None, regimen=None, residual=False),
    )  # fmt: skip


def course(last: tuple[float, float, float]) -> Any:
    steps = np.linspace(0.0, 1.0, TIMES.size)
    return run(BEFORE[:, None] + (np.array(last) - BEFORE)[:, None] * steps)


def test_a_visit_counts_people():
    (seen,) = clinic.visits(course((20.0, 16.0, 12.0)), READING, [648.0])
    assert seen.n == 3 and seen.change == pytest.approx((-20 - 14 - 24) / 3)
    assert seen.response == pytest.approx(2 / 3) and seen.remission == pytest.approx(1 / 3)
    assert seen.written[1] == 16.0 and seen.expected[1] == pytest.approx(16.0)


def test_people_who_were_not_solved_are_left_out():
    scores = np.full((3, TIMES.size), 20.0)
    scores[1] = np.nan
    (seen,) = clinic.visits(run(scores), READING, [24.0])
    assert seen.n == 2 and seen.change == pytest.approx(-18.0)
    (none,) = clinic.visits(run(np.full((3, TIMES.size), np.nan)), READING, [24.0])
    assert none.n == 0 and np.isnan(none.change)


def test_the_models_default_is_the_baseline_of_people_without_one():
    bare = run(np.full((2, TIMES.size), 20.0), listed({"ID": [1, 2], "AGE": [40, 50]}, "two"))
    assert clinic.baseline(bare, READING).tolist() == [37.5, 37.5]


def test_visits_are_daily_and_a_reader_asks_for_four():
    found = course((20.0, 16.0, 12.0))
    assert clinic.days(found) == (24.0, 48.0, 168.0, 648.0)
    assert clinic.usual(found) == (24.0, 168.0, 648.0)


def test_visits_that_are_asked_for_come_beside_the_usual_ones():
    found, asked = course((20.0, 16.0, 12.0)), replace(READING, at=(0.0, 48.0, 5000.0))
    assert clinic.usual(found, asked) == (0.0, 24.0, 48.0, 168.0, 648.0)
    assert clinic.days(found, asked) == (0.0, 24.0, 48.0, 168.0, 648.0)
    assert [seen.hours for seen in clinic.visits(found, asked)] == [0.0, 24.0, 48.0, 168.0, 648.0]
    with pytest.raises(RequestError, match="at is rising times in hours"):
        replace(READING, at=(48.0, 24.0))


def test_a_time_that_was_not_kept_is_refused():
    with pytest.raises(RequestError, match="100 h"):
        clinic.visits(course((20.0, 16.0, 12.0)), READING, [100.0])


def test_the_same_person_has_the_same_day_in_two_treatments():
    noisy = Reading(scale("MADRS"), "score", "MADRS0", 0.5)
    one, two = (clinic.visits(run(np.full((3, TIMES.size), 20.0)), noisy, [24.0])[0].written for _ in range(2))
    assert one == two


def test_contrasts_are_paired():
    runs = {"a": course((20.0, 16.0, 12.0)), "b": course((22.0, 18.0, 14.0))}
    found = {(d.measure, d.regimen): d for d in clinic.contrasts(runs, READING)}
    assert next(d for d in found if d[1] == "a") == ("change, 24 h", "a")
    last = found["change, day 28", "b"]
    assert last.difference == pytest.approx(2.0) and last.se == pytest.approx(0.0, abs=1e-9) and last.n == 3
    remission = found["remission, day 28", "b"]
    assert remission.difference == pytest.approx(-1 / 3) and remission.se == pytest.approx(1 / 3)


def test_clock():
    assert [clinic.clock(t) for t in (2.0, 24.0, 168.0, 648.0)] == ["2 h", "24 h", "day 8", "day 28"]


def test_who_can_tell():
    one = course((20.0, 16.0, 12.0))
    assert clinic.can_tell(one, READING) and not clinic.can_tell(one, None)
    one.table = np.zeros(3)
    assert not clinic.can_tell(one, READING)


@pytest.mark.parametrize("seed", range(6))
def test_of_few_people_what_is_found_spans_what_is_expected(seed: int) -> None:
    made = course((20.0, 16.0, 12.0))
    made.study.seed = seed
    (seen,) = clinic.visits(made, Reading(scale("MADRS"), "score", "MADRS0", 0.5), [648.0])
    low, _, high = seen.written
    assert low == pytest.approx(7.0, abs=1.5) and high == pytest.approx(27.0, abs=2.0)
    assert low < seen.expected[0] and seen.expected[2] < high
    assert seen.sd == pytest.approx((seen.changed[2] - seen.changed[0]) / 3.29, rel=0.2)
