"""What is asked of the model and what is not, each with its reason."""

from dataclasses import replace
from pathlib import Path

import pytest

from ketasim.reproduction import speak
from ketasim.studies import regimens, shelf
from ketasim.studies.load import read
from ketasim.studies.statistic import unspoken

EXAMPLES = Path(__file__).parents[3] / "examples" / "studies"


def test_nothing_is_dropped_in_silence():
    spoken, silent = speak.sorted_out(shelf.studies().values())
    seen = sum(o.endpoint.kind != "concentration" for s in shelf.studies().values() for o in s.observations)
    assert len(spoken) + len(silent) == seen
    assert all(one.reason for one in silent)


@pytest.mark.parametrize(
    ("study", "arm", "word"),
    [("anand2023", "ECT", "outside the model"), ("fava2018", "ketamine 0.1", "no link"), ("loo2023", "ketamine", "D")],
)
def test_reasons(study, arm, word):
    _, silent = speak.sorted_out([shelf.study(study)])
    assert any(one.arm.startswith(arm) and word in one.reason for one in silent)


def test_a_link_between_scales_opens_them():
    spoken, _ = speak.sorted_out([shelf.study("popova2019")])
    assert "PHQ-9 change" in {o.endpoint.name for _, o in spoken}


def test_presets_are_written_out_as_the_same_doses():
    study = read(EXAMPLES / "parallel.toml")
    plain = speak.written_out(study)
    for arm in study.arms:
        assert regimens.regimen(plain, arm.name).schedule() == regimens.regimen(study, arm.name).schedule()
    assert plain.arm("ketamine").doses
    assert not plain.arm("midazolam").doses


def test_at_most_eight_results_of_a_trial_count():
    count = speak.counted(shelf.studies().values())
    trial = {s.id: s.trial for s in shelf.studies().values()}
    number = {t: sum(trial[name] == t for name, _ in count) for t in trial.values()}
    assert max(number.values()) == 8


def test_what_counts_is_what_calibration_would_count():
    one = shelf.study("canuso2018")
    papers = [replace(one, id=name) for name in ("first", "second")]
    count = speak.counted(papers)
    assert count == {(s.id, o.line) for s, o in shelf.counted(papers)}
    assert [sum(name == s.id for name, _ in count) for s in papers] == [4, 4]


def test_the_largest_score_of_a_course_is_not_predicted():
    study = read(EXAMPLES / "parallel.toml")
    seen = replace(study.observations[0], measure="maximum")
    assert not speak.reason(study, study.observations[0])
    assert speak.reason(study, seen) == unspoken(study, seen) != ""


def test_a_difference_with_both_arms_beside_it_is_a_repeat():
    spoken, _ = speak.sorted_out([shelf.study("canuso2018")])
    repeated = speak.repeats(spoken)
    times = {o.time.text: (s.id, o.line) in repeated for s, o in spoken if o.versus}
    assert times == {"24 h after dose 1": True, "4 h after dose 1": False}


@pytest.mark.parametrize(
    ("name", "kind"),
    [("fedgchin2019", ""), ("murrough2013", "small"), ("wajs2020", "open"), ("murrough2013b", "small, open"),
     ("castro2023", "open"), ("daly2019", "open")],
)  # fmt: skip
def test_the_kind_of_a_trial_by_which_the_drug_does_more(name: str, kind: str) -> None:
    one = shelf.study(name)
    assert speak.trial_kind(one, one.observations[0]) == kind
