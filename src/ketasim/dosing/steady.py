"""What a steady-state dose asks for: its rhythm, and what of it is still running or under way at the record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ketasim.dosing.table import Records
from ketasim.engine.abi import F64, I8, I32, I64


@dataclass(frozen=True, slots=True, eq=False)
class SteadyDoses:
    """Steady-state doses, shape (doses,): a dose every `ii` hours since for ever, seen from the record's time.

    Doses arrive at `phase` + m · ii after the record for every whole m; `pending` of those given before the record
    arrive only after it (a lag longer than the interval), `running` infusions are under way at the record. `length` 0
    is a bolus; `ii` 0 an infusion of `rate` that has run for ever and stops at the record. `kind` is SS: 2 adds to
    what is there, 1 (and NONMEM's 3) replaces it.
    """

    record: I64
    state: I32
    amount: F64
    rate: F64
    length: F64
    phase: F64
    ii: F64
    running: I64
    pending: I64
    kind: I8


@dataclass(frozen=True, slots=True, eq=False)
class SteadyRequests:
    """Steady states wanted from the engine, shape (requests,), in the order of the timeline's operations.

    `patient` and his parameter `row` say for whom; `op` is the position in the timeline of the first of the operations
    that wait for the states. For the rest see `SteadyDoses`.
    """

    patient: I64
    row: I32
    op: I64
    state: I32
    amount: F64
    rate: F64
    length: F64
    phase: F64
    ii: F64
    running: I64
    kind: I8

    @property
    def n(self) -> int:
        """Number of requests."""
        return int(self.patient.size)


def _empty() -> SteadyDoses:
    whole, real = np.empty(0, np.int64), np.empty(0)
    small = whole.astype(np.int32)
    return SteadyDoses(whole, small, real, real, real, real, real, whole, whole, whole.astype(np.int8))


NO_STEADY: Final = _empty()


def steady_doses(
    table: Records, amount: F64, rate: F64, length: F64, lag: F64, state: I32, mask: NDArray[np.bool_]
) -> SteadyDoses:
    """The steady-state doses among the records; all columns (records,).

    Where the lag is as long as the interval or longer, the doses under way are carried as a train of ordinary doses
    would carry them (NONMEM clamps the phase there instead, and its answer then does not conserve mass).
    """
    at = np.flatnonzero(mask)
    ii = np.maximum(table.ii[at], 0.0)
    every = np.where(ii > 0, ii, 1.0)
    regular = (ii > 0) & np.isfinite(length[at]) & np.isfinite(lag[at])
    wait = np.where(regular, lag[at], 0.0)
    pending = np.floor(wait / every + 1e-12).astype(np.int64)
    phase = np.maximum(wait - pending * every, 0.0)
    lasts = np.where(regular, length[at], 0.0)
    running = np.maximum(np.ceil((phase + lasts) / every - 1e-12).astype(np.int64) - 1, 0)
    running = np.where(lasts > 0, running, 0)
    kind = np.where(table.ss[at] == 2, 2, 1).astype(np.int8)
    return SteadyDoses(at, state[at], amount[at], rate[at], lasts, phase, ii, running, pending, kind)


def requests_of(request: I64, asked: SteadyDoses, patient: I64, row: I32) -> SteadyRequests:
    """Requests in the order of the operations: `request`, `patient` and `row` are columns of the sorted operations."""
    op = np.flatnonzero(request >= 0)
    k = request[op]
    return SteadyRequests(
        patient[op],
        row[op],
        op,
        asked.state[k],
        asked.amount[k],
        asked.rate[k],
        asked.length[k],
        asked.phase[k],
        asked.ii[k],
        asked.running[k],
        asked.kind[k],
    )
