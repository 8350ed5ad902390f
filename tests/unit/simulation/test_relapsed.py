"""Relapse where no trial watched: relief that is not treatment ends, and treatment goes on to act."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from ketasim.dosing.regimen import Regimen
from ketasim.measurement.reading import Reading
from ketasim.measurement.scale import scale
from ketasim.pharmacology.readings import reading
from ketasim.pharmacology.shelf import model
from ketasim.population.named import population
from ketasim.population.people import with_columns
from ketasim.simulation import clinic, lasting, relapsed, relapsing
from ketasim.simulation.leaning import leanings
from ketasim.simulation.relapsed import BESIDE, HAZARD, TREATED, Inputs
from ketasim.simulation.run import Run
from ketasim.simulation.simulate import simulate, study_of
from ketasim.trials.design import from_first_dose

DAY = 24.0
MADRS = scale("MADRS")
WANTED = ("MADRS", HAZARD, *TREATED)


def infusions(*days: int, amount: str = "0.5 mg/kg") -> Regimen:
    if not days:
        return Regimen.none()
    made = Regimen("infusions").dose(
        "ketamine", "iv_infusion", amount, duration="40 min", at=[f"day {d}" for d in days]
    )
    return from_first_dose(made)


COURSE = (1, 3, 5, 8, 10, 12)
TWICE = (*COURSE, *(d + 100 for d in COURSE))


@cache
def ran(days: tuple[int, ...] = COURSE, until: float = 180.0, outputs: tuple[str, ...] = WANTED, n: int = 150) -> Run:
    one = model("pathway", {("ketamine", "iv_infusion")})
    return simulate(one, population("trd-adults", n, 3), infusions(*days), days=until, outputs=outputs)


def begins(*days: int, until: float = 180.0, **changed: float | None) -> float:
    one = model("pathway", {("ketamine", "iv_infusion")})
    one = replace(one, limits=replace(one.limits, **changed))
    study = study_of(one, population("trd-adults", 2, 3), infusions(*days), days=until, outputs=WANTED)
    return relapsed.begins(study, "MADRS") / DAY


def test_people_relapse_from_where_trials_without_drug_stopped_whatever_is_given() -> None:
    assert begins(1) == begins(1, 15, 29, 43) == begins() == 27.0
    assert begins(1, untreated=None) == 14.0
    assert np.isinf(begins(1, until=27.0)) and np.isinf(begins(1, untreated=None, watched=None))


class TestPeopleAgainstChance:
    """Made-up people of whom thousands of relapses are drawn one by one."""

    READING = Reading(MADRS, "MADRS", "MADRS0", 0.4)
    BEGIN = 50.0
    BASELINE = np.array([36.0, 18.0, 50.0, 36.0])  # the second began below what counts as relapse
    TREATED = np.array([0.0, 0.2, 0.4, 1.5])  # the last is well by treatment alone
    RATE = np.array([0.004, 0.03, 0.01, 0.03])

    @classmethod
    def severity(cls, t: float) -> np.ndarray:
        relief = np.array([1.6, 0.9, 1.2, 0.1]) * (0.5 + 0.5 * np.cos(t / 60.0) ** 2)
        return cls.READING.latent(cls.BASELINE) - relief - cls.TREATED

    @classmethod
    def path(cls) -> Inputs:
        return Inputs(cls.severity, lambda t: cls.TREATED, lambda a, b: cls.RATE * (b - a))

    def found(self, hours: float) -> relapsed.Groups:
        return relapsed.groups(self.path(), self.READING, self.BASELINE, self.BEGIN, hours)

    @pytest.mark.parametrize("hours", [40.0, 51.0, 120.0, 200.0, 400.0])
    def test_scores_and_shares_are_those_of_people_drawn(self, hours: float) -> None:
        found, chance, count = self.found(hours), np.random.default_rng(4), 20_000
        z = np.repeat(self.severity(hours)[:, None], count, axis=1)
        if hours > self.BEGIN:
            when = self.BEGIN + chance.exponential(1.0 / self.RATE[:, None], z.shape)
            worst = self.READING.latent(np.minimum(self.BASELINE, 22.0)) - self.TREATED
            z = np.where(when <= hours, np.maximum(z, worst[:, None]), z)
        score = self.READING.score(z)
        assert found.weight.sum(axis=0) == pytest.approx(1.0)
        mean, share = self.READING.expected(score).mean(axis=1), self.READING.responded(score, self.BASELINE[:, None])
        assert found.mean(self.READING.expected(found.score)) == pytest.approx(mean, abs=0.1)
        assert found.mean(self.READING.responded(found.score, self.BASELINE)) == pytest.approx(
            share.mean(axis=1), abs=0.012
        )

    def test_who_is_well_by_treatment_alone_loses_nothing(self) -> None:
        found = self.found(400.0)
        assert found.score[1, 3] == pytest.approx(found.score[0, 3]) and found.score[1, 0] > found.score[0, 0] + 2.0

    def test_a_person_who_was_drawn_to_relapse_is_not_well_again(self) -> None:
        chance = np.random.default_rng(5).random((4, 400))
        before = np.zeros((4, 400), dtype=np.bool_)
        for hours in np.arange(60.0, 400.0, 40.0):
            groups = self.found(float(hours))
            marked = replace(groups, score=np.array([[0.0] * 4, [1.0] * 4]))
            ill = marked.picked(chance) == 1.0
            assert np.all(ill >= before)
            assert ill.mean(axis=1) == pytest.approx(groups.weight[1], abs=0.08)
            before = ill

    def test_a_scale_without_such_a_score_is_left_as_it_is(self) -> None:
        other = replace(self.READING, scale=scale("HAM-D17"))
        found = relapsed.groups(self.path(), other, self.BASELINE, self.BEGIN, 120.0)
        assert found.weight.tolist() == [[1.0] * 4]


def response(run: Run, day: float) -> float:
    (seen,) = clinic.visits(run, reading(run.model), [day * DAY])
    return seen.response


def as_if_nobody(run: Run, day: float) -> float:
    how = reading(run.model)
    return float(how.responded(clinic.scores(run, how, day * DAY), clinic.baseline(run, how)).mean())


def test_nothing_changes_while_trials_watch() -> None:
    run = ran()
    for day in (1.0, 12.0, 27.0):
        assert response(run, day) == as_if_nobody(run, day)


def test_after_that_who_relapses_keeps_what_treatment_does_alone() -> None:
    run, how = ran(), reading(ran().model)
    begin, day = 27.0, 90.0
    k, j = (int(np.abs(run.times - d * DAY).argmin()) for d in (begin, day))
    score, hazard, drug, tablet = (run.array(name) for name in WANTED)
    before = clinic.baseline(run, how)
    gone = -np.expm1(hazard[:, k] - hazard[:, j])
    z, worst = how.latent(score[:, j]), how.latent(np.minimum(22.0, before))
    ill = how.score(z + np.maximum(worst - z - drug[:, j] - tablet[:, j], 0.0))
    wanted = (1.0 - gone) * how.responded(score[:, j], before) + gone * how.responded(ill, before)
    assert response(run, day) == pytest.approx(wanted.mean())
    assert response(run, day) < as_if_nobody(run, day) - 0.08
    assert clinic.band(run, how, "MADRS")[0, j] > run.band("MADRS")[0, j]


def test_a_course_leaves_nobody_worse_than_none_would_have() -> None:
    course, none = ran(until=180.0), ran((), until=180.0)
    for day in (12.0, 27.0, 35.0, 60.0, 120.0, 180.0):
        apart = (clinic.effects(one, reading(one.model), day * DAY)["change"] for one in (course, none))
        treated, untreated = apart
        assert np.all(treated <= untreated + 0.05)


def test_doses_of_nothing_are_no_treatment() -> None:
    """A trace of drug every week, and one after a course, change nothing."""

    def given(amount: str, *days: int) -> Regimen:
        return infusions(*days, amount=amount)

    run, how = ran(), reading(ran().model)
    weekly = simulate(
        run.model, run.people, given("0.0001 mg/kg", *range(1, 120, 7)), days=130.0, outputs=WANTED, times=None
    )
    late = infusions(*COURSE).dose("ketamine", "iv_infusion", "0.0001 mg/kg", duration="40 min", at=["day 101"])
    again = simulate(run.model, run.people, late, days=130.0, outputs=WANTED)
    for day in (60.0, 110.0, 130.0):
        assert response(weekly, day) == pytest.approx(response(ran((), until=180.0), day), abs=0.004)
        assert response(again, day) == pytest.approx(response(run, day), abs=0.004)
    assert how.scale.name == "MADRS"


def test_an_oral_antidepressant_goes_on_to_act_in_who_relapsed() -> None:
    one = model("pathway", {("ketamine", "iv_infusion")})
    who = population("trd-adults", 150, 3)
    runs = [
        simulate(
            one, with_columns(who, {"BACKGROUND": word, "CONTROL": "placebo spray"}), Regimen.none(), days=120.0,
            outputs=WANTED,
        )
        for word in ("stable", "new oral antidepressant")
    ]  # fmt: skip
    gain = [
        float(
            np.mean(clinic.effects(runs[0], HOW, d * DAY)["change"] - clinic.effects(runs[1], HOW, d * DAY)["change"])
        )
        for d in (7.0, 42.0, 120.0)
    ]
    assert gain[0] == pytest.approx(gain[1] / 3.0, rel=0.35) and gain[2] > 0.8 * gain[1]


def test_nobody_is_worse_than_before_treatment_for_relapsing() -> None:
    how, mild = reading(ran().model), with_columns(population("trd-adults", 40, 3), {"MADRS0": 16.0}, ("MADRS0",))
    run = simulate(ran().model, mild, infusions(1, 4), days=200.0, outputs=WANTED)
    before, groups = clinic.states(run, how)(200.0 * DAY)
    assert np.all(groups.score[1] <= np.maximum(groups.score[0], before) + 1e-9)


def test_an_infusion_of_days_is_over_at_its_end() -> None:
    long = Regimen("long").dose("ketamine", "iv_infusion", "30 mg", duration="40 days", at=["day 1"])
    one = model("pathway", {("ketamine", "iv_infusion")})
    study = study_of(one, population("trd-adults", 2, 3), long, days=100.0, outputs=WANTED)
    assert lasting.last(study) == 40.0 * DAY


def test_a_second_course_after_relapse_helps_no_less_than_the_first() -> None:
    run, how = ran(TWICE), reading(ran().model)
    first, low, second = (clinic.visits(run, how, [d * DAY])[0] for d in (12.0, 99.0, 112.0))
    assert low.change > first.change + 2.0  # worse again between the courses
    assert second.change < low.change - 3.0
    assert first.change - 6.0 < second.change < first.change + 1.0  # time and care went on between them


def test_what_is_found_at_a_visit_has_as_many_responders_as_are_expected() -> None:
    run, how = ran(n=1500), reading(ran().model)
    seen = clinic.watch(run, how)(120.0 * DAY)
    written = seen.written(how)[:, 0]
    share = np.mean(written - MADRS.low <= (1.0 - MADRS.response) * (seen.before - MADRS.low))
    assert share == pytest.approx(response(run, 120.0), abs=0.03)


def test_without_what_it_is_read_from_a_score_is_as_if_nobody_relapsed_and_the_run_says_so() -> None:
    bare = ran(outputs=("MADRS",))
    assert response(bare, 120.0) == as_if_nobody(bare, 120.0)
    assert any("relapse does not raise the score without" in w and HAZARD in w for w in bare.warnings)
    assert any("who relapses after day 27 has lost relief that is not treatment" in w for w in ran().warnings)
    one = model("pathway", {("ketamine", "iv_infusion")})
    few = simulate(one, population("trd-adults", 2, 3), infusions(1), times=[0.0, 24.0, 2400.0], outputs=WANTED)
    assert any("unless a time near 648 h is kept" in w for w in few.warnings)
    assert response(few, 100.0) == as_if_nobody(few, 100.0)


def test_what_a_late_score_leans_on_holds_how_little_is_known_of_relapse() -> None:
    """The share of a late visit is that of the visit, and moves with the rate of relapse; an early one does not."""
    from ketasim.cli.leaning import of

    run, how = ran(until=90.0), reading(ran().model)
    (found,) = [one for one in of({"": run}, how) if one.measure.startswith("response")]
    assert found.value == pytest.approx(response(run, 90.0))
    assert found.shares["calibration"] > 0
    rate = next(p for p in run.study.layout.parameters if p.endswith("relapse.rate"))
    fast = simulate(run.model, run.people, run.regimen, days=90.0, outputs=WANTED, overrides={rate: 1.0})
    assert response(fast, 90.0) < response(run, 90.0) < as_if_nobody(run, 90.0)
    assert [one.value for one in leanings(fast, (), how) if one.measure.startswith("response")] == pytest.approx(
        [response(fast, 90.0)]
    )


def test_they_are_kept_beside_and_drawn_nowhere() -> None:
    from ketasim.report.run import ordered

    assert not BESIDE.intersection(ordered(ran(), reading(ran().model)))


MANY = (*COURSE, *(60 + 7 * k for k in range(5)))  # six infusions, then one a week


@cache
def few(room: int = 40) -> Run:
    from unittest import mock

    from ketasim.simulation import glimpse

    whole = ran(MANY)
    with mock.patch.object(glimpse, "ROOM", 8 * 4 * whole.n * room):
        return simulate(
            whole.model, whole.people, whole.regimen, days=180.0, outputs=WANTED, quantiles=True, reading=HOW
        )


HOW = reading(model("pathway", {("ketamine", "iv_infusion")}))


def test_where_there_is_no_room_for_every_day_visits_are_further_apart() -> None:
    whole, some = ran(MANY), few()
    assert some.visits is not None and 25 < some.visits.times.size < 70
    assert clinic.usual(some) == clinic.usual(whole) == (24.0, 168.0, 648.0, 4320.0)
    every = {seen.hours: seen for seen in clinic.visits(whole, HOW)}
    for seen in clinic.visits(some, HOW, [t for t in clinic.days(some) if t in every]):
        told, wanted = ((one.change, one.response, one.remission, *one.written) for one in (seen, every[seen.hours]))
        assert told == pytest.approx(wanted, rel=1e-9)
    assert np.array_equal(some.quantiles()["MADRS"], whole.quantiles()["MADRS"])


def test_a_curve_is_that_of_the_model_while_trials_watched_and_near_it_after() -> None:
    whole, some = ran(MANY), few()
    late = whole.times > 27.0 * DAY
    near, exact, raw = clinic.band(some, HOW, "MADRS"), clinic.band(whole, HOW, "MADRS"), whole.band("MADRS")
    assert np.array_equal(near[:, ~late], raw[:, ~late]) and np.array_equal(exact[:, ~late], raw[:, ~late])
    assert np.abs(exact - raw)[:, late].max() > 1.0
    at = [k for k in np.flatnonzero(late) if np.abs(some.visits.times - whole.times[k]).min() < 0.1]
    assert len(at) > 15 and near[:, at] == pytest.approx(exact[:, at], abs=1.0)
    k = [3, 300, whole.times.size - 1]
    assert clinic.band(whole, HOW, "MADRS", only=k)[:, [0, 2]] == pytest.approx(exact[:, [3, -1]], abs=1e-9)


def test_who_is_followed_is_said_alike_of_quantiles() -> None:
    how = replace(HOW, well_at=(24.0 * DAY, 50.0 * DAY))
    whole, some = (
        ran(MANY),
        simulate(ran().model, ran().people, infusions(*MANY), days=180.0, outputs=WANTED, quantiles=True, reading=how),
    )
    told = [[one.measure for one in relapsing.contrasts({"a": run}, how)] for run in (whole, some)]
    assert told[0] == told[1] and any("day 25 and day 51" in text for text in told[0])


def test_one_person_is_told_of_quantiles_too() -> None:
    run = ran(until=60.0)
    alone = simulate(
        run.model, population("trd-adults", 1, 3), run.regimen, days=60.0, outputs=WANTED, quantiles=True, reading=HOW
    )
    found = [one for one in leanings(alone, (), HOW) if one.measure.startswith("response")]
    assert found and 0.0 <= found[0].value <= 1.0


def test_without_a_reading_quantiles_tell_no_visits() -> None:
    whole = ran()
    bare = simulate(whole.model, whole.people, whole.regimen, days=30.0, outputs=WANTED, quantiles=True)
    assert not clinic.can_tell(bare, HOW) and "name the `reading`" in clinic.why_not(bare, HOW)
    noisy = simulate(whole.model, whole.people, whole.regimen, days=60.0, outputs=WANTED, residual=True)
    assert any("where residual error is added" in w for w in noisy.warnings)


def test_who_is_followed_after_a_second_course_is_counted_as_visits_count() -> None:
    run = ran(TWICE)
    found = lasting.lasting(run, HOW)
    assert found is not None and found.begin > 100.0 * DAY
    assert found.responders == pytest.approx(response(run, found.begin / DAY), abs=1e-9)


def test_the_shares_on_the_page_are_those_of_a_run() -> None:
    page = (Path(__file__).parents[3] / "docs" / "mood.md").read_text(encoding="utf-8")
    told = re.search(
        r"After six infusions (\d+) % .* last\nand (\d+) % on day 181, as without any drug; .* would be (\d+) %\.", page
    )
    assert told is not None
    run, none = ran(until=180.0, n=600), ran((), until=180.0, n=600)
    found = [response(run, 25.0), response(run, 180.0), as_if_nobody(run, 180.0)]
    assert [int(text) / 100 for text in told.groups()] == pytest.approx(found, abs=0.03)
    assert response(none, 180.0) == pytest.approx(found[1], abs=0.01)
