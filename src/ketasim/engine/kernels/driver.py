"""The loop over lanes: who is in which lane, when to stop, whether a step is taken, what comes out.

Each lane carries one patient with its own time, step size and place in its lists; a finished lane takes the next
patient. Lanes share nothing but the loop, so that no result depends on the company. The text below the mark is copied
into every generated file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ketasim.engine.abi import F64, I8, I32, I64
    from ketasim.engine.kernels.slots import (
        CALL,
        COUNT,
        END,
        ERR,
        FAC,
        FAILED,
        FRESH,
        GOAL,
        INF,
        LANDS,
        LANES,
        NEXT,
        NX,
        NY,
        OUT,
        RATE,
        ROWS,
        SEEN,
        STOP,
        TAKE,
        X1,
        H,
        T,
        X,
        aligned_frame,
        first_step,
        hoist,
        initial_values,
        observe,
        observe_now,
        step,
    )

# --- text of every generated file starts here ---

WHO, OP, OP_END, OBS, OBS_END, ROW = 0, 1, 2, 3, 4, 5  # whole numbers per lane, at[WHO * LANES + lane]
DONE, STEP_LIMIT, NON_FINITE, TOLERANCE, BAD = 0, 1, 2, 3, 4
QUIET, SERVE, TIRED, LOST, STUCK = 0.0, 1.0, 2.0, 3.0, 4.0  # why a lane asks for attention


def is_finite(x: float) -> bool:
    """Neither nan nor infinite."""
    return x - x == 0.0


def sound(k: int, p: F64, p_ptr: I64, op_t: F64, op_k: I8, op_i: I32, op_v: F64, op_ptr: I64, row: int) -> bool:
    """Whether every parameter and operation of patient k can be used."""
    rows = p_ptr[k + 1] - p_ptr[k]
    if row < 0 or row >= rows:
        return False
    for r in range(p_ptr[k], p_ptr[k + 1]):
        for c in range(p.shape[1]):
            if not is_finite(p[r, c]):
                return False
    for o in range(op_ptr[k], op_ptr[k + 1]):
        if not is_finite(op_t[o]) or not is_finite(op_v[o]) or op_k[o] < 0 or op_k[o] > 4:
            return False
        limit = rows if op_k[o] == 4 else NX
        if op_k[o] != 3 and (op_i[o] < 0 or op_i[o] >= limit):
            return False
    return True


def seat(
    k: int,
    lane: int,
    w: F64,
    at: I64,
    p: F64,
    p_ptr: I64,
    op_t: F64,
    op_ptr: I64,
    out_t: F64,
    out_ptr: I64,
    t_end: F64,
    t0: F64,
    x0: F64,
    rate0: F64,
    row0: I64,
    h0: F64,
) -> None:
    """Put patient k into lane lane as it stands at the start of the run."""
    at[WHO * LANES + lane] = k
    at[OP * LANES + lane] = op_ptr[k]
    at[OP_END * LANES + lane] = op_ptr[k + 1]
    at[OBS * LANES + lane] = out_ptr[k]
    at[OBS_END * LANES + lane] = out_ptr[k + 1]
    at[ROW * LANES + lane] = row0[k]
    for i in range(NX):
        w[(X + i) * LANES + lane] = x0[k, i]
        w[(RATE + i) * LANES + lane] = rate0[k, i]
    stop = t0[k]
    if is_finite(t_end[k]):
        stop = max(stop, t_end[k])
    if op_ptr[k + 1] > op_ptr[k]:
        stop = max(stop, op_t[op_ptr[k + 1] - 1])
    if out_ptr[k + 1] > out_ptr[k]:
        stop = max(stop, out_t[out_ptr[k + 1] - 1])
    w[T * LANES + lane] = t0[k]
    w[STOP * LANES + lane] = stop
    w[NEXT * LANES + lane] = h0[k]
    w[COUNT * LANES + lane] = 0.0
    w[FAILED * LANES + lane] = 0.0
    w[FRESH * LANES + lane] = 0.0 if h0[k] > 0.0 else 1.0
    w[CALL * LANES + lane] = SERVE
    hoist(p, p_ptr[k] + row0[k], w, lane)


def operate(o: int, lane: int, w: F64, at: I64, p: F64, p_ptr: I64, op_k: I8, op_i: I32, op_v: F64, x: F64) -> None:
    """Apply operation o to lane lane; Op of the contract: 0 add, 1 rate, 2 set, 3 reset, 4 row."""
    kind, i, v = op_k[o], op_i[o], op_v[o]
    first = p_ptr[at[WHO * LANES + lane]]
    if kind == 0:
        w[(X + i) * LANES + lane] += v
    elif kind == 1:
        w[(RATE + i) * LANES + lane] += v
    elif kind == 2:
        w[(X + i) * LANES + lane] = v
    elif kind == 3:
        initial_values(p, first + at[ROW * LANES + lane], x)
        for j in range(NX):
            w[(X + j) * LANES + lane] = x[j]
            w[(RATE + j) * LANES + lane] = 0.0
    else:
        at[ROW * LANES + lane] = i
        hoist(p, first + i, w, lane)
    w[FRESH * LANES + lane] = 1.0


def write_out(lane: int, j: int, w: F64, y: F64) -> bool:
    """Copy the outputs of lane lane to row j; False if one is not finite."""
    good = True
    for i in range(NY):
        v = w[(OUT + i) * LANES + lane]
        good = good and is_finite(v)
        y[j, i] = v if is_finite(v) else np.nan
    return good


def await_output(lane: int, w: F64, at: I64, op_ptr: I64, out_t: F64, out_after: I32) -> None:
    """Note the time of the next output of lane lane, infinite if operations come first."""
    j = at[OBS * LANES + lane]
    w[SEEN * LANES + lane] = INF
    if j < at[OBS_END * LANES + lane] and out_after[j] <= at[OP * LANES + lane] - op_ptr[at[WHO * LANES + lane]]:
        w[SEEN * LANES + lane] = out_t[j]


def settle(
    lane: int,
    w: F64,
    at: I64,
    p: F64,
    p_ptr: I64,
    op_t: F64,
    op_k: I8,
    op_i: I32,
    op_v: F64,
    op_ptr: I64,
    out_t: F64,
    out_after: I32,
    y: F64,
    x: F64,
) -> int:
    """Do all that happens at the present time of lane lane; -1 to go on, else the status with which it ends."""
    t = w[T * LANES + lane]
    while True:
        o = at[OP * LANES + lane]
        await_output(lane, w, at, op_ptr, out_t, out_after)
        while w[SEEN * LANES + lane] <= t:
            observe_now(w, lane)
            if not write_out(lane, at[OBS * LANES + lane], w, y):
                return NON_FINITE
            at[OBS * LANES + lane] += 1
            await_output(lane, w, at, op_ptr, out_t, out_after)
        if o == at[OP_END * LANES + lane] or op_t[o] > t:
            break
        operate(o, lane, w, at, p, p_ptr, op_k, op_i, op_v, x)
        at[OP * LANES + lane] = o + 1
    for i in range(NX):
        if not is_finite(w[(X + i) * LANES + lane]):
            return NON_FINITE
    goal = op_t[o] if o < at[OP_END * LANES + lane] else w[STOP * LANES + lane]
    w[GOAL * LANES + lane] = goal
    return DONE if goal <= t else -1


def plan(w: F64) -> None:
    """Step size of every lane: as proposed, or to the next stop if that is near."""
    for lane in range(LANES):
        left = w[GOAL * LANES + lane] - w[T * LANES + lane]
        lands = w[NEXT * LANES + lane] >= 0.999 * left
        w[LANDS * LANES + lane] = 1.0 if lands else 0.0
        w[H * LANES + lane] = left if lands else w[NEXT * LANES + lane]


def judge(w: F64, max_steps: float) -> int:
    """Accept or refuse the steps tried, propose the next; the number of outputs that have come due."""
    due = 0
    for lane in range(LANES):
        err, h, t = w[ERR * LANES + lane], w[H * LANES + lane], w[T * LANES + lane]
        idle = w[CALL * LANES + lane] < 0.0
        take = (err <= 1.0) & (not idle)
        lands = w[LANDS * LANES + lane] == 1.0
        fails = w[FAILED * LANES + lane]
        bad = not (err < INF)
        fac = w[FAC * LANES + lane]
        fac = 1.0 if (take & (fails > 0.0) & (fac > 1.0)) else fac
        fac = 0.9 if ((not take) & (fac > 0.9)) else fac
        fac = 0.125 if bad else fac
        grown = h * fac
        old = w[NEXT * LANES + lane]
        grown = old if (take & lands & (old > grown)) else grown
        fails = 0.0 if take else fails + 1.0
        count = w[COUNT * LANES + lane] + (1.0 if take else 0.0)
        end = w[GOAL * LANES + lane] if lands else t + h
        size = abs(t)
        size = 1e-3 if size < 1e-3 else size
        call = SERVE if (take & lands) else QUIET
        call = TIRED if (count + fails >= max_steps) & (call == QUIET) else call
        call = (LOST if bad else STUCK) if ((not take) & ((grown < 1e-13 * size) | (fails > 200.0))) else call
        w[NEXT * LANES + lane] = 1e-3 if idle else grown
        w[FAILED * LANES + lane] = fails
        w[COUNT * LANES + lane] = count
        w[END * LANES + lane] = end
        w[TAKE * LANES + lane] = 1.0 if take else 0.0
        w[FRESH * LANES + lane] = 0.0
        w[CALL * LANES + lane] = -1.0 if idle else call
        due += 1 if (take & (w[SEEN * LANES + lane] <= end)) else 0
    return due


def look(w: F64, at: I64, op_ptr: I64, out_t: F64, out_after: I32, y: F64) -> None:
    """Write the outputs that lie within the steps just accepted, all lanes together, round by round."""
    due = 1
    while due > 0:
        observe(w)
        due = 0
        for lane in range(LANES):
            if w[TAKE * LANES + lane] == 1.0 and w[SEEN * LANES + lane] <= w[END * LANES + lane]:
                good = write_out(lane, at[OBS * LANES + lane], w, y)
                at[OBS * LANES + lane] += 1
                await_output(lane, w, at, op_ptr, out_t, out_after)
                if not good:
                    w[CALL * LANES + lane] = LOST
                    w[SEEN * LANES + lane] = INF
                due += 1 if w[SEEN * LANES + lane] <= w[END * LANES + lane] else 0


def advance(w: F64) -> int:
    """Move the lanes whose step was accepted to its end; the number of lanes that ask for attention."""
    calls = 0
    for lane in range(LANES):
        take = w[TAKE * LANES + lane] == 1.0
        w[T * LANES + lane] = w[END * LANES + lane] if take else w[T * LANES + lane]
        calls += 1 if w[CALL * LANES + lane] > 0.0 else 0
    for r in range(NX):
        for lane in range(LANES):
            take = w[TAKE * LANES + lane] == 1.0
            w[(X + r) * LANES + lane] = w[(X1 + r) * LANES + lane] if take else w[(X + r) * LANES + lane]
    return calls


def leave(
    lane: int, w: F64, at: I64, outcome: int, status: I8, steps: I64, t1: F64, x1: F64, rate1: F64, row1: I64, h1: F64
) -> None:
    """Note where the patient of lane lane stands, and free the lane."""
    k = at[WHO * LANES + lane]
    status[k] = outcome
    steps[k] = int(w[COUNT * LANES + lane])
    t1[k] = w[T * LANES + lane]
    row1[k] = at[ROW * LANES + lane]
    h1[k] = 0.0 if w[FRESH * LANES + lane] == 1.0 else w[NEXT * LANES + lane]
    for i in range(NX):
        x1[k, i] = w[(X + i) * LANES + lane] if outcome == DONE else np.nan
        rate1[k, i] = w[(RATE + i) * LANES + lane]
    rest(lane, w, at)


def rest(lane: int, w: F64, at: I64) -> None:
    """Leave lane lane without a patient: it is computed along and never looked at."""
    at[WHO * LANES + lane] = -1
    w[CALL * LANES + lane] = -1.0
    w[SEEN * LANES + lane] = INF
    w[GOAL * LANES + lane] = INF
    w[T * LANES + lane] = 0.0
    w[NEXT * LANES + lane] = 1e-3
    w[LANDS * LANES + lane] = 0.0
    for i in range(NX):
        w[(X + i) * LANES + lane] = 1.0
        w[(RATE + i) * LANES + lane] = 0.0


def run(
    p: F64,
    p_ptr: I64,
    op_t: F64,
    op_k: I8,
    op_i: I32,
    op_v: F64,
    op_ptr: I64,
    out_t: F64,
    out_after: I32,
    out_ptr: I64,
    t_end: F64,
    t0: F64,
    x0: F64,
    rate0: F64,
    row0: I64,
    h0: F64,
    rtol: float,
    atol: float,
    max_steps: float,
    y: F64,
    status: I8,
    steps: I64,
    t1: F64,
    x1: F64,
    rate1: F64,
    row1: I64,
    h1: F64,
) -> None:
    """Run all patients of a batch; `y` comes filled with nan."""
    aligned_frame()
    room = np.zeros(ROWS * LANES + 8)
    shift = (8 - (room.ctypes.data // 8) % 8) % 8  # rows start at a cache line
    w = room[shift : shift + ROWS * LANES]
    at = np.full(6 * LANES, -1, dtype=np.int64)
    x = np.zeros(NX)
    n, waiting, busy, calls = len(t_end), 0, 0, 1
    for lane in range(LANES):
        rest(lane, w, at)
    while True:
        if calls > 0 or waiting < n:
            for lane in range(LANES):
                while w[CALL * LANES + lane] > 0.0 or (w[CALL * LANES + lane] < 0.0 and waiting < n):
                    call = w[CALL * LANES + lane]
                    if call < 0.0:
                        k = waiting
                        waiting += 1
                        if not sound(k, p, p_ptr, op_t, op_k, op_i, op_v, op_ptr, row0[k]):
                            status[k] = BAD
                            t1[k], row1[k], h1[k] = t0[k], row0[k], 0.0
                            x1[k, :] = np.nan
                            rate1[k, :] = rate0[k, :]
                            continue
                        seat(k, lane, w, at, p, p_ptr, op_t, op_ptr, out_t, out_ptr, t_end, t0, x0, rate0, row0, h0)
                        busy += 1
                        continue
                    verdict = STEP_LIMIT if call == TIRED else (NON_FINITE if call == LOST else TOLERANCE)
                    if call == SERVE:
                        verdict = settle(lane, w, at, p, p_ptr, op_t, op_k, op_i, op_v, op_ptr, out_t, out_after, y, x)
                    if verdict >= 0:
                        leave(lane, w, at, verdict, status, steps, t1, x1, rate1, row1, h1)
                        busy -= 1
                        continue
                    w[CALL * LANES + lane] = QUIET
                    if w[FRESH * LANES + lane] == 1.0:
                        w[NEXT * LANES + lane] = first_step(w, lane, rtol, atol)
        if busy == 0:
            return
        plan(w)
        step(w, rtol, atol)
        if judge(w, max_steps) > 0:
            look(w, at, op_ptr, out_t, out_after, y)
        calls = advance(w)
