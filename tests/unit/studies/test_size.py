"""How large a trial was, and how much more of the effect of a drug it shows for that."""

from __future__ import annotations

import pytest

from ketasim.studies.shelf import study
from ketasim.studies.size import USUAL, enrolled, shown


@pytest.mark.parametrize(
    ("name", "people"),
    [
        ("daly2018", 67),  # two periods: those of the second were in the first
        ("singh2016ket", 67),  # an open phase follows
        ("daly2019", 455),  # withdrawal after an open phase
        ("nimh24h", 24),  # a crossover: the same people in both arms
        ("ekstrand2022", 186),  # a treatment outside the model is part of the trial
    ],
)
def test_people_are_counted_once(name: str, people: int) -> None:
    assert enrolled(study(name)) == people


def test_small_trials_show_more_and_very_large_ones_the_effect_itself() -> None:
    assert shown(0.5, USUAL) == pytest.approx(1.5)
    assert shown(0.5, 4 * USUAL) == pytest.approx(1.25)
    assert shown(0.5, 10**9) == pytest.approx(1.0, abs=1e-4)
    assert shown(0.0, 12) == 1.0
