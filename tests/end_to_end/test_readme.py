"""What the README says can be done can be done."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from ketasim.pharmacology.mood.values import value

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def commands() -> list[list[str]]:
    lines = [line.split(" #")[0].strip() for block in blocks("sh") for line in block.splitlines()]
    return [shlex.split(line)[1:] for line in lines if line.startswith("ketasim ")]


@pytest.mark.parametrize("words", commands(), ids=lambda words: " ".join(words[:2]))
def test_every_command_and_option_exists(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    from ketasim.cli.main import main

    assert main([words[0], "--help"]) == 0
    told = capsys.readouterr().out
    for option in [word for word in words if word.startswith("--")]:
        assert option in told


def test_names_in_commands_exist() -> None:
    from ketasim.dosing import presets
    from ketasim.evidence.store import fact
    from ketasim.population import named

    text = README
    for preset in re.findall(r"spravato-[a-z0-9-]+|iv-ketamine-[a-z0-9.-]+", text):
        assert preset in presets.names()
    explained = re.findall(r"ketasim explain (\S+)", text)
    assert explained and all(fact(name).unit for name in explained)
    assert "trd-adults" in named.names()


def test_the_python_example_runs() -> None:
    space: dict[str, object] = {}
    exec(compile(blocks("python")[0], "README.md", "exec"), space)
    run = space["run"]
    assert run["plasma esketamine"].attrs["units"] == "ng/mL"  # type: ignore[index]
    assert len(run.summary()) > 0  # type: ignore[attr-defined]


def test_the_regimen_is_read() -> None:
    from ketasim.dosing.regimen import Regimen

    text = blocks("toml")[0]
    assert tomllib.loads(text)["name"]
    assert len(Regimen.from_text(text).schedule()) == 8 * 3


def test_every_linked_file_is_there() -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / link).exists(), link


def test_what_it_says_of_24_h_is_what_the_scoreboard_shows() -> None:
    assert "difference from placebo at 24 h is predicted about one and a half times as large" in README.replace(
        "\n  ", " "
    )
    text = (ROOT / "docs" / "scoreboard.md").read_text(encoding="utf-8").replace("\u2212", "-")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| esk")]
    own = [row for row in rows if "versus placebo" in row[0] and row[1:3] == ["MADRS change", "24 h after dose 1"]]
    ratios = [float(row[5]) / float(row[4]) for row in own if int(row[3]) > 80]
    assert len(ratios) == 5 and all(1.2 < ratio < 1.9 for ratio in ratios)
    assert 1.35 < sum(ratios) / 5 < 1.65


def test_what_it_says_of_relapse_is_what_the_scoreboard_shows() -> None:
    assert "relapse after stopping comes too soon" in README.replace("\n  ", " ")
    text = (ROOT / "docs" / "scoreboard.md").read_text(encoding="utf-8").split("### daly2019")[1].split("###")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if "time to relapse" in line]
    assert len(rows) >= 2 and all(float(row[5]) < 0.5 * float(row[4]) for row in rows)
    mood = (ROOT / "docs" / "mood.md").read_text(encoding="utf-8")
    first = next(row for row in rows if row[0] == "stable remitters, placebo")
    assert f"a median of {first[4]} days, where {first[5]} are predicted" in mood


def test_the_factors_that_the_page_on_mood_states_are_the_calibrated_ones() -> None:
    mood = " ".join((ROOT / "docs" / "mood.md").read_text(encoding="utf-8").split())
    told = []
    for name in ("trial.small_drug", "mood.open_drug"):
        fact = value(name)
        low, high = next(s.value for s in fact.spread if s.of == "estimate")
        told.append(f"{fact.number:.1f} ({low:.1f} to {high:.1f})")
    assert f"by {' and '.join(told)} times" in mood
    assert f"`mood.expect.open`, {value('mood.expect.open').number:.1f} times" in " ".join(mood.split())
