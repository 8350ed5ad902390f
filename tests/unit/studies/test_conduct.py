"""Published studies run with virtual patients: as the quadrature of calibration says, as each paper counts."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from ketasim.calibration import arms, predict
from ketasim.calibration.data import assemble
from ketasim.calibration.likelihood import predictions
from ketasim.calibration.parameters import INDEX, natural
from ketasim.calibration.posterior import overrides
from ketasim.calibration.statistics import of_arm
from ketasim.errors import RequestError
from ketasim.studies import chain, described, lines
from ketasim.studies.conduct import Numbers, Row, conduct, overrides_of
from ketasim.studies.load import read
from ketasim.studies.record import Phase, Study
from ketasim.studies.shelf import study
from ketasim.studies.statistic import unspoken

PRIOR = natural(np.zeros(len(INDEX)))
PLAIN = Numbers(overrides(PRIOR), float(PRIOR[INDEX["noise"]]), 0.0, 0.0, float(PRIOR[INDEX["small_drug"]]))
MANY, SOME = 2000, 600


@cache
def rows(name: str, patients: int = MANY, replicates: int = 1) -> tuple[Row, ...]:
    return conduct(study(name), patients_per_arm=patients, replicates=replicates, parameters=PLAIN, seed=5)


@pytest.mark.parametrize("name", ["murrough2013", "canuso2018", "singh2016ket"])
def test_agrees_with_the_quadrature_of_calibration(name: str) -> None:
    known, compared = predict.fixed(), 0
    for row in rows(name):
        seen = row.observation
        phase = chain.phase_of(row.study, seen.arm, seen.phase)
        if seen.versus or seen.endpoint.kind not in ("change", "response", "remission") or (phase and phase.after):
            continue
        course = arms.course(row.study, row.study.arm(seen.arm), phase, [seen])
        on = predict.stage(course, np.array([course.hours(seen)]))
        told = of_arm(seen, predict.scene(predict.ground(on, PRIOR, known)), 0)
        error = 3.5 * told.sd[0] / np.sqrt(MANY)
        # the quadrature stands for exposure by three groups and for counting in whole points by half a point
        slack = 0.3 if seen.endpoint.kind == "change" else 0.03
        assert row.predicted[0] == pytest.approx(told.value[0], abs=error + slack), seen.endpoint.name
        assert row.error[0] * np.sqrt(seen.n) == pytest.approx(told.sd[0], rel=0.1, abs=0.03)
        compared += 1
    assert compared >= 2


# (study, arm, endpoint, how far apart the two may be): what is left is exposure by three groups, and probabilities for
# written scores in whole points
AFTER = (
    ("wajs2020", "open esketamine", "MADRS change", 0.5),
    ("singh2016ket", "open ketamine twice weekly", "MADRS change", 0.6),
    ("singh2016ket", "open ketamine thrice weekly", "MADRS change", 0.6),
    ("glue2024", "180 mg", "relapse", 0.04),
)


@pytest.mark.parametrize(("name", "arm", "endpoint", "apart"), AFTER)
def test_agrees_with_the_quadrature_after_selection(name: str, arm: str, endpoint: str, apart: float) -> None:
    row = next(
        r for r in rows(name, SOME)
        if (r.observation.arm, r.observation.endpoint.name, r.observation.versus) == (arm, endpoint, "")
        and r.study.phases and r.observation.phase == r.study.phases[-1].name
    )  # fmt: skip
    told = predictions(assemble([(row.study, row.observation)]), PRIOR, predict.fixed())[0][0, 0]
    error = 3.0 * row.error[0] * np.sqrt(row.observation.n / SOME)
    assert row.predicted[0] == pytest.approx(told, abs=error + apart)


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others() -> None:
    one, two, other = (
        conduct(study("murrough2013"), replicates=2, parameters=PLAIN, seed=s)[0].predicted for s in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)
    assert one[0] != one[1]


def test_sampling_error_is_what_replicates_differ_by() -> None:
    row = next(r for r in conduct(study("murrough2013"), replicates=60, parameters=PLAIN, seed=3)
               if r.observation.endpoint.kind == "change" and not r.observation.versus)  # fmt: skip
    assert row.predicted.std(ddof=1) == pytest.approx(row.error.mean(), rel=0.3)


def test_trials_differ_as_much_as_they_are_told_to() -> None:
    wide = Numbers(PLAIN.overrides, PLAIN.noise, study_relief=0.8, study_drug=0.0)
    made = [overrides_of(wide, seed) for seed in range(400)]
    assert np.std([m["expectancy.trial"] for m in made]) == pytest.approx(0.8, rel=0.1)
    assert {m["severity.trial_drug"] for m in made} == {1.0}
    opened = overrides_of(replace(wide, open_relief=1.5), 3, opened=True)["expectancy.trial"]
    assert opened == pytest.approx(1.5 * overrides_of(wide, 3)["expectancy.trial"])


def test_small_trials_have_their_own_effect_of_the_drug() -> None:
    wide = Numbers(PLAIN.overrides, PLAIN.noise, study_relief=0.0, study_drug=0.3, small_drug=1.7)
    few, many = (overrides_of(wide, 3, few)["severity.trial_drug"] for few in (True, False))
    assert few == pytest.approx(1.7 * many)


@pytest.mark.parametrize("name", ["wajs2020", "murrough2013b"])
def test_an_open_trial_is_predicted_with_the_effect_of_open_trials(name: str) -> None:
    p = PRIOR.copy()
    p[INDEX["open_drug"]] = 2.0
    numbers = replace(PLAIN, overrides=overrides(p))
    first = next(
        o for o in study(name).observations if o.endpoint.name == "MADRS change" and o.phase in ("induction", "")
    )
    row = conduct(study(name), patients_per_arm=SOME, replicates=1, parameters=numbers, seed=5, observations=[first])[0]
    given = [(row.study, row.observation)]
    usual, opened = (predictions(assemble(given), values, predict.fixed())[0][0, 0] for values in (PRIOR, p))
    error = 3.0 * row.error[0] * np.sqrt(row.observation.n / SOME)
    assert opened < usual - 3.0
    assert row.predicted[0] == pytest.approx(opened, abs=error + 0.5)


def test_arms_of_one_trial_share_how_it_differs() -> None:
    wide = Numbers(PLAIN.overrides, PLAIN.noise, study_relief=1.0, study_drug=0.0)
    found = conduct(study("canuso2018"), patients_per_arm=300, replicates=12, parameters=wide, seed=2)
    arm, control = (r.predicted for r in found[:2])
    assert found[0].observation.arm != found[1].observation.arm
    assert np.corrcoef(arm, control)[0, 1] > 0.8


def test_withdrawal_selects_and_follows_to_relapse() -> None:
    found = {(r.observation.arm, r.observation.statistic): r for r in conduct(
        study("glue2024"), patients_per_arm=120, replicates=1, parameters=PLAIN, seed=1)}  # fmt: skip
    placebo, drug = (float(found[arm, "proportion"].predicted[0]) for arm in ("placebo", "180 mg"))
    assert 0.0 < drug < placebo < 1.0


def test_every_statistic_of_the_examples_comes_out_finite() -> None:
    for path in sorted((Path(__file__).parents[3] / "examples" / "studies").glob("*.toml")):
        one = read(path)
        found = conduct(one, patients_per_arm=60, replicates=1, parameters=PLAIN)
        assert len(found) == sum(not unspoken(one, o) for o in one.observations)
        for row in found:
            assert np.isfinite(row.predicted).all(), row.observation.endpoint.name
            assert (row.error > 0).all() or row.observation.statistic == "proportion"


def test_other_scales_come_by_their_published_link() -> None:
    found = {r.observation.endpoint.name: r.predicted[0] for r in rows("popova2019", 400)
             if r.observation.arm == "esketamine" and not r.observation.versus}  # fmt: skip
    assert -27.0 < found["PHQ-9 change"] < -3.0
    assert found["PHQ-9 change"] > found["MADRS change"]


def test_what_the_model_does_not_speak_of() -> None:
    said = {unspoken(study("jelovac2025"), o) for o in study("jelovac2025").observations}
    assert said == {""}
    anand = study("anand2023")
    assert [bool(unspoken(anand, o)) for o in anand.observations] == [False, True, True]
    assert conduct(study("feder2021")) == ()


def test_people_are_as_the_paper_says() -> None:
    old, japanese = study("ochsross2020"), study("takahashi2021")
    one = described.people(old, old.arms[0], np.arange(1, 3001), 1).table
    assert one["AGE"].min() >= 65.0
    assert (one["SEX"] == "female").mean() == pytest.approx(0.62, abs=0.03)
    assert one["MADRS0"].mean() == pytest.approx(35.2, abs=0.4)
    assert one["MADRS0"].std() == pytest.approx(6.1, abs=0.4)
    assert set(described.people(japanese, japanese.arms[0], np.arange(1, 9), 1).table["ANCESTRY"]) == {"japanese"}


def test_the_same_person_whoever_else_is_drawn() -> None:
    one = study("popova2019")
    few = described.people(one, one.arms[0], np.array([7, 9]), 4).table
    many = described.people(one, one.arms[0], np.arange(1, 20), 4).table
    for name in ("AGE", "WT", "MADRS0"):
        np.testing.assert_array_equal(few[name], many.loc[many["ID"].isin([7, 9]), name])


def _line(one: Study, arm: str, phase: str, relapse: bool = False) -> lines.Line:
    seen = [o for o in one.observations if o.arm == arm and o.phase == phase]
    named = chain.phase_of(one, arm, phase)
    return lines.line(one, one.arm(arm), named, seen, relapse)


def test_a_line_carries_the_doses_of_the_phases_before() -> None:
    made = _line(study("daly2019"), "stable remitters, placebo", "withdrawal", True)
    assert [round(p.hours / 24) for p in made.design.phases] == [28, 84, 644]
    given = [len(p.arms[0].regimen.schedule()) for p in made.design.phases]
    assert given[0] > 8 and given[1] > 12 and given[2] == 0
    assert made.design.phases[2].arms[0].select.text == "stable remitters"
    assert made.start == 112 * 24.0


# what docs/study-files.md says of names of arms: (select, arm, rule, rule of the fast way)
NAMES = (
    ("responders", "drug", "responders", "responders"),
    ("all", "remitters, drug", "remitters", "remitters"),
    ("responders", "non-remitters", "responders", "responders"),
    ("non-responders", "non remitters, drug", "non-responders", "non-responders"),
    ("all", "nonresponders, drug", "all", ""),
    ("responders", "Remitters on drug", "remitters", "remitters"),
    ("responders", "responders, drug", "responders without remission", "responders without remission"),
    ("all", "responders, drug", "all", ""),
    ("non-responders", "non-responders, drug", "non-responders", "non-responders"),
    ("responders", "stable remitters", "stable remitters", "remitters"),
    ("responders", "stable responders", "stable responders without remission", "responders without remission"),
    ("responders", "stable dose", "responders", "responders"),
)


@pytest.mark.parametrize(("select", "name", "chosen", "fast"), NAMES)
def test_names_of_arms_select_as_the_page_on_study_files_says(select: str, name: str, chosen: str, fast: str) -> None:
    assert chain.selects(select, name) == chosen
    arm = replace(study("glue2024").arms[0], name=name)
    links = [(Phase("a", 7.0, (), "all", "", ()), arm), (Phase("b", 7.0, (), select, "a", ()), arm)]
    assert [kind.removeprefix("stable ") for _, kind in arms._selection(links)] == ([fast] if fast else [])
    page = (Path(__file__).parents[3] / "docs" / "study-files.md").read_text(encoding="utf-8")
    told = page.split("**The name of an arm selects too**")[1].split("## ")[0]
    assert all(word in told for word in ("`remitter`", "`responder`", "`stable`", "responders without remission"))


def test_relapse_without_a_phase_of_its_own_is_watched_in_those_who_got_better() -> None:
    made = _line(study("murrough2013b"), "ketamine", "", True)
    assert [p.arms[0].select.text for p in made.design.phases] == ["all", "responders"]
    assert made.start == made.origin + 24.0
    assert made.design.phases[1].relapse


def test_those_who_left_are_left_out_at_the_reported_rate() -> None:
    made = _line(study("popova2019"), "esketamine", "double blind")
    share = 1.0 - np.exp(-made.design.phases[0].dropout.hazard * 27 * 24.0)
    assert 0.0 < share < 0.2


@pytest.mark.parametrize("bad", [{"replicates": 0}, {"patients_per_arm": 1}])
def test_too_few_are_refused(bad: dict[str, int]) -> None:
    with pytest.raises(RequestError, match="at least"):
        conduct(study("murrough2013"), **bad)


def test_relapsers_are_those_who_had_responded_before() -> None:
    one = study("castro2023")
    made = _line(one, "relapsed on placebo", "induction")
    assert made.earlier is not None and made.earlier.phases[1].arms[0].select.text == "responders"
    found = conduct(one, patients_per_arm=250, replicates=1, parameters=PLAIN, observations=one.observations[:1])
    fresh = next(r for r in rows("popova2019", 400) if r.observation.endpoint.name == "MADRS response")
    assert found[0].predicted[0] > fresh.predicted[0] + 0.1


def test_an_open_study_tells_its_patients() -> None:
    for name, arm, said in (("castro2023", "relapsed on placebo", "open"), ("murrough2013", "ketamine", "none")):
        one = study(name)
        covariates = _line(one, arm, one.observations[0].phase).design.phases[0].arms[0].covariates
        assert covariates["CONTROL"] == said


def test_patients_of_a_crossover_are_in_both_arms() -> None:
    one = study("diazgranados2010")
    assert one.design == "crossover"
    apart = [described.people(one, arm, np.arange(1, 6), 3).table["AGE"].tolist() for arm in one.arms]
    assert apart[0] == apart[1]


def test_doses_by_rule_are_decided_in_the_simulation() -> None:
    one = study("loo2023")
    made = _line(one, "ketamine 0.5 to 0.9 mg/kg", "").design.phases[0].arms[0].titration
    assert made is not None
    assert made.visits == (168.0, 336.0, 504.0)
    assert made.ladder == ("0.5 mg/kg", "0.6 mg/kg", "0.75 mg/kg", "0.9 mg/kg")
    assert _line(one, "ketamine 0.5 mg/kg", "").design.phases[0].arms[0].titration is None
