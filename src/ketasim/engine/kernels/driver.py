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
        ERR, FAC, H, LANES, LAST, NX, NY, OUT, RATE, ROWS, T, TAKE, THETA, X, X1,
        first_step, hoist, initial_values, observe, observe_now, step,
    )

# --- text of every generated file starts here ---

WHO, OP, OP_END, OBS, OBS_END, ROW, COUNT, FAILED, LANDS, FRESH = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9  # whole numbers per lane
STOP, GOAL, NEXT = 0, 1, 2  # times per lane: last stop, next stop, proposed step
DONE, STEP_LIMIT, NON_FINITE, TOLERANCE, BAD = 0, 1, 2, 3, 4


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


def seat(k: int, l: int, w: F64, who: I64, when: F64, p: F64, p_ptr: I64, op_t: F64, op_ptr: I64, out_t: F64,
         out_ptr: I64, t_end: F64, t0: F64, x0: F64, rate0: F64, row0: I64, h0: F64) -> None:
    """Put patient k into lane l as it stands at the start of the run."""
    who[WHO, l] = k
    who[OP, l] = op_ptr[k]
    who[OP_END, l] = op_ptr[k + 1]
    who[OBS, l] = out_ptr[k]
    who[OBS_END, l] = out_ptr[k + 1]
    who[ROW, l] = row0[k]
    who[COUNT, l] = 0
    who[FAILED, l] = 0
    w[T * LANES + l] = t0[k]
    w[LAST * LANES + l] = 1.0
    for i in range(NX):
        w[(X + i) * LANES + l] = x0[k, i]
        w[(RATE + i) * LANES + l] = rate0[k, i]
    stop = t0[k]
    if is_finite(t_end[k]):
        stop = max(stop, t_end[k])
    if op_ptr[k + 1] > op_ptr[k]:
        stop = max(stop, op_t[op_ptr[k + 1] - 1])
    if out_ptr[k + 1] > out_ptr[k]:
        stop = max(stop, out_t[out_ptr[k + 1] - 1])
    when[STOP, l] = stop
    when[NEXT, l] = h0[k]
    who[FRESH, l] = 0 if h0[k] > 0.0 else 1
    hoist(p, p_ptr[k] + row0[k], w, l)


def operate(o: int, l: int, w: F64, who: I64, p: F64, p_ptr: I64, op_k: I8, op_i: I32, op_v: F64, x: F64) -> None:
    """Apply operation o to lane l; Op of the contract: 0 add, 1 rate, 2 set, 3 reset, 4 row."""
    kind, i, v = op_k[o], op_i[o], op_v[o]
    if kind == 0:
        w[(X + i) * LANES + l] += v
    elif kind == 1:
        w[(RATE + i) * LANES + l] += v
    elif kind == 2:
        w[(X + i) * LANES + l] = v
    elif kind == 3:
        initial_values(p, p_ptr[who[WHO, l]] + who[ROW, l], x)
        for j in range(NX):
            w[(X + j) * LANES + l] = x[j]
            w[(RATE + j) * LANES + l] = 0.0
    else:
        who[ROW, l] = i
        hoist(p, p_ptr[who[WHO, l]] + i, w, l)
    who[FRESH, l] = 1


def write_out(l: int, j: int, w: F64, y: F64) -> bool:
    """Copy the outputs of lane l to row j; False if one is not finite."""
    good = True
    for i in range(NY):
        v = w[(OUT + i) * LANES + l]
        good = good and is_finite(v)
        y[j, i] = v if is_finite(v) else np.nan
    return good


def settle(l: int, w: F64, who: I64, when: F64, p: F64, p_ptr: I64, op_t: F64, op_k: I8, op_i: I32, op_v: F64,
           op_ptr: I64, out_t: F64, out_after: I32, y: F64, x: F64) -> int:
    """Do all that happens at the present time of lane l; -1 to go on, else the status with which it ends."""
    t = w[T * LANES + l]
    while True:
        o = who[OP, l]
        done = o - op_ptr[who[WHO, l]]
        while who[OBS, l] < who[OBS_END, l] and out_after[who[OBS, l]] <= done and out_t[who[OBS, l]] <= t:
            observe_now(w, l)
            if not write_out(l, who[OBS, l], w, y):
                return NON_FINITE
            who[OBS, l] += 1
        if o == who[OP_END, l] or op_t[o] > t:
            break
        operate(o, l, w, who, p, p_ptr, op_k, op_i, op_v, x)
        who[OP, l] = o + 1
    for i in range(NX):
        if not is_finite(w[(X + i) * LANES + l]):
            return NON_FINITE
    when[GOAL, l] = op_t[o] if o < who[OP_END, l] else when[STOP, l]
    return DONE if when[GOAL, l] <= t else -1


def choose_step(l: int, w: F64, who: I64, when: F64, rtol: float, atol: float) -> None:
    """Set the size of the next step of lane l; it lands on the next stop if that is near."""
    t, goal = w[T * LANES + l], when[GOAL, l]
    if who[FRESH, l] == 1:
        w[LAST * LANES + l] = 1.0
        when[NEXT, l] = first_step(w, l, rtol, atol)
        who[FRESH, l] = 2
    h = when[NEXT, l]
    left = goal - t
    who[LANDS, l] = 1 if h >= 0.999 * left else 0
    w[H * LANES + l] = left if who[LANDS, l] == 1 else h


def judge(l: int, w: F64, who: I64, when: F64, max_steps: int) -> int:
    """Accept or refuse the step tried in lane l; the status with which it ends, else -1."""
    err, fac, h = w[ERR * LANES + l], w[FAC * LANES + l], w[H * LANES + l]
    if err <= 1.0:
        who[COUNT, l] += 1
        w[TAKE * LANES + l] = 1.0
        grown = h * fac
        if who[FAILED, l] > 0:
            grown = min(grown, h)
        when[NEXT, l] = max(grown, when[NEXT, l]) if who[LANDS, l] == 1 else grown
        who[FAILED, l] = 0
        who[FRESH, l] = 0
        return -1
    w[TAKE * LANES + l] = 0.0
    who[FAILED, l] += 1
    bad = err != err or err == np.inf
    when[NEXT, l] = h * (0.125 if bad else min(fac, 0.9))
    if when[NEXT, l] < 1e-13 * max(abs(w[T * LANES + l]), 1e-3) or who[FAILED, l] > 200:
        return NON_FINITE if bad else TOLERANCE
    if who[COUNT, l] + who[FAILED, l] >= max_steps:
        return STEP_LIMIT
    return STEP_LIMIT if who[COUNT, l] >= max_steps else -1


def look(w: F64, who: I64, when: F64, status: I64, op_ptr: I64, out_t: F64, out_after: I32, y: F64) -> None:
    """Write the outputs that lie within the steps just accepted, all lanes together, round by round."""
    while True:
        waiting = False
        for l in range(LANES):
            w[THETA * LANES + l] = -1.0
            if who[WHO, l] < 0 or w[TAKE * LANES + l] == 0.0 or status[l] >= 0 or who[OBS, l] >= who[OBS_END, l]:
                continue
            j = who[OBS, l]
            t, h = w[T * LANES + l], w[H * LANES + l]
            ahead = out_after[j] > who[OP, l] - op_ptr[who[WHO, l]]
            end = when[GOAL, l] if who[LANDS, l] == 1 else t + h
            if ahead or out_t[j] > end:
                continue
            w[THETA * LANES + l] = max((out_t[j] - t) / h, 0.0)
            waiting = True
        if not waiting:
            return
        observe(w)
        for l in range(LANES):
            if w[THETA * LANES + l] >= 0.0:
                if not write_out(l, who[OBS, l], w, y):
                    status[l] = NON_FINITE
                who[OBS, l] += 1


def advance(w: F64, who: I64, when: F64) -> None:
    """Move the lanes whose step was accepted to its end."""
    for r in range(NX):
        for l in range(LANES):
            w[(X + r) * LANES + l] = (
                w[(X1 + r) * LANES + l] if w[TAKE * LANES + l] == 1.0 else w[(X + r) * LANES + l]
            )
    for l in range(LANES):
        if who[WHO, l] >= 0 and w[TAKE * LANES + l] == 1.0:
            w[LAST * LANES + l] = w[ERR * LANES + l]
            w[T * LANES + l] = when[GOAL, l] if who[LANDS, l] == 1 else w[T * LANES + l] + w[H * LANES + l]


def leave(l: int, w: F64, who: I64, when: F64, outcome: int, status: I8, steps: I64, t1: F64, x1: F64, rate1: F64,
          row1: I64, h1: F64) -> None:
    """Note where the patient of lane l stands, and free the lane."""
    k = who[WHO, l]
    status[k] = outcome
    steps[k] = who[COUNT, l]
    t1[k] = w[T * LANES + l]
    row1[k] = who[ROW, l]
    h1[k] = 0.0 if who[FRESH, l] == 1 else when[NEXT, l]
    for i in range(NX):
        x1[k, i] = w[(X + i) * LANES + l] if outcome == DONE else np.nan
        rate1[k, i] = w[(RATE + i) * LANES + l]
    who[WHO, l] = -1


def run(p: F64, p_ptr: I64, op_t: F64, op_k: I8, op_i: I32, op_v: F64, op_ptr: I64, out_t: F64, out_after: I32,
        out_ptr: I64, t_end: F64, t0: F64, x0: F64, rate0: F64, row0: I64, h0: F64, rtol: float, atol: float,
        max_steps: int, y: F64, status: I8, steps: I64, t1: F64, x1: F64, rate1: F64, row1: I64, h1: F64) -> None:
    """Run all patients of a batch; `y` comes filled with nan."""
    w = np.zeros(ROWS * LANES)
    who = np.full((10, LANES), -1, dtype=np.int64)
    when = np.zeros((3, LANES))
    verdict = np.full(LANES, -1, dtype=np.int64)
    x = np.zeros(NX)
    n, waiting = len(t_end), 0
    for l in range(LANES):
        w[H * LANES + l] = 1e-9
    while True:
        busy = False
        for l in range(LANES):
            while True:
                if who[WHO, l] < 0:
                    if waiting == n:
                        break
                    k = waiting
                    waiting += 1
                    if not sound(k, p, p_ptr, op_t, op_k, op_i, op_v, op_ptr, row0[k]):
                        status[k] = BAD
                        t1[k], row1[k], h1[k] = t0[k], row0[k], 0.0
                        x1[k, :] = np.nan
                        rate1[k, :] = rate0[k, :]
                        continue
                    seat(k, l, w, who, when, p, p_ptr, op_t, op_ptr, out_t, out_ptr, t_end, t0, x0, rate0, row0, h0)
                    when[GOAL, l] = t0[k]
                    verdict[l] = -1
                if verdict[l] < 0 and w[T * LANES + l] >= when[GOAL, l]:
                    verdict[l] = settle(l, w, who, when, p, p_ptr, op_t, op_k, op_i, op_v, op_ptr, out_t, out_after, y, x)
                if verdict[l] < 0:
                    choose_step(l, w, who, when, rtol, atol)
                    busy = True
                    break
                leave(l, w, who, when, verdict[l], status, steps, t1, x1, rate1, row1, h1)
        if not busy:
            return
        step(w, rtol, atol)
        for l in range(LANES):
            verdict[l] = judge(l, w, who, when, max_steps) if who[WHO, l] >= 0 else -1
        look(w, who, when, verdict, op_ptr, out_t, out_after, y)
        advance(w, who, when)
