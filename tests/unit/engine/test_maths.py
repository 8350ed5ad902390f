"""Vectorised functions against exact values, the ends of their ranges, and the instructions they become."""

from __future__ import annotations

import math
import platform
from functools import cache

import numpy as np
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.support import exam

from ketasim.compiler.compile import compile_model
from ketasim.engine.loader import load
from ketasim.engine.machine_code import counted, machine_code
from ketasim.model.system import System

BOUND = 1e-13


@cache
def model():
    """Two states that stay where they are, and functions of them as outputs."""
    a, b = states = sympy.symbols("a b", real=True)
    outputs = {
        "expo": sympy.exp(a), "logn": sympy.log(a), "power": sympy.Pow(a, b, evaluate=False), "sine": sympy.sin(a),
        "cosine": sympy.cos(a), "tangent_h": sympy.tanh(a), "larger": sympy.Max(a, b), "smaller": sympy.Min(a, b),
    }  # fmt: skip
    zero = (sympy.Integer(0),) * 2
    time = sympy.Symbol("t", real=True)
    return compile_model(
        System("functions", states, (), time, (), zero, zero, tuple(outputs), tuple(outputs.values()))
    ), tuple(outputs)


class M:
    """The functions by name, each on one number at a time: in the lanes, and for one lane alone."""

    def __getattr__(self, name):
        def function(a, b=0.0):
            compiled, names = model()
            w, _, _, of = compiled.ode._room(np.zeros((1, 0)))
            module = load(compiled.path)
            rows = w.reshape(-1, module.LANES)
            rows[module.X], rows[module.X + 1], rows[module.H] = a, b, 1.0
            found = []
            for part in ("observe_now", "observe"):  # at the start of a step of one hour
                module.model.ctypes(module.PARTS.index(part), of[3], 0, 0, 0, 0.0, 0.0)
                found.append(rows[module.OUT + names.index(name), 0])
            np.testing.assert_equal(found[0], found[1])
            return float(found[0])

        return function


M = M()


def relative(got, expected):
    return abs(got - expected) / abs(expected) if expected else abs(got)


@settings(deadline=None)  # the first call compiles
@given(st.floats(-700, 700))
def test_exponential(x):
    assert relative(M.expo(x), math.exp(x)) < BOUND


@settings(deadline=None)  # the first call compiles
@given(st.floats(1e-308, 1e308))
def test_logarithm(x):
    assert relative(M.logn(x), math.log(x)) < BOUND


@settings(deadline=None)  # the first call compiles
@given(st.floats(1e-100, 1e100), st.floats(-20, 20))
def test_power(x, y):
    expected = x**y if abs(y * math.log10(x)) < 200 else 0.0
    assume(expected)
    assert relative(M.power(x, y), expected) < BOUND


@settings(deadline=None)  # the first call compiles
@given(st.floats(-1e4, 1e4))
def test_sine_and_cosine(x):
    assert abs(M.sine(x) - math.sin(x)) < BOUND
    assert abs(M.cosine(x) - math.cos(x)) < BOUND


@settings(deadline=None)  # the first call compiles
@given(st.floats(-30, 30).filter(lambda v: abs(v) > 1e-300))
def test_hyperbolic_tangent(x):
    assert relative(M.tangent_h(x), math.tanh(x)) < BOUND


INF, NAN = math.inf, math.nan


@pytest.mark.parametrize(
    ("x", "expected"), [(0.0, 1.0), (800.0, INF), (-800.0, 0.0), (INF, INF), (-INF, 0.0), (NAN, NAN)]
)
def test_ends_of_the_exponential(x, expected):
    np.testing.assert_equal(M.expo(x), expected)


@pytest.mark.parametrize(("x", "expected"), [(0.0, -INF), (-1.0, NAN), (INF, INF), (NAN, NAN), (1.0, 0.0)])
def test_ends_of_the_logarithm(x, expected):
    np.testing.assert_equal(M.logn(x), expected)


def test_logarithm_of_the_smallest_numbers():
    assert relative(M.logn(5e-324), math.log(5e-324)) < BOUND


POWERS = [  # of a moving base, which counts as 0 below 0
    (0.0, 2.0, 0.0), (0.0, 0.0, 1.0), (0.0, -1.0, INF), (-2.0, 1.5, 0.0), (1.0, 300.0, 1.0), (INF, 2.0, INF),
    (INF, -2.0, 0.0), (NAN, 1.0, NAN), (2.0, NAN, NAN), (1e300, 2.0, INF), (1e-300, 2.0, 0.0), (7.0, 1.0, 7.0),
]  # fmt: skip


@pytest.mark.parametrize(("x", "y", "expected"), POWERS)
def test_ends_of_the_power(x, y, expected):
    got = M.power(x, y)
    assert (math.isnan(got) and math.isnan(expected)) or got == pytest.approx(expected, rel=1e-13)


def test_larger_and_smaller_pass_nan_on():
    assert math.isnan(M.larger(NAN, 1.0))
    assert math.isnan(M.smaller(NAN, 1.0))
    assert (M.larger(2.0, 1.0), M.smaller(2.0, 1.0)) == (2.0, 1.0)


@pytest.mark.skipif(platform.machine() not in {"x86_64", "AMD64"}, reason="counts instructions of x86 only")
@pytest.mark.parametrize("name", ["step", "observe"])
def test_loops_over_lanes_are_vectorised(name):
    packed, single, calls = counted(machine_code(exam.model().path)[name])
    assert packed > 50
    assert packed > 20 * single, (packed, single)
    assert calls == 0
