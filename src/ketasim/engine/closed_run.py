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
    COUNT,
    DIRTY,
    LIVE,
    LOC,
    METZLER,
    RATE,
    STARTS,
    VALID,
    C,
    T,
    Work,
    X,
    decompose,
)
from ketasim.engine.closed_schur import jit
from ketasim.engine.closed_steps import dose, move, show

if TYPE_CHECKING:
    from ketasim.engine.abi import F64, I8, I32, I64


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
    live = k.ints[LIVE]
    for b in range(nb):
        live[b] = 0
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


def room(net: Net) -> Work:
    """Room for one patient's modes, given to patients one after the other."""
    n = net.order.size
    k = Work(
        np.zeros(7, np.int64),
        np.zeros((7, n + 2), np.int32),
        np.zeros((7, n)),
        np.zeros((7, n, n)),
        np.zeros((7, max(n, 8), max(n, 8))),
        np.zeros(net.row.size),
    )
    k.ints[LOC, :] = -1
    return k


@jit
def run(first: int, last: int, net: Net, lists: Lists, ends: Ends, k: Work) -> None:
    """Run patients first:last, those aside whose numbers cannot be used (status 4)."""
    for patient in range(first, last):
        if ends.status[patient] != 4:
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
