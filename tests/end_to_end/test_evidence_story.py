"""A reader asks what is known: facts, studies, history, claims, each with its source and how firm it is."""

import re
import shlex
from pathlib import Path

import pytest

from ketasim.errors import WorkError
from ketasim.evidence.bibliography import entry
from ketasim.evidence.claims import NOT_SHOWN, claims
from ketasim.evidence.history import events
from ketasim.evidence.store import fact
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
    command = next(one.shown_by for one in claims() if "--control masked" in one.shown_by)
    assert f"    {command}" in said.out.splitlines()  # whole, so that it can be copied
    assert all(len(line) <= 80 or line == f"    {command}" for line in said.out.splitlines())


def test_one_result_is_not_results(ketasim):
    rows = ketasim("evidence", "--all", "--json").json["study"]
    one = next(row["id"] for row in rows if row["observations"] == 1)
    assert "  1 result; " in ketasim("evidence", one).out


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


def told(name):
    (claim,) = [one for one in claims() if one.id == name]
    return claim, shlex.split(claim.shown_by)[1:]


def test_what_a_command_does_not_show_is_printed(ketasim):
    said = ketasim("evidence", "quetiapine")
    assert "  not shown: electroconvulsive therapy and quetiapine" in said.out
    assert "not shown:" not in ketasim("evidence", "electroencephalogram").out
    rows = ketasim("evidence", "quetiapine", "--json").json["claim"]
    assert said.out.count("not shown:") == sum(bool(row["not_shown"]) for row in rows)


def test_an_ordinary_antidepressant_has_about_a_third_of_its_effect_after_a_week(ketasim):
    claim, words = told("ordinary-take-weeks")
    said = ketasim(*words, "--json")
    assert said.json["people"]["n"] == 100
    gap = {row["measure"]: row["difference"] for row in said.json["comparison"] if row["regimen"].startswith("oral")}
    early, late = gap["change, day 8"], gap["change, day 43"]
    assert late < -0.5 and 0.25 < early / late < 0.46
    assert f"about {-early:.1f} of {-late:.1f} points" in claim.support


def test_the_block_is_as_large_as_is_claimed(ketasim):
    claim, words = told("receptor-block")
    rows = ketasim(*words, "--patients", 50, "--json").json["comparison"]
    vein, nose = (row["mean"] for row in rows if row["measure"] == "Cmax")
    assert "about a fifth" in claim.statement and vein == pytest.approx(0.2, abs=0.025)
    assert "three tenths" in claim.statement and nose == pytest.approx(0.3, abs=0.025)


def test_lanicemine_is_still_because_it_hardly_blocks(ketasim):
    claim, words = told("block-is-not-enough")
    rows = ketasim(*words, "--patients", 10, "--json").json["comparison"]
    (peak,) = [row["mean"] for row in rows if (row["output"], row["measure"]) == ("NMDA occupancy", "Cmax")]
    assert f"blocks {100 * peak:.1f} % of receptors" in claim.not_shown
    magnesium = fact("control.lanicemine.magnesium")
    assert f"{magnesium.number:.0f}-fold" in claim.not_shown and magnesium.grade == "D"


def test_an_old_and_light_person_has_the_ratio_that_is_said(ketasim):
    claim, words = told("special-people")
    who = words.index("--person")
    areas = []
    for one in (words, words[:who] + words[who + 2 :]):
        rows = ketasim(*one, "--json").json["summary"]
        areas += [r["median"] for r in rows if (r["output"], r["measure"]) == ("plasma esketamine", "AUCinf")]
    assert f"{areas[0] / areas[1]:.1f} times the area" in claim.not_shown
    assert f"{words[who]} {words[who + 1]}" in claim.not_shown


@pytest.mark.parametrize(
    ("amount", "duration", "hours", "low", "high"),
    [("2 mg/kg", "1 min", "0:8:0.25", 1.0, 1.6), ("20 mg/kg", "200 min", "0:12:0.25", 0.75, 1.6)],
)
def test_an_anaesthetic_dose_raises_glutamate_as_it_washes_out(ketasim, tmp_path, amount, duration, hours, low, high):
    """Glutamate falls while a long infusion lasts only, so the highest rises with dose, as the claim says."""
    regimen = f'name = "a"\n[[dose]]\ndrug = "ketamine"\nroute = "iv_infusion"\namount = "{amount}"\n'
    (tmp_path / "a.toml").write_text(f'{regimen}duration = "{duration}"\n', encoding="utf-8")
    said = ketasim("simulate", "a.toml", "--typical", "--outputs", "glutamate", "--times", hours, "--json")
    curve = next(iter(said.json["curves"].values()))
    seen = curve["median"] if isinstance(curve, dict) else curve
    assert min(seen) == pytest.approx(low, abs=0.07) and max(seen) == pytest.approx(high, abs=0.15)
    claim, words = told("glutamate-surge")
    assert "rises by a half" in claim.not_shown and "iv-ketamine-0.5mgkg-single" in words


def scored(study):
    """Rows of a study on the scoreboard: (arm, endpoint, time, n, observed, predicted, …)."""
    page = (Path(__file__).parents[2] / "docs" / "scoreboard.md").read_text(encoding="utf-8").replace("\u2212", "-")
    text = page.split(f"### {study}:")[1].split("\n#")[0]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| ")]


def test_what_is_missed_is_said_in_the_numbers_of_the_scoreboard():
    row = next(r for r in scored("ket01") if r[1:3] == ["MADRS change", "day 21"])
    seen, predicted = (-float(cell) for cell in row[4:6])
    assert f"{predicted:.1f} points better than placebo predicted, {seen:.1f} seen" in told("safer-forms")[0].not_shown
    arms = [r for r in scored("lii2023") if r[1:3] == ["MADRS", "24 h after dose 1"]]
    (a, b), (c, d) = ([float(cell) for cell in r[4:6]] for r in arms)
    said = told("expectancy")[0].not_shown
    assert f"by {d - b:.1f} points predicted and {c - a:.1f} seen" in said
    row = next(r for r in scored("jelovac2025") if r[1] == "MADRS change")
    assert f"by {-float(row[5]):.1f} and {-float(row[4]):.1f}" in said


def test_where_people_are_described_the_page_says_what_has_no_effect():
    page = (Path(__file__).parents[2] / "docs" / "dosing.md").read_text(encoding="utf-8")
    (claim,) = [one for one in claims() if one.id == "who-responds"]
    for key in claim.citation:
        one = entry(key)
        assert f"{one.get('author').split(',')[0]} {one.get('year')}" in page
