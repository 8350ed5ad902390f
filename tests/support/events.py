"""Runs a table of events through the resolver, the steady states and a model, as the tests of dosing need it."""

import numpy as np

from ketasim.dosing.expand import expand
from ketasim.dosing.timeline import Observations, no_changes, resolve, rows_at
from ketasim.engine.abi import Batch, Settings, State
from ketasim.simulation.steady import steady_states


def run(model, table, p, seen, *, inlets=(0, 1), changes=None, settings=None, whole=True, **inlet):
    """Outputs (observations, outputs) in the order of `seen`.

    `p` is (patients, parameters), or a list of (rows, parameters) per patient where `changes` are given. `inlet` may
    hold fraction, lag, duration and rate, each a number, a row per inlet, or a function of (records, row parameters).
    """
    settings = settings or Settings()
    table = expand(table)
    changes = changes or no_changes(len(p))
    rows = [np.atleast_2d(r) for r in p]
    ptr = np.concatenate([[0], np.cumsum([len(r) for r in rows])])
    flat = np.concatenate(rows)
    row = rows_at(changes, table.patient, table.time, table.order, table.recorded)
    default = {"fraction": 1.0, "lag": 0.0, "duration": np.nan, "rate": np.nan} | inlet
    values = []
    for key in ("fraction", "lag", "duration", "rate"):
        given = default[key]
        if callable(given):
            given = given(table, flat[ptr[table.patient] + row])
        elif np.ndim(given):
            given = np.asarray(given)[table.inlet]
        values.append(given)
    line = resolve(table, *values, np.asarray(inlets), model.n_states, changes, seen)
    if line.steady.n:
        at = ptr[line.steady.patient] + line.steady.row
        line = line.with_steady(steady_states(model, flat[at], line.steady, settings))
    n = len(rows)
    first = flat[ptr[:-1] + changes.start]
    t0 = np.array(
        [
            min(
                line.op_t[line.op_ptr[k] : line.op_ptr[k + 1]].min(initial=0.0),
                line.out_t[line.out_ptr[k] : line.out_ptr[k + 1]].min(initial=0.0),
            )
            for k in range(n)
        ]
    )
    start = State(t0, model.initial(first), np.zeros((n, model.n_states)), changes.start.astype(np.int64), np.zeros(n))
    batch = Batch(
        start, flat, ptr, line.op_t, line.op_k, line.op_i, line.op_v, line.op_ptr,
        line.out_t, line.out_after, line.out_ptr, t0.copy(),
    )  # fmt: skip
    solved = model.solve(batch, settings)
    assert not whole or (solved.status == 0).all(), solved.status
    y = np.empty_like(solved.y)
    y[line.out_index] = solved.y
    return y


def grid(times, n=1, order=1 << 20):
    """The same times for n patients, after every record of their time (or before all, with order -1)."""
    t = np.asarray(times, float)
    return Observations(np.repeat(np.arange(n), t.size), np.tile(t, n), np.full(t.size * n, order))
