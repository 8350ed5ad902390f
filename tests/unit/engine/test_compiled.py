"""Which path answers: what is documented in docs/decisions/0003-two-paths.md, and both answer the same."""

from dataclasses import dataclass

import numpy as np
import pytest
import sympy
from tests.support.closed import patient, together

from ketasim.compiler.compile import compile_model
from ketasim.engine.abi import Op, Settings, Status
from ketasim.engine.compiled import STEPS_FROM, Compiled
from ketasim.errors import ModelError, RequestError
from ketasim.model.system import System


@dataclass
class Way:
    """A path that only tells its name."""

    name: str
    n_states: int

    def solve(self, batch, settings):
        return self.name


def compiled(n, linear=True):
    return Compiled(Way("ode", n), Way("closed", n) if linear else None, Way("cuda", n))


@pytest.mark.parametrize(
    ("n", "linear", "method", "way"),
    [
        (1, True, "auto", "closed"),
        (STEPS_FROM - 1, True, "auto", "closed"),
        (STEPS_FROM, True, "auto", "ode"),
        (400, True, "auto", "ode"),
        (400, True, "closed", "closed"),
        (2, True, "ode", "ode"),
        (2, False, "auto", "ode"),
        (2, False, "ode", "ode"),
        (2, False, "cuda", "cuda"),
        (2, True, "cuda", "cuda"),
    ],
)
def test_the_method_and_the_number_of_states_decide(n, linear, method, way):
    assert compiled(n, linear).solve(None, Settings(method=method)) == way


def test_twenty_states_as_documented():
    assert STEPS_FROM == 20


def test_methods_that_do_not_apply():
    with pytest.raises(ModelError, match="linear"):
        compiled(2, linear=False).solve(None, Settings(method="closed"))
    with pytest.raises(RequestError, match="unknown; there are auto, closed, ode, cuda"):
        compiled(2).solve(None, Settings(method="Closed"))


@pytest.fixture(scope="module")
def wide():
    """A central compartment with 23 around it, each with a pace of its own."""
    n = 24
    x, k, v = sympy.symbols(f"x0:{n}"), *sympy.symbols("k v")
    flows = [k * (x[0] / n - x[i] / (1 + sympy.Rational(i, 3))) for i in range(1, n)]
    zero, outputs = (sympy.Integer(0),) * n, (x[0] / v, x[n - 1] / v)
    rates = (-k * x[0] - sum(flows), *flows)
    return compile_model(System("wide", x, (k, v), sympy.Symbol("t"), (), rates, zero, ("c", "last"), outputs))


def crowd():
    hours = np.linspace(0.0, 336.0, 85)
    bolus = [(24.0 * d, Op.ADD, 0, 100.0) for d in range(14)]
    infusion = [(1.0, Op.RATE, 0, 50.0), (9.5, Op.RATE, 0, -50.0), (100.0, Op.RESET, 0, 0.0), (120.0, Op.ADD, 3, 5.0)]
    rows = [(0.0, Op.ADD, 0, 100.0), (48.0, Op.ROW, 1, 0.0), (96.0, Op.ADD, 0, 100.0)]
    return [
        patient([[k, 10.0], [1.5 * k, 20.0]], ops, hours, n=24)
        for k in (0.2, 0.5, 2.0)
        for ops in (bolus, infusion, rows)
    ]


def test_many_states_go_by_steps_and_both_paths_agree(wide):
    people = crowd()
    auto, ode, closed = (wide.solve(together(people), Settings(method=m)) for m in ("auto", "ode", "closed"))
    assert np.array_equal(auto.y, ode.y) and np.all(auto.steps > 0) and np.all(closed.steps == 0)
    assert set(auto.status) == set(closed.status) == {Status.FINISHED}
    size = 2 * 85
    for mine, exact in zip(auto.y.reshape(-1, size), closed.y.reshape(-1, size), strict=True):
        assert np.max(np.abs(mine - exact)) < 3e-6 * np.max(np.abs(exact))


def test_nobody_goes_another_way_for_the_company(wide):
    people = crowd()
    whole = wide.solve(together(people), Settings()).y.reshape(len(people), 85, 2)
    for k, one in enumerate(people):
        assert np.array_equal(wide.solve(one, Settings()).y, whole[k])
