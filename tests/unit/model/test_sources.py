"""No number without its source: facts that lack one are refused, and models that cite what nobody knows."""

from dataclasses import replace

import pytest

from ketasim.compiler.ready import ready
from ketasim.errors import EvidenceError, ModelError
from ketasim.evidence import bibliography
from ketasim.evidence.fact import Fact
from ketasim.model.component import Component, Parameter, Port, StateVar
from ketasim.model.compose import compose
from ketasim.model.model import Model, Output
from ketasim.model.sources import keys_of

GOOD = Fact("own.k", "rate", 0.1, "1/h", ("assumed",), "D")
PAPER = "@article{mypaper2024, title = {Our drug}, author = {Doe, Jane}, year = {2024}}\n"


def model(fact):
    body = Component(
        "body", (Parameter("k", "1/h", fact),), (StateVar("A", "mg"),), outputs=(Port("A", "mg", "amount"),),
        equations=("d/dt(A) = -k * A",),
    )  # fmt: skip
    return Model("own", "a model of one's own", (body,), (Output("amount", "body.A", "mg"),))


@pytest.fixture
def shipped(monkeypatch):
    """The bibliography without what other tests added to it."""
    fresh = bibliography.Bibliography(bibliography.FOLDER)
    monkeypatch.setattr(bibliography, "entries", lambda: fresh)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"grade": "E"}, "grade must be one of A, B, C, D; 'E' came"),
        ({"citation": ()}, "'citation' must be a tuple"),
        ({"citation": ("",)}, "'citation' must be a tuple"),
        ({"citation": "smith2001"}, "'smith2001' came"),
        ({"unit": ""}, "a pure number has the unit '1'"),
        ({"id": " "}, "'id' must be text"),
        ({"value": "0.1"}, "'value' must be a number"),
        ({"value": ()}, "'value' must be a number"),
        ({"value": float("nan")}, "'value' must be finite"),
        ({"value": (1.0, float("inf"))}, "'value' must be finite"),
        ({"value": 10**400}, "'value' must be finite"),
        ({"grade": "A"}, "what is assumed has grade D"),
    ],
)
def test_a_fact_without_what_it_must_carry_is_refused(changed, said):
    with pytest.raises(EvidenceError, match="Fact ") as caught:
        replace(GOOD, **changed)
    assert said in str(caught.value) and str(caught.value).count("\n") == 0


@pytest.mark.parametrize("begin", [compose, ready])
def test_a_model_that_cites_what_nobody_knows_is_refused_until_a_file_is_given(begin, shipped, tmp_path):
    own = model(replace(GOOD, citation=("mypaper2024",), grade="A", id=f"own.{begin.__name__}"))
    with pytest.raises(ModelError, match=r"fact 'own\.\w+' cites 'mypaper2024', which is not in the bibliography"):
        begin(own)
    (tmp_path / "papers.bib").write_text(PAPER, encoding="utf-8")
    bibliography.add(tmp_path / "papers.bib")
    begin(own)
    assert keys_of(own) == ["mypaper2024"] and bibliography.entry("mypaper2024").text.startswith("Doe J (2024)")


def test_a_unit_that_cannot_be_read_is_refused_wherever_the_fact_stands():
    for wrong in (model(replace(GOOD, unit="furlong per fortnit")), replace(model(GOOD), limits=_limits("1/fortnit"))):
        with pytest.raises(ModelError, match="Cannot read the unit"):
            compose(wrong)


def _limits(unit):
    from ketasim.model.model import Limits

    return Limits("nobody", facts=(replace(GOOD, unit=unit),))


def test_a_file_may_be_added_again_but_not_say_something_else(shipped, tmp_path):
    path = tmp_path / "papers.bib"
    path.write_text(PAPER, encoding="utf-8")
    bibliography.add(path)
    bibliography.add(str(path))
    path.write_text(PAPER.replace("Our", "Their") + PAPER.replace("mypaper2024", "other2025"), encoding="utf-8")
    with pytest.raises(EvidenceError, match=r"'mypaper2024' stands already in papers\.bib"):
        bibliography.add(path)
    path.write_text("@article{broken2020, title = {No year}}\n", encoding="utf-8")
    with pytest.raises(EvidenceError, match="lacks 'year'"):
        bibliography.add(path)
    assert not {"other2025", "broken2020"} & bibliography.keys()
    with pytest.raises(EvidenceError, match="cannot be read"):
        bibliography.add(tmp_path / "nowhere.bib")
