"""Rows that describe a population."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.population.describe import describe
from ketasim.population.named import population
from ketasim.population.people import listed, one


def test_numbers_and_words():
    people = listed({"ID": np.arange(1, 102), "WT": np.arange(50.0, 151.0), "SEX": ["f"] * 50 + ["m"] * 51}, "x")
    weight, sex = describe(people)
    assert (weight.covariate, weight.unit, weight.median) == ("WT", "kg", 100.0)
    assert (weight.low, weight.high, weight.least, weight.most) == pytest.approx((55.0, 145.0, 50.0, 150.0))
    assert sex.shares == "male 50%, female 50%" and sex.median is None


def test_one_person():
    (age,) = describe(one(AGE=45))
    assert (age.median, age.low, age.high) == (45.0, 45.0, 45.0)


def test_a_population_too_large_to_draw_is_described_by_its_first_people():
    rows = {row.covariate: row for row in describe(population("healthy-adults", 10_000_000, 1))}
    assert rows["AGE"].least >= 18 and rows["AGE"].most <= 56
