"""History, claims, the shipped facts of mood and mechanism, and finding things in them."""

from collections import Counter
from pathlib import Path

import pytest

from ketasim.errors import EvidenceError
from ketasim.evidence import bibliography, claims, history, search, store
from ketasim.pharmacology import shelf

FACTS = Path(store.__file__).parent / "facts"
TOPICS = ("scales", "mechanism", "efficacy", "safety", "indications")


@pytest.fixture(scope="module")
def shipped():
    return store.read([FACTS / f"{topic}.toml" for topic in TOPICS])


def test_the_facts_pass_every_check_and_are_many(shipped):
    assert len(shipped) >= 200
    assert Counter(f.grade for f in shipped.values())["A"] > len(shipped) / 2


def test_what_is_recalled_says_so(shipped):
    for one in shipped.values():
        if one.grade == "D":
            assert "recalled" in one.note or "assumed" in one.citation or "taken from" in one.note, one.id
        if one.grade == "C":
            assert one.note, one.id


def test_rivals_exist_and_are_not_oneself(shipped):
    for one in shipped.values():
        for rival in one.rivals:
            assert rival in store.facts(), f"{one.id}: {rival}"
            assert rival != one.id


def test_every_entry_of_the_bibliography_can_be_read():
    for key in bibliography.entries():
        assert bibliography.entry(key).text


def test_history_runs_from_1962_to_today():
    story = history.events()
    years = [e.year for e in story]
    assert years == sorted(years)
    assert years[0] == 1962 and years[-1] >= 2025
    assert len(story) >= 25
    assert {e.theme for e in story} >= {"chemistry", "anaesthesia", "law", "mechanism", "depression", "approval"}


def test_the_claim_on_routes_counts_what_is_examined():
    published = [name for name in shelf.exposure_names() if name != "platform"]
    examined = [name for name in published if shelf.model(name).status == "examined"]
    words = {5: "five", 7: "seven", 12: "twelve"}
    said = next(claim.support for claim in claims.claims() if claim.id == "routes")
    assert shelf.model("platform").status == "examined"
    assert f"the platform and {words[len(examined)]} of {words[len(published)]} published models" in said
    assert f"the other {words[len(published) - len(examined)]} stand as printed, unexamined" in said


def test_claims_cover_every_row_that_can_be_claimed_and_rest_on_facts():
    every = claims.claims()
    assert {c.topic for c in every} == set(claims.TOPICS)
    assert {c.row for c in every} >= set(range(1, 21))
    for one in every:
        assert one.citation and one.support
        for fact in one.facts:
            assert fact in store.facts(), f"{one.id}: {fact}"
        assert one.shown == (one.shown_by != claims.NOT_SHOWN)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[event]]\nyear = 1962\nwhat = "x"\ntheme = "law"\ngrade = "A"\n', "citation"),
        ('[[event]]\nyear = 1962\nwhat = "x"\ntheme = "law"\ncitation = "nobody1900"\ngrade = "A"\n', "nobody1900"),
        ('[[event]]\nyear = 1962\nwhat = "x"\ntheme = "law"\ncitation = "berman2000"\n', "grade"),
        ('[[event]]\nyear = "x"\nwhat = "x"\ntheme = "law"\ncitation = "berman2000"\ngrade = "A"\n', "year"),
        ('[[event]]\nyear = 1962\nwhat = "x"\ntheme = "tale"\ncitation = "berman2000"\ngrade = "A"\n', "theme"),
        ('[[event]]\nyear = 1962\nmood = "x"\n', "unknown field"),
        ("[[events]]\nyear = 1962\n", "only"),
        ("[[event]\n", "Cannot read"),
    ],
)
def test_an_event_without_what_it_must_carry_is_refused(tmp_path, text, said):
    path = tmp_path / "history.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EvidenceError, match=said):
        history.read(path)


CLAIM = """[[claim]]
id = "a"
topic = "risk"
statement = "s"
support = "t"
strength = "weak"
citation = "berman2000"
grade = "A"
shown_by = "not shown by the model"
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('topic = "risk"', 'topic = "fun"', "topic"),
        ('strength = "weak"', 'strength = "huge"', "strength"),
        ('shown_by = "not shown by the model"', 'shown_by = "trust us"', "shown_by"),
        ('citation = "berman2000"\n', "", "citation"),
        ('grade = "A"\n', "", "grade"),
        ('grade = "A"\n', 'grade = "A"\nnot_shown = "half of it"\n', "not_shown.*beside one"),
        ('"not shown by the model"', '"ketasim list presets"\nnot_shown = " "', "not_shown.*does not show"),
    ],
)
def test_a_claim_without_what_it_must_carry_is_refused(tmp_path, old, new, said):
    path = tmp_path / "claims.toml"
    path.write_text(CLAIM.replace(old, new), encoding="utf-8")
    with pytest.raises(EvidenceError, match=said):
        claims.read(path)
    path.write_text(CLAIM + CLAIM, encoding="utf-8")
    with pytest.raises(EvidenceError, match="twice"):
        claims.read(path)


def test_a_claim_may_say_what_its_command_does_not_show(tmp_path):
    path = tmp_path / "claims.toml"
    path.write_text(CLAIM, encoding="utf-8")
    assert claims.read(path)[0].not_shown == ""
    half = CLAIM.replace('"not shown by the model"', '"ketasim list presets"\nnot_shown = "the doses"')
    path.write_text(half, encoding="utf-8")
    (one,) = claims.read(path)
    assert one.shown and one.not_shown == "the doses"


def test_search_finds_by_words_and_without_accents():
    rating = search.search("Åsberg rating", ("publication",))
    assert rating and rating == search.search("asberg rating", ("publication",))
    found = [h.id for h in search.search("glutamate rats")]
    assert found[0].startswith("mech.glutamate")
    assert {h.kind for h in search.search("relapse")} == {"fact", "claim", "event"}
    assert search.search("xyzzy") == ()
    assert len(search.search("")) > 200
    assert any(h.id == "daly2018" for h in search.search("daly 2018 esketamine", ("publication",)))


def test_all_words_beat_some_words_said_loudly():
    rows = [("fact", "a", "x", "glutamate glutamate rise", ""), ("fact", "b", "y", "", "glutamate rise in rats")]
    assert [h.id for h in search.best(rows, "glutamate rise rats")] == ["b"]
    assert [h.id for h in search.best(rows, "glutamate rise")] == ["a", "b"]
