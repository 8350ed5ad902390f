"""What befalls the patient in one lane: it is seated, dosed, seen, and leaves. Text for the drivers of both machines.

Each lane carries one patient with its own time, step size and place in its lists. What a model must do is asked of it
through `ask`, of which each driver has its own. The text below the mark goes into the file of each driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from ketasim.engine.abi import F64, I8, I32, I64
    from ketasim.engine.kernels.slots import (
        CALL,
        COUNT,
        FAILED,
        FRESH,
        GOAL,
        LANDS,
        LANES,
        LOST,
        NEXT,
        QUIET,
        SEEN,
        SERVE,
        STOP,
        TIRED,
        T,
        X,
        ask,
    )

# --- text of the file starts here ---

INF = float("inf")
NX, NY = 0, 1  # places in `of`: numbers of states and outputs
PLAN, STEP, JUDGE, ADVANCE, OBSERVE, OBSERVE_NOW, FIRST_STEP, HOIST, INITIAL = (
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
)  # a model's parts
WHO, OP, OP_END, OBS, OBS_END, ROW = 0, 1, 2, 3, 4, 5  # whole numbers per lane, at[WHO * LANES + lane]
DONE, STEP_LIMIT, NON_FINITE, TOLERANCE, BAD = 0, 1, 2, 3, 4


class Lists(NamedTuple):
    """What the engine is given, as in `abi.Batch`."""

    p: F64
    p_ptr: I64
    op_t: F64
    op_k: I8
    op_i: I32
    op_v: F64
    op_ptr: I64
    out_t: F64
    out_after: I32
    out_ptr: I64
    t_end: F64
    t: F64
    x: F64
    rate: F64
    row: I64
    h: F64


class Ends(NamedTuple):
    """What comes back, as in `abi.Solution`."""

    y: F64
    status: I8
    steps: I64
    t: F64
    x: F64
    rate: F64
    row: I64
    h: F64


class Room(NamedTuple):
    """Room to work in: numbers and whole numbers per lane, states of one patient; and what is known of the model.

    `of[NX]` and `of[NY]` are its numbers of states and outputs; what else stands there is for `ask`.
    """

    w: F64
    at: I64
    x: F64
    of: Any


def is_finite(x: float) -> bool:
    """Neither nan nor infinite."""
    return x - x == 0.0


def later(a: float, b: float) -> float:
    """The later of two times; written out, since not every Numba knows `max` on a CUDA device."""
    return b if b > a else a


def seat(k: int, lane: int, lists: Lists, room: Room) -> None:
    """Put patient k into a lane as it stands at the start of the run."""
    w, at, nx = room.w, room.at, room.of[NX]
    at[WHO * LANES + lane] = k
    at[OP * LANES + lane] = lists.op_ptr[k]
    at[OP_END * LANES + lane] = lists.op_ptr[k + 1]
    at[OBS * LANES + lane] = lists.out_ptr[k]
    at[OBS_END * LANES + lane] = lists.out_ptr[k + 1]
    at[ROW * LANES + lane] = lists.row[k]
    for i in range(nx):
        w[(X + i) * LANES + lane] = lists.x[k, i]
        w[(X + 2 * nx + i) * LANES + lane] = lists.rate[k, i]
    stop = lists.t[k]
    if is_finite(lists.t_end[k]):
        stop = later(stop, lists.t_end[k])
    if lists.op_ptr[k + 1] > lists.op_ptr[k]:
        stop = later(stop, lists.op_t[lists.op_ptr[k + 1] - 1])
    if lists.out_ptr[k + 1] > lists.out_ptr[k]:
        stop = later(stop, lists.out_t[lists.out_ptr[k + 1] - 1])
    w[T * LANES + lane] = lists.t[k]
    w[STOP * LANES + lane] = stop
    w[NEXT * LANES + lane] = lists.h[k]
    w[COUNT * LANES + lane] = 0.0
    w[FAILED * LANES + lane] = 0.0
    w[FRESH * LANES + lane] = 0.0 if lists.h[k] > 0.0 else 1.0
    w[CALL * LANES + lane] = SERVE
    ask(HOIST, lane, lists.p_ptr[k] + lists.row[k], 0.0, 0.0, room)


def refuse(k: int, lists: Lists, ends: Ends) -> None:
    """Patient k cannot be run: it stays where it was, without states."""
    ends.t[k], ends.row[k], ends.h[k] = lists.t[k], lists.row[k], 0.0
    for i in range(lists.x.shape[1]):
        ends.x[k, i], ends.rate[k, i] = np.nan, lists.rate[k, i]


def operate(o: int, lane: int, lists: Lists, room: Room) -> None:
    """Apply operation o to a lane; Op of the contract: 0 add, 1 rate, 2 set, 3 reset, 4 row."""
    w, at, nx = room.w, room.at, room.of[NX]
    kind, i, v = lists.op_k[o], lists.op_i[o], lists.op_v[o]
    first = lists.p_ptr[at[WHO * LANES + lane]]
    if kind == 0:
        w[(X + i) * LANES + lane] += v
    elif kind == 1:
        w[(X + 2 * nx + i) * LANES + lane] += v
    elif kind == 2:
        w[(X + i) * LANES + lane] = v
    elif kind == 3:
        ask(INITIAL, lane, first + at[ROW * LANES + lane], 0.0, 0.0, room)
        for j in range(nx):
            w[(X + j) * LANES + lane] = room.x[j]
            w[(X + 2 * nx + j) * LANES + lane] = 0.0
    else:
        at[ROW * LANES + lane] = i
        ask(HOIST, lane, first + i, 0.0, 0.0, room)
    w[FRESH * LANES + lane] = 1.0


def write_out(lane: int, lists: Lists, ends: Ends, room: Room) -> bool:
    """Copy the outputs of a lane to their row and wait for the next; False if one is not finite."""
    good, j = True, room.at[OBS * LANES + lane]
    for i in range(room.of[NY]):
        v = room.w[(X + 3 * room.of[NX] + i) * LANES + lane]
        good = good and is_finite(v)
        ends.y[j, i] = v if is_finite(v) else np.nan
    room.at[OBS * LANES + lane] += 1
    await_output(lane, lists, room)
    return good


def await_output(lane: int, lists: Lists, room: Room) -> None:
    """Note the time of the next output of a lane, infinite if operations come first."""
    at, j = room.at, room.at[OBS * LANES + lane]
    room.w[SEEN * LANES + lane] = INF
    done = at[OP * LANES + lane] - lists.op_ptr[at[WHO * LANES + lane]]
    if j < at[OBS_END * LANES + lane] and lists.out_after[j] <= done:
        room.w[SEEN * LANES + lane] = lists.out_t[j]


def settle(lane: int, lists: Lists, ends: Ends, room: Room) -> int:
    """Do all that happens at the present time of a lane; -1 to go on, else the status with which it ends."""
    w, at = room.w, room.at
    t, last = w[T * LANES + lane], at[OP_END * LANES + lane]
    while True:
        o = at[OP * LANES + lane]
        await_output(lane, lists, room)
        while w[SEEN * LANES + lane] <= t:
            ask(OBSERVE_NOW, lane, 0, 0.0, 0.0, room)
            if not write_out(lane, lists, ends, room):
                return NON_FINITE
        if o == last or lists.op_t[o] > t:
            break
        operate(o, lane, lists, room)
        at[OP * LANES + lane] = o + 1
    for i in range(room.of[NX]):
        if not is_finite(w[(X + i) * LANES + lane]):
            return NON_FINITE
    w[GOAL * LANES + lane] = lists.op_t[o] if o < last else w[STOP * LANES + lane]
    return DONE if w[GOAL * LANES + lane] <= t else -1


def leave(lane: int, outcome: int, ends: Ends, room: Room) -> None:
    """Note where the patient of a lane stands, and free the lane."""
    w, at, nx = room.w, room.at, room.of[NX]
    k = at[WHO * LANES + lane]
    ends.status[k] = outcome
    ends.steps[k] = int(w[COUNT * LANES + lane])
    ends.t[k] = w[T * LANES + lane]
    ends.row[k] = at[ROW * LANES + lane]
    ends.h[k] = 0.0 if w[FRESH * LANES + lane] == 1.0 else w[NEXT * LANES + lane]
    for i in range(nx):
        ends.x[k, i] = w[(X + i) * LANES + lane] if outcome == DONE else np.nan
        ends.rate[k, i] = w[(X + 2 * nx + i) * LANES + lane]
    rest(lane, room)


def rest(lane: int, room: Room) -> None:
    """Leave a lane without a patient: it is computed along and never looked at."""
    w, nx = room.w, room.of[NX]
    room.at[WHO * LANES + lane] = -1
    w[CALL * LANES + lane] = -1.0
    w[SEEN * LANES + lane] = INF
    w[GOAL * LANES + lane] = INF
    w[T * LANES + lane] = 0.0
    w[NEXT * LANES + lane] = 1e-3
    w[LANDS * LANES + lane] = 0.0
    for i in range(nx):
        w[(X + i) * LANES + lane] = 1.0
        w[(X + 2 * nx + i) * LANES + lane] = 0.0


def serve(lane: int, rtol: float, atol: float, lists: Lists, ends: Ends, room: Room) -> bool:
    """Let a lane that asks for attention go on; False if its patient has left."""
    call = room.w[CALL * LANES + lane]
    verdict = STEP_LIMIT if call == TIRED else (NON_FINITE if call == LOST else TOLERANCE)
    if call == SERVE:
        verdict = settle(lane, lists, ends, room)
    if verdict >= 0:
        leave(lane, verdict, ends, room)
        return False
    room.w[CALL * LANES + lane] = QUIET
    if room.w[FRESH * LANES + lane] == 1.0:
        room.w[NEXT * LANES + lane] = ask(FIRST_STEP, lane, 0, rtol, atol, room)
    return True
