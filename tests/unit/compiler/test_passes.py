"""Lowering, derivatives, elimination, factors, text and cache, each alone and without Numba."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from ketasim.compiler import cache, emit
from ketasim.compiler.factorise import factorise
from ketasim.compiler.graph import PARAMETER, Graph
from ketasim.compiler.jacobian import slopes
from ketasim.compiler.lower import Lowering
from ketasim.compiler.options import Options
from ketasim.compiler.order import elimination_order
from ketasim.compiler.program import build
from ketasim.errors import ModelError
from ketasim.model.system import System

x, y, p, q, t = sympy.symbols("x y p q t", real=True)
UNARY = {"exp": np.exp, "log": np.log, "sqrt": np.sqrt, "sin": np.sin, "cos": np.cos, "tanh": np.tanh, "abs": np.abs}
BINARY = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "div": lambda a, b: a / b,
    "pow": lambda a, b: a**b, "max": max, "min": min, "lt": lambda a, b: a < b, "le": lambda a, b: a <= b,
    "and": lambda a, b: a and b, "or": lambda a, b: a or b,
}  # fmt: skip


def lowering():
    g = Graph()
    leaves = {x: g.make("state", 0), y: g.make("state", 1), p: g.make("par", 0), q: g.make("par", 1)}
    return g, Lowering(g, {**leaves, t: g.make("time")})


def value(g, node, states, parameters, time=0.0):
    key = g.keys[node]
    match key[0]:
        case "const":
            return key[1]
        case "state":
            return states[key[1]]
        case "par":
            return parameters[key[1]]
        case "time":
            return time
        case "powi":
            return value(g, key[1], states, parameters, time) ** key[2]
    v = [value(g, c, states, parameters, time) for c in g.children(node)]
    if key[0] == "select":
        return v[1] if v[0] else v[2]
    if key[0] in {"neg", "not"}:
        return -v[0] if key[0] == "neg" else not v[0]
    return UNARY[key[0]](*v) if key[0] in UNARY else BINARY[key[0]](*v)


EXPRESSIONS = [
    p * x / (q + x), x**p / (q**p + x**p), sympy.exp(-p * x) * sympy.log(1 + y), x**3 - 2 * x * y + p / (q * y),
    sympy.Max(x - p, 0) * y, sympy.Piecewise((x**2, x < p), (p * x, True)), sympy.sqrt(x + y) / x**2,
    sympy.tanh(x) + sympy.sin(p * t) * sympy.cos(y), sympy.Abs(x - y), 1 / (1 + sympy.exp(-x)), sympy.Min(x, y) / 3,
]  # fmt: skip


@pytest.mark.parametrize("e", EXPRESSIONS, ids=str)
def test_values_and_slopes_are_those_of_sympy(e):
    g, low = lowering()
    node = low.node(e)
    (slope,) = slopes(g, (node,))
    at = {x: 0.7, y: 1.9, p: 1.3, q: 0.4, t: 0.25}
    numbers = ((0.7, 1.9), (1.3, 0.4), 0.25)
    assert value(g, node, *numbers) == pytest.approx(float(e.subs(at)), rel=1e-13)
    for i, symbol in ((0, x), (1, y), (-1, t)):
        expected = float(sympy.diff(e, symbol).subs(at).doit())
        got = value(g, slope[i], *numbers) if i in slope else 0.0
        assert got == pytest.approx(expected, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("n", [1.0, 1.5, 2.0, 3.7])
def test_slope_of_a_power_is_finite_at_zero(n):
    g, low = lowering()
    node = low.node(x**p)
    (slope,) = slopes(g, (node,))
    got = value(g, slope[0], (0.0, 0.0), (n, 0.0))
    assert np.isfinite(got)
    assert got == pytest.approx(1.0 if n == 1.0 else 0.0, abs=1e-4)


def test_equal_subexpressions_are_one_node_and_parameters_are_hoisted():
    g, low = lowering()
    a, b = low.node(sympy.exp(p * q) * x), low.node(y * sympy.exp(q * p))
    assert sum(1 for key in g.keys if key[0] == "exp") == 1
    assert g.kinds[g.keys[a][1]] == PARAMETER or g.kinds[g.keys[a][2]] == PARAMETER
    assert a != b


def test_what_kernels_do_not_know_is_named():
    _, low = lowering()
    with pytest.raises(ModelError, match="besselj"):
        low.node(sympy.besselj(0, x))
    with pytest.raises(ModelError, match="stray"):
        low.node(sympy.Symbol("stray") + x)


def test_an_arrow_matrix_does_not_fill_in():
    pattern = [(0, i) for i in range(6)] + [(i, 0) for i in range(6)]
    factors = factorise(pattern, elimination_order(pattern, 6))
    assert factors.fill_in == 0
    assert factorise(pattern, tuple(range(6))).fill_in == 20


@given(st.integers(0, 2**32 - 1), st.integers(2, 9))
def test_symbolic_factors_solve_like_dense_ones(seed, n):
    rng = np.random.default_rng(seed)
    a = np.where(rng.random((n, n)) < 0.35, rng.normal(size=(n, n)), 0.0) + np.eye(n) * (n + 3.0)
    pattern = [(int(i), int(j)) for i, j in zip(*np.nonzero(a), strict=True)]
    plan = factorise(pattern, elimination_order(pattern, n))
    m, b = a.copy(), rng.normal(size=n)
    z = b.copy()
    for k in plan.order:
        for i in plan.lower[k]:
            m[i, k] /= m[k, k]
            for j in plan.upper[k]:
                m[i, j] -= m[i, k] * m[k, j]
    for k in plan.order:
        for i in plan.lower[k]:
            z[i] -= m[i, k] * z[k]
    for k in reversed(plan.order):
        z[k] = (z[k] - sum(m[k, j] * z[j] for j in plan.upper[k])) / m[k, k]
    assert np.allclose(a @ z, b, rtol=1e-9, atol=1e-10)


def system(f=-p * x, name="decay"):
    return System(name, (x,), (p,), t, (), (f,), (sympy.Integer(1),), ("x",), (x,))


def test_rows_count_as_linear_only_if_they_are():
    for f, linear in (
        (-p * x, True),
        (p * t - x, False),
        (-(x**2), False),
        (sympy.Piecewise((1, x > 0), (0, True)), False),
    ):
        assert build(system(f)).linear == (frozenset({0}) if linear else frozenset())


def test_text_is_self_contained_readable_and_the_same_each_time():
    def written():
        program, options = build(system()), Options()
        return emit.module(program, options, emit.functions(program, options))

    text = written()
    assert text == written()
    assert "import ketasim" not in text
    assert "from ketasim" not in text
    assert "# dx/dt = -p*x" in text
    compile(text, "decay", "exec")


def test_lanes_must_fill_vectors():
    with pytest.raises(ModelError, match="multiple of 8"):
        Options(lanes=12)


def test_a_text_is_stored_once_and_never_rewritten(tmp_path, monkeypatch):
    monkeypatch.setenv("KETASIM_CACHE", str(tmp_path / "new"))
    first = cache.store("a = 1\n")
    stamp = first.stat().st_mtime_ns
    assert cache.store("a = 1\n") == first
    assert first.stat().st_mtime_ns == stamp
    assert cache.digest("a = 1\n") in first.name
    assert [f.name for f in first.parent.iterdir()] == [first.name]


def test_a_damaged_file_is_replaced(tmp_path, monkeypatch):
    monkeypatch.setenv("KETASIM_CACHE", str(tmp_path))
    path = cache.store("a = 1\n")
    path.write_text("broken")
    assert cache.store("a = 1\n").read_text() == "a = 1\n"


def test_without_a_writable_folder_a_private_one_serves(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("KETASIM_CACHE", str(blocked / "below"))
    path = cache.store("b = 2\n")
    assert path.read_text() == "b = 2\n"
    assert tmp_path not in path.parents


def test_the_compiler_does_not_import_numba():
    code = "import sys, ketasim.compiler.emit, ketasim.compiler.program; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
