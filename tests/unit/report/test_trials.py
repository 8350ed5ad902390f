"""What a trial would find, as tables."""

from __future__ import annotations

from dataclasses import replace

from ketasim.report import trials
from ketasim.simulation.leaning import SOURCES, Leaning
from ketasim.simulation.trial import Trial

A = Leaning("a", "MADRS", "change, day 28", "point", "mean", 40, -15.2, 5.0, False, dict.fromkeys(SOURCES, 0.0), (),
            trial=Trial(40, -23.4, -7.0, 5.0))  # fmt: skip
SHARE = replace(A, measure="response, day 28", unit="1", of="share", value=0.5, trial=Trial(40, 0.25, 0.75, 0.15))
GAP = replace(A, treatment="b", versus="a", of="difference", value=4.0, trial=Trial(40, -0.02, 8.02, 2.4))
ONE = Leaning("a", "MADRS", "change, day 28", "point", "one patient", 40, -15.2, 9.0, False, A.shares, ())


def test_a_row_for_each_of_which_a_trial_is_told():
    (section,) = trials.section([ONE, A, SHARE])
    assert section.title == "What a trial of 40 people would find"
    assert section.tables[0].columns == trials.HEAD and section.tables[0].rows == (
        ("mean change, day 28", "−15.2", "−23.4 to −7.0"),
        ("response, day 28 (%)", "50", "25 to 75"),
    )
    assert "calibration" in section.text and "structure of the model" in section.text


def test_regimens_and_their_difference_stand_together():
    found = [A, replace(A, treatment="b", value=-11.2), GAP]
    assert trials.rows(found, {"a": "A", "b": "B"}) == (
        ("mean change, day 28", "A", "−15.2", "−23.4 to −7.0"),
        ("", "B", "−11.2", "−23.4 to −7.0"),
        ("", "B − A", "4.0", "0.0 to 8.0"),
    )
    (section,) = trials.section(found, {"a": "a", "b": "b"})
    assert section.title == "What a trial of 40 people in each arm would find" and "other people" in section.text
    assert [row[:2] for row in section.tables[0].rows][1:] == [
        ("mean change, day 28", "b"), ("mean change, day 28", "b − a"),
    ]  # fmt: skip


def test_nothing_where_no_trial_is_told():
    assert trials.section([ONE]) == () == trials.told([])
