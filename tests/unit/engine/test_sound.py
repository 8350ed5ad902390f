"""Who cannot be run is told alike on both paths, and nobody else is touched."""

from dataclasses import replace

import numpy as np
import pytest
import sympy
from tests.support.closed import patient, together

from ketasim.compiler.compile import compile_model
from ketasim.engine import sound
from ketasim.engine.abi import Op, Settings, Status
from ketasim.model.system import System

A, B, K, M, T = sympy.symbols("a b k m t")
DOSE, OUT = (0.0, Op.ADD, 0, 100.0), [1.0, 4.0]
NAN, INF = np.nan, np.inf


@pytest.fixture(scope="module")
def decay():
    return compile_model(System("decay", (A, B), (K, M), T, (), (-K * A, K * A - M * B), (0, 0), ("b",), (B,)))


def one(ops=(DOSE,), p=((0.7, 0.2),), **more):
    return patient(p, list(ops), [(t, len(ops)) for t in OUT], n=2, **more)


FAULTS = {
    "parameter": one(p=((NAN, 0.2),)),
    "second row": one(p=((0.7, 0.2), (0.7, INF))),
    "row": one(row=1),
    "row below": one(row=-1),
    "start": one((), t=NAN),
    "state": one(x=[NAN, 0.0]),
    "rate": one(rate=[0.0, INF]),
    "time": one([(NAN, Op.ADD, 0, 1.0)]),
    "endless time": one([(INF, Op.ADD, 0, 1.0)]),
    "amount": one([DOSE, (0.5, Op.RATE, 1, NAN)]),
    "set": one([(0.5, Op.SET, 1, INF)]),
    "index": one([(0.5, Op.ADD, 2, 1.0)]),
    "index below": one([(0.5, Op.ADD, -1, 1.0)]),
    "row that is not there": one([(0.5, Op.ROW, 1, 0.0)]),
    "kind": replace(one(), op_k=np.array([5], np.int8)),
    "kind below": replace(one(), op_k=np.array([-1], np.int8)),
    "back in time": one([(3.0, Op.ADD, 0, 1.0), (1.0, Op.ADD, 0, 1.0)]),
    "before the start": one([(1.0, Op.ADD, 0, 1.0)], t=2.0),
}
FINE = {
    "plain": one(),
    "nothing": one(()),
    "index of a reset": one([(0.5, Op.RESET, 7, NAN)]),
    "value of a change of row": one([(0.5, Op.ROW, 1, NAN)], ((0.7, 0.2), (0.1, 0.2))),
    "two at once": one([DOSE, DOSE], t=0.0),
    "a start that is passed over": one(t=0.0, x=[5.0, 0.0]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_seen_and_its_neighbours_are_not(fault):
    found = sound.status(together([one(), FAULTS[fault], one()]), 2)
    assert found.tolist() == [Status.NOT_RUN, Status.BAD_PARAMETER, Status.NOT_RUN]


@pytest.mark.parametrize("way", FINE)
def test_what_can_be_run_is_left(way):
    assert sound.status(together([FAULTS["time"], FINE[way]]), 2)[1] == Status.NOT_RUN


@pytest.mark.parametrize("method", ["closed", "ode"])
def test_both_paths_refuse_the_same_people_and_run_the_others(decay, method):
    people = [one(), *FAULTS.values(), one(), *FINE.values()]
    solved = decay.solve(together(people), Settings(method=method))
    refused = solved.status == Status.BAD_PARAMETER
    assert np.flatnonzero(refused).tolist() == list(range(1, len(FAULTS) + 1))
    assert set(solved.status[~refused]) == {Status.FINISHED}
    y = solved.y.reshape(len(people), len(OUT))
    assert np.all(np.isnan(y[refused])) and np.all(np.isfinite(y[~refused])) and np.all(np.isnan(solved.end.x[refused]))
    assert np.array_equal(y[0], decay.solve(one(), Settings(method=method)).y[:, 0])
