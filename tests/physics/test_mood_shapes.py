"""The shapes that the way to mood must have, on the values it ships with: calibrated where they are, else priors."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from ketasim.dosing.regimen import Regimen
from ketasim.evidence.store import fact
from ketasim.measurement.scale import scale
from ketasim.model.component import Component, Parameter, Port, StateVar
from ketasim.model.model import Link, Model, Output
from ketasim.pharmacology.mood import pathway
from ketasim.pharmacology.mood.kinds import STIMULUS
from ketasim.pharmacology.mood.potentiation import potentiation
from ketasim.pharmacology.mood.values import between_trials
from ketasim.population.named import population
from ketasim.population.people import listed, one
from ketasim.simulation.simulate import simulate
from ketasim.trials import analysis, survival
from ketasim.trials.design import Arm, Design, Phase, from_first_dose
from ketasim.trials.reader import Reader
from ketasim.trials.rules import rule
from ketasim.trials.run import Followed, Trial, run

KETAMINE = pathway.model([("ketamine", "iv_infusion")])
NONE = Regimen.none()
MADRS = scale("MADRS")


def infusions(*days: int, amount: str = "0.5 mg/kg", duration: str = "40 min") -> Regimen:
    made = Regimen("infusions").dose(
        "ketamine", "iv_infusion", amount, duration=duration, at=[f"day {d}" for d in days]
    )
    return from_first_dose(made)


def typical(
    given: Regimen, times: list[float], output: str = "MADRS", model: Model = KETAMINE, **who: str
) -> np.ndarray:
    found = simulate(model, one(WT=80.0, **who), given, times=times, typical=True, outputs=(output,))
    return found.array(output)[0]


def fall(given: Regimen, times: list[float], **who: str) -> np.ndarray:
    """Points of MADRS that the drug takes from a typical patient, beyond the same without drug."""
    return typical(NONE, times, **who) - typical(given, times, **who)


def test_a_first_dose_helps_within_hours_and_a_tablet_takes_weeks() -> None:
    times = [4.0, 24.0, 168.0, 1008.0]
    dose = fall(infusions(1), times)
    assert dose[0] > 0.5 * dose[:2].max() > 1.0
    tablet = typical(NONE, times, BACKGROUND="stable") - typical(NONE, times, BACKGROUND="new oral antidepressant")
    assert tablet[1] < 0.1 * tablet[3]
    assert tablet[2] == pytest.approx(0.33 * tablet[3], rel=0.25)
    assert dose[0] > 10 * tablet[1]


def test_effect_builds_up_over_three_to_six_sessions() -> None:
    course = infusions(1, 3, 5, 8, 10, 12)
    after = [24.0 * (d - 1) + 24.0 for d in (1, 5, 12)]
    slow = typical(course, after, "slow plasticity")
    assert slow[1] > 1.5 * slow[0]
    assert slow[2] > slow[1]
    help_ = fall(course, after)
    assert help_[1] > 1.1 * help_[0]
    assert help_[2] > help_[0]


def test_effect_of_one_dose_is_gone_in_two_weeks() -> None:
    found = fall(infusions(1), [24.0, 72.0, 336.0])
    assert found[0] > found[1] > found[2]
    assert found[2] < 0.35 * found[0]


@cache
def withdrawn() -> Trial:
    """Six open infusions; remitters and other responders, then nothing, watched for a year."""
    drug = Phase("open", 12 * 24.0, (Arm("six", infusions(1, 3, 5, 8, 10, 12), covariates={"CONTROL": "open"}),), ())
    kinds = ("remitters", "responders without remission")
    arms = tuple(Arm(kind, NONE, select=rule(kind, MADRS)) for kind in kinds)
    people = population("trd-adults", 600, seed=8).chunk(0, 600)
    rng = np.random.default_rng(8)
    people["MADRS0"] = np.clip(rng.normal(33.0, 5.0, 600).round(), 20, 50)
    reader = Reader(
        MADRS,
        "latent severity",
        True,
        between_trials("noise"),
        baseline="MADRS0",
        survival="share without relapse",
    )
    made = Design("six", (drug, Phase("watched", 365 * 24.0, arms, (), relapse=True)))
    return run(made, KETAMINE, listed(people, "six infusions"), reader, seed=8)


def median_days(*groups: Followed) -> float:
    time = np.concatenate([np.minimum(g.relapse, g.hours) for g in groups])
    event = np.concatenate([np.isfinite(g.relapse) for g in groups])
    return survival.kaplan_meier(time, event).median / 24.0


def test_relapse_comes_within_weeks_after_six_infusions_and_later_in_remitters() -> None:
    well, better = (withdrawn().of("watched", kind) for kind in ("remitters", "responders without remission"))
    assert well.ids.size > 20 and better.ids.size > 20
    assert 4.0 < median_days(well, better) < 84.0
    assert median_days(well) > 1.2 * median_days(better)
    risk = survival.hazard_ratio(
        np.concatenate([np.minimum(g.relapse, g.hours) for g in (well, better)]),
        np.concatenate([np.isfinite(g.relapse) for g in (well, better)]),
        np.arange(well.ids.size + better.ids.size) < well.ids.size,
    )
    assert risk[0] < -1.64 * risk[1]


def test_what_patients_can_tell_shrinks_the_difference() -> None:
    at = [24.0]
    drug = typical(infusions(1), at, CONTROL="none")[0]
    against = {c: typical(NONE, at, CONTROL=c)[0] - drug for c in ("saline", "midazolam")}
    both = typical(NONE, at, CONTROL="masked")[0] - typical(infusions(1), at, CONTROL="masked")[0]
    assert against["saline"] > against["midazolam"] > 0.0
    assert against["saline"] > both > 0.0


def test_glutamate_rises_at_a_low_and_not_at_an_anaesthetic_dose() -> None:
    times = list(np.arange(0.0, 2.01, 0.1))
    low = typical(infusions(1), times, "glutamate")
    deep = typical(infusions(1, amount="14 mg/kg", duration="2 h"), times, "glutamate")
    occupied = typical(infusions(1, amount="14 mg/kg", duration="2 h"), [2.0], "NMDA occupancy")[0]
    assert low.max() > 1.15
    assert occupied > 0.73  # beyond loss of response
    assert deep[-1] < 1.0


def test_glutamate_falls_during_an_anaesthetic_and_rises_as_it_washes_out() -> None:
    """The second half is a limit of the model that docs/mood.md states: the U is in occupancy, not in dose."""
    given = Regimen("induction and maintenance").dose("ketamine", "iv_bolus", "2 mg/kg")
    given = given.dose("ketamine", "iv_infusion", "6 mg/kg", duration="2 h")
    routes = pathway.model([("ketamine", "iv_bolus"), ("ketamine", "iv_infusion")])
    under, after = (typical(given, times, "glutamate", routes) for times in ([1.5, 2.0], [4.0, 6.0, 24.0]))
    assert (under < 1.0).all() and after[:2].min() > 1.2 and after[2] < 1.1


def test_placebo_is_no_drug() -> None:
    times = [0.0, 2.0, 24.0, 168.0, 672.0]
    trace = infusions(1, 3, 5, amount="0.000000001 mg/kg")
    for control in ("saline", "midazolam"):
        np.testing.assert_allclose(
            typical(trace, times, CONTROL=control), typical(NONE, times, CONTROL=control), rtol=1e-6
        )
    for output in ("trigger", "fast plasticity", "slow plasticity"):
        assert (typical(NONE, times, output, CONTROL="saline") == 0.0).all()


def _alone() -> Model:
    """The fast state driven by a stimulus that starts at 1 and falls exponentially."""
    source = Component(
        "source",
        (Parameter("loss", "1/h", fact("mood.expect.on")),),
        (StateVar("X", "1", "1"),),
        outputs=(Port("X", "1", STIMULUS),),
        equations=("d/dt(X) = -loss * X",),
    )
    return Model(
        "fast-alone", "The fast state alone", (source, potentiation()),
        (Output("fast", "potentiation.F", "1"),), (Link("source.X", "potentiation.stimulus"),),
    )  # fmt: skip


def test_the_fast_state_alone_is_the_kernel_of_two_exponentials() -> None:
    loss, on, half_life = 0.3, 0.4, 40.0
    off, times = np.log(2.0) / half_life, np.linspace(0.0, 200.0, 81)
    at_once = {"potentiation.rate": 1e5, "potentiation.saturation": 0.0}
    found = simulate(
        _alone(), one(WT=80.0), NONE, times=times, typical=True,
        overrides={**at_once, "source.loss": loss, "potentiation.on": on, "potentiation.half_life": half_life},
    ).array("fast")[0]  # fmt: skip
    kernel = on / (loss - off) * (np.exp(-off * times) - np.exp(-loss * times))
    np.testing.assert_allclose(found, kernel, rtol=1e-4, atol=2e-5)


def _against_placebo(drug: pathway.Blocker, given: Regimen, times: list[float]) -> np.ndarray:
    model = pathway.control(drug)
    return typical(NONE, times, model=model) - typical(given, times, model=model)


def test_lanicemine_ends_near_placebo() -> None:
    days = [24.0 * d for d in (0, 2, 4, 7, 9, 11, 14, 16, 18)]
    for amount in ("100 mg", "150 mg"):
        given = Regimen("lanicemine").dose("lanicemine", "iv_infusion", amount, duration="1 h", at=days)
        found = _against_placebo("lanicemine", given, [24.0, 168.0, 504.0])
        assert (np.abs(found) < 1.0).all()


def test_memantine_ends_near_placebo() -> None:
    """No independent check: the threshold of glutamate (an assumption, grade D) was added because of this drug.

    Without it memantine would be 4.4 points below placebo at week 8.
    """
    given = Regimen("memantine").dose("memantine", "oral", "16.6 mg", start=0, every="24 h", times=56)
    found = _against_placebo("memantine", given, [4.0, 24.0, 168.0, 672.0, 1344.0])
    assert (np.abs(found) < 1.0).all()


@pytest.mark.parametrize(("drug", "share", "works"), [("lanicemine", 0.05, False), ("memantine", 0.25, True)])
def test_how_far_the_negative_controls_rest_on_magnesium(drug: pathway.Blocker, share: float, works: bool) -> None:
    """Lanicemine fails without magnesium too; memantine only while it weakens the block about as measured."""
    preset = {"lanicemine": "lanicemine-100mg-12-weeks", "memantine": "memantine-20mg-8-weeks"}[drug]
    model, person = pathway.control(drug), one(WT=80.0, CONTROL="masked")
    measured = next(p.fact.number for c in model.components for p in c.parameters if p.name == "magnesium")
    ends = [
        simulate(
            model, person, given, times=[42 * 24.0], typical=True, outputs=("MADRS",),
            overrides={"receptor.magnesium": share * measured},
        ).array("MADRS")[0, 0]
        for given in (NONE, Regimen.preset(preset))
    ]  # fmt: skip
    assert (ends[0] - ends[1] > 1.0) == works


def test_exposure_to_the_negative_controls_is_as_published() -> None:
    memantine = Regimen("memantine").dose("memantine", "oral", "16.6 mg", start=0, every="24 h", times=42)
    level = typical(
        memantine, [41 * 24.0 + h for h in (0.1, 8.0, 16.0)], "plasma memantine", pathway.control("memantine")
    )
    assert ((level > 70.0) & (level < 150.0)).all()
    lanicemine = Regimen("lanicemine").dose("lanicemine", "iv_infusion", "150 mg", duration="1 h", at=[0.0])
    late = typical(lanicemine, [12.0, 28.0], "plasma lanicemine", pathway.control("lanicemine"))
    half_life = 16.0 * np.log(2.0) / np.log(late[0] / late[1])
    assert 9.0 < half_life < 20.0


def test_adjusted_means_agree_with_the_truth_of_a_masked_trial() -> None:
    """With the same expectancy in both arms the difference is that of the drug alone."""
    arms = (
        Arm("drug", infusions(1), covariates={"CONTROL": "masked"}),
        Arm("saline", NONE, covariates={"CONTROL": "masked"}),
    )
    people = population("trd-adults", 400, seed=3).chunk(0, 400)
    people["MADRS0"] = np.full(400, 35.0)
    reader = Reader(MADRS, "latent severity", True, between_trials("noise"), baseline="MADRS0")
    done = run(Design("masked", (Phase("only", 48.0, arms, (24.0,)),)), KETAMINE, listed(people, "x"), reader, seed=3)
    groups = {arm.name: done.of("only", arm.name) for arm in arms}
    found = analysis.adjusted(
        {k: g.scores[:, 0] - g.baseline for k, g in groups.items()}, {k: g.baseline for k, g in groups.items()}
    )
    truth = fall(infusions(1), [24.0], CONTROL="masked")[0]
    difference = found["saline"].value - found["drug"].value
    assert difference == pytest.approx(truth, abs=3.0)
