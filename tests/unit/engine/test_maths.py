"""Vectorised functions against exact values, the ends of their ranges, and the instructions they become."""

from __future__ import annotations

import math
import platform
import re

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.support import exam

from ketasim.engine.loader import load

M = load(exam.model().path)
BOUND = 1e-13


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


POWERS = [
    (0.0, 2.0, 0.0), (0.0, 0.0, 1.0), (0.0, -1.0, INF), (-2.0, 1.5, NAN), (1.0, 300.0, 1.0), (INF, 2.0, INF),
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
    from numba import float64

    signature = (float64[::1], float64, float64) if name == "step" else (float64[::1],)
    kernel = getattr(M, name)
    kernel.compile(signature)
    text = "\n".join(kernel.inspect_asm().values())
    packed = len(re.findall(r"\sv?f?n?m?(?:mul|add|sub|madd\d+|msub\d+|div|fmadd\d+|fnmadd\d+)pd\s", text))
    single = len(re.findall(r"\sv?f?n?m?(?:mul|add|sub|madd\d+|msub\d+|div|fmadd\d+|fnmadd\d+)sd\s", text))
    assert packed > 50
    assert packed > 20 * single, (packed, single)
    assert "exp" not in re.findall(r"call\S*\s+(\S*(?:exp|log|pow)\S*)", text)
