"""What ships: enough trials and observations, of every kind that is asked for, each with its source."""

from collections import Counter

import pytest

from ketasim.errors import UnknownName
from ketasim.studies import shelf


def test_enough_trials_and_observations_of_mood():
    rows = shelf.counted()
    per_trial = Counter(study.trial for study, _ in rows)
    assert len(per_trial) >= 20
    assert len(rows) >= 80
    assert max(per_trial.values()) <= 8


def test_every_kind_of_question_is_there():
    every = shelf.studies().values()
    assert {s.question for s in every} >= {"efficacy", "relapse", "comparator"}
    assert {s.course for s in every} == {"single", "repeated"}
    controls = {a.control for s in every for a in s.arms if not a.active}
    assert controls >= {"saline", "placebo spray", "placebo tablet", "midazolam", "masked"}
    assert {a.background for s in every for a in s.arms} == {"none", "stable", "new oral antidepressant"}
    hours = [o.time.hours for _, o in shelf.counted()]
    assert min(hours) < 3 and max(hours) > 24 * 180


def test_every_observation_says_where_it_was_seen_and_can_be_weighed():
    for study in shelf.studies().values():
        for seen in study.observations:
            assert seen.seen, f"{study.id} line {seen.line}"
            assert seen.n >= 1
            if seen.grade == "D":
                assert "recalled" in seen.seen or "assumed" in seen.note
            if seen.grade == "C":
                assert seen.note, f"{study.id} line {seen.line}: a derived number shows its arithmetic"


def test_recalled_numbers_are_never_scored():
    assert all(o.grade != "D" for _, o in shelf.counted())


def test_scores_lie_on_their_scale():
    from ketasim.measurement.scale import scale

    for study in shelf.studies().values():
        for seen in study.observations:
            if seen.statistic == "mean" and seen.endpoint.scale:
                one = scale(seen.endpoint.scale)
                assert abs(seen.value) <= one.high
                assert seen.endpoint.kind != "score" or seen.value >= one.low
            if seen.statistic == "difference" and seen.interval:
                assert seen.interval[0] <= seen.value <= seen.interval[1]


def test_no_observation_stands_twice():
    for study in shelf.studies().values():
        keys = [
            (o.arm, o.versus, o.phase, o.endpoint.name, o.measure, o.time.text, o.statistic, o.analysis)
            for o in study.observations
        ]
        assert len(keys) == len(set(keys)), study.id


def test_an_unknown_study_gets_the_nearest():
    with pytest.raises(UnknownName, match="daly2018"):
        shelf.study("daly2081")


def test_negative_and_masked_trials_are_kept():
    assert shelf.study("takahashi2021").observations
    assert {a.control for a in shelf.study("lii2023").arms} == {"masked"}


def test_concentrations_and_other_symptoms_come_on_top_and_are_not_mood():
    study = shelf.study("ket01-03")
    assert not study.mood
    measures = {(o.endpoint.name, o.measure, o.unit) for o in study.observations}
    assert ("plasma esketamine", "Cmax", "ng/mL") in measures
    assert ("plasma norketamine", "AUC", "ug*h/mL") in measures
    assert ("CADSS change", "maximum", "point") in measures
    assert not shelf.study("grunebaum2018").mood


def test_studies_are_found_by_words():
    assert [h.id for h in shelf.search("midazolam hospital")] == ["jelovac2025"]
    assert {h.id for h in shelf.search("electroconvulsive")} == {"anand2023", "ekstrand2022"}
    assert len(shelf.search("")) == len(shelf.studies())


def test_what_a_later_round_marks_for_calibration_waits_and_its_judges_do_not(monkeypatch):
    monkeypatch.setattr(shelf, "READ", 3)
    late = [s for s in shelf.studies().values() if s.split_round > shelf.READ]
    waiting = {s.id for s in late if shelf.waits(s)}
    assert waiting and waiting == {s.id for s in late if s.use == "calibrate"}
    assert not waiting & {s.id for s in shelf.marked("calibrate")}
    counting = {s.id for s, _ in shelf.counted()}
    assert not waiting & counting
    assert {s.id for s in late if s.use == "judge"} <= counting
