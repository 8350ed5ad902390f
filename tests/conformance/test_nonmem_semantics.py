"""Every kind of dosing event against closed forms: one compartment with first-order absorption, superposed by hand.

Each case says in `want` which single doses reach the body, and when; what the resolver makes of the records must agree.
"""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from tests.support.events import grid, run
from tests.support.models import WAYS, absorption_solver

from ketasim.dosing.records import records
from ketasim.dosing.timeline import AFTER, BEFORE, Changes, Observations
from ketasim.errors import RegimenError

CL, V, KA = 1.1, 20.0, 1.5
P = np.array([CL, V, KA])
K = CL / V
DEPOT, CENTRAL = 0, 1
TIMES = np.arange(0.25, 120, 0.5)
TOLERANCE = {"reference": 1e-9, "closed": 1e-9, "ode": 2e-5}


@dataclass(frozen=True)
class One:
    """A single dose of 100 mg into central at time 0, unless said otherwise; it counts from `since` `until`."""

    at: float = 0.0
    amount: float = 100.0
    over: float = 0.0
    into: int = CENTRAL
    since: float = -np.inf
    until: float = np.inf


def depot_bolus(t):
    return np.where(t >= 0, KA / (KA - K) * (np.exp(-K * t) - np.exp(-KA * t)), 0.0)


def depot_infusion(t):
    t = np.maximum(t, 0.0)
    return KA / (KA - K) * ((1 - np.exp(-K * t)) / K - (1 - np.exp(-KA * t)) / KA)


def central_infusion(t):
    return (1 - np.exp(-K * np.maximum(t, 0.0))) / K


def concentration(t, doses):
    """Sum of single doses at times t; amounts are what is absorbed."""
    total = np.zeros_like(t)
    for d in doses:
        s = t - d.at
        if d.over:
            unit = depot_infusion if d.into == DEPOT else central_infusion
            one = d.amount / d.over * (unit(s) - unit(s - d.over))
        elif d.into == DEPOT:
            one = d.amount * depot_bolus(np.maximum(s, 0.0)) * (s >= 0)
        else:
            one = d.amount * np.exp(-K * np.maximum(s, 0.0)) * (s >= 0)
        total += np.where((d.since <= t) & (t < d.until), one, 0.0)
    return total / V


def train(first, every, n):
    """The same dose n times."""
    return [replace(first, at=first.at + m * every) for m in range(n)]


def always(first, every, after=0):
    """The same dose every so often since for ever, and `after` times more."""
    return train(replace(first, at=first.at - 400 * every), every, 401 + after)


BY_RATE, BY_DURATION = {"rate": [np.nan, 10.0]}, {"duration": [np.nan, 9.0]}
CASES = {
    "bolus": ({"time": 0, "amount": 100}, {}, [One()]),
    "bolus into the depot": ({"time": 0, "amount": 100, "inlet": 0}, {}, [One(into=DEPOT)]),
    "additional doses": (
        {"time": 0, "amount": 100, "inlet": 0, "ii": 24, "addl": 3},
        {},
        train(One(into=DEPOT), 24, 4),
    ),
    "lag and bioavailability": (
        {"time": 0, "amount": 100, "ii": 24, "addl": 3},
        {"lag": 12.13, "fraction": 2.23},
        train(One(12.13, 223), 24, 4),
    ),
    "lag and bioavailability of the depot only": (
        {"time": [0, 30], "amount": 100, "inlet": [0, 1]},
        {"lag": [3.3, 0.0], "fraction": [0.4, 1.0]},
        [One(3.3, 40, into=DEPOT), One(30)],
    ),
    "infusion": ({"time": 0, "amount": 100, "rate": 10}, {}, [One(over=10)]),
    "infusion into the depot": ({"time": 0, "amount": 100, "rate": 10, "inlet": 0}, {}, [One(over=10, into=DEPOT)]),
    "infusions longer than the interval": (
        {"time": 0, "amount": 100, "rate": 10, "ii": 6, "addl": 4},
        {},
        train(One(over=10), 6, 5),
    ),
    "bioavailability shortens an infusion given by rate": (
        {"time": 0, "amount": 480, "rate": 10},
        {"fraction": 0.5},
        [One(amount=240, over=24)],
    ),
    "bioavailability weakens an infusion given by duration": (
        {"time": 0, "amount": 480, "duration": 48},
        {"fraction": 0.5},
        [One(amount=240, over=48)],
    ),
    "modelled rate": ({"time": 0, "amount": 100, "rate": -1}, {**BY_RATE, "fraction": 0.6}, [One(amount=60, over=6)]),
    "modelled duration": (
        {"time": 0, "amount": 100, "rate": -2, "ii": 24, "addl": 2},
        {**BY_DURATION, "fraction": 0.6, "lag": 5},
        train(One(5, 60, 9), 24, 3),
    ),
    "an inlet with a duration of its own": ({"time": 0, "amount": 100}, BY_DURATION, [One(over=9)]),
    "a record's rate wins over the inlet's": ({"time": 0, "amount": 100, "rate": 20}, BY_DURATION, [One(over=5)]),
    "infusion with lag": (
        {"time": 0, "amount": 100, "rate": 10, "ii": 24, "addl": 3},
        {"lag": 4.15},
        train(One(4.15, over=10), 24, 4),
    ),
    "bolus and infusion at one time": (
        {"time": [0, 0, 0], "amount": [100, 50, 30], "rate": [0, 10, 0], "inlet": [1, 1, 0]},
        {},
        [One(), One(amount=50, over=5), One(amount=30, into=DEPOT)],
    ),
    "reset": (
        {
            "time": [0, 50, 54],
            "evid": [1, 3, 1],
            "amount": [100, 0, 60],
            "inlet": 0,
            "ii": [12, 0, 16],
            "addl": [9, 0, 2],
        },
        {},
        [*train(One(into=DEPOT, until=50), 12, 5), *train(One(54, 60, into=DEPOT), 16, 3)],
    ),
    "reset of a running infusion and of a dose within its lag": (
        {"time": [0, 2, 10], "evid": [1, 1, 3], "amount": [480, 100, 0], "rate": [10, 0, 0], "inlet": [1, 0, 1]},
        {"lag": [12.0, 0.0]},
        [One(amount=480, over=48, until=10)],
    ),
    "reset and dose": (
        {"time": [0, 50], "evid": [1, 4], "amount": [100, 120], "inlet": 0, "ii": 12, "addl": [9, 3], "rate": [50, 0]},
        {},
        [*train(One(over=2, into=DEPOT, until=50), 12, 5), *train(One(50, 120, into=DEPOT), 12, 4)],
    ),
    "replace": (
        {"time": [0, 20], "evid": [1, 8], "amount": [100, 7]},
        {"fraction": 0.5},
        [One(amount=50, until=20), One(20, 7)],
    ),
    "steady state of boluses": (
        {"time": 0, "amount": 100, "ss": 1, "ii": 24, "addl": 1},
        {"fraction": 0.4},
        always(One(amount=40), 24, 1),
    ),
    "steady state into the depot": (
        {"time": 0, "amount": 100, "inlet": 0, "ss": 1, "ii": 12},
        {},
        always(One(into=DEPOT), 12),
    ),
    "steady state replaces what was there": (
        {"time": [0, 30], "amount": [100, 50], "ss": [0, 1], "ii": [24, 12], "addl": [4, 0], "rate": [2, 0]},
        {},
        [*train(One(over=50, until=30), 24, 2), *always(One(30, 50, since=30), 12)],
    ),
    "steady states added up": (
        {"time": [0, 12], "amount": [100, 50], "inlet": 0, "ss": [1, 2], "ii": 24, "addl": 3},
        {},
        [*always(One(into=DEPOT), 24, 3), *always(One(12, 50, into=DEPOT, since=12), 24, 3)],
    ),
    "steady state of infusions": (
        {"time": 0, "amount": 100, "rate": 10, "ss": 1, "ii": 24, "addl": 2},
        {"fraction": 0.8},
        always(One(amount=80, over=8), 24, 2),
    ),
    "steady state of infusions as long as the interval": (
        {"time": 0, "amount": 100, "rate": 10, "ss": 1, "ii": 10, "addl": 3},
        {},
        always(One(over=10), 10, 3),
    ),
    "steady state of infusions longer than the interval": (
        {"time": 0, "amount": 100, "rate": 5, "ss": 1, "ii": 6, "addl": 2},
        {},
        always(One(over=20), 6, 2),
    ),
    "steady state of modelled durations": (
        {"time": 0, "amount": 100, "rate": -2, "ss": 1, "ii": 24, "addl": 1},
        {**BY_DURATION, "fraction": 0.6},
        always(One(amount=60, over=9), 24, 1),
    ),
    "steady state with lag": (
        {"time": 0, "amount": 100, "ss": 1, "ii": 24, "addl": 2},
        {"lag": 4.0, "fraction": 0.4},
        always(One(4, 40), 24, 2),
    ),
    "steady state of infusions still running at a lagged dose": (
        {"time": 0, "amount": 100, "rate": 5, "ss": 1, "ii": 12, "addl": 2},
        {"lag": 4.0},
        always(One(4, over=20), 12, 2),
    ),
    "steady state with a lag longer than the interval": (
        {"time": 0, "amount": 100, "rate": 25, "ss": 1, "ii": 6, "addl": 2},
        {"lag": 16.0},
        always(One(16, over=4), 6, 2),
    ),
    "steady state of an infusion without end": (
        {"time": 0, "amount": 0, "rate": 4, "ss": 1},
        {},
        [One(-2000, 4 * 2000, over=2000)],
    ),
    "reset and steady state with lag, twice": (
        {"time": [0, 36], "evid": 4, "amount": [100, 200], "ss": 1, "ii": 12},
        {"lag": 5.0},
        [*always(One(5, until=36), 12), *always(One(41, 200, since=36), 12)],
    ),
}


@pytest.fixture(scope="module", params=WAYS)
def solver(request):
    return request.param, absorption_solver(request.param)


@pytest.mark.parametrize("case", CASES)
def test_records_act_as_the_single_doses_they_stand_for(solver, case):
    way, made = solver
    columns, inlet, doses = CASES[case]
    table = records(**({"inlet": CENTRAL} | columns))
    got = run(made.compiled, table, [P], grid(TIMES), settings=made.settings, **inlet)[:, 0]
    want = concentration(TIMES, doses)
    assert want.max() > 0
    assert np.abs(got - want).max() < TOLERANCE[way] * want.max()


def values_at(made, table, times, orders, **inlet):
    seen = Observations(np.zeros(len(times), int), np.array(times, float), np.array(orders))
    return run(made.compiled, table, [P], seen, settings=made.settings, **inlet)[:, 0] * V


def test_an_observation_sees_the_dose_above_it_and_not_the_one_below(solver):
    _, made = solver
    table = records(time=[5, 5], amount=[100, 40], inlet=1, order=[1, 3])
    got = values_at(made, table, [5, 5, 5], [0, 2, 4])
    np.testing.assert_allclose(got, [0, 100, 140], rtol=1e-9, atol=1e-9)


def test_an_observation_sees_additional_and_lagged_doses_of_its_very_time(solver):
    _, made = solver
    lagged = records(time=[0], amount=[100], inlet=1, order=[5])
    np.testing.assert_allclose(values_at(made, lagged, [3, 3], [-7, 9], lag=3.0), [100, 100], rtol=1e-9)
    added = records(time=[0], amount=[100], inlet=1, ii=0.1, addl=3, order=[5])
    got = values_at(made, added, [0.3], [-7])
    np.testing.assert_allclose(got, 100 * np.exp(-K * np.arange(4) * 0.1).sum(), rtol=1e-6)


def test_covariates_hold_backward_or_forward_as_changes_say(solver):
    way, made = solver
    rows = np.array([P, [3.3, V, KA]])
    table = records(time=[0], amount=[100], inlet=1, order=[0])
    for place, order, at in ((AFTER, 1, 10.0), (BEFORE, 2, 20.0)):
        changes = Changes(
            np.zeros(1, int), np.array([at]), np.array([order]), np.array([place], np.int8), np.array([1], np.int32),
            np.zeros(1, np.int32),
        )  # fmt: skip
        seen = Observations(np.zeros(3, int), np.array([10.0, 20.0, 30.0]), np.array([1, 2, 3]))
        got = run(made.compiled, table, [rows], seen, changes=changes, settings=made.settings)[:, 0] * V
        slow = np.minimum([10, 20, 30], at)
        want = 100 * np.exp(-K * slow - 3.3 / V * (np.array([10, 20, 30]) - slow))
        np.testing.assert_allclose(got, want, rtol=TOLERANCE[way])


def test_a_steady_state_that_never_comes_is_refused():
    made = absorption_solver("reference")
    table = records(time=0, amount=100, inlet=1, ss=1, ii=24)
    with pytest.raises(RegimenError, match=r"state 2.*drifts"):
        run(made.compiled, table, [np.array([0.0, V, KA])], grid([1.0]))
