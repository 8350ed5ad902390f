import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketasim.studies.times import moment


@pytest.mark.parametrize(
    ("text", "hours", "anchor", "dose"),
    [
        ("24 h after dose 1", 24, "dose", 1),
        ("40 min after dose 2", 2 / 3, "dose", 2),
        ("7 days after last dose", 168, "dose", -1),
        ("day 1", 0, "start", 0),
        ("day 28", 648, "start", 0),
        ("week 8", 1344, "start", 0),
        ("month 3", 3 * 730.5, "start", 0),
        ("12 months after start", 12 * 730.5, "start", 0),
    ],
)
def test_forms(text, hours, anchor, dose):
    when = moment(text)
    assert (when.hours, when.anchor, when.dose) == (pytest.approx(hours), anchor, dose)


@pytest.mark.parametrize(
    "text", ["day 0", "day -3", "-1 h after dose 1", "1 h after dose 0", "5 furlongs after dose 1", ""]
)
def test_refused(text):
    with pytest.raises(ValueError):
        moment(text)


@given(st.integers(1, 400))
def test_days_and_weeks_agree(week):
    assert moment(f"week {week}").hours == moment(f"day {7 * week + 1}").hours
