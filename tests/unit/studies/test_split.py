"""The mark of a study follows from a hash of its trial key; nobody picks."""

from collections import Counter
from dataclasses import replace
from hashlib import sha256

import pytest

from ketasim.errors import StudyError
from ketasim.studies import shelf, split

FIRST_ROUND = "08f8e1121d40c9645c818ebbb0a991eacb67833af8bb4f86bfb7bbd1ba4bd578"
STRATA = {f"trial {i}": ("nasal" if i % 3 else "iv", "efficacy", "single" if i % 2 else "repeated") for i in range(60)}


def test_the_draw_is_what_it_was():
    first = dict.fromkeys("abcdefg", ("iv", "efficacy", "single"))
    assert split.order("a").startswith("c6bf55eed1d1")
    line = sorted(first, key=split.order)
    assert [k for k in line if split.assign(first)[k] == "judge"] == [line[2], line[4], line[6]]


def test_the_order_in_which_studies_come_does_not_matter():
    assert split.assign(STRATA) == split.assign(dict(reversed(STRATA.items())))


def test_the_share_is_kept_over_all_and_nearly_in_each_stratum():
    marks = split.assign(STRATA)
    assert Counter(marks.values())["judge"] == 27
    for stratum in set(STRATA.values()):
        inside = [marks[k] for k in STRATA if STRATA[k] == stratum]
        assert abs(inside.count("judge") - split.SHARE * len(inside)) <= 1


def test_every_shipped_record_carries_the_mark_that_the_hash_gives():
    marks = split.marks(shelf.studies().values())
    wrong = {s.id: s.use for s in shelf.studies().values() if s.use != marks[s.trial]}
    assert not wrong


def test_the_first_round_is_closed():
    first = {s.trial: s.use for s in shelf.studies().values() if s.split_round == 1}
    written = "\n".join(sorted(f"{trial}={use}" for trial, use in first.items()))
    assert len(first) == 29
    assert sha256(written.encode()).hexdigest() == FIRST_ROUND


def test_one_trial_has_one_mark_and_enough_trials_judge():
    for members in shelf.by_trial().values():
        assert len({s.use for s in members}) == 1
    judges = {s.trial for s, _ in shelf.counted() if s.use == "judge"}
    assert len(judges) >= 10


def test_calibration_can_ask_for_its_studies_alone():
    assert {s.use for s in shelf.marked("calibrate")} == {"calibrate"}
    assert not {s.trial for s in shelf.marked("calibrate")} & {s.trial for s in shelf.marked("judge")}


def test_records_of_one_trial_must_agree_on_their_stratum():
    one = next(iter(shelf.studies().values()))
    with pytest.raises(StudyError, match="one trial"):
        split.marks([one, replace(one, course="single" if one.course == "repeated" else "repeated")])


def test_a_later_round_changes_no_earlier_mark():
    old = list(shelf.studies().values())
    before = split.marks(old)
    late = replace(old[0], trial="a later trial", split_round=99)
    after = split.marks([*old, late])
    assert {k: after[k] for k in before} == before
