"""Designs as values: what they refuse, doses by window, crossovers."""

import pytest

from ketasim.dosing.regimen import Regimen
from ketasim.errors import RequestError
from ketasim.measurement.scale import scale
from ketasim.trials import design
from ketasim.trials.rules import rule
from ketasim.trials.way import Step, given

DRUG = Regimen("drug").dose(
    "ketamine", "iv_infusion", "0.5 mg/kg", duration="40 min", start="day 1 09:00", every="2 days", times=5
)


def test_a_clock_that_starts_with_the_first_dose() -> None:
    moved = design.from_first_dose(DRUG)
    assert [g.time for g in moved.schedule()] == [0.0, 48.0, 96.0, 144.0, 192.0]


def test_a_window_keeps_the_doses_inside_and_their_amount() -> None:
    part = design.window(design.from_first_dose(DRUG), 48.0, 144.0, "1 mg/kg")
    assert [(g.time, str(g.amount)) for g in part.schedule()] == [(0.0, "1 mg/kg"), (48.0, "1 mg/kg")]


def test_nothing_left_is_no_regimen() -> None:
    assert design.window(DRUG, 500.0).schedule() == ()


def test_rungs_change_the_amount_from_their_visit_on() -> None:
    ladder = design.Titration((48.0, 96.0), ("0.5 mg/kg", "1 mg/kg"), rule("non-responders", scale("MADRS")))
    arm = design.Arm("a", design.from_first_dose(DRUG), titration=ladder)
    doses = given([Step(arm, 100.0, 300.0, (0, 1))]).schedule()
    assert [g.time for g in doses] == [100.0, 148.0, 196.0, 244.0, 292.0]
    assert [g.amount.mg for g in doses] == [0.5, 0.5, 1.0, 1.0, 1.0]


def test_what_is_planned_after_the_end_is_not_given() -> None:
    arm = design.Arm("a", design.from_first_dose(DRUG))
    assert [g.time for g in given([Step(arm, 0.0, 96.0)]).schedule()] == [0.0, 48.0]


def test_a_reported_share_as_a_hazard() -> None:
    assert design.reported(0.5, 10.0).hazard == pytest.approx(0.0693147, rel=1e-5)
    with pytest.raises(RequestError, match="share"):
        design.reported(1.0, 10.0)


def test_a_crossover_gives_each_the_other() -> None:
    arms = (design.Arm("drug", DRUG), design.Arm("saline", Regimen.none()))
    made = design.crossover("x", arms, 7.0, 14.0, (24.0,))
    assert made.starts == (0.0, 21.0 * 24.0)
    assert {a.name: a.after for a in made.phases[1].arms} == {"drug, second": ("saline",), "saline, second": ("drug",)}


def test_an_arm_that_follows_nobody_is_refused() -> None:
    first = design.Phase("1", 24.0, (design.Arm("a", Regimen.none()),), ())
    second = design.Phase("2", 24.0, (design.Arm("b", Regimen.none(), after=("c",)),), ())
    with pytest.raises(RequestError, match="'c'"):
        design.Design("x", (first, second))


def test_visits_of_a_titration_ascend() -> None:
    with pytest.raises(RequestError, match="ascending"):
        design.Titration((2.0, 1.0), ("1 mg",), rule("all", scale("MADRS")))
