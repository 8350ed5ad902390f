"""`ketasim rivals`: what is weighed, what is written, what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.calibration import durability, following, rivals, write
from ketasim.calibration.fingerprint import current, of_model
from ketasim.calibration.left_out import Found, LeftOut
from ketasim.calibration.rivals import Weighed
from ketasim.pharmacology.mood import values


class Asked(list):
    far = ()


@pytest.fixture
def asked(monkeypatch):
    """Which rivals are weighed with how many steps; what comes of it is made up, and R-hat of those in `far` is 1.2."""
    found = Asked()
    rng = np.random.default_rng(4)
    base = rng.normal(-5.0, 1.0, 17)

    def weigh(name, folder, effort, workers, say, force, again, rounds):
        found.append((name, effort.steps))
        found.again, found.rounds = again, rounds
        own = base if name == "disinhibition" else base - 3.0 + 0.1 * rng.standard_normal(17)
        trials = tuple(LeftOut(f"trial {k}", one, 0.05, 300.0, 0.4) for k, one in enumerate(own.tolist()))
        return Weighed(name, Found(trials, 0.2, 300.0), 1.2 if name in found.far else 1.0, 500.0)

    monkeypatch.setattr(rivals, "weigh", weigh)
    monkeypatch.setattr(durability, "durability", lambda: None)
    monkeypatch.setattr(durability, "sentence", lambda found: "It lasts as long.")
    return found


def test_what_is_named_is_weighed_beside_the_model_and_the_page_says_of_when_it_is(ketasim, asked, tmp_path):
    said = ketasim("rivals", "--out", "r", "--rival", "mixture", "--steps", 5000, "--json")
    assert asked == [("disinhibition", 5000), ("mixture", 5000)]
    assert said.status == 0 and said.json["verdict"] == "mixture predicts worse than disinhibition"
    model, mixture = said.json["rivals"]
    assert mixture["difference"] == pytest.approx(mixture["elpd"] - model["elpd"]) and len(mixture["per_trial"]) == 17
    text = (tmp_path / "r" / "rivals.md").read_text(encoding="utf-8")
    assert all(f"{name} `{print_[:8]}`" in text for name, print_ in current().items())
    assert "Not weighed here: direct inhibition, metabolite." in text and "It lasts as long." in text


@pytest.mark.parametrize("words", [("--again",), ("--steps", 5000), ("--install",), ()])
def test_what_is_installed_is_weighed_unless_its_calibration_is_asked_for(ketasim, asked, homes, words):
    ketasim("rivals", "--out", "r", "--rival", "metabolite", *words)
    assert asked.again == bool(words)


@pytest.mark.parametrize(("words", "rounds"), [((), None), (("--rounds", 7), 7)])
def test_more_rounds_may_be_asked_for(ketasim, asked, words, rounds):
    ketasim("rivals", "--out", "r", "--rival", "metabolite", *words)
    assert asked.rounds == rounds


def test_by_default_all_are_weighed_and_told(ketasim, asked):
    said = ketasim("rivals", "--out", "r")
    assert [name for name, _ in asked] == list(rivals.RIVALS)
    assert "metabolite predicts worse than disinhibition" in " ".join(said.out.split())


@pytest.mark.parametrize("name", ["placebo", "disinhibition"])
def test_what_is_no_rival_is_refused_before_any_work(ketasim, asked, name):
    said = ketasim("rivals", "--rival", name)
    assert said.status == 2 and f"'{name}'" in said.error and "mixture" in said.error and not asked


@pytest.fixture
def homes(tmp_path, monkeypatch):
    """Finished calibrations in r, and other places for what is installed; what follows facts is not computed."""
    monkeypatch.setattr(following, "write", lambda mechanism: tmp_path / f"following {mechanism}")
    home, models = tmp_path / "home", tmp_path / "models"
    models.mkdir()
    text = values.FILE.read_text(encoding="utf-8")
    monkeypatch.setattr(write, "HOME", home)
    monkeypatch.setattr(values, "FILE", models / "calibrated.toml")
    prints = "\n".join(f'{k} = "{v}"' for k, v in sorted(current().items()))
    values.FILE.write_text(text.split("[fingerprints]")[0] + "[fingerprints]\n" + prints, encoding="utf-8")
    for name in ("direct-inhibition", "metabolite", "mixture"):
        (tmp_path / "r" / name).mkdir(parents=True)
        for file in ("calibrated.toml", "draws.csv"):
            (tmp_path / "r" / name / file).write_text(f"# {name} {file}\n")
    values.calibrated.cache_clear()
    yield home, models
    values.calibrated.cache_clear()


def test_what_converged_is_put_where_models_read_it_and_what_is_not_put_is_told(ketasim, asked, homes):
    home, models = homes
    asked.far = ("direct inhibition",)
    said = ketasim("rivals", "--out", "r", "--install", "--json")
    assert said.status == 1
    assert (said.json["installed"], said.json["not_installed"]) == (["metabolite", "mixture"], ["direct inhibition"])
    assert {path.name for path in home.iterdir()} == {"draws-metabolite.csv", "draws-mixture.csv"}
    for name in ("metabolite", "mixture"):
        assert (home / f"draws-{name}.csv").read_text(encoding="utf-8") == f"# {name} draws.csv\n"
        text = (models / f"calibrated-{name}.toml").read_text(encoding="utf-8")
        assert text.startswith(f"# {name} calibrated.toml\n") and f'model = "{of_model(name)}"' in text
    assert len({of_model(), of_model("metabolite"), of_model("mixture")}) == 3
    again = ketasim("rivals", "--out", "r", "--install", "--rival", "direct inhibition")
    assert again.status == 1 and "Not installed: direct inhibition, for it has not converged" in again.err
    plain = ketasim("rivals", "--out", "r", "--install", "--rival", "metabolite")
    assert plain.status == 0 and "Installed: metabolite." in plain.err and "Not installed" not in plain.err


def test_beside_a_calibration_of_an_earlier_model_nothing_is_put(ketasim, asked, homes):
    text = values.FILE.read_text(encoding="utf-8")
    values.FILE.write_text(text.replace('code = "', 'code = "0'), encoding="utf-8")
    values.calibrated.cache_clear()
    said = ketasim("rivals", "--out", "r", "--install", "--rival", "metabolite")
    assert said.status != 0 and "calibrate that first" in said.error
