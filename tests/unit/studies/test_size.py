"""Which trials count as small."""

from __future__ import annotations

from dataclasses import replace

from ketasim.studies.shelf import study
from ketasim.studies.size import SMALL, enrolled, small


def test_people_are_those_of_the_arms_that_a_trial_began_with() -> None:
    assert enrolled(study("daly2018")) == 33 + 11 + 11 + 12  # not those re-randomised in its second period again
    assert enrolled(study("fedgchin2019")) == 115 + 114 + 113


def test_a_paper_on_some_of_a_large_trial_is_of_a_large_trial() -> None:
    part = study("castro2023")
    assert sum(arm.n for arm in part.arms) < SMALL
    assert enrolled(part) == enrolled(study("daly2019")) == 455
    assert not small(part)
    assert small(replace(part, trial="a trial of its own"))


def test_a_trial_of_99_people_is_small_and_one_of_100_is_not() -> None:
    one = replace(study("murrough2013b"), trial="a trial of its own")
    for n, told in ((99, True), (100, False)):
        assert small(replace(one, arms=(replace(one.arms[0], n=n),))) is told
