"""Exact propagation of x' = A x + b between operations, one patient at a time: Numba kernels.

Single modes are real exponentials, complex pairs rotations; coupled blocks are summed and doubled. States that stay
exactly zero for a patient are left out. The state moves from operation to operation; outputs start from the last
operation, so that no output depends on which others are asked for.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ketasim.engine.closed_modes import (
    ACT,
    BZ,
    CLUSTER,
    CLUSTERS,
    COUNT,
    DIRTY,
    LOC,
    METZLER,
    MODAL,
    POSITIVE,
    RATE,
    SINGLES,
    STARTS,
    VALID,
    ZNEW,
    C,
    T,
    V,
    W,
    Work,
    X,
    Z,
    decompose,
)
from ketasim.engine.closed_schur import EPS, jit

if TYPE_CHECKING:
    from ketasim.engine.abi import F64, I8, I32, I64

SMALLEST = -700.0  # below this exponent the result is 0, not a (slow) denormal


class Net(NamedTuple):
    """Which entries of A exist, in which blocks; local order is downstream first."""

    row: I32  # (entries,) state whose derivative
    col: I32  # (entries,) state whose amount
    order: I32  # (states,) states, block after block, downstream first
    block: I32  # (states,) block of a state
    reach: I8  # (blocks, blocks) 1 where the first feeds the second, itself included
    constant: I8  # (states,) 1 where c may be other than 0
    starts: I8  # (states,) 1 where the initial value may be other than 0
    needed: I32  # states that outputs read


class Lists(NamedTuple):
    """The batch (see `abi.Batch`), and the coefficients of each parameter row."""

    t0: F64
    x0: F64
    rate0: F64
    row0: I64
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
    a: F64  # (rows, entries)
    c: F64  # (rows, states)
    initial: F64  # (rows, states)


class Ends(NamedTuple):
    """What the kernel writes: needed states and parameter row of each output (-1: not solved), status, end state."""

    x: F64
    row: I64
    status: I8
    t: F64
    end_x: F64
    end_rate: F64
    end_row: I64


@jit
def multiply(a: F64, b: F64, c: F64, n: int) -> None:
    """c = a b for the leading n x n parts."""
    for i in range(n):
        for j in range(n):
            s = 0.0
            for h in range(n):
                s += a[i, h] * b[h, j]
            c[i, j] = s


@jit
def series(b: F64, lo: int, n: int, h: float, tmp: F64) -> None:
    """Add the Taylor terms of exp(B h) and of its integral to tmp[0] and tmp[1]; tmp[2] starts as the unit matrix."""
    e, f, term, next_ = tmp[0], tmp[1], tmp[2], tmp[3]
    for order in range(1, 16):
        for i in range(n):
            for j in range(n):
                s = 0.0
                for g in range(n):
                    s += term[i, g] * b[lo + g, lo + j]
                next_[i, j] = s * h / order
        for i in range(n):
            for j in range(n):
                term[i, j] = next_[i, j]
                e[i, j] += term[i, j]
                f[i, j] += term[i, j] * h / (order + 1)


@jit
def exponential(b: F64, lo: int, n: int, dt: float, tmp: F64) -> None:
    """exp(B dt) in tmp[0] and its integral over dt in tmp[1], by a Taylor sum of a short step, doubled."""
    e, f, term, next_ = tmp[0], tmp[1], tmp[2], tmp[3]
    norm = 0.0
    for i in range(n):
        s = 0.0
        for j in range(n):
            s += abs(b[lo + i, lo + j])
        norm = max(norm, s * dt)
    doublings = max(0, math.frexp(norm)[1] + 1) if norm > 0.0 else 0
    h = math.ldexp(dt, -doublings)
    for i in range(n):
        for j in range(n):
            term[i, j] = 1.0 if i == j else 0.0
            e[i, j] = term[i, j]
            f[i, j] = h * term[i, j]
    series(b, lo, n, h, tmp)
    for _ in range(doublings):
        multiply(e, f, term, n)
        multiply(e, e, next_, n)
        for i in range(n):
            for j in range(n):
                f[i, j] += term[i, j]
                e[i, j] = next_[i, j]


@jit
def turn(k: Work, lo: int, dt: float) -> None:
    """Propagate a pair of complex modes, a +- iw."""
    a, b, c = k.square[MODAL, lo, lo], k.square[MODAL, lo, lo + 1], k.square[MODAL, lo + 1, lo]
    w = math.sqrt(-b * c)
    grow = math.exp(a * dt) if a * dt > SMALLEST else 0.0
    sine = math.sin(w * dt)
    half = math.sin(0.5 * w * dt)
    z0, z1 = k.line[Z, lo], k.line[Z, lo + 1]
    re, im = grow * math.cos(w * dt), grow * sine / w
    k.line[ZNEW, lo] = re * z0 + im * b * z1
    k.line[ZNEW, lo + 1] = im * c * z0 + re * z1
    b0, b1 = k.line[BZ, lo], k.line[BZ, lo + 1]
    if b0 != 0.0 or b1 != 0.0:
        er = math.expm1(a * dt) - 2.0 * grow * half * half  # exp((a + iw) dt) - 1
        ei = grow * sine
        size = a * a + w * w
        re, im = (er * a + ei * w) / size, (ei * a - er * w) / (size * w)
        k.line[ZNEW, lo] += re * b0 + im * b * b1
        k.line[ZNEW, lo + 1] += im * c * b0 + re * b1


@jit
def advance(k: Work, dt: float) -> None:
    """znew = modes after dt hours from the anchor."""
    for i in range(k.m[SINGLES]):
        lam, b = k.square[MODAL, i, i], k.line[BZ, i]
        e = lam * dt
        s = 0.0
        if k.line[Z, i] != 0.0 and e > SMALLEST:
            s = k.line[Z, i] * math.exp(e)
        if b != 0.0:
            s += b * (math.expm1(e) / lam if lam != 0.0 else dt)
        k.line[ZNEW, i] = s
    for h in range(k.m[CLUSTERS]):
        lo = k.ints[CLUSTER, h]
        n = k.ints[CLUSTER, h + 1] - lo
        if n == 2 and k.square[MODAL, lo + 1, lo] != 0.0:
            turn(k, lo, dt)
            continue
        exponential(k.square[MODAL], lo, n, dt, k.tmp)
        for i in range(n):
            s = 0.0
            for j in range(n):
                s += k.tmp[0, i, j] * k.line[Z, lo + j] + k.tmp[1, i, j] * k.line[BZ, lo + j]
            k.line[ZNEW, lo + i] = s


@jit
def anchor(k: Work) -> None:
    """Express the state and the inputs at the anchor in modes."""
    m = k.m[COUNT]
    positive = k.m[METZLER] == 1
    for i in range(m):
        k.line[Z, i] = 0.0
        k.line[BZ, i] = 0.0
    for j in range(m):
        s = k.ints[ACT, j]
        x, b = k.line[X, s], k.line[C, s] + k.line[RATE, s]
        positive = positive and x >= 0.0 and b >= 0.0
        if x != 0.0:
            for i in range(m):
                k.line[Z, i] += k.square[V, i, j] * x
        if b != 0.0:
            for i in range(m):
                k.line[BZ, i] += k.square[V, i, j] * b
    k.m[DIRTY] = 0
    k.m[POSITIVE] = 1 if positive else 0


@jit
def prepare(k: Work, net: Net, lists: Lists, row: int) -> bool:
    """Make the modes fit this parameter row; False if its matrix is not finite."""
    same = k.m[VALID] == 1
    for e in range(net.row.size):
        value = lists.a[row, e]
        if not math.isfinite(value):
            return False
        same = same and value == k.entries[e]
    for s in range(net.order.size):
        k.line[C, s] = lists.c[row, s]
    k.m[DIRTY] = 1
    if same:
        return True
    m = k.m[COUNT]
    for i in range(m):
        for j in range(m):
            k.square[T, i, j] = 0.0
    k.m[METZLER] = 1
    for e in range(net.row.size):
        value = lists.a[row, e]
        k.entries[e] = value
        i, j = k.ints[LOC, net.row[e]], k.ints[LOC, net.col[e]]
        if i >= 0 and j >= 0:
            k.square[T, i, j] = value
            if i != j and value < 0.0:
                k.m[METZLER] = 0
    nb = 0
    for i in range(m):
        if i == 0 or net.block[k.ints[ACT, i]] != net.block[k.ints[ACT, i - 1]]:
            k.ints[STARTS, nb] = i
            nb += 1
    k.ints[STARTS, nb] = m
    decompose(k, nb)
    k.m[VALID] = 1
    return True


@jit
def activate(k: Work, net: Net, lists: Lists, patient: int) -> None:
    """Find the states that can leave zero for this patient; forget the modes if they are others than before."""
    n, nb = net.order.size, net.reach.shape[0]
    live = np.zeros(nb, np.int8)
    resets = False
    for o in range(lists.op_ptr[patient], lists.op_ptr[patient + 1]):
        resets = resets or lists.op_k[o] == 3
        if lists.op_k[o] < 3 and lists.op_v[o] != 0.0:
            live[net.block[lists.op_i[o]]] = 1
    for i in range(n):
        seed = lists.x0[patient, i] != 0.0 or lists.rate0[patient, i] != 0.0 or net.constant[i] == 1
        if seed or (resets and net.starts[i] == 1):
            live[net.block[i]] = 1
    at = 0
    changed = False
    for i in net.order:
        on = False
        for b in range(nb):
            on = on or (live[b] == 1 and net.reach[b, net.block[i]] == 1)
        changed = changed or on != (k.ints[LOC, i] >= 0)
        k.ints[LOC, i] = at if on else -1
        if on:
            k.ints[ACT, at] = i
            at += 1
    k.m[COUNT] = at
    if changed:
        k.m[VALID] = 0


@jit
def bad(net: Net, lists: Lists, k: int) -> bool:
    """Whether a parameter, an operation or the start of a patient is not finite, or an index is out of range."""
    n, rows = net.order.size, lists.p_ptr[k + 1] - lists.p_ptr[k]
    if rows < 1 or lists.row0[k] < 0 or lists.row0[k] >= rows or not math.isfinite(lists.t0[k]):
        return True
    for r in range(lists.p_ptr[k], lists.p_ptr[k + 1]):
        for j in range(lists.p.shape[1]):
            if not math.isfinite(lists.p[r, j]):
                return True
    last = lists.t0[k]
    for o in range(lists.op_ptr[k], lists.op_ptr[k + 1]):
        kind = lists.op_k[o]
        limit = rows if kind == 4 else n
        if kind != 3 and (lists.op_i[o] < 0 or lists.op_i[o] >= limit):
            return True
        if not (last <= lists.op_t[o] < np.inf) or (kind < 3 and not math.isfinite(lists.op_v[o])):
            return True
        last = lists.op_t[o]
    return not (np.isfinite(lists.x0[k]).all() and np.isfinite(lists.rate0[k]).all())


@jit
def read(k: Work, state: int) -> float:
    """A state after `advance`; what must be positive is not allowed to round below zero."""
    i = k.ints[LOC, state]
    if i < 0:
        return 0.0
    s = 0.0
    for j in range(k.m[COUNT]):
        s += k.square[W, i, j] * k.line[ZNEW, j]
    return 0.0 if s < 0.0 and k.m[POSITIVE] == 1 else s


@jit
def move(k: Work, dt: float) -> bool:
    """Move the anchor by dt; False if a state is not finite."""
    if dt <= 0.0:
        return True
    if k.m[DIRTY] == 1:
        anchor(k)
    advance(k, dt)
    fine = True
    for i in range(k.m[COUNT]):
        s = k.ints[ACT, i]
        k.line[X, s] = read(k, s)
        fine = fine and math.isfinite(k.line[X, s])
    k.m[DIRTY] = 1
    return fine


@jit
def dose(k: Work, kind: int, i: int, v: float) -> None:
    """Let a dose, a rate or a set value act on the anchor."""
    k.m[DIRTY] = 1
    if kind == 0:
        k.line[X, i] += v
    elif kind == 1:
        k.line[RATE, i] += v
        if abs(k.line[RATE, i]) <= 8.0 * EPS * abs(v):  # an infusion that has ended leaves nothing behind
            k.line[RATE, i] = 0.0
    else:
        k.line[X, i] = v


@jit
def show(k: Work, dt: float, needed: I32, x: F64, out: int) -> bool:
    """Write the states that outputs read, dt after the anchor; False if one is not finite."""
    fine = True
    if dt > 0.0:
        if k.m[DIRTY] == 1:
            anchor(k)
        advance(k, dt)
    for j in range(needed.size):
        s = needed[j]
        value = read(k, s) if dt > 0.0 else k.line[X, s]
        x[out, j] = value
        fine = fine and math.isfinite(value)
    return fine


@jit
def operate(k: Work, net: Net, lists: Lists, op: int, patient: int, row: int) -> int:
    """Let an operation act on the anchor; the parameter row after it, -1 if its matrix is not finite."""
    kind = lists.op_k[op]
    if kind < 3:
        dose(k, kind, lists.op_i[op], lists.op_v[op])
    elif kind == 3:
        k.m[DIRTY] = 1
        for s in range(net.order.size):
            k.line[X, s] = lists.initial[row, s]
            k.line[RATE, s] = 0.0
    else:
        row = lists.p_ptr[patient] + lists.op_i[op]
        if not prepare(k, net, lists, row):
            return -1
    return row


@jit
def solve_one(patient: int, net: Net, lists: Lists, ends: Ends, k: Work) -> int:
    """Run one patient; its status."""
    row = lists.p_ptr[patient] + lists.row0[patient]
    t, end = lists.t0[patient], lists.t_end[patient]
    for i in range(net.order.size):
        k.line[X, i] = lists.x0[patient, i]
        k.line[RATE, i] = lists.rate0[patient, i]
    activate(k, net, lists, patient)
    if not prepare(k, net, lists, row):
        return 2
    op, last = lists.op_ptr[patient], lists.op_ptr[patient + 1]
    first_out, last_out = lists.out_ptr[patient], lists.out_ptr[patient + 1]
    for out in range(first_out, last_out + 1):
        until = last if out == last_out else min(last, lists.op_ptr[patient] + lists.out_after[out])
        while op < until:
            if not move(k, lists.op_t[op] - t):
                return 2
            t = lists.op_t[op]
            row = operate(k, net, lists, op, patient, row)
            if row < 0:
                return 2
            op += 1
        if out < last_out:
            if not show(k, lists.out_t[out] - t, net.needed, ends.x, out):
                return 2
            ends.row[out] = row
    if not move(k, end - t):
        return 2
    ends.t[patient] = max(end, t)
    ends.end_row[patient] = row - lists.p_ptr[patient]
    for i in range(net.order.size):
        ends.end_x[patient, i] = k.line[X, i]
        ends.end_rate[patient, i] = k.line[RATE, i]
    return 0


@jit
def run(first: int, last: int, net: Net, lists: Lists, ends: Ends) -> None:
    """Run patients first:last."""
    n = net.order.size
    k = Work(
        np.zeros(7, np.int64),
        np.empty((6, n + 2), np.int32),
        np.zeros((7, n)),
        np.empty((7, n, n)),
        np.empty((7, max(n, 8), max(n, 8))),
        np.zeros(net.row.size),
    )
    k.ints[LOC, :] = -1
    for patient in range(first, last):
        if bad(net, lists, patient):
            ends.status[patient] = 4
        else:
            ends.status[patient] = solve_one(patient, net, lists, ends, k)


@jit
def check(y: F64, row: I64, out_ptr: I64, status: I8) -> None:
    """An output that is not finite becomes NaN and gives its patient the status that says so."""
    for patient in range(status.size):
        for out in range(out_ptr[patient], out_ptr[patient + 1]):
            for j in range(y.shape[1]):
                if row[out] >= 0 and not math.isfinite(y[out, j]):
                    y[out, j] = np.nan
                    status[patient] = 2
