"""The closed form against scipy's matrix exponential, and what it promises about bits, stops and failures."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaln
from tests.support.closed import parameters, patient, reference, run, together, whole

from ketasim.engine.abi import Op, Status
from ketasim.engine.closed import blocks

RATE = st.floats(0.01, 30.0)


def compartments(kind: str, n: int, rates: list[float]) -> np.ndarray:
    """A compartmental matrix: what leaves one state enters another or is lost."""
    k = np.zeros((n, n))
    r = iter(rates)
    lost = {"mammillary": 0, "catenary": n - 1, "equal chain": n - 1, "chain": n - 1, "cycle": 0}[kind]
    for i in range(n - 1):
        if kind == "mammillary":
            k[i + 1, 0], k[0, i + 1] = next(r), next(r)
        else:
            k[i + 1, i] = rates[0] if kind == "equal chain" else next(r)
            if kind == "catenary":
                k[i, i + 1] = next(r)
    if kind == "cycle":
        k[0, n - 1] = next(r)
    a = k - np.diag(k.sum(axis=0))
    a[lost, lost] -= rates[0] if kind == "equal chain" else next(r)
    return a


@st.composite
def systems(draw):
    n = draw(st.integers(2, 7))
    kind = draw(st.sampled_from(["mammillary", "catenary", "equal chain", "chain", "cycle"]))
    return compartments(kind, n, draw(st.lists(RATE, min_size=2 * n, max_size=2 * n)))


@st.composite
def regimens(draw, n, rows=1):
    """Doses anywhere, overlapping infusions into states, a reset, a set value, row changes."""
    time, state, amount = st.floats(0.0, 40.0), st.integers(0, n - 1), st.floats(0.1, 100.0)
    ops = [(draw(time), Op.ADD, draw(state), draw(amount)) for _ in range(draw(st.integers(1, 4)))]
    for _ in range(draw(st.integers(0, 3))):
        start, length, i, rate = draw(time), draw(st.floats(0.01, 15.0)), draw(state), draw(amount)
        ops += [(start, Op.RATE, i, rate), (start + length, Op.RATE, i, -rate)]
    if draw(st.booleans()):
        ops.append((draw(time), Op.SET, draw(state), draw(amount)))
    if draw(st.booleans()):  # after all infusions, so that none ends below zero
        ops.append((60.0, Op.RESET, 0, 0.0))
    ops += [(draw(time), Op.ROW, draw(st.integers(0, rows - 1)), 0.0) for _ in range(rows - 1)]
    return sorted(ops, key=lambda op: op[0])


def agrees(solution, expected, tolerance=1e-10):
    assert solution.status[0] == Status.FINISHED
    rounding = 1e-13  # of the reference, which carries doses of up to 100 to times when little of them is left
    assert np.max(np.abs(solution.y - expected)) <= tolerance * np.max(np.abs(expected)) + rounding


TIMES = np.concatenate([np.linspace(0.0, 45.0, 24), [70.0, 100.0]])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.data())
def test_compartmental_systems_agree_with_the_matrix_exponential(data):
    a = data.draw(systems())
    n = len(a)
    ops = data.draw(regimens(n))
    p = parameters(a, c=data.draw(st.sampled_from([None, np.full(n, 0.5)])), start=np.arange(n, dtype=float))
    agrees(run(whole(n, a != 0), patient(p, ops, TIMES)), reference(p, ops, TIMES))


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.data())
def test_parameter_rows_may_change(data):
    a = data.draw(systems())
    n = len(a)
    p = np.array([parameters(f * a, start=np.ones(n)) for f in (1.0, 1.7, 0.4)])
    ops = data.draw(regimens(n, rows=3))
    agrees(run(whole(n, a != 0), patient(p, ops, TIMES)), reference(p, ops, TIMES))


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(1, 6), st.data())
def test_any_matrix_of_moderate_size_agrees(n, data):
    """Complex pairs, growth, negative entries, everything in one block."""
    entries = data.draw(st.lists(st.floats(-1.0, 1.0), min_size=n * n, max_size=n * n))
    p = parameters(np.reshape(entries, (n, n)) - 0.5 * np.eye(n))
    ops = [(0.0, Op.ADD, 0, 1.0), (1.0, Op.RATE, n - 1, 1.0), (3.0, Op.RATE, n - 1, -1.0)]
    times = np.linspace(0.0, 8.0, 17)
    agrees(run(whole(n), patient(p, ops, times)), reference(p, ops, times))


@pytest.mark.parametrize("gap", [0.0, 1e-15, 1e-12, 1e-9, 1e-6, 1e-4, 1e-3, 1e-2, 0.1])
@pytest.mark.parametrize("n", [2, 3, 6])
def test_rates_that_almost_coincide(n, gap):
    rates = 0.7 * (1.0 + gap * np.arange(n))
    a = np.diag(-rates) + np.diag(rates[:-1], -1)
    ops = [(0.0, Op.ADD, 0, 100.0), (20.0, Op.RATE, 1, 3.0), (21.0, Op.RATE, 1, -3.0)]
    p = parameters(a)
    agrees(run(whole(n, a != 0), patient(p, ops, TIMES)), reference(p, ops, TIMES))


@pytest.mark.parametrize("n", [2, 5, 14])
def test_a_chain_of_equal_rates_is_a_gamma_density(n):
    """What is left in compartment i is (kt)^i exp(-kt)/i!, and after 1000/k nothing."""
    k, times = 2.5, np.array([0.01, 0.4, 3.0, 20.0, 100.0, 400.0])
    a = np.diag(np.full(n, -k)) + np.diag(np.full(n - 1, k), -1)
    solution = run(whole(n, a != 0), patient(parameters(a), [(0.0, Op.ADD, 0, 10.0)], times))
    i = np.arange(n)
    expected = 10.0 * np.exp(i * np.log(k * times[:, None]) - k * times[:, None] - gammaln(i + 1))
    np.testing.assert_allclose(solution.y[:-1], expected[:-1], rtol=1e-12)
    assert np.all(solution.y[-1] == 0.0)


def test_an_oscillation_turns():
    p, ops = parameters([[-0.1, -1.0], [1.0, -0.1]]), [(0.0, Op.ADD, 0, 1.0), (2.0, Op.RATE, 1, 1.0)]
    agrees(run(whole(2), patient(p, ops, TIMES)), reference(p, ops, TIMES))


def test_an_oscillation_that_drives_its_like_is_in_resonance():
    turning = np.array([[-0.1, -1.0], [1.0, -0.1]])
    a = np.block([[turning, np.zeros((2, 2))], [np.eye(2), turning]])
    p, ops = parameters(a), [(0.0, Op.ADD, 0, 1.0)]
    agrees(run(whole(4, a != 0), patient(p, ops, TIMES)), reference(p, ops, TIMES))


def test_a_cycle_of_equal_rates_turns():
    a = -np.eye(4) + np.roll(np.eye(4), 1, axis=0)
    a[0, 0] -= 0.05
    ops = [(0.0, Op.ADD, 0, 1.0), (2.0, Op.RATE, 2, 1.0), (2.5, Op.RATE, 2, -1.0)]
    p = parameters(a)
    agrees(run(whole(4, a != 0), patient(p, ops, TIMES)), reference(p, ops, TIMES))


def test_accumulators_have_zero_eigenvalues():
    a = np.array([[-1.0, 0, 0], [1.0, 0, 0], [0, 1.0, 0]])  # the third is the time integral of the second
    p = parameters(a)
    solution = run(whole(3, a != 0), patient(p, [(0.0, Op.ADD, 0, 2.0)], [4320.0]))
    assert solution.y[0, 1] == pytest.approx(2.0, rel=1e-13)
    assert solution.y[0, 2] == pytest.approx(2.0 * (4320.0 - 1.0), rel=1e-13)


def test_a_long_horizon_with_fast_and_slow_parts_stays_accurate():
    """180 days: a fast state at 300/h feeds one that decays with a half-life of 60 days."""
    slow = np.log(2.0) / 1440.0
    a = np.array([[-300.0, 0.0], [300.0, -slow]])
    times = np.array([1e-3, 1.0, 24.0, 1440.0, 4320.0])
    solution = run(whole(2, a != 0), patient(parameters(a), [(0.0, Op.ADD, 0, 1.0)], times))
    exact = 300.0 / (300.0 - slow) * (np.exp(-slow * times) - np.exp(-300.0 * times))
    np.testing.assert_allclose(solution.y[:, 1], exact, rtol=1e-12)
    assert solution.y[-1, 0] == 0.0


def test_what_cannot_be_negative_is_not():
    rates = np.array([1.0, 1.001, 5.0, 40.0, 0.9])
    a = np.diag(-rates) + np.diag(rates[:-1], -1)
    times = np.concatenate([np.geomspace(1e-9, 1e-2, 20), np.linspace(1.0, 900.0, 50)])
    solution = run(whole(5, a != 0), patient(parameters(a), [(0.0, Op.ADD, 0, 1.0)], times))
    assert np.all(solution.y >= 0.0)


def test_an_output_before_and_one_after_a_dose_at_the_same_time():
    p = parameters([[-1.0]])
    ops = [(0.0, Op.ADD, 0, 1.0), (1.0, Op.ADD, 0, 1.0), (1.0, Op.SET, 0, 5.0)]
    y = run(whole(1), patient(p, ops, [(0.0, 0), (0.0, 1), (1.0, 1), (1.0, 2), (1.0, 3)])).y[:, 0]
    np.testing.assert_allclose(y, [0.0, 1.0, np.exp(-1.0), 1.0 + np.exp(-1.0), 5.0], rtol=1e-14)
    assert y[4] == 5.0


def crowd():
    """Different patients of one model: idle depots for some, several rows for others."""
    rng = np.random.default_rng(5)
    a = compartments("catenary", 6, list(rng.uniform(0.1, 3.0, 12)))
    a[:, 0], a[0] = np.where(np.arange(6) == 0, -1.0, 0.0), np.where(np.arange(6) == 0, -1.0, 0.0)
    a[1, 0] = 1.0
    people = []
    for k in range(600):
        rows = np.array([parameters(a * f) for f in rng.uniform(0.5, 2.0, 1 + k % 3)])
        if k % 4 == 1:
            rows = people[-1].p
        ops = [(float(t), Op.ADD, k % 2, 10.0 * (k % 5)) for t in range(0, 12, 4)]
        ops += [(5.0, Op.ROW, len(rows) - 1, 0.0), (6.5, Op.RATE, 3, 2.0), (8.0, Op.RATE, 3, -2.0)]
        people.append(patient(rows, sorted(ops, key=lambda op: op[0]), np.linspace(0.0, 20.0, 7 + k % 4)))
    return whole(6, a != 0), people


def test_bits_do_not_depend_on_the_company():
    model, people = crowd()
    all_at_once = run(model, together(people))
    order = np.random.default_rng(1).permutation(len(people))
    shuffled = run(model, together([people[k] for k in order]))
    ptr, ptr_s = together(people).out_ptr, together([people[k] for k in order]).out_ptr
    for at, k in enumerate(order):
        mine = all_at_once.y[ptr[k] : ptr[k + 1]]
        np.testing.assert_array_equal(mine, shuffled.y[ptr_s[at] : ptr_s[at + 1]])
        if at < 20:
            np.testing.assert_array_equal(mine, run(model, people[k]).y)


def test_a_run_that_stops_goes_on():
    a = compartments("cycle", 4, [1.0, 0.4, 2.0, 0.3, 0.2])
    p = parameters(a, c=np.array([0.1, 0, 0, 0]))
    model = whole(4, a != 0)
    ops = [(0.0, Op.ADD, 0, 1.0), (2.0, Op.RATE, 1, 1.0), (9.0, Op.RATE, 1, -1.0)]
    straight = run(model, patient(p, ops, [3.0, 12.0]))
    first = run(model, patient(p, ops[:2], [3.0], t_end=5.0))
    assert first.end.t[0] == 5.0
    rest = replace(patient(p, ops[2:], [(12.0, 1)]), start=first.end)
    second = run(model, rest)
    np.testing.assert_allclose(np.vstack([first.y, second.y]), straight.y, rtol=1e-13)
    np.testing.assert_array_equal(second.y, run(model, rest).y)


def test_one_bad_patient_does_not_stop_the_others():
    good = patient(parameters([[-1.0]]), [(0.0, Op.ADD, 0, 1.0)], [1.0, 2.0])
    bad_parameter = patient(parameters([[np.nan]]), [(0.0, Op.ADD, 0, 1.0)], [1.0, 2.0])
    bad_dose = patient(parameters([[-1.0]]), [(0.0, Op.ADD, 0, np.inf)], [1.0, 2.0])
    no_such_state = patient(parameters([[-1.0]]), [(0.0, Op.ADD, 7, 1.0)], [1.0, 2.0])
    backwards = patient(parameters([[-1.0]]), [(3.0, Op.ADD, 0, 1.0), (1.0, Op.ADD, 0, 1.0)], [(3.0, 2)])
    explodes = patient(parameters([[400.0]]), [(0.0, Op.ADD, 0, 1.0)], [1.0, 2.0])
    solution = run(whole(1), together([good, bad_parameter, bad_dose, no_such_state, backwards, explodes, good]))
    bad, finished = Status.BAD_PARAMETER, Status.FINISHED
    assert list(solution.status) == [finished, bad, bad, bad, bad, Status.NON_FINITE, finished]
    np.testing.assert_allclose(solution.y[:2, 0], np.exp([-1.0, -2.0]), rtol=1e-14)
    np.testing.assert_array_equal(solution.y[:2], solution.y[-2:])
    assert np.all(np.isnan(solution.y[2:9]))
    assert np.isfinite(solution.y[9, 0])
    assert np.isnan(solution.y[10, 0])


def test_no_patients_and_no_outputs():
    empty = patient(parameters([[-1.0]]), [], [], t_end=2.0)
    solution = run(whole(1), empty)
    assert solution.y.shape == (0, 1)
    assert solution.end.t[0] == 2.0
    assert list(solution.steps) == [0]


def test_blocks_stand_downstream_first():
    order, block, reach = blocks(4, (1, 2, 1, 3, 0, 1, 2, 3), (0, 1, 2, 2, 0, 1, 2, 3))  # 0 -> (1 <-> 2) -> 3
    assert list(order) == [3, 1, 2, 0]
    assert list(block) == [2, 1, 1, 0]
    assert reach.tolist() == [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
