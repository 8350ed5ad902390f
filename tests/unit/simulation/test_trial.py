"""What a trial of this size would find, against numbers drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.simulation.headlines import MEAN, ONE, SHARE, Headline
from ketasim.simulation.trial import NINE_IN_TEN, NONE, of_arm, of_two

RNG = np.random.default_rng(5)


def headline(people, visits, unit="point", of=MEAN):
    return Headline("MADRS", "change, 24 h", unit, of, people.size, float(people.mean()), people, np.zeros(1), visits)


def test_nine_in_ten_drawn_trials_lie_inside():
    """40 people, each with a change of their own and a day of their own, in trials that differ by 3 points."""
    people = RNG.normal(-10.0, 6.0, 40)
    found = of_arm(headline(people, 5.0**2), 3.0**2)
    spread = people.std(ddof=1)
    drawn = people.mean() + 3.0 * RNG.standard_normal(4000)
    drawn += (spread * RNG.standard_normal((4000, 40)) + 5.0 * RNG.standard_normal((4000, 40))).mean(axis=1)
    assert np.mean((drawn > found.low) & (drawn < found.high)) == pytest.approx(0.9, abs=0.02)
    assert found.n == 40 and found.sd == pytest.approx(drawn.std(), rel=0.05)


def test_a_share_is_counted_person_by_person():
    """Chances vary between people; p (1 − p) of the mean is what both parts add up to."""
    chances = RNG.beta(2.0, 2.0, 500)
    found = of_arm(headline(chances, float(np.mean(chances * (1.0 - chances))), "1", SHARE), 0.0)
    p = chances.mean()
    assert found.sd == pytest.approx(np.sqrt(p * (1.0 - p) / 500), rel=1e-3)


def test_no_share_lies_beyond_none_or_all():
    few = headline(np.linspace(0.01, 0.03, 12), 0.02, "1", SHARE)
    assert of_arm(few, 1.0).low == 0.0 and of_arm(few, 1.0).high == 1.0
    assert (of_two(few, few, 0.0, 9.0).low, of_two(few, few, 0.0, 9.0).high) == (-1.0, 1.0)


def test_a_difference_is_of_other_people_in_each_arm():
    base = RNG.normal(-10.0, 6.0, 50)
    this = base - 4.0  # the same people: their difference does not vary at all
    found = of_two(headline(this, 9.0), headline(base, 4.0), -4.0, 1.0)
    assert found.sd**2 == pytest.approx(1.0 + (2.0 * base.var(ddof=1) + 13.0) / 50)
    assert (found.low + found.high) / 2.0 == pytest.approx(-4.0)
    assert found.high - found.low == pytest.approx(2.0 * NINE_IN_TEN * found.sd)


def test_of_one_patient_no_trial_is_told():
    assert not NONE.told and not of_arm(headline(np.array([3.0]), 1.0, of=ONE), 1.0).told


def test_the_people_simulated_are_not_those_of_the_trial():
    """Of small samples of one population the centre is off too: nine in ten trials lie inside all the same."""
    inside = []
    for _ in range(4000):
        mine = headline(RNG.normal(-10.0, 6.0, 12), 25.0)
        found = of_arm(mine, mine.people.var(ddof=1) / 12)
        inside.append(found.low < RNG.normal(-10.0, np.sqrt((36.0 + 25.0) / 12)) < found.high)
    assert np.mean(inside) == pytest.approx(0.9, abs=0.025)


def test_of_few_people_no_trial_is_told():
    assert (
        not of_arm(headline(RNG.normal(size=9), 1.0), 1.0).told and of_arm(headline(RNG.normal(size=10), 1.0), 1.0).told
    )
