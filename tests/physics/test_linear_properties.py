"""Every linear model: mass is kept, doses add up, time may be shifted, areas are doses over clearance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.closed import parameters, patient, run, whole

from ketasim.engine.abi import Op

RATE = st.floats(0.02, 20.0)
TIMES = np.linspace(0.0, 48.0, 30)


@st.composite
def mammillary(draw):
    """Depot, centre, two peripherals, what was eliminated, and the area under the centre. Returns A, F and CL/V."""
    ka, k12, k21, k13, k31, k10 = (draw(RATE) for _ in range(6))
    kept = draw(st.floats(0.1, 1.0))
    a = np.zeros((6, 6))
    a[0, 0], a[1, 0], a[4, 0] = -ka, kept * ka, (1.0 - kept) * ka
    a[1, 1], a[2, 1], a[3, 1], a[4, 1], a[5, 1] = -(k10 + k12 + k13), k12, k13, k10, 1.0
    a[1, 2], a[2, 2], a[1, 3], a[3, 3] = k21, -k21, k31, -k31
    return a, kept, k10


def states(a, ops, times, **more):
    return run(whole(6, a != 0), patient(parameters(a), ops, times, **more)).y


@settings(max_examples=25, deadline=None, derandomize=True)
@given(mammillary(), st.floats(0.1, 500.0), st.floats(0.01, 6.0))
def test_mass_is_kept(system, dose, length):
    a, _, _ = system
    ops = [(0.0, Op.ADD, 0, dose), (1.0, Op.RATE, 1, dose / length), (1.0 + length, Op.RATE, 1, -dose / length)]
    y = states(a, ops, TIMES)
    given_so_far = dose + dose * np.clip((TIMES - 1.0) / length, 0.0, 1.0)
    np.testing.assert_allclose(y[:, :5].sum(axis=1), given_so_far, rtol=1e-10)
    assert np.all(y >= 0.0)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(mammillary(), st.floats(0.1, 500.0))
def test_the_area_is_the_dose_that_arrives_over_clearance(system, dose):
    a, kept, k10 = system
    y = states(a, [(0.0, Op.ADD, 0, dose)], [1e5])
    assert y[0, 5] == pytest.approx(kept * dose / k10, rel=1e-9)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(mammillary(), st.floats(0.1, 500.0), st.floats(0.0, 20.0))
def test_doses_add_up(system, dose, later):
    a, _, _ = system
    first = [(0.0, Op.ADD, 0, dose)]
    second = [(later, Op.RATE, 1, 3.0), (later + 2.0, Op.RATE, 1, -3.0)]
    both = states(a, first + second, TIMES)
    apart = states(a, first, TIMES) + states(a, second, TIMES)
    np.testing.assert_allclose(both, apart, rtol=1e-9, atol=1e-10 * np.max(both))
    doubled = states(a, [(0.0, Op.ADD, 0, 2.0 * dose)], TIMES)
    np.testing.assert_allclose(doubled, 2.0 * states(a, first, TIMES), rtol=1e-13)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(mammillary(), st.floats(-1000.0, 1000.0))
def test_time_may_be_shifted(system, shift):
    a, _, _ = system
    ops = [(0.0, Op.ADD, 0, 10.0), (5.0, Op.RATE, 1, 3.0), (7.0, Op.RATE, 1, -3.0)]
    y = states(a, ops, TIMES)
    late = [(t + shift, *rest) for t, *rest in ops]
    outs = [(t + shift, sum(op[0] <= t for op in ops)) for t in TIMES]
    moved = states(a, late, outs, t=shift)
    np.testing.assert_allclose(moved, y, rtol=1e-9, atol=1e-9 * np.max(y))


@settings(max_examples=25, deadline=None, derandomize=True)
@given(mammillary(), st.floats(0.01, 100.0))
def test_a_change_of_the_unit_of_time_changes_nothing(system, unit):
    a, _, _ = system
    amounts = states(a, [(0.0, Op.ADD, 0, 10.0)], TIMES)[:, :5]
    scaled = states(a / unit, [(0.0, Op.ADD, 0, 10.0)], TIMES * unit)[:, :5]
    np.testing.assert_allclose(scaled, amounts, rtol=1e-9, atol=1e-11 * np.max(amounts))
