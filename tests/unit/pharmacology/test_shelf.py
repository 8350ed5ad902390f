"""The shelf: every model composes, prints six parts, and gets each number from a fact."""

import re
from pathlib import Path

import pytest

import ketasim
from ketasim.dosing import presets
from ketasim.errors import UnknownName
from ketasim.evidence import bibliography, store
from ketasim.model.compose import compose
from ketasim.model.individual import layout
from ketasim.pharmacology import shelf
from ketasim.pharmacology.comparators import COMPARATORS
from ketasim.reproduction.exams import exams

PARTS = ("\nEquations", "Symbols:", "Holds for:", "Papers:", "Alone:")


@pytest.fixture(params=shelf.exposure_names())
def model(request):
    return shelf.model(request.param)


def test_composes_with_outputs_and_routes(model):
    system = compose(model)
    assert system.states
    assert len(system.outputs) == len(model.outputs)
    assert model.routes
    assert all(route.largest_mg > 0 for route in model.routes)


def test_every_number_is_a_fact_of_the_store(model):
    for component in model.components:
        for parameter in component.parameters:
            assert store.fact(parameter.fact.id) == parameter.fact
            for effect in parameter.effects:
                assert store.fact(effect.coefficient.id) == effect.coefficient


def test_every_citation_exists(model):
    assert model.citations
    for key in (*model.citations, *(k for route in model.routes for k in route.citation)):
        assert bibliography.entry(key)


def test_every_component_says_six_things(model):
    for component in model.components:
        assert len(component.doc.splitlines()[0]) > 20
        for part in PARTS:
            assert part in component.doc, f"{model.name}: {component.name} lacks {part}"


def test_site_and_people_are_declared(model):
    assert model.limits.population
    assert all(output.site for output in model.outputs if output.unit == "ng/mL")


def test_variability_is_a_covariance(model):
    import numpy as np

    covariance = layout(model).covariance()
    if covariance.size:
        assert np.linalg.eigvalsh(covariance).min() > 0


def test_models_with_an_exam_and_only_they_are_examined():
    examined = {name for name in shelf.exposure_names() if shelf.model(name).status == "examined"}
    assert examined == {name for exam in exams() for name in exam.models}
    rest = set(shelf.exposure_names()) - examined
    assert rest == {"otto-2021", "domino-1982", "clements-1981", "sherwin-2015", "flint-2017"}


def test_names_start_with_the_platform():
    assert shelf.exposure_names()[0] == "platform"
    assert len(set(shelf.exposure_names())) == len(shelf.exposure_names()) == 13


def test_the_negative_controls_stand_on_the_shelf():
    for drug in ("memantine", "lanicemine"):
        found = shelf.model(f"pathway-{drug}")
        assert found.name in shelf.names() and found.name not in shelf.exposure_names()
        assert {route.drug for route in found.routes} == {drug} and found.title.startswith("Negative control")
    assert "no independent check" in shelf.model("pathway-memantine").note
    assert "no independent check" not in shelf.model("pathway-lanicemine").note


def test_unknown_model_names_the_nearest():
    with pytest.raises(UnknownName, match="perez-ruixo-2021"):
        shelf.model("perez-ruixo-2020")


def test_hornik_is_marked_as_an_outlier():
    assert "outlier" in shelf.model("hornik-2018").title


@pytest.mark.parametrize(("name", "parameter", "variance"), [
    ("perez-ruixo-2021", "absorption.FRn", 0.708**2),
    ("perez-ruixo-2021", "esketamine.Qh", 0.0524),
    ("simons-2022", "ketamine.VK1", 0.057),
    ("otto-2021", "ketamine.CL", 0.026048),
    ("herd-2007", "ketamine.V1", 0.3433),
    ("flint-2017", "norketamine.CLN", 0.73326),
    ("platform", "liver.CLint", 0.25),
])  # fmt: skip
def test_printed_spread_becomes_this_variance(name, parameter, variance):
    plan = layout(shelf.model(name))
    i = plan.effects.index(parameter)
    assert plan.covariance()[i, i] == pytest.approx(variance, rel=2e-3)


@pytest.mark.parametrize(("name", "pair", "value"), [
    ("otto-2021", ("ketamine.V1", "ketamine.CL"), 0.02261),
    ("otto-2021", ("norketamine.VN", "norketamine.CLN"), 0.04456),
    ("flint-2017", ("ketamine.CL", "norketamine.CLN"), 0.16762),
])  # fmt: skip
def test_correlated_blocks(name, pair, value):
    plan = layout(shelf.model(name))
    i, j = (plan.effects.index(p) for p in pair)
    assert plan.covariance()[i, j] == pytest.approx(value, rel=1e-3)


COMMAND = re.compile(r"`ketasim (?:simulate|compare) ([^`]*)`")


def test_every_preset_that_a_docstring_names_exists():
    known = {*presets.names(), "none", *COMPARATORS}
    named = []
    for path in sorted(Path(ketasim.__file__).parent.rglob("*.py")):
        for command in COMMAND.findall(path.read_text(encoding="utf-8")):
            words = " ".join(["", *command.split()]).partition(" -")[0].split()
            named += words
            assert {word for word in words if word not in ("REGIMEN", "…", "{name}")} <= known, (
                f"{path.name}: {command}"
            )
    assert len(named) > 10
