"""Parameter rows of a data set: where covariates or the occasion change, an individual gets a new row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ketasim.dosing.events import Events
from ketasim.dosing.records import Records
from ketasim.dosing.timeline import AFTER, BEFORE, BEFORE_ALL, Changes, carried, position_of
from ketasim.engine.abi import F64, I8, I32, I64


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """`count` (individuals,) parameter rows each; `occasion` and `file_row` (rows,) say what holds in each.

    `file_row` is the row of the file whose covariates hold.
    """

    count: I64
    occasion: I32
    file_row: I64
    changes: Changes


@dataclass(frozen=True, slots=True, eq=False)
class _Steps:
    """Points at which something takes a new value."""

    patient: I64
    time: F64
    order: I64
    place: I8
    value: I64


def parameter_rows(
    events: Events,
    covariates: Mapping[str, NDArray[Any]],
    occasion: I64,
    sessions: Records | None,
    per_row: int,
    carry: Literal["nocb", "locf"],
) -> Rows:
    """Rows from covariates and occasions by row of the file; with `sessions`, occasions are those of its doses.

    `per_row` is how many orders of records each row of the file takes up.
    """
    n = int(events.patient[-1]) + 1
    first = np.flatnonzero(np.diff(events.patient, prepend=-1) != 0)
    held = _held(events, covariates, occasion, per_row, carry)
    given = _given(sessions)
    patient = np.concatenate([held.patient, given.patient])
    time = np.concatenate([held.time, given.time])
    order = np.concatenate([held.order, given.order])
    place = np.concatenate([held.place, given.place])
    at = np.lexsort((position_of(order, place), time, patient))
    patient, time, order, place = patient[at], time[at], order[at], place[at]
    is_held = at < held.patient.size
    none = np.zeros(n, np.int32)
    file_row = carried(
        np.concatenate([held.value, np.zeros_like(given.value)])[at].astype(np.int32),
        is_held, patient, first.astype(np.int32),
    )  # fmt: skip
    session = carried(
        np.concatenate([np.zeros_like(held.value), given.value])[at].astype(np.int32), ~is_held, patient, none
    )
    k = np.arange(at.size)
    head = np.flatnonzero(np.diff(patient, prepend=-1) != 0)
    row = k - np.repeat(head, np.diff(head, append=at.size)) + 1
    changes = Changes(patient, time, order, place, row.astype(np.int32), none)
    count = np.bincount(patient, minlength=n) + 1
    starts = np.concatenate([[0], np.cumsum(count)])[:-1]
    all_rows = np.empty(int(count.sum()), np.int64)
    all_sessions = np.zeros(all_rows.size, np.int32)
    all_rows[starts] = first
    all_rows[starts[patient] + row] = file_row
    all_sessions[starts[patient] + row] = session
    numbered = all_sessions if sessions is not None else occasion[all_rows].astype(np.int32)
    return Rows(count.astype(np.int64), numbered, all_rows, changes)


def _held(
    events: Events, covariates: Mapping[str, NDArray[Any]], occasion: I64, per_row: int, carry: Literal["nocb", "locf"]
) -> _Steps:
    """Where a row of the file brings other covariates or another OCC than the row above it; the value is that row."""
    inside = np.diff(events.patient, prepend=-1) == 0
    other = np.diff(occasion, prepend=-1) != 0
    for values in covariates.values():
        other[1:] |= values[1:] != values[:-1]
    at = np.flatnonzero(inside & other)
    if carry == "nocb":
        before = at - 1
        place = np.full(at.size, AFTER, np.int8)
        return _Steps(events.patient[at], events.time[before], before * per_row + per_row - 1, place, at)
    return _Steps(events.patient[at], events.time[at], at * per_row, np.full(at.size, BEFORE, np.int8), at)


def _given(sessions: Records | None) -> _Steps:
    """Where a dosing session after the first begins; the value is its number."""
    if sessions is None or not sessions.n:
        none = np.empty(0, np.int64)
        return _Steps(none, np.empty(0), none, none.astype(np.int8), none)
    at = np.lexsort((sessions.order, sessions.time, sessions.patient))
    s = sessions.take(at)
    new = (np.diff(s.occasion, prepend=0) > 0) & (np.diff(s.patient, prepend=-1) == 0)
    s = s.take(new)
    place = np.where(s.recorded < s.time, BEFORE_ALL, BEFORE).astype(np.int8)
    return _Steps(s.patient, s.time, s.order, place, s.occasion.astype(np.int64))
