"""Stories of what a prediction leans on: shares of variance and the weakest numbers, wherever a prediction is told."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

ONCE = "spravato-84-single"
TITLE = "What the predictions lean on"


def test_a_simulation_says_what_it_leans_on_everywhere(ketasim, tmp_path):
    said = ketasim("simulate", ONCE, "--model", "pathway", "--patients", 16, "--out", "run", "--json")
    assert said.status == 0, said.err
    told = {(one["output"], one["measure"], one["of"]): one for one in said.json["leaning"]}
    expected = [
        ("plasma esketamine", "peak", "one patient"),
        ("plasma esketamine", "AUC", "one patient"),
        ("NMDA occupancy", "peak", "one patient"),
        *((name, "highest", "one patient") for name in ("glutamate", "fast plasticity", "slow plasticity")),
        *(("MADRS", f"change, {when}", of) for when in ("24 h", "day 8", "day 28") for of in ("one patient", "mean")),
        ("MADRS", "response, day 28", "share"),
        ("MADRS", "remission, day 28", "share"),
    ]
    assert set(expected) <= set(told)
    assert all(sum(one["shares"].values()) == pytest.approx(1.0) for one in told.values())
    mean = told["MADRS", "change, day 28", "mean"]["shares"]
    assert mean["between-study"] > 0.0 < mean["calibration"] and mean["sampling"] > 0.0 == mean["visit"]
    change, alone = (told["MADRS", "change, day 28", of] for of in ("mean", "one patient"))
    assert change["trial"]["n"] == 16 and change["trial"]["low"] < change["value"] < change["trial"]["high"] < 10.0
    assert change["trial"]["sd"] > change["sd"] and alone["trial"] is None  # a trial sees how patients vary by day
    assert "with fewer than 100 people showed" in said.json["trial_note"]
    weak = told["plasma esketamine", "peak", "one patient"]["weakest"][0]
    assert weak["parameter"] == "nose.FRn" and weak["grade"] == "B" and weak["citation"] and weak["value"] == 0.54
    note = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert note["leaning"] == said.json["leaning"] and note["seed"] == 0
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "What a trial of 16 people would find" in page and "hold how these people differ" in page
    assert TITLE in page and "Shares of variance" in page and "perezruixo2021" in page


def test_as_text_with_a_number_of_ones_own(ketasim):
    said = ketasim("simulate", ONCE, "--person", "AGE=40,WT=70", "--param", "CLint=300")
    assert said.status == 0, said.err
    assert TITLE in said.out and "between patients" in said.out and "Leans most on nose.FRn" in said.out
    assert "Your own numbers, taken as exact and not graded: liver.CLint = 300 L/h." in said.out
    assert max(map(len, said.out.splitlines())) <= 80


def test_a_comparison_says_what_its_differences_lean_on(ketasim, tmp_path):
    words = ("compare", ONCE, "oral-antidepressant", "--patients", 12, "--out", "c")
    said = ketasim(*words, "--json")
    assert said.status == 0, said.err
    assert "Of a difference: with other people in each arm." in said.json["trial_note"]
    gaps = [one for one in said.json["leaning"] if one["of"] == "difference" and one["output"] == "MADRS"]
    assert {one["versus"] for one in gaps} == {ONCE} and len(gaps) == 5
    rows = {(r["measure"], r["regimen"]): r for r in said.json["comparison"] if r["output"] == "MADRS"}
    for one in gaps:
        beside = rows[one["measure"], "oral-antidepressant"]
        assert one["value"] == pytest.approx(beside["difference"])
        assert one["shares"]["sampling"] * one["sd"] ** 2 == pytest.approx(beside["se"] ** 2)
        assert one["trial"]["sd"] > one["sd"]  # other people in each arm
    page = (tmp_path / "c" / "report.html").read_text(encoding="utf-8")
    assert TITLE in page and "What a trial of 12 people in each arm would find" in page
    shown = ketasim(*words[:-2]).out
    assert "difference, oral-antidepressant against" in " ".join(shown.split()) and "B − A" in shown


def test_relapse_where_it_is_asked_for(ketasim):
    words = ("simulate", ONCE, "--outputs", "share without relapse", "--patients", 12, "--days", 28, "--json")
    (one,) = ketasim(*words).json["leaning"]
    assert (one["output"], one["measure"], one["of"]) == ("share without relapse", "day 29", "share")
    assert 0.0 <= one["trial"]["low"] < one["value"] < one["trial"]["high"] <= 1.0
    assert one["shares"]["calibration"] > 0.0


@pytest.mark.parametrize("option", ["--typical", "--quantiles", "--residual"])
def test_whatever_is_kept_of_a_run(ketasim, option):
    who = () if option == "--typical" else ("--patients", 6)
    said = ketasim("simulate", ONCE, *who, option, "--json")
    assert said.status == 0, said.err
    for one in said.json["leaning"]:
        assert sum(one["shares"].values()) == pytest.approx(1.0)
        assert (one["shares"]["between-patient"] == 0.0) == (option == "--typical")


def test_a_model_that_a_moved_number_breaks_says_so(ketasim):
    """A bioavailability of the user's own near 1 leaves no room for the factor of ancestry to be larger."""
    words = ("--person", "AGE=40,WT=70,ANCESTRY=japanese", "--param", "nose.FRn=0.74", "--json")
    said = ketasim("simulate", ONCE, *words)
    assert said.status == 0 and said.json["leaning"] == [] and "cannot be told" in said.err


def test_the_example_of_the_page_is_what_its_command_prints(ketasim):
    page = (Path(__file__).parents[2] / "docs" / "leaning.md").read_text(encoding="utf-8")
    found = re.search(r"For example, `ketasim ([^`]+)` prints.*?```\n(.*?)```", page, re.DOTALL)
    assert found
    said = ketasim(*shlex.split(found[1]))
    assert said.status == 0, said.err
    number = re.compile(r"(?<![\w.])[−]?\d+(?:\.\d+)?(?= (?:%|ng/mL|points))")
    printed = " ".join(said.out.split())
    for sentence in re.split(r"\n(?! )", found[2].strip()):
        told = " ".join(sentence.split())
        start = printed.find(told.split(" (")[0])
        now = printed[start:]
        paste = f"give the command and paste what it prints now: {now[:400]}"
        values = [float(text.replace("−", "-")) for text in number.findall(told)]
        today = [float(text.replace("−", "-")) for text in number.findall(now)[: len(values)]]
        assert start >= 0 and today == pytest.approx(values, rel=0.03, abs=1.1), paste
        assert number.sub("#", now).startswith(number.sub("#", told)), paste
