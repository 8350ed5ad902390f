import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketasim import units
from ketasim.errors import PeopleError, UnitError
from ketasim.population.people import one

KNOWN = ["L/h", "mL/min", "ng/mL", "mg/L", "mg/kg/h", "1/min", "%", "1", "L/h/year", "h", "day", "mg/m^2", "nmol/L"]


@pytest.mark.parametrize(
    ("src", "dst", "times"),
    [
        ("ng/mL", "mg/L", 1e-3),
        ("mg/L", "ng/mL", 1e3),
        ("L/min", "L/h", 60.0),
        ("1/min", "1/h", 60.0),
        ("%", "1", 0.01),
        ("dimensionless", "1", 1.0),
        ("day", "h", 24.0),
        ("mg/kg/h", "ug/kg/min", 1000 / 60),
        ("beats/min", "bpm", 1.0),
        ("L/h/year", "L/h/day", 1 / 365.25),
    ],
)
def test_factors(src: str, dst: str, times: float) -> None:
    assert units.factor(src, dst) == pytest.approx(times, rel=1e-14)


def test_decimal_factors_are_exact() -> None:
    assert units.factor("ng/mL", "mg/L") == 0.001
    assert units.factor("ug", "kg") == 1e-9
    assert units.factor("kg", "ug") == 1e9


@given(st.sampled_from(KNOWN), st.sampled_from(KNOWN))
def test_factors_there_and_back(a: str, b: str) -> None:
    if units.measure(a).powers == units.measure(b).powers:
        assert units.factor(a, b) * units.factor(b, a) == pytest.approx(1.0, rel=1e-14)
        assert units.same(a, b) == (abs(units.factor(a, b) - 1) < 1e-9)
    else:
        with pytest.raises(UnitError, match="dimensions differ"):
            units.factor(a, b)


@pytest.mark.parametrize(
    "text",
    [
        "mg/KG",
        "foo",
        "L/h/",
        "((",
        "",
        "2 mg",
        "1e5",
        "mg,kg",
        "degC",
        "__import__('os')",
        "a" * 5000,
        "mg**mg",
        "\0",
        "[",
    ],
)
def test_what_is_no_unit(text: str) -> None:
    if text == "":
        assert units.measure(text).text == "dimensionless"
        return
    with pytest.raises(UnitError):
        units.measure(text)


def test_a_typing_error_is_answered_with_the_nearest_unit() -> None:
    with pytest.raises(UnitError, match=r"did you mean.*'mg/kg'"):
        units.parse("mg/KG")


@given(st.text(max_size=12))
def test_any_text_is_a_unit_or_a_unit_error(text: str) -> None:
    try:
        units.parse(text)
    except UnitError:
        return


def test_a_point_of_a_scale_is_not_a_length() -> None:
    assert units.same("points", "point")
    with pytest.raises(UnitError):
        units.factor("point", "cm")


@pytest.mark.parametrize(
    ("given_", "unit", "number"),
    [
        ("84 mg", "mg", 84.0),
        ("0.5 g", "mg", 500.0),
        (3, "mg", 3.0),
        ("7", "mg", 7.0),
        ("1e3 ug", "mg", 1.0),
        ("5%", "1", 0.05),
    ],
)
def test_quantities(given_: str | float, unit: str, number: float) -> None:
    assert units.quantity(given_, unit) == pytest.approx(number)


@pytest.mark.parametrize("bad", ["mg", "84 mg 2", "84 L", "eighty mg", "", True, None])
def test_what_is_no_quantity(bad: object) -> None:
    with pytest.raises(UnitError):
        units.quantity(bad, "mg")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("day 1", 0),
        ("day 4 09:00", 81),
        ("day 1 00:30", 0.5),
        ("3.5 days", 84),
        ("40 min", 2 / 3),
        (36, 36),
        ("24 h", 24),
    ],
)
def test_times(text: str | float, hours: float) -> None:
    assert units.time_hours(text) == pytest.approx(hours, rel=1e-14)


@pytest.mark.parametrize("bad", ["day 0", "day 2 24:00", "day 2 9", "tomorrow", "3 mg", "day"])
def test_what_is_no_time(bad: str) -> None:
    with pytest.raises(UnitError):
        units.time_hours(bad)


def test_a_measure_prints_as_a_person_writes() -> None:
    assert units.measure("mg/L").text == "mg/L"
    assert (units.measure("mg") / units.measure("mL") / units.measure("h")).text == "mg/h/mL"
    assert units.measure("%").text == "%"


def test_importing_the_units_does_not_import_pint() -> None:
    code = "import sys, ketasim.units; sys.exit('pint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_units_that_are_words_have_a_plural_in_sentences() -> None:
    assert [units.counted("year"), units.counted("day", 273), units.counted("day", 1, 5)] == ["years", "days", "days"]
    assert [units.counted("week", 1), units.counted("week", 0.5), units.counted("mg/kg", 3)] == [
        "week",
        "weeks",
        "mg/kg",
    ]
    with pytest.raises(PeopleError, match="AGE must be at least 0 and at most 130 years; 131 came"):
        one(AGE=131)


def test_one_of_something_is_singular() -> None:
    assert [units.many(n, "trial") for n in (0, 1, 2, 2000)] == ["0 trials", "1 trial", "2 trials", "2,000 trials"]
