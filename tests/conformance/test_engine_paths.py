"""Linear models by the closed form and by steps: two ways that share nothing must agree."""

import numpy as np
import pytest
import sympy
from tests.support.closed import patient, together

from ketasim.compiler.compile import compile_model
from ketasim.engine.abi import Op, Settings, Status
from ketasim.errors import ModelError
from ketasim.model.system import System

TIME = sympy.Symbol("t")


def system(name, states, parameters, derivatives, outputs, initial=None, assignments=()):
    """A System from text; the names of states and parameters are split at blanks."""
    x, p = sympy.symbols(states + ","), sympy.symbols(parameters + ",")
    known = {str(s): s for s in (*x, *p)} | {"t": TIME}
    lines = []
    for target, text in assignments:
        known[target] = sympy.Symbol(target)
        lines.append((known[target], sympy.sympify(text, locals=known)))

    def read(texts):
        return tuple(sympy.sympify(text, locals=known) for text in texts)

    initial = read(initial or ["0"] * len(x))
    names = tuple(f"y{i}" for i in range(len(outputs)))
    return System(name, tuple(x), tuple(p), TIME, tuple(lines), read(derivatives), initial, names, read(outputs))


def transit():
    return system(
        "equal transit rates", "a b d c", "k CL V E50 g",
        ["-k*a", "k*a - k*b", "k*b - k*d", "k*d - CL/V*c"], ["conc", "conc**g/(conc**g + E50**g)", "t*conc"],
        assignments=[("conc", "c/V")],
    ), [1.5, 20.0, 13.0, 1.0, 1.7]  # fmt: skip


def turnover():
    return system(
        "turnover", "r e", "kin kout ke0", ["kin - kout*r", "ke0*(r - e)"], ["r", "e - r"], ["kin/kout", "kin/kout"]
    ), [10.0, 0.2, 0.2]


def circulation():
    return system(
        "circulation", "v a l p m", "q vv va vl vp cl fm km",
        ["q*(0.7*p/vp + 0.3*l/vl) - q*v/vv", "q*v/vv - q*a/va", "0.3*q*a/va - 0.3*q*l/vl - cl*l/vl",
         "0.7*q*a/va - 0.7*q*p/vp", "fm*cl*l/vl - km*m"], ["v/vv", "a/va", "sqrt(m)"],
    ), [60.0, 4.0, 1.5, 2.0, 150.0, 40.0, 0.6, 0.3]  # fmt: skip


def regimens(n):
    """Name to operations; states of the model are 0 .. n - 1, there are two parameter rows."""
    infused = [
        (1.0, Op.RATE, 0, 50.0),
        (2.0, Op.RATE, n - 1, 5.0),
        (2.5, Op.RATE, 0, -50.0),
        (4.0, Op.RATE, n - 1, -5.0),
    ]
    return {
        "bolus": [(0.0, Op.ADD, 0, 100.0)],
        "overlapping infusions": infused,
        "repeated": [(12.0 * k, Op.ADD, 0, 20.0) for k in range(8)],
        "reset": [(0.0, Op.ADD, 0, 100.0), (7.0, Op.RESET, 0, 0.0), (9.0, Op.ADD, 0, 10.0)],
        "set": [(0.0, Op.ADD, 0, 10.0), (5.0, Op.SET, n - 1, 3.0)],
        "row": [(0.0, Op.ADD, 0, 100.0), (3.0, Op.ROW, 1, 0.0), (8.0, Op.ADD, 0, 100.0), (30.0, Op.ROW, 0, 0.0)],
        "nothing": [],
    }


@pytest.fixture(scope="module", params=[transit, turnover, circulation], ids=lambda make: make.__name__)
def case(request):
    what, values = request.param()
    compiled = compile_model(what)
    p = np.array([values, values]) * np.where(np.arange(2)[:, None] == 1, 1.3, 1.0)
    people = [
        patient(p, ops, np.linspace(0.0, 100.0, 41), x=compiled.initial(p)[0], n=len(what.states))
        for ops in regimens(len(what.states)).values()
    ]
    return compiled, people


def test_both_paths_agree(case):
    compiled, people = case
    assert compiled.linear
    batch = together(people)
    closed = compiled.solve(batch, Settings(method="closed"))
    steps = compiled.solve(batch, Settings(method="ode", rtol=1e-10, atol=1e-10))
    assert set(closed.status) == set(steps.status) == {Status.FINISHED}
    assert np.all(closed.steps == 0)
    for output in range(compiled.n_outputs):
        for k in range(len(people)):
            own = slice(batch.out_ptr[k], batch.out_ptr[k + 1])
            one, other = closed.y[own, output], steps.y[own, output]
            # where an output starts like a root, a step solver has the root of its tolerance
            np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-6 * np.max(np.abs(one)) + 3e-5)
    scale = np.max(np.abs(closed.end.x)) + 1.0
    np.testing.assert_allclose(closed.end.x, steps.end.x, rtol=1e-6, atol=1e-7 * scale)
    np.testing.assert_array_equal(closed.end.row, steps.end.row)
    np.testing.assert_allclose(closed.end.rate, steps.end.rate, atol=1e-12)


def test_auto_takes_the_closed_form(case):
    compiled, people = case
    auto = compiled.solve(people[0], Settings())
    np.testing.assert_array_equal(auto.y, compiled.solve(people[0], Settings(method="closed")).y)


def test_the_closed_form_is_refused_where_it_does_not_apply():
    bent = system("saturable", "c", "vmax km", ["-vmax*c/(km + c)"], ["c"])
    compiled = compile_model(bent)
    assert not compiled.linear
    with pytest.raises(ModelError, match="linear"):
        compiled.solve(patient([[1.0, 1.0]], [], [1.0], n=1), Settings(method="closed"))


def test_a_rate_that_depends_on_time_is_not_linear():
    assert not compile_model(system("clock", "c", "k", ["-k*t*c"], ["c"])).linear
