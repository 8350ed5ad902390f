"""The stepping engine against known solutions, through every kind of operation."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.special import lambertw
from tests.support import exam
from tests.support.exam import ODE, TIGHT, batch, model, patient, row, varied

from ketasim.engine.abi import Op, Settings, State, Status
from ketasim.errors import KetasimError

T = np.linspace(0.0, 24.0, 49)
K, K2 = exam.PARAMETERS["k"], exam.PARAMETERS["k2"]


def solve(*patients, settings=TIGHT, **more):
    return model().solve(batch(*patients, **more), settings)


def bolus(t):
    return np.where(t >= 0, np.exp(-K * np.maximum(t, 0)), 0.0)


def infusion(t, end):
    on, off = np.maximum(t, 0), np.maximum(t - end, 0)
    return ((1 - np.exp(-K * on)) - (1 - np.exp(-K * off))) / K


def test_parts_with_known_solutions():
    p = exam.PARAMETERS
    s = solve(patient(times=T))
    z = p["M0"] / p["Km"] * np.exp((p["M0"] - p["Vm"] * T) / p["Km"])
    assert s.status[0] == Status.FINISHED
    assert np.allclose(s.y[:, 2], p["Km"] * lambertw(z).real, rtol=1e-7, atol=1e-9)
    assert np.allclose(s.y[:, 3], p["K"] / (1 + 9 * np.exp(-p["r"] * T)), rtol=1e-7)
    assert np.allclose(s.y[:, 4], np.cos(T), atol=1e-7)


def test_stiff_part_agrees_with_radau():
    def f(t, y):
        a, b = 0.04 * y[0], 1e4 * y[1] * y[2]
        return [-a + b, a - b - 3e7 * y[1] ** 2, 3e7 * y[1] ** 2]

    other = solve_ivp(f, (0, 24), [1, 0, 0], method="Radau", rtol=1e-10, atol=1e-14, t_eval=T)
    s = solve(patient(times=T))
    assert np.allclose(s.y[:, 5:8], other.y.T, rtol=1e-6, atol=1e-11)


@pytest.mark.parametrize("rtol", [1e-4, 1e-6, 1e-8])
def test_error_follows_the_tolerance_between_steps_too(rtol):
    t = np.linspace(0, 24, 997)
    s = solve(patient([(1.0, Op.ADD, 0, 5.0)], t), settings=Settings(rtol=rtol, atol=rtol * 1e-2, method="ode"))
    expected = 5 * np.where(t <= 1, 0, bolus(t - 1))
    assert np.max(np.abs(s.y[:, 0] - expected)) < 30 * rtol
    assert np.max(np.abs(s.y[:, 4] - np.cos(t))) < 30 * rtol
    assert s.steps[0] < 3000


def test_bolus_infusion_and_their_order_with_outputs():
    ops = [(2.0, Op.ADD, 0, 100.0), (6.0, Op.RATE, 0, 10.0), (9.5, Op.RATE, 0, -10.0)]
    before, after = (
        solve(patient(ops, T)),
        solve(patient(ops, T, after=np.searchsorted([2.0, 6.0, 9.5], T, side="right"))),
    )
    expected = 100 * bolus(T - 2) + 10 * infusion(T - 6, 3.5)
    assert np.allclose(after.y[:, 0], expected, rtol=1e-7, atol=1e-8)
    at = np.flatnonzero(T == 2.0)[0]
    assert before.y[at, 0] == 0.0
    assert after.y[at, 0] == 100.0
    assert np.allclose(np.delete(before.y[:, 0], at), np.delete(expected, at), rtol=1e-7, atol=1e-8)


def test_outputs_between_operations_of_one_time():
    ops = [(1.0, Op.ADD, 0, 1.0), (1.0, Op.ADD, 0, 2.0), (1.0, Op.SET, 0, 10.0), (1.0, Op.ADD, 1, 4.0)]
    s = solve(patient(ops, [1.0] * 5, after=[0, 1, 2, 3, 4]))
    assert s.y[:, 0].tolist() == [0.0, 1.0, 3.0, 10.0, 10.0]
    assert s.y[:, 1].tolist() == [0.0, 0.0, 0.0, 0.0, 4.0]


def test_reset_clears_states_and_infusions():
    ops = [(0.0, Op.RATE, 0, 5.0), (4.0, Op.RESET, 0, 0.0), (6.0, Op.ADD, 0, 1.0)]
    s = solve(patient(ops, [3.0, 5.0, 8.0]))
    assert s.y[:, 0] == pytest.approx([5 * infusion(np.array(3.0), 9.0), 0.0, np.exp(-2 * K)], rel=1e-7, abs=1e-10)
    assert s.y[1, 2] == pytest.approx(solve(patient([], [1.0])).y[0, 2], rel=1e-7)
    assert s.end.rate[0, 0] == 0.0


def test_rows_change_parameters_from_then_on_and_reset_uses_the_present_one():
    rows = np.concatenate([row(), row(k=0.1, M0=4.0)])
    ops = [(0.0, Op.ADD, 0, 8.0), (5.0, Op.ROW, 1, 0.0), (9.0, Op.RESET, 0, 0.0)]
    s = solve(patient(ops, [5.0, 9.0, 9.0], rows, after=[2, 2, 3]))
    assert s.y[:2, 0] == pytest.approx([8 * np.exp(-5 * K), 8 * np.exp(-5 * K - 0.4)], rel=1e-7)
    assert s.y[2, 2] == 4.0
    assert s.end.row[0] == 1


def test_nothing_to_do_and_nothing_to_see():
    s = solve(patient(end=3.0), patient(), patient([(2.0, Op.ADD, 0, 1.0)]), patient([], [0.0, 0.0]))
    assert s.status.tolist() == [0, 0, 0, 0]
    assert s.end.t.tolist() == [3.0, 0.0, 2.0, 0.0]
    assert s.steps[1] == 0
    assert s.y[0, 2] == exam.PARAMETERS["M0"]


def test_mixed_output_function():
    s = solve(patient([(0.0, Op.ADD, 0, 2.0)], T[1:]))
    a, c = s.y[:, 0], s.y[:, 1]
    assert np.allclose(s.y[:, 8], np.exp(-a) + np.log(1 + c) + (1 + c) ** exam.PARAMETERS["g"], rtol=1e-12)


def test_no_bit_depends_on_company_order_or_chunks():
    people = varied(37)
    whole = solve(*people, settings=ODE)
    ptr = np.concatenate([[0], np.cumsum([len(p[1]) for p in people])])
    order = np.random.default_rng(0).permutation(len(people))
    mixed = solve(*(people[i] for i in order), settings=ODE)
    at = 0
    for i in order:
        count = len(people[i][1])
        assert np.array_equal(mixed.y[at : at + count], whole.y[ptr[i] : ptr[i + 1]])
        at += count
    for first in range(0, 37, 5):
        part = solve(*people[first : first + 5], settings=ODE)
        assert np.array_equal(part.y, whole.y[ptr[first] : ptr[min(first + 5, 37)]])
        assert np.array_equal(part.end.x, whole.end.x[first : first + 5])


def test_two_threads_give_the_same_bits():
    people, results = varied(20), {}
    expected = solve(*people, settings=ODE)
    b = batch(*people)
    workers = [threading.Thread(target=lambda i=i: results.update({i: model().solve(b, ODE)})) for i in range(2)]
    for w in workers:
        w.start()
    for w in workers:
        w.join()
    assert np.array_equal(results[0].y, expected.y)
    assert np.array_equal(results[1].y, expected.y)


def stopped(stop):
    ops = [(0.0, Op.ADD, 0, 5.0), (3.0, Op.RATE, 1, 2.0), (20.0, Op.RATE, 1, -2.0)]
    early, late = T[stop >= T], T[stop < T]
    first = solve(patient(ops[:2], early, end=stop), settings=ODE)
    then = solve(patient(ops[2:], late, end=24.0), settings=ODE, start=first.end)
    return np.concatenate([first.y, then.y]), then.end


def test_stop_and_resume():
    whole = solve(patient([(0.0, Op.ADD, 0, 5.0), (3.0, Op.RATE, 1, 2.0), (20.0, Op.RATE, 1, -2.0)], T), settings=ODE)
    (once, end), (again, _) = stopped(12.0), stopped(12.0)
    assert np.array_equal(once, again)
    assert np.allclose(once, whole.y, rtol=1e-4, atol=1e-6)
    assert end.t[0] == 24.0
    assert end.rate[0, 1] == 0.0


def test_a_failure_is_a_status_and_stops_nobody_else():
    good = patient([(1.0, Op.ADD, 0, 3.0)], T)
    explode = patient([(2.0, Op.SET, 3, -1.0)], T)  # the logistic equation blows up below zero
    nan_row, far = patient([], T, row(k=np.nan)), patient([(1.0, Op.ADD, 99, 3.0)], T)
    unlogged = patient([(5.0, Op.SET, 1, -3.0)], T)  # log(1 + C) is not a number
    s = solve(explode, good, nan_row, unlogged, far, settings=ODE)
    y = s.y.reshape(5, len(T), -1)
    assert s.status[0] in {Status.TOLERANCE, Status.NON_FINITE}
    assert s.status[1:].tolist() == [Status.FINISHED, Status.BAD_PARAMETER, Status.NON_FINITE, Status.BAD_PARAMETER]
    assert np.array_equal(y[1], solve(good, settings=ODE).y)
    assert np.isnan(y[[2, 4]]).all()
    assert np.isfinite(y[0][T <= 2.0]).all()
    assert np.isnan(y[0][-1]).all()
    assert np.isnan(y[3][T > 5.5]).all()


def test_step_limit():
    s = solve(patient([], T), settings=replace(ODE, max_steps=10))
    assert s.status[0] == Status.STEP_LIMIT
    assert s.steps[0] <= 10
    assert np.isnan(s.y[-1]).all()


def test_initial_values_and_sizes():
    x = model().initial(np.concatenate([row(), row(M0=2.5)]))
    assert x.tolist() == [[0, 0, 10.0, 0.5, 1, 1, 0, 0], [0, 0, 2.5, 0.5, 1, 1, 0, 0]]
    assert (model().n_states, model().n_parameters, model().n_outputs, model().linear) == (8, 9, 9, False)


def test_methods_that_do_not_apply_are_refused():
    with pytest.raises(KetasimError, match="linear"):
        solve(patient([], T), settings=Settings(method="closed"))
    with pytest.raises(KetasimError, match="unknown"):
        solve(patient([], T), settings=Settings(method="euler"))


def test_bits_of_state_given_as_read_only_are_accepted():
    b = batch(patient([], T))
    frozen = State(*(np.array(v) for v in (b.start.t, b.start.x, b.start.rate, b.start.row, b.start.h)))
    frozen.x.flags.writeable = False
    assert np.array_equal(model().solve(replace(b, start=frozen), ODE).y, model().solve(b, ODE).y)
