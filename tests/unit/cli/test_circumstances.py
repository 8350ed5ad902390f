"""What holds beside the doses: from options and from treatments without ketamine to covariates, or one sentence."""

from __future__ import annotations

import pytest

from ketasim.cli import request
from ketasim.errors import RequestError, UnknownName
from ketasim.pharmacology import readings, shelf
from ketasim.population.people import listed
from ketasim.simulation.relapsed import BESIDE

PATHWAY = shelf.model("pathway", {("esketamine", "nasal")})
PLATFORM = shelf.model("platform", {("esketamine", "nasal")})
ORAL = request.comparator_of("oral-antidepressant")


def test_defaults_are_said_aloud():
    assert request.circumstances_of(PATHWAY, {}) == {
        "CONTROL": "none", "BACKGROUND": "stable", "SETTING": "outpatient",
    }  # fmt: skip
    assert request.circumstances_of(PLATFORM, {"control": None}) == {}


def test_what_is_asked_holds():
    found = request.circumstances_of(PATHWAY, {"control": "masked", "setting": "admitted"})
    assert (found["CONTROL"], found["SETTING"], found["BACKGROUND"]) == ("masked", "admitted", "stable")


def test_an_oral_antidepressant_alone():
    assert request.circumstances_of(PATHWAY, {}, ORAL)["BACKGROUND"] == "new oral antidepressant"
    assert request.circumstances_of(PATHWAY, {"background": "new oral antidepressant"}, ORAL)
    assert request.regimen_of("oral-antidepressant").tables == ()


@pytest.mark.parametrize(
    ("asked", "other", "kind", "named"),
    [
        ({"control": "placebo"}, None, UnknownName, "placebo spray"),
        ({"setting": "home"}, None, UnknownName, "outpatient"),
        ({"background": "stable"}, ORAL, RequestError, "goes with background"),
    ],
)
def test_what_is_refused(asked, other, kind, named):
    with pytest.raises(kind, match=named):
        request.circumstances_of(PATHWAY, asked, other)


def test_a_model_without_mood_refuses():
    for asked, other in (({"control": "open"}, None), ({}, ORAL)):
        with pytest.raises(RequestError, match="--model pathway"):
            request.circumstances_of(PLATFORM, asked, other)


def test_what_people_say_themselves_stands():
    people = listed({"ID": [1, 2], "CONTROL": ["open", "saline"]}, "two")
    found = request.people_under(people, request.circumstances_of(PATHWAY, {}), {})
    assert found.chunk(0, 2)["CONTROL"].tolist() == ["open", "saline"] and "SETTING" in found.names


def test_a_treatment_without_ketamine_says_itself_what_its_people_can_tell():
    people = listed({"ID": [1, 2], "CONTROL": ["none", "none"], "SETTING": ["admitted", "outpatient"]}, "two")
    found = request.people_under(people, request.circumstances_of(PATHWAY, {}, ORAL), {}, ORAL).chunk(0, 2)
    assert found["CONTROL"].tolist() == ["placebo spray"] * 2
    assert found["BACKGROUND"].tolist() == ["new oral antidepressant"] * 2
    assert found["SETTING"].tolist() == ["admitted", "outpatient"]


def test_a_placebo_spray_leaves_other_treatment_as_it_is():
    spray = request.comparator_of("placebo-spray")
    people = listed({"ID": [1, 2], "BACKGROUND": ["new oral antidepressant", "none"]}, "two")
    found = request.people_under(people, request.circumstances_of(PATHWAY, {}, spray), {}, spray).chunk(0, 2)
    assert found["CONTROL"].tolist() == ["placebo spray"] * 2
    assert found["BACKGROUND"].tolist() == ["new oral antidepressant", "none"]
    asked = {"background": "new oral antidepressant"}
    assert request.circumstances_of(PATHWAY, asked, spray)["BACKGROUND"] == "new oral antidepressant"


def test_the_model_that_is_meant():
    assert request.model_name(None, None, False) == request.model_name(None, "NMDA occupancy", False) == "platform"
    assert request.model_name(None, "plasma esketamine, MADRS", False) == "pathway"
    assert request.model_name(None, None, True) == "pathway"
    assert request.model_name("platform", "MADRS", True) == "platform"


def test_only_what_is_needed_is_compiled():
    nasal = [request.regimen_of("spravato-84-single")]
    assert len(request.model_for("pathway", nasal).components) < len(shelf.model("pathway").components)
    assert request.model_for("pathway", nasal, "MADRS", ["severity.weight_fast=1"]) == PATHWAY
    whole = request.model_for("pathway", nasal, "plasma arketamine")
    assert "plasma arketamine" in {output.name for output in whole.outputs}
    assert request.model_for("pathway", [request.regimen_of("none")]) == PATHWAY


def test_outputs_that_are_shown():
    drug, alone = (request.regimen_of(name) for name in ("spravato-84-single", "oral-antidepressant"))
    shown = request.default_outputs(PATHWAY, drug)
    assert shown is not None and {"plasma esketamine", "glutamate", "fast plasticity", "MADRS"} <= set(shown)
    assert "latent severity" not in shown and set(request.default_outputs(PATHWAY, alone) or ()) == {"MADRS", *BESIDE}


def test_mood_is_followed_to_day_28():
    once = request.regimen_of("spravato-84-single")
    reading = readings.reading(PATHWAY)
    assert request.days_of(None, once, reading) == 27.0 and request.days_of(None, once, None) is None
    assert request.days_of(3.0, once, reading) == 3.0
    assert request.common_days_of(None, [request.regimen_of("spravato-8-weeks")], reading) > 40
