"""`ketasim rivals`: what is weighed, what is written, what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.calibration import durability, rivals, write
from ketasim.calibration.fingerprint import current
from ketasim.calibration.rivals import Weighed
from ketasim.pharmacology.mood import values


@pytest.fixture
def asked(monkeypatch):
    """Which rivals are weighed with how many steps; what comes of it is made up."""
    found = []
    rng = np.random.default_rng(4)
    base = rng.normal(-5.0, 1.0, 17)

    def weigh(name, folder, effort, workers, say, force):
        found.append((name, effort.steps))
        own = base if name == "disinhibition" else base - 3.0 + 0.1 * rng.standard_normal(17)
        return Weighed(name, own, 1.0, 500.0, 37.4)

    monkeypatch.setattr(rivals, "weigh", weigh)
    monkeypatch.setattr(durability, "durability", lambda: None)
    monkeypatch.setattr(durability, "sentence", lambda found: "It lasts as long.")
    return found


def test_what_is_named_is_weighed_beside_the_model_and_the_page_says_of_when_it_is(ketasim, asked, tmp_path):
    said = ketasim("rivals", "--out", "r", "--rival", "mixture", "--steps", 500, "--json")
    assert asked == [("disinhibition", 500), ("mixture", 500)]
    assert said.status == 0 and said.json["verdict"] == "mixture predicts worse than disinhibition"
    model, mixture = said.json["rivals"]
    assert mixture["difference"] == pytest.approx(mixture["elpd"] - model["elpd"]) and len(mixture["per_trial"]) == 17
    text = (tmp_path / "r" / "rivals.md").read_text(encoding="utf-8")
    assert all(f"{name} `{print_[:8]}`" in text for name, print_ in current().items())
    assert "Not weighed here: direct inhibition, metabolite." in text and "It lasts as long." in text


def test_by_default_all_are_weighed_and_told(ketasim, asked):
    said = ketasim("rivals", "--out", "r")
    assert [name for name, _ in asked] == list(rivals.RIVALS)
    assert "metabolite predicts worse than disinhibition" in " ".join(said.out.split())


def test_an_unknown_rival_is_refused_before_any_work(ketasim, asked):
    said = ketasim("rivals", "--rival", "placebo")
    assert said.status == 2 and "'placebo'" in said.error and "mixture" in said.error and not asked


def test_what_converged_is_put_where_models_read_it(ketasim, asked, tmp_path, monkeypatch):
    home, models = tmp_path / "home", tmp_path / "models"
    models.mkdir()
    monkeypatch.setattr(write, "HOME", home)
    monkeypatch.setattr(values, "FILE", models / "calibrated.toml")
    for name in ("direct-inhibition", "metabolite", "mixture"):
        (tmp_path / "r" / name).mkdir(parents=True)
        for file in ("calibrated.toml", "draws.csv"):
            (tmp_path / "r" / name / file).write_text(f"{name} {file}")
    assert ketasim("rivals", "--out", "r", "--install").status == 0
    there = {path.name: path.read_text() for folder in (home, models) for path in folder.iterdir()}
    assert there == {
        f"{kind}-{name}.{end}": f"{name} {kind}.{end}"
        for name in ("direct-inhibition", "metabolite")
        for kind, end in (("calibrated", "toml"), ("draws", "csv"))
    }
