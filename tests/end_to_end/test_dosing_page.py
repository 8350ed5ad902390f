"""The files printed in docs/dosing.md run as printed, and its table of people's columns is that of the models."""

import re
from pathlib import Path

import numpy as np

import ketasim as ks
from ketasim.population.covariates import KNOWN

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "dosing.md").read_text(encoding="utf-8")
TABLE = {name: (what, who) for name, what, who in re.findall(r"^\| `([A-Z0-9]+)` \| (.*?) \| (.*?) \|$", PAGE, re.M)}


def printed(start: str, folder: Path) -> Path:
    (text,) = (block for block in re.findall(r"```csv\n(.*?)```", PAGE, re.DOTALL) if block.startswith(start))
    path = folder / "example.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_data_set_runs_as_printed(tmp_path: Path) -> None:
    model = ks.model("platform")
    data = ks.read_data(printed("ID,TIME", tmp_path), model)
    seen = ks.simulate(model, None, data, typical=True).observed()
    assert seen["output"].tolist() == ["plasma ketamine"] * 3 + ["plasma norketamine"]
    assert np.all(np.abs(np.log(seen["PRED"] / seen["DV"])) < np.log(2.0))  # in the unit that the page names


def test_the_people_run_as_printed(tmp_path: Path) -> None:
    people = ks.People.from_csv(printed("ID,AGE", tmp_path))
    assert {"ID", *people.names} == set(TABLE)
    dose = ks.Regimen("one").dose("ketamine", "iv_infusion", "0.5 mg/kg", duration="40 min")
    run = ks.simulate(ks.model("pathway"), people, dose, times=[0, 24], typical=True)
    assert not [said for said in run.warnings if "not given" in said]
    np.testing.assert_allclose(run.array("MADRS")[:, 0], [34.0, 29.0], rtol=1e-9)


def test_every_column_that_a_model_reads_is_on_the_page() -> None:
    pathway = {c.name: c for c in ks.model("pathway").covariates if not c.usual}
    assert set(pathway) <= set(TABLE) and set(KNOWN) - {"PMA"} <= set(TABLE)
    for name, (what, who) in TABLE.items():
        words = pathway[name].levels if name in pathway else ()
        assert all(f"`{word}`" in what for word in words), name
        assert ("pathway" in who) == (name in pathway and name != "WT"), name
    assert "WT" not in {c.name for c in ks.model("perez-ruixo-2021").covariates}
