"""A reader has a study followed patient by patient as it was done, beside the fast way."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARALLEL = ROOT / "examples" / "studies" / "parallel.toml"
FEW = ("--conduct", "--replicates", 2, "--patients", 16, "--workers", 1)
ENOUGH = ("--conduct", "--replicates", 20, "--patients", 16, "--workers", 1)


def test_conducted_as_json_and_again(ketasim):
    enough = ["--conduct", "--replicates", 2, "--patients", 120]
    said = ketasim("reproduce", PARALLEL, *enough, "--json")
    assert said.status == 0, said.err
    assert "1 of 2 trials done" in said.err
    rows = said.json["observations"]
    assert len(rows) == 3 and said.json["replicates"] == 2 and said.json["patients_per_arm"] == 120
    for row in rows:
        assert row["predicted_low"] is row["predicted_high"] is row["inside"] is None
    assert "fewer than 20 simulated trials gets no 90 % interval" in said.json["warnings"][0]
    assert rows[0]["predicted"] < rows[1]["predicted"] < 0  # ketamine at a day against midazolam
    assert ketasim("reproduce", PARALLEL, *enough, "--json").out == said.out
    assert ketasim("reproduce", PARALLEL, *enough, "--json", "--seed", 5).out != said.out


def test_conducted_as_text_and_files(ketasim, tmp_path):
    said = ketasim("reproduce", "murrough2013", *ENOUGH, "--out", "out")
    assert said.status == 0, said.err
    text = " ".join(said.out.split())
    for words in ("followed as the study was done", "leave at the reported rate", "carried-forward", "by its rules"):
        assert words in text
    assert "in the 90 % interval" in text and "Not predicted" in text and "recalled" in text
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out" / "observed-and-predicted.csv").read_text("utf-8"))))
    assert len(rows) == 2 and float(rows[0]["observed"]) == -16.5
    assert float(rows[0]["predicted_low"]) < float(rows[0]["predicted"]) < float(rows[0]["predicted_high"])
    assert "fewer than 20" not in said.err
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "followed as the study was done" in page and "posterior fingerprint" in page


def test_few_trials_give_no_verdict(ketasim):
    said = ketasim("reproduce", "murrough2013", *FEW)
    assert said.status == 0, said.err
    assert "too few simulated trials for a 90 % interval" in said.out
    assert "NO" not in said.out.split() and "yes" not in said.out.split()
    assert "fewer than 20 simulated trials gets no 90 % interval and no verdict" in " ".join(said.err.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--conduct",), "name the studies"),
        ((PARALLEL, "--replicates", 3), "--replicates says how to conduct"),
        ((PARALLEL, "--patients", 30), "--patients says how to conduct"),
        ((PARALLEL, "--conduct", "--patients", 1), "from 2 on"),
        ((PARALLEL, "--conduct", "--replicates", 0), "from 1 on"),
        (("murrough2031", "--conduct"), "Did you mean"),
    ],
)
def test_a_request_that_makes_no_sense_gets_one_sentence(ketasim, words, said):
    got = ketasim("reproduce", *words)
    assert got.status == 2 and got.out == ""
    assert said in got.error


def test_the_page_says_what_the_fast_way_ignores():
    page = (ROOT / "docs" / "reproducing.md").read_text(encoding="utf-8")
    ignored = [line.split("|")[1] for line in page.splitlines() if "**ignored**" in line]
    assert ["titrate" in ignored[0], "leaves early" in ignored[1], "analysis" in ignored[2]] == [True] * 3
