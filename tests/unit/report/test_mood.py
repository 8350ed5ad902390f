"""Tables and panels of mood."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np

from ketasim.measurement.reading import Reading
from ketasim.measurement.scale import scale
from ketasim.report import demonstration_mood, mood
from ketasim.report.figures import Points, draw
from ketasim.simulation.clinic import Visit
from ketasim.simulation.comparison import difference

READING = Reading(scale("MADRS"), "MADRS", "MADRS0", 0.4, True)
SEEN = tuple(
    Visit(24.0 * day, 50, (8.0, 20.0, 33.0), (6.0, 20.0, 36.0), (-30.0, -17.0, 0.0), -16.5, 9.0, 0.4, 0.2)
    for day in (1, 7, 27)
)


def test_a_row_per_visit():
    first, *_, last = mood.rows(SEEN)
    assert first == ("24 h", 20.0, "6 to 36", -16.5, "40%", "20%") and last[0] == "day 28"


def test_every_visit_as_csv():
    rows = list(csv.DictReader(mood.as_csv(SEEN).splitlines()))
    assert len(rows) == 3 and float(rows[0]["response"]) == 0.4 and rows[2]["when"] == "day 28"


def test_a_note_says_what_the_noise_is():
    assert "estimated from trials" in mood.note(READING, 50) and "12 or less" in mood.note(READING, 50)
    assert "no calibration" in mood.note(Reading(READING.scale, "MADRS", "MADRS0", 0.1), 1)


def test_differences_have_one_decimal_and_no_exponent():
    one = difference("MADRS", "remission, 24 h", "1", "b", np.full(4, 1e-9), np.array([0.2, 0.3, 0.2, 0.3]))
    zero = difference("MADRS", "remission, 24 h", "1", "a", np.full(4, 0.25), np.full(4, 0.25))
    rows = mood.contrast_rows([zero, one], {"a": "A", "b": "B"})
    assert rows == [["remission, 24 h (%)", "A", "25.0", "", ""], ["", "B", "0.0", "−25.0", "2.89"]]


def test_one_person_has_no_standard_error_of_a_difference():
    one = difference("MADRS", "change, 24 h", "point", "b", np.array([-9.0]), np.array([-6.0]))
    assert mood.contrast_rows([one], {"a": "A", "b": "B"}) == [["", "B", "\u22129.0", "\u22123.0", "\u2013"]]


def test_panels_start_at_no_change_and_shares_end_at_a_hundred():
    points = Points("a", np.array([600.0]), np.array([-15.0]), error=np.array([1.5]))
    figure = draw([mood.change_panel({"a": SEEN}, [points]), mood.panel({"a": SEEN}, "response"), mood.both(SEEN)])
    change, response, both = figure.axes[:3]
    assert change.get_lines()[0].get_ydata()[0] == 0.0 and change.get_ylim()[0] < -15
    assert response.get_lines()[0].get_xdata()[0] == 1.0 and response.get_lines()[0].get_marker() == "o"
    assert response.get_ylim() == both.get_ylim() == (0.0, 100.0) and len(both.get_lines()) == 2
    assert len(change.containers) == 1


def test_points_at_one_time_stand_apart_about_it():
    assert demonstration_mood._apart([648.0, 24.0, 648.0, 648.0]) == [634.0, 24.0, 648.0, 662.0]


def test_a_typical_person_is_not_found_by_chance():
    alone = tuple(replace(one, n=1) for one in SEEN)
    drawn, typical = (mood.section(alone, READING, (24.0,), is_typical) for is_typical in (False, True))
    assert drawn.tables[0].columns[2] == "found once" and drawn.tables[0].rows[0][2] == "20"
    assert typical.tables[0].columns == ("at", *mood.HEAD_OF_TYPICAL[1:])
    assert typical.tables[0].rows == (("24 h", 20.0, -16.5, "40%", "20%"),)
    assert "Found" in mood.note(READING, 1) and "Found" not in mood.note(READING, 1, typical=True)
    assert mood.head(50, typical=True) == mood.HEAD and len(mood.rows(SEEN, typical=True)[0]) == len(mood.HEAD)
