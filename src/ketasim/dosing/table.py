"""Event records: the flat table of who is given what and when, in NONMEM's terms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Any, Final

import numpy as np

from ketasim.engine.abi import F64, I8, I32, I64
from ketasim.units import many

SESSION_GAP_H: Final = 4.0  # a dose less than this after the previous one belongs to the same session


class Evid(IntEnum):
    """What a record is (NONMEM's EVID; 8, replace, is mrgsolve's)."""

    OBSERVATION = 0
    DOSE = 1
    OTHER = 2
    RESET = 3
    RESET_AND_DOSE = 4
    REPLACE = 8


class Rate(IntEnum):
    """Values of RATE that say where an infusion's speed comes from."""

    BOLUS = 0
    MODELLED_RATE = -1
    MODELLED_DURATION = -2


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Records:
    """Dose, reset and replace records, one row each, shape (records,). Times in hours, amounts in mg base.

    `rate` in mg/h: above 0 an infusion whose speed bioavailability does not change (its length does); -1 and -2 as in
    `Rate`. `duration` in h: above 0 an infusion whose length bioavailability does not change (its speed does).
    `order` is the position within the patient and decides between records of one time. `recorded` is the time of the
    record from which a dose comes; it is earlier than `time` for the additional doses of ADDL.
    `nth` counts the doses into one inlet within a session, from 1; `occasion` counts from 0.
    """

    patient: I64
    time: F64
    evid: I8
    amount: F64
    inlet: I32
    rate: F64
    duration: F64
    ii: F64
    addl: I32
    ss: I8
    nth: I32
    occasion: I32
    order: I64
    recorded: F64

    @property
    def n(self) -> int:
        """Number of records."""
        return int(self.patient.size)

    def __repr__(self) -> str:
        """Count records and patients, and show the span of time."""
        if not self.n:
            return "Records(none)"
        people = many(int(np.unique(self.patient).size), "patient")
        return f"Records({self.n} of {people}, {self.time.min():g} to {self.time.max():g} h)"

    def take(self, index: Any) -> Records:
        """The records at `index` (positions or a mask), in that order."""
        return Records(*(getattr(self, f.name)[index] for f in fields(self)))

    def replace(self, **columns: Any) -> Records:
        """A copy with some columns given anew."""
        return records(**({f.name: getattr(self, f.name) for f in fields(self)} | columns))


_TYPES: Final[dict[str, Any]] = {
    "patient": np.int64,
    "time": np.float64,
    "evid": np.int8,
    "amount": np.float64,
    "inlet": np.int32,
    "rate": np.float64,
    "duration": np.float64,
    "ii": np.float64,
    "addl": np.int32,
    "ss": np.int8,
    "nth": np.int32,
    "occasion": np.int32,
    "order": np.int64,
    "recorded": np.float64,
}


def records(*, time: Any, **columns: Any) -> Records:
    """Records from columns; what is not given is patient 0, EVID 1, inlet 0, nth 1, file order, and else 0."""
    t = np.atleast_1d(np.asarray(time, dtype=np.float64))
    default: dict[str, Any] = {"evid": 1, "nth": 1, "order": np.arange(t.size), "recorded": t}
    unknown = set(columns) - set(_TYPES)
    if unknown:
        raise TypeError(f"No such column of records: {', '.join(sorted(unknown))}.")
    made = {
        name: np.ascontiguousarray(np.broadcast_to(np.asarray(columns.get(name, default.get(name, 0))), t.shape), kind)
        for name, kind in _TYPES.items()
        if name != "time"
    }
    return Records(time=t, **made)


def concatenate(parts: Iterable[Records]) -> Records:
    """Several tables of records, one after the other."""
    tables = list(parts)
    if not tables:
        return records(time=np.empty(0))
    return Records(*(np.concatenate([getattr(t, f.name) for t in tables]) for f in fields(Records)))


def number_sessions(table: Records, *, keep_occasions: bool = False) -> Records:
    """Number dosing sessions (`occasion`, from 0) and the doses into each inlet within them (`nth`, from 1).

    A session is a run of doses of one patient, each less than four hours after the one before. Devices of one
    administration and the steps of one infusion thus share a session; doses of twice a day do not.
    `keep_occasions` leaves `occasion` as it stands (a data set's OCC column) and numbers only `nth`.
    """
    dose = (table.evid == Evid.DOSE) | (table.evid == Evid.RESET_AND_DOSE)
    if not dose.any():
        return table
    at = np.lexsort((table.order, table.time, table.patient))
    patient, time, is_dose = table.patient[at], table.time[at], dose[at]
    where = np.flatnonzero(is_dose)
    gap = np.diff(time[where], prepend=-np.inf) >= SESSION_GAP_H
    first = np.diff(patient[where], prepend=-1) != 0
    starts = np.zeros(table.n, np.int64)
    starts[where] = gap | first
    session = np.cumsum(starts)
    head = np.diff(patient, prepend=-1) != 0
    base = np.maximum.accumulate(np.where(head, session - starts, 0))
    occasion = np.empty(table.n, np.int32)
    # Records before the first dose belong to the first session.
    occasion[at] = np.maximum(session - base - 1, 0)
    nth = table.nth.copy()
    nth[at[where]] = _ordinals(session[where], table.inlet[at[where]])
    return table.replace(nth=nth) if keep_occasions else table.replace(nth=nth, occasion=occasion)


def _ordinals(session: I64, inlet: I32) -> I64:
    """1, 2, 3, … within each (session, inlet), in the order given."""
    by = np.lexsort((inlet, session))
    new = (np.diff(session[by], prepend=-1) != 0) | (np.diff(inlet[by], prepend=-1) != 0)
    position = np.arange(by.size)
    out = np.empty(by.size, np.int64)
    out[by] = position - np.maximum.accumulate(np.where(new, position, 0)) + 1
    return out
