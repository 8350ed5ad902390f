"""A reader asks what is known: facts, studies, history, claims, each with its source and how firm it is."""

import re
import shlex
from pathlib import Path

import pytest

from ketasim.errors import WorkError
from ketasim.evidence.bibliography import entry
from ketasim.evidence.claims import NOT_SHOWN, claims
from ketasim.evidence.history import events
from ketasim.reproduction import reproduce


def test_words_find_every_kind(ketasim):
    said = ketasim("evidence", "quetiapine", "--json")
    assert said.status == 0, said.err
    assert [s["id"] for s in said.json["study"]] == ["reif2023"]
    assert said.json["claim"][0]["strength"] == "contested"
    assert said.json["claim"][0]["shown_by"].startswith("ketasim ")
    assert all(row["citation"] and row["grade"] in "ABCD" for row in said.json["event"])


def test_the_page_says_support_and_command(ketasim):
    said = ketasim("evidence", "memantine")
    assert said.status == 0
    for word in ("Claims", "Facts", "History", "support: strong", "shown by:", "grade A", "zarate2006"):
        assert word in said.out
    assert max(len(line) for line in said.out.splitlines()) <= 80


def test_every_claim_can_be_read(ketasim):
    said = ketasim("evidence", "--all", "--json")
    rows = said.json["claim"]
    assert len(rows) == len(claims())
    assert all(row["shown_by"] == NOT_SHOWN or row["shown_by"].startswith("ketasim ") for row in rows)
    assert all(row["support"] and row["citation"] for row in rows)


def test_without_words_an_overview(ketasim):
    said = ketasim("evidence")
    assert said.status == 0
    assert {line.split(":")[0] for line in said.out.splitlines() if ":" in line} >= {
        "Claims", "Facts", "Studies", "History",
    }  # fmt: skip


def test_more_words_narrow_and_accents_do_not_matter(ketasim):
    few = ketasim("evidence", "Åsberg", "--json").json
    assert few == {**ketasim("evidence", "asberg", "--json").json, "words": "Åsberg"}
    one, two = (ketasim("evidence", *words, "--json").json for words in (["glutamate"], ["glutamate", "rats"]))
    assert 0 < len(two["fact"]) <= len(one["fact"])


def test_numbers_have_the_digits_that_were_printed(ketasim):
    said = " ".join(ketasim("evidence", "relapse", "--all").out.split())
    assert ": 18 days (" in said and ": 3, 14 days (" in said
    assert not re.search(r"\d\.\d*0{3,} ", said)


def test_words_that_nothing_speaks_of(ketasim):
    said = ketasim("evidence", "xylophone")
    assert said.status == 0
    assert "Nothing speaks of 'xylophone'" in said.out


def test_history_is_the_story_year_by_year(ketasim):
    told = ketasim("evidence", "history", "--json").json
    years = [event["year"] for event in told["event"]]
    assert len(years) == len(events()) and years == sorted(years)
    assert not told["claim"] and not told["fact"]
    said = ketasim("evidence", "history")
    assert said.out.count("grade ") == len(events()) and "the best" not in said.out


COMMANDS = [claim for claim in claims() if claim.shown]


@pytest.mark.parametrize("claim", [c for c in COMMANDS if "reproduce" in c.shown_by], ids=lambda c: c.id)
def test_a_claim_is_shown_by_studies_that_can_be_reproduced(ketasim, claim, monkeypatch):
    def reached(studies, *_):
        raise WorkError(f"came to {[study.id for study in studies]}.")

    monkeypatch.setattr(reproduce, "reproduce", reached)  # whose work takes minutes
    words = shlex.split(claim.shown_by)
    assert words[:2] == ["ketasim", "reproduce"]
    assert str(words[2:]) in ketasim(*words[1:]).error


@pytest.mark.parametrize("claim", [c for c in COMMANDS if "reproduce" not in c.shown_by], ids=lambda c: c.id)
def test_the_command_of_a_claim_runs_and_shows_what_it_names(ketasim, claim):
    _, *words = shlex.split(claim.shown_by)
    drawn = words[0] in ("simulate", "compare") and "--typical" not in words
    few = ("--patients", "2") if drawn else ()
    said = ketasim(*words, *few)
    assert said.status == 0, said.err
    shown = said.out + "".join(page.read_text(encoding="utf-8") for page in Path().glob("*/report.html"))
    wanted = words[words.index("--outputs") + 1].split(",") if "--outputs" in words else ()
    assert all(name in shown for name in wanted)
    assert claim.topic != "benefit" or "MADRS" in shown
    assert words[0] != "list"  # names show nothing
    assert words[0] != "explain" or words[1] in claim.facts
    assert claim.statement not in " ".join(said.out.split())  # a claim does not show itself


def test_the_rival_metabolite_helps_by_mouth_as_much_as_into_a_vein(ketasim):
    (claim,) = [one for one in claims() if one.id == "metabolite"]
    said = ketasim(*shlex.split(claim.shown_by)[1:], "--patients", 4, "--json")
    rows = {
        (row["output"], row["measure"]): row for row in said.json["comparison"] if row["regimen"].startswith("oral")
    }
    assert rows["plasma hydroxynorketamine", "AUClast"]["ratio"] == pytest.approx(1.0, abs=0.05)
    assert rows["NMDA occupancy", "Cmax"]["ratio"] < 0.3
    assert abs(rows["MADRS", "change, 24 h"]["difference"]) < 0.3
    assert any("'pathway-metabolite'" in line and "docs/rivals.md" in line for line in said.json["warnings"])


def test_where_people_are_described_the_page_says_what_has_no_effect():
    page = (Path(__file__).parents[2] / "docs" / "dosing.md").read_text(encoding="utf-8")
    (claim,) = [one for one in claims() if one.id == "who-responds"]
    for key in claim.citation:
        one = entry(key)
        assert f"{one.get('author').split(',')[0]} {one.get('year')}" in page
