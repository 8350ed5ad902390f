"""The page on the folder of a run names every file of it, and the columns that are in them."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from ketasim.simulation.folder import OURS, PARTS

PAGE = (Path(__file__).parents[2] / "docs" / "run-folder.md").read_text(encoding="utf-8")
DATA = "ID,TIME,AMT,RATE,EVID,CMT,DV,WT,AGE\n1,0,20,30,1,vein_S,.,70,40\n1,1,.,.,0,plasma esketamine,60,70,40\n"


def test_every_file_is_named() -> None:
    first = PAGE.split("| file | columns |")[0]
    assert set(re.findall(r"^\| `([^`]+)` \|", first, re.MULTILINE)) == set(OURS) - {PARTS}


def test_columns_are_those_of_a_run(ketasim, tmp_path) -> None:
    told = dict(re.findall(r"^\| `([^`]+)` \| (.*) \|$", PAGE.split("| file | columns |")[1], re.MULTILINE))
    (tmp_path / "seen.csv").write_text(DATA, encoding="utf-8")
    mood = ("simulate", "spravato-84-single", "--model", "pathway", "--patients", 3, "--days", 2)
    assert ketasim(*mood, "--out", "run").status == 0
    assert ketasim(*mood, "--out", "few", "--quantiles").status == 0
    said = ketasim("simulate", "--data", "seen.csv", "--out", "data")
    assert said.status == 0, said.err
    for name, text in told.items():
        path = tmp_path / ("data" if name == "observed.parquet" else "run") / name
        found = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
        assert [part.split(" (")[0].strip() for part in re.split(r", (?![^(]*\))", text)] == list(found.columns), name
    made = {p.name for folder in ("run", "few", "data") for p in (tmp_path / folder).iterdir()}
    assert made == set(OURS) - {PARTS}


def test_the_code_reads_a_run(ketasim, tmp_path, monkeypatch) -> None:
    assert ketasim("simulate", "spravato-84-single", "--patients", 3, "--out", "DIR").status == 0
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    there: dict[str, object] = {}
    exec(code, there)
    assert len(there["people"]) == 3 and there["run"]["plasma esketamine"].sizes["patient"] == 3
