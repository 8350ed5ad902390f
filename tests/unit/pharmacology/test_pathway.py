"""What the way to mood says of itself: where its numbers come from, and that rivals borrow them."""

import json

import pytest

from ketasim.dosing.regimen import Regimen
from ketasim.pharmacology import shelf
from ketasim.pharmacology.mood import pathway
from ketasim.population.named import population
from ketasim.simulation.simulate import simulate

ONCE = Regimen("once").dose("ketamine", "iv_infusion", "0.5 mg/kg", duration="40 min")
ROUTE = {("ketamine", "iv_infusion")}
RIVALS = ("pathway-direct-inhibition", "pathway-metabolite")


@pytest.fixture
def uncalibrated(monkeypatch):
    monkeypatch.setattr(pathway, "calibrated", dict)
    pathway._model.cache_clear()
    yield
    pathway._model.cache_clear()


@pytest.mark.parametrize("name", RIVALS)
def test_a_run_with_a_rival_says_whose_numbers_it_takes(name, tmp_path):
    model, people = shelf.model(name, ROUTE), population("trd-adults", 2, 1)
    run = simulate(model, people, ONCE, times=[0, 24], out=tmp_path / "run")
    (said,) = [line for line in run.warnings if repr(name) in line]
    assert "calibrated with disinhibition" in said and said.count(". ") == 0
    assert said in json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))["warnings"]


def test_the_model_itself_borrows_nothing():
    model = shelf.model("pathway", ROUTE)
    assert model.caution == "" and "posterior medians from" in model.note and "priors" not in model.note
    assert not [line for line in simulate(model, None, ONCE, times=[0], typical=True).warnings if "calibrated" in line]


def test_without_a_calibration_all_are_priors(uncalibrated):
    for name in ("pathway", *RIVALS):
        model = shelf.model(name, ROUTE)
        assert model.caution == "" and "no calibration is installed" in model.note
