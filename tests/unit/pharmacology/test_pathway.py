"""What the way to mood says of itself: where its numbers come from, and that rivals borrow them."""

import json

import pytest

from ketasim.calibration import known
from ketasim.dosing.regimen import Regimen
from ketasim.pharmacology import shelf
from ketasim.pharmacology.mood import pathway, values
from ketasim.pharmacology.readings import reading
from ketasim.population.named import population
from ketasim.simulation.simulate import simulate

ONCE = Regimen("once").dose("ketamine", "iv_infusion", "0.5 mg/kg", duration="40 min")
ROUTE = {("ketamine", "iv_infusion")}
WEIGHT = "mood.weight_slow"
RIVALS = ("pathway-direct-inhibition", "pathway-metabolite", "pathway-mixture")


def _clear():
    values.calibrated.cache_clear()
    pathway.built.cache_clear()


@pytest.fixture
def borrowing(monkeypatch, tmp_path):
    """The calibration that ships, in a folder where no rival was calibrated for itself."""
    text = values.FILE.read_text(encoding="utf-8")
    monkeypatch.setattr(values, "FILE", tmp_path / "calibrated.toml")
    values.FILE.write_text(text, encoding="utf-8")
    _clear()
    yield text
    _clear()


@pytest.fixture
def own(borrowing):
    """A calibration of the rival metabolite alone, with another weight and noise than that of the model itself."""
    text = borrowing
    for name, value in ((f'estimate."{WEIGHT}"', 7.5), ("trial.noise", 0.9)):
        head, tail = text.split(f"[{name}]\n", 1)
        text = f"{head}[{name}]\nmedian = {value}\n{tail.split(chr(10), 1)[1]}"
    path = values.file_of("metabolite")
    path.write_text(text, encoding="utf-8")
    _clear()
    return path


@pytest.fixture
def uncalibrated(monkeypatch):
    monkeypatch.setattr(pathway, "calibrated", lambda mechanism="disinhibition": {})
    pathway.built.cache_clear()
    yield
    pathway.built.cache_clear()


@pytest.mark.parametrize("name", RIVALS)
def test_a_run_with_a_rival_says_whose_numbers_it_takes(name, borrowing, tmp_path):
    model, people = shelf.model(name, ROUTE), population("trd-adults", 2, 1)
    run = simulate(model, people, ONCE, times=[0, 24], out=tmp_path / "run")
    (said,) = [line for line in run.warnings if repr(name) in line]
    assert "takes the numbers that were calibrated with disinhibition" in said
    assert said in json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))["warnings"]


def test_the_model_itself_borrows_nothing():
    model = shelf.model("pathway", ROUTE)
    assert model.caution == "" and "posterior medians from" in model.note and "priors" not in model.note
    assert not [line for line in simulate(model, None, ONCE, times=[0], typical=True).warnings if "calibrated" in line]


def test_without_a_calibration_all_are_priors(uncalibrated):
    for name in ("pathway", *RIVALS):
        model = shelf.model(name, ROUTE)
        assert model.caution == "" and "no calibration is installed" in model.note


def _weight(model):
    (one,) = [p.fact for c in model.components for p in c.parameters if p.fact.id == WEIGHT]
    return one


def test_a_rival_that_was_calibrated_for_itself_has_its_own_numbers(own):
    rival, other, itself = (shelf.model(name, ROUTE) for name in (RIVALS[1], RIVALS[0], "pathway"))
    assert _weight(rival).number == 7.5 and _weight(rival).grade == "calibrated"
    assert _weight(other) == _weight(itself) and _weight(itself).number != 7.5
    assert (reading(rival).noise, reading(other).noise) == (0.9, reading(itself).noise)
    assert rival.outputs[[o.name for o in rival.outputs].index("MADRS")].residual.logit_sd == 0.9
    assert "calibrated for itself" in rival.caution and "largest R-hat" in rival.caution
    assert "with metabolite as the trigger" in rival.note and "with disinhibition as the trigger" in other.note
    assert "takes the numbers" in other.caution and itself.caution == ""


def test_the_spread_between_patients_is_of_the_rival_too(own):
    text = own.read_text(encoding="utf-8")
    head, tail = text.split('[estimate."mood.response_cv"]\n', 1)
    own.write_text(
        f'{head}[estimate."mood.response_cv"]\nmedian = 0.123\n{tail.split(chr(10), 1)[1]}', encoding="utf-8"
    )
    _clear()
    rival = shelf.model(RIVALS[1], ROUTE)
    facts = [p.fact for c in rival.components for p in c.parameters]
    facts += [p.between.fact for c in rival.components for p in c.parameters if p.between and p.between.fact]
    assert {one.number for one in facts if one.id == "mood.response_cv"} == {0.123}


def test_draws_are_those_of_the_mechanism(own, monkeypatch):
    asked = []
    real = known.posterior
    monkeypatch.setattr(known, "posterior", lambda mechanism: asked.append(mechanism) or real())
    for name in (RIVALS[1], RIVALS[0], "pathway"):
        known.estimates(shelf.model(name, ROUTE))
    assert asked == ["metabolite", "disinhibition", "disinhibition"]


def test_a_rival_of_an_earlier_model_does_not_count(own):
    text = own.read_text(encoding="utf-8")
    own.write_text(text.replace('evidence = "', 'evidence = "0'), encoding="utf-8")
    _clear()
    rival = shelf.model(RIVALS[1], ROUTE)
    assert _weight(rival).number != 7.5 and "takes the numbers" in rival.caution
