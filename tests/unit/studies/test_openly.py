"""Which trials are open from their start to everybody in them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ketasim.studies.openly import openly
from ketasim.studies.shelf import study


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("murrough2013b", True),
        ("daly2019", True),  # blinded withdrawal after an open start
        ("castro2023", True),
        ("anand2023", True),  # beside ECT, which the model does not treat
        ("fedgchin2019", False),
        ("daly2018", False),  # an open phase after a blinded one
        ("singh2016ket", False),
    ],
)
def test_a_trial_is_open_if_every_arm_begins_with_the_drug_given_openly(name: str, told: bool) -> None:
    assert openly(study(name)) is told


def test_one_blinded_arm_makes_it_another_trial() -> None:
    one = replace(study("murrough2013b"), trial="a trial of its own")
    control = replace(one.arms[0], name="control", doses=(), control="saline")
    assert openly(one) and not openly(replace(one, arms=(*one.arms, control)))
