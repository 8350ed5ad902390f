"""Steady states of a model that is not linear: Michaelis-Menten elimination, against a long train of doses."""

import numpy as np
import pytest
from tests.support.events import grid, run
from tests.support.linear import absorption_model

from ketasim.compiler.compile import compile_model
from ketasim.dosing.records import records
from ketasim.engine.abi import Settings
from ketasim.errors import RegimenError
from ketasim.model.system import System

TIGHT = Settings(rtol=1e-9, atol=1e-11)


@pytest.fixture(scope="module")
def saturable():
    import sympy as sp

    depot, central = sp.symbols("m.depot m.central")
    top, half, ka, made = sp.symbols("m.Vmax m.Km m.KA m.R")
    rates = (-ka * depot, made + ka * depot - top * central / (half + central))
    return compile_model(
        System(
            "saturable", (depot, central), (top, half, ka, made), sp.Symbol("t"), (), rates,
            (sp.Integer(0), made * half / (top - made)), ("A",), (central,),
        )
    )  # fmt: skip


P = np.array([20.0, 30.0, 1.0, 1.0])
LOOK = grid(np.arange(0.5, 24, 1.0))


def test_the_steady_state_is_where_a_long_train_ends(saturable):
    once = records(time=0, amount=100, ss=1, ii=12, addl=1)
    train = records(time=-12.0 * 60, amount=100, ii=12, addl=61)
    for inlet in ({}, {"lag": 3.0}, {"duration": 15.0}):
        got = run(saturable, once, [P], LOOK, settings=TIGHT, **inlet)
        want = run(saturable, train, [P], LOOK, settings=TIGHT, **inlet)
        np.testing.assert_allclose(got, want, rtol=1e-6)


def test_a_steady_state_without_dose_is_the_baseline(saturable):
    got = run(saturable, records(time=0, ss=1, inlet=1), [P], LOOK, settings=TIGHT)
    np.testing.assert_allclose(got, 30 / 19, rtol=1e-6)


def test_more_than_the_model_can_clear_is_refused(saturable):
    too_much = records(time=0, amount=1000, ss=1, ii=12)
    with pytest.raises(RegimenError, match=r"steady state|settle"):
        run(saturable, too_much, [P], LOOK)


def test_a_steady_state_does_not_depend_on_who_stands_beside_it(saturable):
    people = [P, np.array([20.0, 3.0, 1.0, 1.0]), np.array([60.0, 500.0, 0.3, 0.1])]
    table = records(patient=np.arange(3), time=np.zeros(3), amount=[100, 200, 5], ss=1, ii=12, addl=1)
    seen = grid(np.arange(0.5, 24, 1.0), 3)
    together = run(saturable, table, people, seen).reshape(3, -1)
    for k, p in enumerate(people):
        alone = run(saturable, table.take([k]).replace(patient=[0]), [p], LOOK)
        np.testing.assert_array_equal(together[k], alone.ravel())


def test_one_whose_steady_state_breaks_is_nan_and_stops_nobody(saturable):
    broken = np.array([20.0, 30.0, -800.0, 1.0])  # a depot that grows without bound
    table = records(patient=[0, 1], time=[0, 0], amount=100, ss=1, ii=12)
    got = run(saturable, table, [P, broken], grid(np.arange(0.5, 24, 1.0), 2), whole=False).reshape(2, -1)
    assert np.isfinite(got[0]).all() and np.isnan(got[1]).all()


@pytest.mark.parametrize(("method", "way"), [("auto", "closed"), ("closed", "closed"), ("ode", "ode")])
def test_a_linear_model_is_asked_for_its_exact_flow(method, way, monkeypatch):
    model, asked = absorption_model(), []
    exact = model.solve
    monkeypatch.setattr(model, "solve", lambda batch, settings: asked.append(settings.method) or exact(batch, settings))
    run(
        model,
        records(time=0, amount=100, ss=1, ii=12),
        [np.array([2.0, 30.0, 1.0])],
        LOOK,
        settings=Settings(method=method),
    )
    assert asked == [way, method]  # one interval for all probes, then the run itself
