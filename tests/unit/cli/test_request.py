"""What a command line says becomes a value, or one sentence that names the word that is wrong."""

from __future__ import annotations

import pytest

from ketasim.cli.request import covariates_of, outputs_of, overrides_of, qualified, span_of, times_of
from ketasim.dosing.regimen import Regimen
from ketasim.errors import KetasimError, PeopleError, RequestError, UnitError, UnknownName
from ketasim.evidence.fact import Fact
from ketasim.model.component import Component, Parameter
from ketasim.model.model import Model, Output
from ketasim.pharmacology import readings, shelf


def parameter(name: str, unit: str) -> Parameter:
    return Parameter(name, unit, Fact(f"test.{name}", name, 1.0, unit, ("assumed",), "D"))


@pytest.fixture
def model() -> Model:
    liver = Component("liver", (parameter("CL", "L/h"), parameter("V", "L")))
    gut = Component("gut", (parameter("ka", "1/h"), parameter("V", "L")))
    return Model("two", "Two", (liver, gut), (Output("plasma esketamine", "liver.C", "ng/mL"),))


def test_person():
    assert covariates_of("AGE=45, WT=80,SEX=female") == {"AGE": 45.0, "WT": 80.0, "SEX": "female"}


@pytest.mark.parametrize(
    ("text", "named"), [("AGE", "AGE"), ("=3", "=3"), ("AGE=", "AGE="), ("", "empty"), ("A=1,a=2", "twice")]
)
def test_person_refused(text, named):
    with pytest.raises(PeopleError, match=named):
        covariates_of(text)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("0,1,2", [0, 1, 2]),
        ("0, 30 min, 2 h, 1 day", [0, 0.5, 2, 24]),
        ("0:2:0.5", [0, 0.5, 1, 1.5, 2]),
        ("0:1:0.25, 24", [0, 0.25, 0.5, 0.75, 1, 24]),
        ("day 1 00:00, day 2 06:00", [0, 30]),
        ("0:0.3:0.1", [0, 0.1, 0.2, 0.3]),
    ],
)
def test_times(text, hours):
    assert times_of(text).tolist() == pytest.approx(hours)


def test_times_not_given():
    assert times_of(None) is None


@pytest.mark.parametrize("text", ["2,1", "-1,2", "0:10", "0:10:0", "5:1:1", " , ", "soon", "1 kg", "nan"])
def test_times_refused(text):
    with pytest.raises(RequestError):
        times_of(text)


def test_parameter_by_full_bare_and_doubtful_name(model):
    assert qualified("CL", model) == qualified("liver.CL", model) == "liver.CL"
    with pytest.raises(RequestError, match=r"liver\.V, gut\.V"):
        qualified("V", model)
    with pytest.raises(UnknownName, match=r"clearance.*`ketasim equations two` lists the parameters"):
        qualified("clearance", model)


def test_override_in_its_own_and_another_unit(model):
    assert overrides_of(["CL=60", "gut.ka=1 1/min"], model) == {"liver.CL": 60.0, "gut.ka": 60.0}
    assert overrides_of(None, model) == {}


@pytest.mark.parametrize(
    ("words", "kind", "named"),
    [
        (["CL"], RequestError, "NAME=VALUE"),
        (["CL="], RequestError, "NAME=VALUE"),
        (["CL=1", "liver.CL=2"], RequestError, "twice"),
        (["CL=1 kg"], UnitError, "kg"),
        (["CL=fast"], UnitError, "fast"),
        (["CL=nan"], KetasimError, "nan"),
    ],
)
def test_override_refused(model, words, kind, named):
    with pytest.raises(kind, match=named):
        overrides_of(words, model)


def test_a_pure_number_is_asked_for_without_a_unit(model):
    liver = Component("liver", (parameter("enzyme", "1"),))
    one = Model("one", "One", (liver,), ())
    assert overrides_of(["enzyme=50 %"], one) == {"liver.enzyme": 0.5}
    for word in ("abc", "3 mg"):
        with pytest.raises(UnitError, match=rf"enzyme: Expected a number without a unit, such as '0.5'; '{word}' came"):
            overrides_of([f"enzyme={word}"], one)
    with pytest.raises(RequestError, match="takes a finite number, got 'nan'"):
        overrides_of(["enzyme=nan"], one)


def test_outputs(model):
    assert outputs_of(None, model) is None
    assert outputs_of("plasma esketamine, plasma esketamine", model) == ("plasma esketamine",)
    with pytest.raises(UnknownName, match="Did you mean 'plasma esketamine'"):
        outputs_of("plasma eskatamine", model)
    with pytest.raises(RequestError, match="empty"):
        outputs_of(" , ", model)


def test_a_comparison_of_mood_goes_on_to_the_last_visit_unless_days_are_asked():
    regimens, reading = [Regimen.preset("spravato-56-single")], readings.reading(shelf.model("pathway"))
    for at, days, last in (("24 h, week 6", None, 42.0), ("24 h", None, 27.0), ("week 4", 30.0, 30.0)):
        kept = span_of(days, regimens, reading, times_of(at))["times"]
        assert kept[-1] == last * 24.0
    with pytest.raises(RequestError, match="--at asks for 1008 h, but --days 30 ends at 720 h"):
        span_of(30.0, regimens, reading, times_of("week 6"))
