"""A judge of exposure is independent if no parameter that enters its prediction comes from its study."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

import pytest

from ketasim.evidence.fact import Fact
from ketasim.evidence.store import fact, facts
from ketasim.model.model import Model
from ketasim.pharmacology import shelf
from ketasim.reproduction.exams import Exam, exams
from ketasim.reproduction.exposure import DRUG

# what a derived fact was computed from, as its note shows by number
COMPUTED_FROM = {
    "pk.platform.Qh": ("pk.platform.CL", "pk.platform.E"),
    "pk.platform.Qh_age": ("pk.platform.CL", "pk.platform.E"),
    "pk.platform.CLint": ("pk.platform.CL", "pk.platform.E"),
    "pk.platform.R_to_S": ("pk.platform.CL", "pk.platform.E"),
}
# studies that no parameter cites, but whose people may stand behind one: not independent either
SAME_PEOPLE = ("Spravato label, 84 mg", "Jonkman 2017 (letter), 0.35 mg/kg S-ketamine inhaled over 22 min")

JUDGES = [
    e for e in exams() if "platform" in e.models and not e.outside and any(p.output.endswith(DRUG) for p in e.points)
]


def upstream(model: Model, output: str) -> set[str]:
    """The components that an output of a model depends on, by the links."""
    symbol = next(o.symbol for o in model.outputs if o.name == output)
    found, ask = set(), [symbol.split(".")[0]]
    while ask:
        one = ask.pop()
        found.add(one)
        ask += [
            s for s in (k.source.split(".")[0] for k in model.links if k.target.split(".")[0] == one) if s not in found
        ]
    return found


def entering(exam: Exam) -> dict[str, Fact]:
    """The facts behind the typical predictions of the drug in an exam, those included that they were computed from."""
    model = shelf.model("platform", [(d.drug, d.route) for d in exam.doses] + [(exam.drug, "iv_bolus")])
    parts = set().union(*(upstream(model, p.output) for p in exam.points if p.output.endswith(DRUG)))
    numbers = [p for c in model.components if c.name in parts for p in c.parameters]
    return closed(f for p in numbers for f in (p.fact, *(e.coefficient for e in p.effects)))


def closed(facts: Iterable[Fact]) -> dict[str, Fact]:
    found: dict[str, Fact] = {}
    for one in facts:
        for each in (one, *(fact(name) for name in COMPUTED_FROM.get(one.id, ()))):
            found[each.id] = each
    return found


def taken(exam: Exam) -> set[str]:
    """The facts behind an exam's prediction that cite its study."""
    return {name for name, one in entering(exam).items() if set(one.citation) & set(exam.citation)}


@pytest.mark.parametrize("exam", [e for e in JUDGES if not e.basis], ids=lambda e: e.study)
def test_nothing_behind_an_independent_judge_comes_from_its_study(exam: Exam) -> None:
    assert taken(exam) == set()


@pytest.mark.parametrize("exam", [e for e in JUDGES if e.basis], ids=lambda e: e.study)
def test_a_judge_is_set_aside_only_for_what_comes_from_its_study(exam: Exam) -> None:
    assert bool(taken(exam)) is (exam.study not in SAME_PEOPLE)


def test_what_enters_depends_on_route_and_enantiomer() -> None:
    of = {e.study: entering(e) for e in JUDGES}
    tablet, spray = of["Yanagihara 2003, tablets"], of["Yanagihara 2003, nasal spray of 25 mg"]
    assert "pk.pr21.ka_po" in tablet and "pk.pr21.FRn_japanese" in spray
    assert "pk.yanagihara03.rectal" not in tablet | spray
    assert (
        "pk.platform.R_to_S" in tablet
        and "pk.platform.R_to_S" not in of["Wang 2019, bolus of 0.5 mg/kg S-ketamine alone"]
    )
    assert "pk.platform.k_fast" not in of["Kamp 2020 Figure 1a, esketamine, three steps"]
    assert "pk.platform.CL" in tablet


SHOWN = ("pk.platform.CL", "pk.platform.E")
IDS = set(facts())


def unnamed(one: Fact) -> set[str]:
    """Facts that a note names by id, and of SHOWN those whose value it shows, without being known to lie behind it.

    Where all the sources of such a fact are cited by the one that names it, nothing is hidden.
    """
    rest = set(re.findall(r"\b[a-z]+(?:\.\w+)+", one.note)) & IDS
    rest |= {name for name in SHOWN if f"{fact(name).number:g}" in one.note}
    missing = rest - {one.id, *COMPUTED_FROM.get(one.id, ())}
    return {name for name in missing if not set(fact(name).citation) <= set(one.citation)}


def test_numbers_computed_from_others_are_all_named() -> None:
    """What enters and whose note names another fact by id, or shows clearance or extraction, cites or rests on it."""
    for exam in JUDGES:
        for name, one in entering(exam).items():
            assert unnamed(one) == set(), name


def test_a_note_that_names_another_fact_is_seen() -> None:
    one, other = fact("pk.platform.k_fast"), fact("pk.yanagihara03.rectal")
    assert not set(other.citation) <= set(one.citation)
    assert unnamed(replace(one, note=f"Half of {other.id}.")) == {other.id}
    assert unnamed(replace(one, note="As pk.platform.k_fast.")) == set()
    away = replace(one, citation=("elsewhere",), note=f"{fact('pk.platform.CL').number:g} L/h over three.")
    assert unnamed(away) == {"pk.platform.CL"}
