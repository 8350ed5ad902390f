"""A user writes a model of their own, from facts to a comparison with data (docs/tutorials/own-model.md)."""

import csv
import re
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
TUTORIAL = (ROOT / "docs" / "tutorials" / "own-model.md").read_text(encoding="utf-8")


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
    assert str(caught.value) in " ".join(TUTORIAL.split())


@pytest.fixture(scope="module")
def printed() -> dict[str, Any]:
    """What the blocks of the page leave behind, run as printed, in their order, from the root of the checkout."""
    space: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        for number, block in enumerate(re.findall(r"```python\n(.*?)```", TUTORIAL, re.DOTALL), 1):
            exec(compile(block, f"own-model.md, block {number}", "exec"), space)
    return space


def test_the_printed_blocks_make_the_model_of_the_example(printed: dict[str, Any], example: dict[str, Any]) -> None:
    data = read(example["DATA"], example["MODEL"])
    same = simulate(example["MODEL"], None, data, typical=True).observed()
    np.testing.assert_allclose(printed["seen"]["PRED"], same["PRED"], rtol=1e-12)
    mine, theirs = ([p for c in space["MODEL"].components for p in c.parameters] for space in (printed, example))
    assert [(p.name, p.fact.number, p.between and p.between.variance) for p in mine] == [
        (p.name, p.fact.number, p.between and p.between.variance) for p in theirs
    ]


def test_a_component_on_a_shipped_model_follows_plasma(printed: dict[str, Any]) -> None:
    site, plasma = (printed["effect"].array(n)[0] for n in ("effect site esketamine", "plasma esketamine"))
    assert site[0] < plasma[0] and site[1] > plasma[1]  # behind, while the infusion runs and after it
    assert plasma[0] > 20 and site[2] == pytest.approx(plasma[2], rel=0.1)  # ng/mL both


def test_a_link_asks_for_the_same_unit_and_kind(printed: dict[str, Any]) -> None:
    mine, effect = printed["mine"], printed["EFFECT"]
    for port, words in (
        (replace(effect.inputs[0], unit="ng/mL"), "multiply by 1000"),
        (replace(effect.inputs[0], kind="concentration of ketamine"), "takes 'concentration of ketamine'"),
    ):
        with pytest.raises(ModelError, match=re.escape(words)) as caught:
            compose(replace(mine, components=(*mine.components[:-1], replace(effect, inputs=(port,)))))
        assert port.unit == "mg/L" or str(caught.value) in " ".join(TUTORIAL.split())
