"""Modes of x' = A x: a basis in which A is diagonal as far as that is well conditioned: Numba kernels.

The strongly connected blocks of A are brought to real Schur form and then decoupled from each other and within
themselves. Where eigenvalues (almost) coincide, small triangular blocks stay coupled.

Method: Bavely and Stewart, SIAM J. Numer. Anal. 16 (1979) 359 (block diagonalisation with bounded transformations);
Golub and Van Loan, Matrix Computations, 4th ed., section 7.6.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ketasim.engine.closed_schur import equilibrate, jit, schur

if TYPE_CHECKING:
    from ketasim.engine.abi import F64, I32, I64

CAPS = (1e3, 50.0, 5.0, 0.0)  # largest decoupling factor that is taken; 0 decouples nothing
GROWTH = 3e3  # of rounding, by the two transformations together: 3e3 * EPS is 7e-13


ACT, LOC, STARTS, CLUSTER, LABEL, PERM, LIVE = range(7)  # rows of Work.ints
SCALE, Z, ZNEW, BZ, X, RATE, C = range(7)  # rows of Work.line
T, Q, U, UI, MODAL, W, V = range(7)  # matrices of Work.square
COUNT, SINGLES, CLUSTERS, VALID, DIRTY, POSITIVE, METZLER = range(7)  # entries of Work.m


class Work(NamedTuple):
    """One patient's modes: x = W z, z = V x, z' = MODAL z + bz; singles first. Few arrays, as each costs."""

    m: I64  # numbers of active states, single modes and clusters; flags
    ints: I32  # active states in local order; local index of a state (-1 idle); starts of blocks and of clusters
    line: F64  # scale; modes now, then and their input; states, input rates and constant input at the anchor
    square: F64
    tmp: F64  # (7, m, m)
    entries: F64  # the entries of A that were decomposed


@jit
def sylvester(t: F64, i: int, p: int, j: int, n: int, r: F64, g: F64) -> float:
    """Solve T_ii X - X T_jj = -R, blocks of one or two rows, into column p n of g; the largest |X|, inf if singular."""
    size = p * n
    if size == 1:
        g[0, 1] = r[0, 0] / (t[j, j] - t[i, i])
        return math.fabs(g[0, 1])
    for e in range(size):
        a, c = e // n, e % n
        for f in range(size):
            g[e, f] = 0.0
        g[e, size] = -r[a, c]
        for k in range(p):
            g[e, k * n + c] += t[i + a, i + k]
        for k in range(n):
            g[e, a * n + k] -= t[j + k, j + c]
    return eliminate(g, size)


@jit
def eliminate(g: F64, size: int) -> float:
    """Gauss with row pivots on [G | r]; the solution replaces r; its largest entry, inf if singular."""
    for e in range(size):
        pivot = e
        for f in range(e + 1, size):
            if abs(g[f, e]) > abs(g[pivot, e]):
                pivot = f
        if g[pivot, e] == 0.0:
            return np.inf
        for h in range(size + 1):
            g[e, h], g[pivot, h] = g[pivot, h], g[e, h]
        for f in range(e + 1, size):
            s = g[f, e] / g[e, e]
            for h in range(e, size + 1):
                g[f, h] -= s * g[e, h]
    largest = 0.0
    for e in range(size - 1, -1, -1):
        s = g[e, size]
        for f in range(e + 1, size):
            s -= g[e, f] * g[f, size]
        g[e, size] = s / g[e, e]
        largest = max(largest, abs(g[e, size]))
    return largest


@jit
def residual(k: Work, i: int, p: int, j: int, n: int, r: F64) -> bool:
    """What still couples block j into block i, into r; whether it is anything but zero."""
    t, u, modal = k.square[T], k.square[U], k.square[MODAL]
    nonzero = False
    for a in range(p):
        for c in range(n):
            s = 0.0
            for h in range(i + p, j + n):
                s += t[i + a, h] * u[h, j + c]
            for h in range(i + p, j):
                s -= u[i + a, h] * modal[h, j + c]
            r[a, c] = s
            nonzero = nonzero or s != 0.0
    return nonzero


@jit
def decouple(k: Work, cap: float) -> float:
    """T U = U B with B block diagonal up to what stays coupled, which shares a label; the growth of rounding."""
    m, g, r = k.m[COUNT], k.tmp[1], k.tmp[2]
    t, u, modal, label = k.square[T], k.square[U], k.square[MODAL], k.ints[LABEL]
    for i in range(m):
        label[i] = i
        for j in range(m):
            u[i, j] = 1.0 if i == j else 0.0
            k.square[UI, i, j] = u[i, j]
            modal[i, j] = 0.0
    j = 0
    while j < m:
        n = 2 if j + 1 < m and t[j + 1, j] != 0.0 else 1
        for a in range(j, j + n):
            label[a] = label[j]
            for c in range(j, j + n):
                modal[a, c] = t[a, c]
        i = j
        while i > 0:
            p = 2 if i > 1 and t[i - 1, i - 2] != 0.0 else 1
            i -= p
            if not residual(k, i, p, j, n, r):
                continue
            if sylvester(t, i, p, j, n, r, g) <= cap:
                for e in range(p * n):
                    u[i + e // n, j + e % n] = g[e, p * n]
            else:
                for a in range(p):
                    for c in range(n):
                        modal[i + a, j + c] = r[a, c]
                join(label, label[i], label[j], m)
        j += n
    return invert(u, k.square[UI], m)


@jit
def join(label: I32, one: int, other: int, m: int) -> None:
    """Give two clusters the smaller of their labels."""
    for k in range(m):
        if label[k] == one or label[k] == other:
            label[k] = min(one, other)


@jit
def invert(u: F64, ui: F64, m: int) -> float:
    """Inverse of a unit upper triangular matrix; the largest entry of |U| |U^-1|, by which rounding can grow."""
    for j in range(m):
        for i in range(j - 1, -1, -1):
            s = 0.0
            for k in range(i + 1, j + 1):
                s -= u[i, k] * ui[k, j]
            ui[i, j] = s
    largest = 1.0
    for i in range(m):
        for j in range(i + 1, m):
            s = 0.0
            for k in range(i, j + 1):
                s += abs(u[i, k] * ui[k, j])
            largest = max(largest, s)
    return largest


@jit
def decompose(k: Work, nb: int) -> None:
    """Modes of the active matrix in `k.square[T]`; leaves w, v, modal, clusters."""
    m = k.m[COUNT]
    equilibrate(k.square[T], k.line[SCALE], k.ints[STARTS], nb, m)
    raw, q = k.tmp[0], k.square[Q]
    for i in range(m):
        for j in range(m):
            raw[i, j] = k.square[T, i, j]
            q[i, j] = 1.0 if i == j else 0.0
    fine = True
    for b in range(nb):
        if k.ints[STARTS, b + 1] - k.ints[STARTS, b] > 1:
            fine = fine and schur(k.square[T], q, k.ints[STARTS, b], k.ints[STARTS, b + 1], m)
    if fine:
        for cap in CAPS:
            if decouple(k, cap) <= GROWTH:
                break
    else:  # not seen so far: keep the matrix whole
        for i in range(m):
            k.ints[LABEL, i] = 0
            for j in range(m):
                k.square[MODAL, i, j] = raw[i, j]
                q[i, j] = 1.0 if i == j else 0.0
                k.square[U, i, j] = q[i, j]
                k.square[UI, i, j] = q[i, j]
    arrange(k)


@jit
def members(k: Work, label: int) -> int:
    """How many modes share a label."""
    count = 0
    for j in range(k.m[COUNT]):
        count += 1 if k.ints[LABEL, j] == label else 0
    return count


@jit
def arrange(k: Work) -> None:
    """Order the modes, singles first, and write the transformations between modes and states."""
    m = k.m[COUNT]
    at = 0
    for i in range(m):
        alone = True
        for j in range(m):
            alone = alone and (i == j or k.ints[LABEL, j] != k.ints[LABEL, i])
        if alone:
            k.ints[PERM, at] = i
            at += 1
    k.m[SINGLES] = at
    clusters = 0
    for i in range(m):
        if members(k, i) < 2:
            continue
        k.ints[CLUSTER, clusters] = at
        clusters += 1
        for j in range(m):
            if k.ints[LABEL, j] == i:
                k.ints[PERM, at] = j
                at += 1
    k.ints[CLUSTER, clusters] = at
    k.m[CLUSTERS] = clusters
    old = k.tmp[0]
    for i in range(m):
        for j in range(m):
            old[i, j] = k.square[MODAL, i, j]
    for i in range(m):
        for j in range(m):
            k.square[MODAL, i, j] = old[k.ints[PERM, i], k.ints[PERM, j]]
            s, r = 0.0, 0.0
            for h in range(m):
                s += k.square[Q, i, h] * k.square[U, h, k.ints[PERM, j]]
                r += k.square[UI, k.ints[PERM, i], h] * k.square[Q, j, h]
            k.square[W, i, j] = s * k.line[SCALE, i]
            k.square[V, i, j] = r / k.line[SCALE, j]
