"""What each record does: boluses, infusions, resets and steady-state doses as single effects in time."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ketasim.dosing.expand import tidy
from ketasim.dosing.steady import NO_STEADY, SteadyDoses, steady_doses
from ketasim.dosing.table import Evid, Rate, Records
from ketasim.engine.abi import F64, I8, I32, I64, Op

# Order of what one record does at its own time (an observation of that order stands at 5, changes of row at 0 and 6).
_RESET: Final = 1
_STATE: Final = 2
_RUNNING: Final = 3
_DOSE: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """Operations not yet in order, shape (effects,).

    `scheduled` is 0 for what a record does at its own time, 1 for what arrives or ends later, 2 for a change of row
    before anything else. `request` is the steady-state dose whose first state stands here, `source` the record from
    which the effect comes; both else -1.
    """

    patient: I64
    time: F64
    kind: I8
    index: I32
    value: F64
    order: I64
    sub: I8
    scheduled: I8
    request: I64
    source: I64

    def take(self, at: Any) -> Effects:
        """The effects at positions or mask `at`."""
        return Effects(*(getattr(self, f.name)[at] for f in fields(self)))

    def joined(self, other: Effects) -> Effects:
        """Both tables, one after the other."""
        return Effects(*(np.concatenate([getattr(self, f.name), getattr(other, f.name)]) for f in fields(self)))


@dataclass(frozen=True, slots=True, eq=False)
class Absorbed:
    """Doses as they enter: amount (mg), input rate (mg/h, 0 for a bolus), length (h) and lag (h) per record."""

    amount: F64
    rate: F64
    length: F64
    lag: F64


def effects_of(
    table: Records, fraction: Any, lag: Any, duration: Any, rate: Any, inlet_state: I32, n_states: int
) -> tuple[Effects, SteadyDoses]:
    """All effects of the records, without those that a later reset takes back, and the steady-state doses."""
    columns = [np.broadcast_to(np.asarray(c, np.float64), table.time.shape) for c in (fraction, lag, duration, rate)]
    given = absorbed(table, *columns)
    state = inlet_state[table.inlet] if table.n else np.empty(0, np.int32)
    dose = (table.evid == Evid.DOSE) | (table.evid == Evid.RESET_AND_DOSE)
    steady = dose & (table.ss > 0)
    forever = steady & (table.ii <= 0)
    parts = [
        _resets(table),
        _boluses(table, given, state, dose & (given.length == 0) & ~forever),
        _infusions(table, given, state, dose & (given.length > 0) & ~forever),
        _replacements(table, state),
    ]
    asked = NO_STEADY
    if steady.any():
        asked = steady_doses(table, given.amount, given.rate, given.length, given.lag, state, steady)
        parts += _steady(table, asked, n_states)
    out = parts[0]
    for part in parts[1:]:
        out = out.joined(part)
    return out.take(out.time <= _next_reset(table)[out.source]), asked


def absorbed(table: Records, fraction: F64, lag: F64, duration: F64, rate: F64) -> Absorbed:
    """How each dose enters: NONMEM's rules for bioavailability with bolus, rate, duration and modelled infusions.

    A given or modelled rate is kept, and the infusion lasts F · AMT / rate; a given or modelled duration is kept, and
    the rate is F · AMT / duration. An infusion that never ends (SS with II = 0) keeps its rate whatever F;
    its amount and rate both 0 ask for the steady state without a dose.
    """
    amount = fraction * table.amount
    by_rate = np.where(table.rate > 0, table.rate, np.nan)
    free = (table.rate == Rate.BOLUS) & ~(table.duration > 0)
    modelled = (table.rate == Rate.MODELLED_RATE) | (free & np.isnan(duration))
    by_rate = np.where(modelled, rate, by_rate)
    lasting = np.where((table.rate == Rate.MODELLED_DURATION) | (free & ~np.isnan(duration)), duration, np.nan)
    lasting = np.where(table.duration > 0, table.duration, lasting)
    endless = (table.ss > 0) & (table.ii <= 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        length = np.where(np.isnan(lasting), np.where(np.isnan(by_rate), 0.0, amount / by_rate), lasting)
        speed = np.where(np.isnan(lasting), by_rate, amount / lasting)
    idle = endless & (table.rate == 0) & (table.amount == 0)
    speed = np.where(endless, np.where(idle, 0.0, by_rate), speed)
    asked = (table.rate < 0) & np.isnan(np.where(table.rate == Rate.MODELLED_RATE, by_rate, lasting))
    bad = asked | ~np.isfinite(lag) | (lag < 0) | ~np.isfinite(length) | (length < 0)
    bolus = (length <= 0) & ~endless
    return Absorbed(
        np.where(bad, np.nan, amount),
        np.where(bolus, 0.0, np.where(bad, np.nan, speed)),
        np.where(bolus | bad, 0.0, length),
        np.where(bad, 0.0, lag),
    )


def _make(
    table: Records, at: I64, time: F64, kind: Any, index: Any, value: Any, sub: int, scheduled: Any, request: Any = -1
) -> Effects:
    """Effects of the records at positions `at`; single numbers stand for all of them."""

    def full(x: Any, dtype: Any) -> NDArray[Any]:
        return np.ascontiguousarray(np.broadcast_to(np.asarray(x, dtype=dtype), at.shape))

    return Effects(
        table.patient[at],
        time,
        full(kind, np.int8),
        full(index, np.int32),
        full(value, np.float64),
        table.order[at],
        full(sub, np.int8),
        full(scheduled, np.int8),
        full(request, np.int64),
        at,
    )


def _is_reset(table: Records) -> NDArray[np.bool_]:
    """Records that wipe the slate: EVID 3 and 4, and steady-state doses that replace what is there."""
    replaces = (table.evid == Evid.DOSE) & (table.ss % 2 == 1)
    wipes: NDArray[np.bool_] = (table.evid == Evid.RESET) | (table.evid == Evid.RESET_AND_DOSE) | replaces
    return wipes


def _resets(table: Records) -> Effects:
    at = np.flatnonzero(_is_reset(table))
    return _make(table, at, table.time[at], Op.RESET, 0, 0.0, _RESET, 0)


def _replacements(table: Records, state: I32) -> Effects:
    at = np.flatnonzero(table.evid == Evid.REPLACE)
    return _make(table, at, table.time[at], Op.SET, state[at], table.amount[at], _DOSE, 0)


def _boluses(table: Records, given: Absorbed, state: I32, mask: NDArray[np.bool_]) -> Effects:
    at = np.flatnonzero(mask & (given.amount != 0))
    time = _later(table.time[at], given.lag[at])
    return _make(table, at, time, Op.ADD, state[at], given.amount[at], _DOSE, time > table.recorded[at])


def _infusions(table: Records, given: Absorbed, state: I32, mask: NDArray[np.bool_]) -> Effects:
    at = np.flatnonzero(mask)
    speed = given.rate[at]
    start = _later(table.time[at], given.lag[at])
    stop = _later(start, given.length[at])
    begin = _make(table, at, start, Op.RATE, state[at], speed, _DOSE, start > table.recorded[at])
    return begin.joined(_make(table, at, stop, Op.RATE, state[at], -speed, _DOSE, 1))


def _steady(table: Records, asked: SteadyDoses, n_states: int) -> list[Effects]:
    """The states of each steady-state dose (values to come), infusions still running, and doses still under way."""
    at, t = asked.record, table.time[asked.record]
    wide = np.repeat(np.arange(at.size), n_states)
    index = np.tile(np.arange(n_states), at.size)
    kind = np.where(asked.kind == 2, Op.ADD, Op.SET)[wide]
    request = np.where(index == 0, wide, -1)
    states = _make(table, at[wide], t[wide], kind, index, np.nan, _STATE, 0, request)

    on = np.flatnonzero(asked.running > 0)
    speed = asked.running[on] * asked.rate[on]
    running = _make(table, at[on], t[on], Op.RATE, asked.state[on], speed, _RUNNING, 0)
    ends = np.repeat(on, asked.running[on])
    left = asked.phase[ends] + asked.length[ends] - (_count(asked.running[on]) + 1) * asked.ii[ends]
    ending = _make(table, at[ends], _later(t[ends], left), Op.RATE, asked.state[ends], -asked.rate[ends], _DOSE, 1)

    due = np.flatnonzero(asked.pending > 0)
    wait = np.repeat(due, asked.pending[due])
    come = _later(t[wait], asked.phase[wait] + _count(asked.pending[due]) * asked.ii[wait])
    bolus = asked.length[wait] == 0
    kind = np.where(bolus, Op.ADD, Op.RATE)
    value = np.where(bolus, asked.amount[wait], asked.rate[wait])
    coming = _make(table, at[wait], come, kind, asked.state[wait], value, _DOSE, 1)
    slow = wait[~bolus]
    stop = _later(come[~bolus], asked.length[slow])
    gone = _make(table, at[slow], stop, Op.RATE, asked.state[slow], -asked.rate[slow], _DOSE, 1)
    return [states, running, ending, coming, gone]


def _later(time: F64, delay: F64) -> F64:
    return np.where(delay > 0, tidy(time + delay), time)


def _count(lengths: I64) -> I64:
    """0, 1, … within each run of the given lengths."""
    return np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)


def _next_reset(table: Records) -> F64:
    """For each record, the time of the patient's next reset after it was recorded (infinite where there is none).

    What a record set going earlier and is still to come then is taken back: resets cancel running infusions, doses
    within their lag and additional doses.
    """
    out = np.full(table.n, np.inf)
    reset = _is_reset(table)
    if not reset.any():
        return out
    at = np.lexsort((~reset, table.order, table.recorded, table.patient))
    where = np.flatnonzero(reset[at])
    following = np.searchsorted(where, np.arange(table.n), side="right")
    has = following < where.size
    nearest = at[where[following[has]]]
    mine = at[has]
    same = table.patient[nearest] == table.patient[mine]
    out[mine[same]] = table.time[nearest[same]]
    return out
