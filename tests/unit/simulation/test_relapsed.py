"""Relapse where no trial watched: who relapses is no better than a relapse counts from, until the next course."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

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
from ketasim.simulation.relapsed import BESIDE, HAZARD, Path, Spell
from ketasim.simulation.run import Run
from ketasim.simulation.simulate import simulate, study_of
from ketasim.trials.design import from_first_dose

DAY = 24.0
MADRS = scale("MADRS")
WANTED = ("MADRS", HAZARD)


def infusions(*days: int) -> Regimen:
    if not days:
        return Regimen.none()
    made = Regimen("infusions").dose(
        "ketamine", "iv_infusion", "0.5 mg/kg", duration="40 min", at=[f"day {d}" for d in days]
    )
    return from_first_dose(made)


COURSE = (1, 3, 5, 8, 10, 12)
TWICE = (*COURSE, *(d + 100 for d in COURSE))


@cache
def ran(days: tuple[int, ...] = COURSE, until: float = 180.0, outputs: tuple[str, ...] = WANTED, n: int = 150) -> Run:
    one = model("pathway", {("ketamine", "iv_infusion")})
    return simulate(one, population("trd-adults", n, 3), infusions(*days), days=until, outputs=outputs)


def spells_of(*days: int, until: float = 180.0, **changed: float | None) -> list[tuple[float, float]]:
    one = model("pathway", {("ketamine", "iv_infusion")})
    one = replace(one, limits=replace(one.limits, **changed))
    study = study_of(one, population("trd-adults", 2, 3), infusions(*days), days=until, outputs=WANTED)
    return [(round(s.start / DAY, 1), s.end / DAY) for s in relapsed.spells(study, "MADRS")]


def test_people_relapse_where_no_trial_watched_until_the_next_dose() -> None:
    assert spells_of(1) == [(27.0, np.inf)]  # until then it is known what people find without any drug
    assert spells_of(1, untreated=None) == [(14.0, np.inf)]
    assert spells_of(1, 15, 29) == [(42.0, np.inf)]  # a dose every two weeks leaves no such time between
    assert spells_of(1, 31) == [(27.0, 30.0), (44.0, np.inf)]
    assert spells_of() == [(27.0, np.inf)]
    assert spells_of(1, until=27.0) == []
    assert spells_of(1, watched=None) == []


class TestPeopleAgainstChance:
    """Made-up people of whom thousands of relapses are drawn one by one, in the gaps after two courses."""

    READING = Reading(MADRS, "MADRS", "MADRS0", 0.4)
    SPELLS = (Spell(50.0, 200.0), Spell(260.0, 500.0))
    BASELINE = np.array([36.0, 18.0, 50.0])  # the second began below what counts as relapse
    RATE = np.array([0.004, 0.03, 0.01])

    @classmethod
    def severity(cls, t: float) -> np.ndarray:
        return cls.READING.latent(cls.BASELINE) - np.array([1.6, 0.9, 1.2]) * (0.5 + 0.5 * np.cos(t / 60.0) ** 2)

    @classmethod
    def path(cls) -> Path:
        return Path(cls.severity, lambda a, b: cls.RATE * (b - a))

    @pytest.mark.parametrize("hours", [40.0, 51.0, 120.0, 200.0, 230.0, 400.0, 520.0])
    def test_scores_and_shares_are_those_of_people_drawn(self, hours: float) -> None:
        found = relapsed.groups(self.path(), self.READING, self.BASELINE, self.SPELLS, hours)
        chance, count = np.random.default_rng(4), 20_000
        score = np.repeat(self.READING.score(self.severity(hours))[:, None], count, axis=1)
        for one in self.SPELLS:
            when = one.start + chance.exponential(1.0 / self.RATE[:, None], score.shape)
            if one.start < hours <= one.end:
                worst = np.minimum(self.BASELINE, 22.0)[:, None]
                score = np.where(when <= hours, np.maximum(score, worst), score)
        assert found.weight.sum(axis=0) == pytest.approx(1.0)
        mean, share = self.READING.expected(score).mean(axis=1), self.READING.responded(score, self.BASELINE[:, None])
        assert found.mean(self.READING.expected(found.score)) == pytest.approx(mean, abs=0.1)
        assert found.mean(self.READING.responded(found.score, self.BASELINE)) == pytest.approx(
            share.mean(axis=1), abs=0.012
        )

    def test_a_person_who_was_drawn_to_relapse_is_not_well_again_in_the_same_spell(self) -> None:
        chance = np.random.default_rng(5).random((3, 400))
        before = np.zeros((3, 400), dtype=np.bool_)
        for hours in np.arange(60.0, 200.0, 20.0):
            groups = relapsed.groups(self.path(), self.READING, self.BASELINE, self.SPELLS, float(hours))
            marked = replace(groups, score=np.array([[0.0] * 3, [1.0] * 3]))
            ill = marked.picked(chance) == 1.0
            assert np.all(ill >= before)
            assert ill.mean(axis=1) == pytest.approx(groups.weight[1], abs=0.08)
            before = ill

    def test_a_scale_without_such_a_score_is_left_as_it_is(self) -> None:
        other = replace(self.READING, scale=scale("HAM-D17"))
        found = relapsed.groups(self.path(), other, self.BASELINE, self.SPELLS, 120.0)
        assert found.weight.tolist() == [[1.0] * 3]


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


def test_after_that_who_relapses_is_no_better_than_a_relapse_counts_from() -> None:
    run, how = ran(), reading(ran().model)
    begin, day = 27.0, 90.0
    k, j = (int(np.abs(run.times - d * DAY).argmin()) for d in (begin, day))
    score, hazard = (run.array(name) for name in WANTED)
    before = clinic.baseline(run, how)
    gone = -np.expm1(hazard[:, k] - hazard[:, j])
    wanted = (1.0 - gone) * how.responded(score[:, j], before) + gone * how.responded(
        np.maximum(score[:, j], 22.0), before
    )
    assert response(run, day) == pytest.approx(wanted.mean())
    assert response(run, day) < as_if_nobody(run, day) - 0.08
    assert clinic.band(run, how, "MADRS")[0, j] > run.band("MADRS")[0, j]


def test_a_course_leaves_nobody_worse_than_none_would_have() -> None:
    """Better while it lasts and never worse after it: who relapses is where the model has them without the drug."""
    course, none = ran(until=180.0), ran((), until=180.0)
    for day in (12.0, 27.0, 35.0, 60.0, 120.0, 180.0):
        apart = (clinic.effects(one, reading(one.model), day * DAY)["change"] for one in (course, none))
        treated, untreated = apart
        assert np.all(treated <= untreated + 0.05)


def test_nobody_is_worse_than_before_treatment_for_relapsing() -> None:
    how, mild = reading(ran().model), with_columns(population("trd-adults", 40, 3), {"MADRS0": 16.0}, ("MADRS0",))
    run = simulate(ran().model, mild, infusions(1, 4), days=200.0, outputs=WANTED)
    before, groups = clinic.states(run, how)(200.0 * DAY)
    assert np.all(groups.score[1] <= np.maximum(groups.score[0], before) + 1e-9)


def test_a_spell_counts_from_the_end_of_an_infusion() -> None:
    long = Regimen("long").dose("ketamine", "iv_infusion", "30 mg", duration="40 days", at=["day 1"])
    one = model("pathway", {("ketamine", "iv_infusion")})
    study = study_of(one, population("trd-adults", 2, 3), long, days=100.0, outputs=WANTED)
    (spell,) = relapsed.spells(study, "MADRS")
    assert spell.start == (40.0 + 14.0) * DAY and lasting.last(study) == 40.0 * DAY


def test_a_second_course_after_relapse_helps_no_less_than_the_first() -> None:
    run, how = ran(TWICE), reading(ran().model)
    first, low, second = (clinic.visits(run, how, [d * DAY])[0] for d in (12.0, 99.0, 112.0))
    assert low.change > first.change + 2.0  # worse again between the courses
    assert second.change < low.change - 3.0
    assert first.change - 6.0 < second.change < first.change + 1.0  # time and care went on between them
    assert len(relapsed.spells(run.study, "MADRS")) == 2


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
    assert any("after that, and after day 27, is no better than a relapse counts from" in w for w in ran().warnings)
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
    with mock.patch.object(glimpse, "ROOM", 8 * 2 * whole.n * room):
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


def test_a_curve_is_that_of_the_model_outside_spells_and_near_it_in_them() -> None:
    whole, some = ran(MANY), few()
    over = relapsed.spells(whole.study, "MADRS")
    inside = np.any([(whole.times > one.start) & (whole.times <= one.end) for one in over], axis=0)
    assert len(over) == 2 and inside.any() and not inside.all()
    near, exact, raw = clinic.band(some, HOW, "MADRS"), clinic.band(whole, HOW, "MADRS"), whole.band("MADRS")
    assert np.array_equal(near[:, ~inside], raw[:, ~inside]) and np.array_equal(exact[:, ~inside], raw[:, ~inside])
    assert np.abs(near - exact).max() < 1.0 and np.abs(exact - raw)[:, inside].max() > 1.0
    k = [3, 300, whole.times.size - 1]
    assert clinic.band(whole, HOW, "MADRS", only=k) == pytest.approx(exact[:, k], abs=0.2)


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
