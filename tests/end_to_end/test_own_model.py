"""A user writes a model of their own, from facts to a comparison with data (docs/tutorials/own-model.md)."""

import csv
import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ketasim.errors import ModelError
from ketasim.model.compose import compose
from ketasim.model.individual import individual_parameters
from ketasim.simulation.dataset import read
from ketasim.simulation.simulate import simulate

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def example() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "examples" / "theophylline.py"))


def test_the_example_predicts_the_published_data(example: dict[str, Any]) -> None:
    found = example["main"](draws=15)
    assert found["observations"] == 120
    assert abs(found["bias"]) < 0.3
    assert found["typical error"] < 1.7
    assert 0.8 <= found["inside 90 %"] <= 0.98


def test_the_simulation_is_the_textbook_solution(example: dict[str, Any]) -> None:
    model = example["MODEL"]
    seen = simulate(model, None, read(example["DATA"], model), typical=True).observed()
    with example["DATA"].open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    dose = {row["ID"]: float(row["AMT"]) for row in rows if row["EVID"] == "1"}
    weight = np.array([float(row["WT"]) for row in rows if row["EVID"] == "0"])
    given = np.array([dose[row["ID"]] for row in rows if row["EVID"] == "0"])
    t = seen["TIME"].to_numpy()
    ka, cl, ke = individual_parameters(model, {"WT": weight}, np.zeros((t.size, 2)), np.zeros((t.size, 0))).T
    exact = given * ka * ke / cl / (ka - ke) * (np.exp(-ke * t) - np.exp(-ka * t))
    np.testing.assert_allclose(seen["PRED"], np.where(t > 0, exact, 0.0), atol=1e-6 * exact.max())


def test_the_data_are_those_published(example: dict[str, Any]) -> None:
    with example["DATA"].open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    seen = [float(row["DV"]) for row in rows if row["EVID"] == "0"]
    assert (len(seen), max(seen), min(seen)) == (132, 11.4, 0.0)
    assert np.mean(seen) == pytest.approx(4.96, abs=0.005)
    doses = {float(row["AMT"]) / float(row["WT"]) for row in rows if row["EVID"] == "1"}
    assert (min(doses), max(doses)) == (pytest.approx(3.1), pytest.approx(5.86))


def test_the_message_in_the_tutorial_is_the_one_that_comes(example: dict[str, Any]) -> None:
    body = example["BODY"]
    wrong = replace(body, outputs=(replace(body.outputs[0], unit="ng/mL"),))
    with pytest.raises(ModelError) as caught:
        compose(replace(example["MODEL"], components=(example["GUT"], wrong)))
    tutorial = " ".join((ROOT / "docs" / "tutorials" / "own-model.md").read_text(encoding="utf-8").split())
    assert str(caught.value) in tutorial
