"""The page of benchmarks: an aim that is missed is said, and every measurement has its section."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from benchmarks import __main__ as program
from benchmarks import commands, report

from ketasim.cli.main import main

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("speeds", "others", "said"),
    [
        ((1.95, 1.68), 0.0, "The aim of 1.8 is missed by: b."),
        ((1.95, 1.81), 0.0, "The aim of 1.8 is reached by all."),
        ((1.95, 1.9), 0.5, "The machine was busy"),
    ],
)
def test_an_aim_that_is_missed_is_said(speeds: tuple[float, ...], others: float, said: str) -> None:
    rows = [{"work": name, "speed": speed, "others": others} for name, speed in zip("ab", speeds, strict=True)]
    assert report.reached(rows).startswith(said)


def test_the_page_that_is_kept_says_so_too() -> None:
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    lines = page.split("## Two threads over one")[1].split("## ")[0].splitlines()
    cells = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")][1:]
    rows = [{"work": row[0], "speed": float(row[3]), "others": 0.0} for row in cells]
    assert len(rows) > 1 and report.reached(rows) in lines


def test_every_measurement_has_a_section() -> None:
    assert {section.__name__ for section in report.SECTIONS} == set(program.NAMES)


def test_commands_have_a_row_when_they_were_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter((41.04, 12.3, 9.0, 8.0))
    monkeypatch.setattr(commands, "seconds", lambda words: next(seconds))
    found = {**commands.main(), "machine": dict.fromkeys(("system", "architecture", "cores", "vectors", "python"), "x")}
    (tmp_path / "commands.json").write_text(json.dumps(found), encoding="utf-8")
    page = report.page(tmp_path)
    assert "--patients 1000 --days 56 --out run` | 41.0 | 12.3 |" in page and "| `ketasim demo` | 9.0 | 8.0 |" in page
    assert "Not run: dose_to_mood" in page and "commands" not in page.split("Not run:")[1]


@pytest.mark.parametrize("words", commands.COMMANDS, ids=lambda words: words[0])
def test_commands_and_their_options_exist(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([words[0], "--help"]) == 0
    told = capsys.readouterr().out
    assert all(word in told for word in words if word.startswith("--"))
