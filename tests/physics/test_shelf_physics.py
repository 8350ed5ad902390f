"""Physics of every linear model of the shelf: mass, proportion, wash-out, sign, clearance."""

import numpy as np
import pytest

from ketasim.model.compose import compose
from ketasim.pharmacology import shelf
from ketasim.reproduction.exact import Given, matrix, solve, typical

LINEAR = [name for name in shelf.exposure_names() if name != "flint-2017"]
CASES = [(name, r.drug, r.route) for name in LINEAR for r in shelf.model(name).routes]
TIMES = np.unique(np.r_[np.linspace(0, 12, 49), np.linspace(12, 720, 60)]).tolist()


def run(name: str, drug: str, route: str, amount: float):
    model = shelf.model(name, [(drug, route)]) if name == "platform" else shelf.model(name)
    return solve(model, [Given(drug, route, amount, 0.0)], {}, TIMES)


@pytest.mark.parametrize(("name", "drug", "route"), CASES)
def test_nothing_negative_all_proportional_and_gone_in_a_month(name, drug, route):
    once, twice = run(name, drug, route, 20.0), run(name, drug, route, 40.0)
    linear = [i for i, n in enumerate(once.names) if n != "NMDA occupancy"]
    assert once.values.min() > -1e-9
    assert once.values.max() > 1
    assert np.allclose(twice.values[:, linear], 2 * once.values[:, linear], rtol=1e-9, atol=1e-9)
    assert once.values[-1].max() < 1e-6 * once.values.max()


@pytest.mark.parametrize("name", LINEAR)
def test_no_drug_no_signal(name):
    first = shelf.model(name).routes[0]
    assert np.all(run(name, first.drug, first.route, 0.0).values == 0)


@pytest.mark.parametrize("name", LINEAR)
def test_every_mode_decays(name):
    model = shelf.model(name)
    assert np.linalg.eigvals(matrix(model, typical(model, {}))).real.max() < 0


def area(name: str, drug: str, output: str, people=None) -> float:
    """AUC to infinity after 1 mg into a vein, from the matrix itself."""
    model = shelf.model(name)
    p = typical(model, people or {})
    names = [str(s) for s in compose(model).states]
    inlets = {i.name: i.state for i in model.inlets}
    route = next(r for r in model.routes if (r.drug, r.route) == (drug, "iv_bolus"))
    start = np.zeros(len(names))
    for inlet, share in route.parts:
        start[names.index(inlets[inlet])] += share
    total = -np.linalg.solve(matrix(model, p), start)
    from ketasim.reproduction.exact import _functions

    g = dict(zip((o.name for o in model.outputs), _functions(model)[1](total, p, 0.0), strict=True))
    return float(g[output]) / 1000


@pytest.mark.parametrize(("name", "drug", "output", "clearance"), [
    ("kamp-2020", "ketamine", "plasma ketamine", 84.0),
    ("otto-2021", "esketamine", "plasma esketamine", 95.2),
    ("simons-2022", "esketamine", "arterial esketamine", 88.8),
    ("perez-ruixo-2021", "esketamine", "plasma esketamine", 108.99),
    ("herd-2007", "ketamine", "plasma ketamine", 90.0),
    ("sherwin-2015", "ketamine", "plasma ketamine", 87.9),
    ("elkomy-2015", "ketamine", "plasma ketamine", 60.6),
    ("hornik-2018", "ketamine", "plasma ketamine", 38.9),
    ("domino-1982", "ketamine", "plasma ketamine", 27.60 * 60 * 70 / 1000),
    ("clements-1981", "ketamine", "plasma ketamine", 19.10 * 60 * 70 / 1000),
    ("hijazi-2003", "ketamine", "plasma ketamine", 35.96 * 60 * 70 / 1000),
    ("platform", "esketamine", "plasma esketamine", 97.31),
    ("platform", "arketamine", "arterial arketamine", 83.56),
])  # fmt: skip
def test_dose_over_auc_is_the_clearance(name, drug, output, clearance):
    assert 1 / area(name, drug, output, {"WT": 70.0, "AGE": 40.0}) == pytest.approx(clearance, rel=1e-3)


@pytest.mark.parametrize("route", ["iv_bolus", "nasal", "oral", "sublingual", "im", "rectal", "inhaled"])
def test_platform_keeps_mass(route):
    """What enters leaves through the liver or the gut wall, or has not been absorbed from inhaled air or muscle."""
    model = shelf.model("platform", [("esketamine", route)])
    p = typical(model, {})
    names = [str(s) for s in compose(model).states]
    a = matrix(model, p)
    from ketasim.reproduction.exact import _entries

    jumps, inputs = _entries(model, [Given("esketamine", route, 100.0, 0.0)], p, names)
    start = np.zeros(len(names))
    for _, state, amount in jumps:
        start[state] += amount
    for begin, end, state, rate in inputs:
        start[state] += (end - begin) * rate
    entered = {"im": 93.0, "inhaled": 70.0}.get(route, 100.0)
    assert start.sum() == pytest.approx(entered)
    total = dict(zip(names, -np.linalg.solve(a, start), strict=True))
    value = dict(zip((str(s) for s in compose(model).parameters), p, strict=True))
    cleared = value["liver.CLint"] * total["liver.H_S"] / value["liver.Vh"]
    share = value.get("gut.Fgut", 0.0)
    wall = sum(
        value[f"gut.{k}"] * total[f"gut.{way}_S"] * (1 - through * share)
        for way, k, through in (("swallowed", "ka_sw", 1), ("drink", "ka_po", 1), ("film", "KA2", 0))
        if f"gut.{way}_S" in total
    )
    rectum = (1 - value.get("rectum.F", 0.0)) * value.get("rectum.ka", 0.0) * total.get("rectum.X_S", 0.0)
    assert cleared + wall + rectum == pytest.approx(entered, rel=1e-9)
