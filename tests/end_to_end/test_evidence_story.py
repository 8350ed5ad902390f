"""A reader asks what is known: facts, studies, history, claims, each with its source and how firm it is."""

from ketasim.evidence.claims import NOT_SHOWN, claims


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


def test_words_that_nothing_speaks_of(ketasim):
    said = ketasim("evidence", "xylophone")
    assert said.status == 0
    assert "Nothing speaks of 'xylophone'" in said.out


def test_commands_that_show_a_claim_exist(ketasim):
    from ketasim.cli.main import app
    from ketasim.studies.shelf import studies

    known = {command.name for command in app.registered_commands}
    for claim in claims():
        words = claim.shown_by.split()
        if claim.shown:
            assert words[1] in known, claim.id
        if claim.shown and words[1] == "reproduce":
            assert {word for word in words[2:] if not word.startswith("--")} <= set(studies()), claim.id
