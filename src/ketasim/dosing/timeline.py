"""From records to the operations of the engine: who acts when, and what a reset takes back.

What acts at one time acts in this order: first what was set going earlier (additional doses, doses that arrive after
their lag, infusions that end), then the records themselves in file order. An observation stands among the records, so
that it sees a lagged dose arriving at its very time, but not a dose recorded after it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ketasim.dosing.effects import Effects, effects_of
from ketasim.dosing.steady import SteadyRequests, requests_of
from ketasim.dosing.table import Records
from ketasim.engine.abi import F64, I8, I32, I64, Op

BEFORE_ALL: Final = -2  # a change of row before anything else at its time
BEFORE: Final = -1  # right before the record of that order
AFTER: Final = 1  # right after the record of that order
_FAR: Final = 1 << 40


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """Changes of parameter row: from (`time`, `order`, `place`) on patient `patient` follows his row `row`.

    `place` is BEFORE_ALL, BEFORE or AFTER. `start` (patients,) holds the row each patient starts with.
    """

    patient: I64
    time: F64
    order: I64
    place: I8
    row: I32
    start: I32


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """When outputs are wanted: shape (observations,). `order` decides beside records of the same time.

    An `order` below that of every record is before them, one above that of every record after them.
    """

    patient: I64
    time: F64
    order: I64


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """Operations and output times of n patients as `engine.abi.Batch` wants them.

    `out_index` says which of the given observations each output is. The states in `steady` are still NaN in `op_v`
    until `with_steady` puts them there.
    """

    op_t: F64
    op_k: I8
    op_i: I32
    op_v: F64
    op_ptr: I64
    out_t: F64
    out_after: I32
    out_ptr: I64
    out_index: I64
    steady: SteadyRequests

    def with_steady(self, states: F64) -> Timeline:
        """The timeline with the steady states filled in: shape (requests, states)."""
        value = self.op_v.copy()
        if states.size:
            value[self.steady.op[:, None] + np.arange(states.shape[1])] = states
        return replace(self, op_v=value)


def no_changes(n_patients: int) -> Changes:
    """Every patient keeps his row 0."""
    none = np.empty(0, np.int64)
    return Changes(
        none, np.empty(0), none, none.astype(np.int8), none.astype(np.int32), np.zeros(n_patients, dtype=np.int32)
    )


def resolve(
    table: Records,
    fraction: Any,
    lag: Any,
    duration: Any,
    rate: Any,
    inlet_state: Any,
    n_states: int,
    changes: Changes,
    observations: Observations,
    until: F64 | None = None,
) -> Timeline:
    """Turn records (additional doses written out) into operations and places of outputs.

    `fraction` (bioavailability), `lag` (h), and the modelled `duration` (h) and `rate` (mg/h; NaN where an inlet has
    none) broadcast to (records,). `inlet_state` (inlets,) is the state each inlet feeds. What would act after `until`
    (patients,) is left out. A fraction, lag, duration or rate that is not finite, or a negative lag, becomes an
    operation that is not finite, so that the engine gives that patient alone the status of a bad parameter.
    """
    n = int(changes.start.size)
    states = np.asarray(inlet_state, dtype=np.int32)
    made, asked = effects_of(table, fraction, lag, duration, rate, states, n_states)
    ops = _with_changes(made, changes)
    low = min((int(a.min()) for a in (ops.order, observations.order) if a.size), default=0)
    rank = np.where(ops.scheduled == 0, (ops.order - low) * 8 + 1 + ops.sub, ops.order * 8 + ops.sub - _FAR)
    rank = np.where(ops.scheduled == 2, ops.order - 2 * _FAR, rank)
    if until is not None:
        keep = ops.time <= until[ops.patient]
        ops, rank = ops.take(keep), rank[keep]
    at = np.lexsort((rank, ops.time, ops.patient))
    ops, rank = ops.take(at), rank[at]
    out_index, after = _place_outputs(ops, rank, low, observations)
    op_ptr = _offsets(ops.patient, n)
    who = observations.patient[out_index]
    return Timeline(
        ops.time,
        ops.kind,
        ops.index,
        ops.value,
        op_ptr,
        observations.time[out_index],
        (after - op_ptr[who]).astype(np.int32),
        _offsets(who, n),
        out_index,
        requests_of(ops.request, asked, ops.patient, _rows(ops, op_ptr, changes.start)),
    )


def rows_at(changes: Changes, patient: I64, time: F64, order: I64, recorded: F64 | None = None) -> I32:
    """The parameter row that acts at each (patient, time, order); `recorded` < `time` marks additional doses."""
    if not changes.patient.size:
        return changes.start[patient]
    generated = np.zeros(patient.size, bool) if recorded is None else recorded < time
    own = position_of(changes.order, changes.place)
    asked = np.where(generated, -_FAR + 1, order * 4)
    m = changes.patient.size
    who = np.concatenate([changes.patient, patient])
    at = np.lexsort((np.concatenate([own, asked]), np.concatenate([changes.time, time]), who))
    row = np.concatenate([changes.row, np.zeros(patient.size, np.int32)])[at]
    filled = carried(row, at < m, who[at], changes.start)
    out = np.empty(at.size, np.int32)
    out[at] = filled
    return out[m:]


def position_of(order: I64, place: I8) -> I64:
    """Sorts changes of one time: those before everything first, then around the record of their order."""
    return np.where(place == BEFORE_ALL, -_FAR, order * 4 + place)


def _with_changes(made: Effects, changes: Changes) -> Effects:
    """The effects of the records and the changes of row in one table."""
    if not changes.patient.size:
        return made
    n = changes.patient.size
    sub = np.where(changes.place == AFTER, 6, 0)
    rows = Effects(
        changes.patient,
        changes.time,
        np.full(n, Op.ROW, np.int8),
        changes.row,
        np.zeros(n),
        changes.order,
        sub.astype(np.int8),
        np.where(changes.place == BEFORE_ALL, 2, 0).astype(np.int8),
        np.full(n, -1, np.int64),
        np.full(n, -1, np.int64),
    )
    return made.joined(rows)


def _place_outputs(ops: Effects, rank: I64, low: int, seen: Observations) -> tuple[I64, I64]:
    """Order of the outputs, and for each the position in `ops` before which it stands."""
    at = np.arange(seen.time.size)
    ahead = np.diff(seen.patient) > 0
    level = np.diff(seen.patient) == 0
    later = np.diff(seen.time) > 0
    same = np.diff(seen.time) == 0
    if not np.all(ahead | (level & (later | (same & (np.diff(seen.order) >= 0))))):
        at = np.lexsort((seen.order, seen.time, seen.patient))
    patient, time, order = seen.patient[at], seen.time[at], seen.order[at]
    moments = np.unique(ops.time)
    width = 2 * moments.size + 1
    spot = np.searchsorted(moments, time)
    met = np.zeros(time.size, bool)
    inside = spot < moments.size
    met[inside] = moments[spot[inside]] == time[inside]
    op_key = ops.patient * width + 2 * np.searchsorted(moments, ops.time) + 1
    key = patient * width + 2 * spot + met
    after = np.searchsorted(op_key, key).astype(np.int64)
    if met.any():
        begins = np.searchsorted(op_key, op_key[np.diff(op_key, prepend=-1) != 0])
        group = np.repeat(begins, np.diff(begins, append=op_key.size))
        step = int(max(rank.max(initial=0), ((order - low) * 8 + 6).max())) + 2
        tie = np.flatnonzero(met & (after < op_key.size))
        tie = tie[op_key[after[tie]] == key[tie]]
        inner = group * step + np.maximum(rank, 0)
        after[tie] = np.searchsorted(inner, after[tie] * step + (order[tie] - low) * 8 + 6)
    return at, after


def _rows(ops: Effects, op_ptr: I64, start: I32) -> I32:
    """The row in force at each operation."""
    return carried(ops.index, ops.kind == Op.ROW, ops.patient, start)


def carried(value: I32, given: NDArray[np.bool_], patient: I64, start: I32) -> I32:
    """Carry given values forward within each patient; before the first, his start."""
    position = np.maximum.accumulate(np.where(given, np.arange(value.size), -1))
    known = position >= 0
    known[known] = patient[position[known]] == patient[known]
    return np.where(known, value[position], start[patient]).astype(np.int32)


def _offsets(patient: I64, n: int) -> I64:
    """Offsets (n + 1,) of rows sorted by patient."""
    return np.concatenate([[0], np.cumsum(np.bincount(patient, minlength=n))]).astype(np.int64)
