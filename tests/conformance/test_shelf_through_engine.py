"""The whole path (regimen, devices, engine) gives what the matrix exponential gives for the same person."""

import numpy as np
import pytest

from ketasim.dosing.regimen import Regimen
from ketasim.engine.compiled import STEPS_FROM
from ketasim.model.compose import compose
from ketasim.pharmacology import shelf
from ketasim.population.people import one
from ketasim.reproduction.exact import Given, solve
from ketasim.simulation.simulate import simulate

WOMAN = {"WT": 74.0, "AGE": 66.0, "ANCESTRY": "japanese"}


@pytest.fixture(scope="module")
def model():
    return shelf.model("platform", [("esketamine", "nasal")])


def test_two_devices_five_minutes_apart(model):
    times = [0.0, 0.05, 0.25, 0.5, 1.0, 2.0, 6.0, 12.0, 23.0]
    outputs = ("plasma esketamine", "arterial esketamine", "plasma norketamine", "NMDA occupancy")
    run = simulate(
        model, one(SEX="female", HT=160.0, **WOMAN), Regimen.preset("spravato-induction"),
        times=times, outputs=outputs, typical=True,
    )  # fmt: skip
    doses = [Given("esketamine", "nasal", 28.0, k / 12, nth=k + 1) for k in range(2)]
    exact = solve(model, doses, WOMAN, times)
    for name in outputs:
        assert np.allclose(np.asarray(run[name])[0], exact[name], rtol=1e-5, atol=1e-6), name


def test_published_models_are_small_enough_for_the_closed_form():
    for name in set(shelf.exposure_names()) - {"platform"}:
        assert len(compose(shelf.model(name)).states) < STEPS_FROM, name
