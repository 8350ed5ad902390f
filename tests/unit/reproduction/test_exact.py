"""The exact judge: against a closed form, with lags of its own inlets, and honest about what it cannot solve."""

import numpy as np
import pytest

from ketasim.errors import UnknownName, WorkError
from ketasim.pharmacology import shelf
from ketasim.reproduction.exact import Given, matrix, solve, typical


def test_one_dose_is_the_sum_of_its_modes():
    model = shelf.model("herd-2007")
    a = matrix(model, typical(model, {"WT": 70.0}))
    rates, vectors = np.linalg.eig(a)
    weights = np.linalg.solve(vectors, np.array([50.0, 0.0]))
    times = [0.05, 0.5, 2.0, 6.0]
    expected = [float(np.real(vectors[0] @ (weights * np.exp(rates * t)))) / 38.7 * 1000 for t in times]
    found = solve(model, [Given("ketamine", "iv_bolus", 50.0, 0.0)], {"WT": 70.0}, times)
    assert np.allclose(found["plasma ketamine"], expected, rtol=1e-10)


def test_infusion_is_the_integral_of_boluses():
    model = shelf.model("kamp-2020")
    whole = solve(model, [Given("ketamine", "iv_infusion", 35.0, 0.0, 1.0)], {}, [1.5])
    parts = [Given("ketamine", "iv_bolus", 35.0 / 2000, (i + 0.5) / 2000) for i in range(2000)]
    pieces = solve(model, parts, {}, [1.5])
    assert whole.values[0, 0] == pytest.approx(pieces.values[0, 0], rel=1e-6)


def test_inlet_with_its_own_duration_spreads_the_dose():
    model = shelf.model("perez-ruixo-2021")
    drink = solve(model, [Given("esketamine", "oral", 84.0, 0.0)], {}, [0.001, 0.32])
    assert drink["plasma esketamine"][0] < 1e-3 * drink["plasma esketamine"][1]


def test_time_varying_clearance_is_refused():
    model = shelf.model("flint-2017")
    with pytest.raises(WorkError, match="changes in time"):
        matrix(model, typical(model, {}))


def test_undeclared_route_and_unknown_output():
    model = shelf.model("otto-2021")
    with pytest.raises(UnknownName, match="esketamine iv_bolus"):
        solve(model, [Given("esketamine", "nasal", 28.0, 0.0)], {}, [1.0])
    curves = solve(model, [Given("esketamine", "iv_bolus", 10.0, 0.0)], {}, [1.0])
    with pytest.raises(UnknownName, match="plasma esketamine"):
        curves["plasma ketamine"]


def test_overrides_change_the_typical_person():
    model = shelf.model("herd-2007")
    faster = solve(model, [Given("ketamine", "iv_bolus", 50.0, 0.0)], {}, [4.0], {"CL": 180.0})
    assert faster.values[0, 0] < solve(model, [Given("ketamine", "iv_bolus", 50.0, 0.0)], {}, [4.0]).values[0, 0]
