"""Trials of a drug whose truth is known: a score that falls by a point for each mg given, and a constant hazard."""

from functools import cache

import numpy as np
import pytest
from tests.support.small import fact, parameter

from ketasim.dosing.regimen import Regimen
from ketasim.measurement.scale import scale
from ketasim.model.component import Component, StateVar
from ketasim.model.model import Covariate, DoseRoute, Inlet, Model, Output
from ketasim.model.variability import CovariateEffect
from ketasim.population.people import People, listed
from ketasim.trials import design
from ketasim.trials.design import Arm, Design, Dropout, Phase, Titration
from ketasim.trials.reader import Reader
from ketasim.trials.rules import rule
from ketasim.trials.run import Trial, run

MADRS = scale("MADRS")
READER = Reader(MADRS, "score", baseline="BASE", survival="kept")
NOTHING = Regimen.none()


@cache
def model() -> Model:
    part = Component(
        "toy",
        (
            parameter("base", "1", 0.0, effects=(CovariateEffect("BASE", "linear", fact("slope", 1.0, "1")),)),
            parameter("helped", "1", 0.0, effects=(CovariateEffect("HELP", "linear", fact("gain", 1.0, "1")),)),
            parameter("unit", "mg", 1.0),
            parameter("hazard", "1/h", 0.01),
        ),
        (StateVar("A", "mg"), StateVar("H", "1")),
        equations=(
            "d/dt(A) = 0 * hazard * A",
            "d/dt(H) = hazard",
            "score = base - helped * A / unit",
            "kept = exp(-H)",
        ),
    )
    return Model(
        "toy",
        "A point for each mg",
        (part,),
        (Output("score", "toy.score", "1"), Output("kept", "toy.kept", "1"), Output("given", "toy.A", "mg")),
        inlets=(Inlet("vein", "toy.A"),),
        routes=(DoseRoute("ketamine", "iv_bolus", (("vein", 1.0),), "D", 1e3),),
        covariates=(Covariate("BASE", default=36.0), Covariate("HELP", default=1.0)),
    )


def people(n: int = 40, helped: float = 1.0) -> People:
    return listed(
        {"ID": np.arange(1, n + 1), "BASE": np.full(n, 36.0), "HELP": np.where(np.arange(n) % 2, helped, 0.0)}, "toy"
    )


def bolus(mg: float, *days: int) -> Regimen:
    return Regimen("bolus").dose("ketamine", "iv_bolus", f"{mg} mg", at=[f"day {d}" for d in days])


def go(made: Design, n: int = 40, seed: int = 1, **more: object) -> Trial:
    return run(made, model(), people(n), READER, seed=seed, **more)


def test_scores_are_those_of_the_doses() -> None:
    arm = Arm("drug", bolus(10, 1, 3), covariates={"HELP": 1.0})
    found = go(design.parallel("x", [arm], 4, (24.0, 72.0)), outputs=("given",)).of("only", "drug")
    assert found.scores.tolist() == [[26.0, 16.0]] * 40
    assert found.outputs["given"][0].tolist() == [10.0, 20.0]
    assert found.baseline.tolist() == [36.0] * 40


def test_randomisation_keeps_its_ratio_and_each_patients_arm() -> None:
    arms = [Arm("drug", bolus(10, 1), ratio=3.0), Arm("control", NOTHING)]
    made = design.parallel("x", arms, 1, (24.0,))
    large, small = go(made, 800), go(made, 100)
    assert large.of("only", "drug").ids.size == pytest.approx(600, abs=50)
    assert set(small.of("only", "drug").ids) == {i for i in large.of("only", "drug").ids if i <= 100}


def test_results_do_not_depend_on_who_else_is_there() -> None:
    noisy = Reader(MADRS, "score", rater=3.0, baseline="BASE", survival="kept")
    arms = [Arm("drug", bolus(10, 1)), Arm("control", NOTHING)]
    made = Design("x", (Phase("a", 48.0, tuple(arms), (24.0, 48.0), design.reported(0.3, 48.0), relapse=True),))
    large = run(made, model(), people(64), noisy, seed=3).of("a", "drug")
    small = run(made, model(), people(16), noisy, seed=3).of("a", "drug")
    same = np.isin(large.ids, small.ids)
    for name in ("scores", "relapse", "left"):
        np.testing.assert_array_equal(getattr(large, name)[same], getattr(small, name))
    assert large.scores[np.isfinite(large.scores)].std() > 2.0


def test_only_responders_go_on_and_are_randomised_again() -> None:
    well = rule("responders", MADRS)
    made = Design("x", (
        Phase("open", 48.0, (Arm("drug", bolus(20, 1)),), (48.0,)),
        Phase("withdrawal", 48.0, (Arm("on", bolus(5, 1), select=well), Arm("off", NOTHING, select=well)), (48.0,)),
    ))  # fmt: skip
    done = go(made, 200)
    on, off = done.of("withdrawal", "on"), done.of("withdrawal", "off")
    assert on.ids.size + off.ids.size == 100
    assert set((on.ids - 1) % 2) == set((off.ids - 1) % 2) == {1}
    assert (on.entry == 16.0).all()
    assert (on.scores == 11.0).all()
    assert (off.scores == 16.0).all()
    assert on.start == 48.0


def test_those_who_do_not_respond_are_given_more() -> None:
    ladder = Titration((48.0, 96.0), ("10 mg", "20 mg", "40 mg"), rule("non-responders", MADRS))
    arm = Arm("drug", bolus(10, 1, 3, 5), titration=ladder)
    made = design.parallel("x", [arm], 6, (24.0, 72.0, 120.0))
    found = run(made, model(), people(4, helped=1.0), READER, seed=1, outputs=("given",)).of("only", "drug")
    # helped: 26 on day 2, raised, 6 on day 4, kept; not helped: raised twice
    assert found.outputs["given"].tolist() == [[10.0, 30.0, 70.0], [10.0, 30.0, 50.0]] * 2
    assert found.scores.tolist() == [[36.0, 36.0, 36.0], [26.0, 6.0, 0.0]] * 2


def test_a_reported_share_leaves_and_is_not_seen_again() -> None:
    arm = Arm("drug", bolus(10, 1))
    found = go(design.parallel("x", [arm], 10, (24.0, 120.0, 240.0), design.reported(0.4, 240.0)), 1000)
    seen = np.isfinite(found.of("only", "drug").scores)
    assert seen[:, 2].mean() == pytest.approx(0.6, abs=0.04)
    assert not (~seen[:, 0] & seen[:, 2]).any()


def test_leaving_for_lack_of_effect() -> None:
    lack = Dropout(lack=rule("non-responders", MADRS), of_those=1.0)
    found = go(design.parallel("x", [Arm("drug", bolus(20, 1))], 4, (24.0, 72.0), lack)).of("only", "drug")
    assert np.isfinite(found.scores[:, 0]).all()
    assert np.isfinite(found.scores[:, 1]).tolist() == [False, True] * 20


def test_relapse_follows_the_hazard_from_the_start_of_its_phase() -> None:
    first = Phase("open", 24.0, (Arm("drug", NOTHING),), ())
    watch = Phase("watched", 500.0, (Arm("drug", NOTHING),), (), relapse=True)
    found = go(Design("x", (first, watch)), 2000).of("watched", "drug").relapse
    assert np.median(found) == pytest.approx(np.log(2) / 0.01, rel=0.08)
    assert np.isinf(found).mean() == pytest.approx(np.exp(-5.0), abs=0.01)


def test_only_those_who_stayed_well_count_as_stable() -> None:
    """Of people chosen as responders who keep their score, those who relapse by the hazard do not go on."""
    went_on = []
    for chosen in (rule("responders", MADRS), rule("all", MADRS)):
        made = Design("x", (
            Phase("open", 48.0, (Arm("drug", bolus(20, 1)),), ()),
            Phase("held", 600.0, (Arm("drug", NOTHING, select=chosen),), ()),
            Phase("withdrawal", 48.0, (Arm("off", NOTHING, select=rule("stable responders", MADRS)),), ()),
        ))  # fmt: skip
        done = go(made, 2000, overrides={"toy.hazard": 0.001})
        went_on.append(done.of("withdrawal", "off").ids.size)
    assert went_on[0] / 1000 == pytest.approx(np.exp(-0.6), abs=0.04)
    assert went_on[1] == 1000  # nobody had been chosen before: the score alone decides


def test_they_are_counted_from_when_they_were_chosen_through_phases_that_everybody_passes() -> None:
    made = Design("x", (
        Phase("open", 48.0, (Arm("drug", bolus(20, 1)),), ()),
        Phase("held", 300.0, (Arm("drug", NOTHING, select=rule("responders", MADRS)),), ()),
        Phase("held on", 300.0, (Arm("drug", NOTHING),), ()),
        Phase("withdrawal", 48.0, (Arm("off", NOTHING, select=rule("stable responders", MADRS)),), ()),
    ))  # fmt: skip
    done = go(made, 2000, overrides={"toy.hazard": 0.001})
    assert done.of("withdrawal", "off").ids.size / 1000 == pytest.approx(np.exp(-0.6), abs=0.04)


def test_a_crossover_treats_each_patient_with_both() -> None:
    arms = (Arm("drug", bolus(8, 1)), Arm("control", NOTHING))
    done = go(design.crossover("x", arms, 2, 5, (24.0,)))
    after = done.of("period 2", "control, second")
    assert set(after.ids) == set(done.of("period 1", "drug").ids)
    helped = (after.ids - 1) % 2 == 1
    assert (after.scores[helped] == 28.0).all()  # nothing washes out of this model
