"""The usual effect of the drug by kind of trial: openly given or not, small or large."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.calibration import arms, predict
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
