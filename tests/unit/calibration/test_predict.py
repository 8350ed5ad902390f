"""The usual effect of the drug by kind of trial: openly given or not, small or large; who is left to relapse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ketasim.calibration import arms, people, predict
from ketasim.calibration.parameters import INDEX, natural
from ketasim.studies import chain, lines
from ketasim.studies.record import Study
from ketasim.studies.shelf import studies, study

MANY = {"open_drug": 2.0, "small_drug": 3.0}
# large and blinded; small; open; open and small; a part of a large trial; blinded after open, twice; open after blind
KINDS = (
    ("fedgchin2019", "esketamine 84 mg", 1.0),
    ("hu2016", "ketamine", 3.0),
    ("wajs2020", "open esketamine", 2.0),
    ("murrough2013b", "ketamine", 6.0),
    ("castro2023", "relapsed on placebo", 2.0),
    ("daly2019", "stable remitters, placebo", 2.0),
    ("glue2024", "180 mg", 2.0),
    ("daly2018", "open esketamine", 3.0),
)


def factor(name: str, arm: str) -> float:
    one = study(name)
    seen = [o for o in one.observations if arm in (o.arm, o.versus)]
    phase = chain.phase_of(one, arm, seen[0].phase if seen else "")
    course = arms.course(one, one.arm(arm), phase, seen)
    values = natural(np.zeros(len(INDEX)))
    plain = values.copy()
    for key, value in MANY.items():
        values[INDEX[key]], plain[INDEX[key]] = value, 1.0
    on = predict.stage(course, np.array([course.start + 24.0]))
    drug, usual = (predict.ground(on, p, predict.fixed()).drug for p in (values, plain))
    assert usual.max() > 0.0
    return float((drug[usual > 0] / usual[usual > 0]).mean())


@pytest.mark.parametrize(("name", "arm", "expected"), KINDS, ids=str)
def test_the_effect_of_the_drug_is_that_of_trials_of_its_kind(name: str, arm: str, expected: float) -> None:
    assert factor(name, arm) == pytest.approx(expected)


@pytest.mark.parametrize("one", list(studies().values()), ids=lambda s: s.id)
def test_simulated_patients_can_tell_what_calibration_takes_them_to_tell(one: Study) -> None:
    for arm in one.arms:
        for phase in [p for p in one.phases if arm.name in p.arms] or [None]:
            led = chain.chain(one, arm, phase)
            assert lines._covariates(one, led[0])["CONTROL"] == arms._beliefs(one, led)[0][1]


def stage_of(name: str, arm: str) -> predict.Stage:
    one = study(name)
    seen = [o for o in one.observations if arm in (o.arm, o.versus) and o.endpoint.name == "time to relapse"]
    course = arms.course(one, one.arm(arm), chain.phase_of(one, arm, seen[0].phase), seen)
    return predict.stage(course, course.start + np.array([24.0, 24.0 * 100]))


def test_those_chosen_for_having_stayed_well_are_the_less_frail() -> None:
    on, p = stage_of("daly2019", "stable remitters, placebo"), natural(np.zeros(len(INDEX)))
    frail = people.points()[:, people.FRAILTY]
    assert on.course.since == 24.0 * 28 < on.course.start == 24.0 * 112  # chosen as responders after induction
    stable = predict.scene(predict.ground(on, p, predict.fixed()))
    never = p.copy()
    never[INDEX["relapse_rate"]] = 1e-12
    everyone = predict.scene(predict.ground(on, never, predict.fixed()))
    assert (stable.weight[0] * frail).sum() < -0.2 < (everyone.weight[0] * frail).sum()
    assert (stable.kept <= 1.0).all()
    assert (stable.kept[..., 1] < stable.kept[..., 0]).all()
    np.testing.assert_allclose(everyone.kept, 1.0, atol=1e-6)


def test_relapse_counts_from_the_phase_where_nobody_had_to_stay_well() -> None:
    course = stage_of("daly2019", "stable remitters, placebo").course
    plain = replace(course, selection=((course.start, "remitters"),))
    assert plain.since == course.start
    assert replace(course, selection=()).since == course.start
    assert replace(course, selection=((course.start, "stable remitters"),)).since == course.start
