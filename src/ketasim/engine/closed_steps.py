"""One step of a patient in modes: doses act on the anchor, the anchor moves, outputs are read: Numba kernels.

Single modes are real exponentials, complex pairs rotations; coupled blocks are summed and doubled (Golub and Van Loan,
Matrix Computations, 4th ed., section 9.3).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

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
    ZNEW,
    C,
    V,
    W,
    Work,
    X,
    Z,
)
from ketasim.engine.closed_schur import EPS, jit

if TYPE_CHECKING:
    from ketasim.engine.abi import F64, I32

SMALLEST = -700.0  # below this exponent the result is 0, not a (slow) denormal


@jit
def multiply(a: F64, b: F64, c: F64, n: int, at: int, upper: int, factor: float) -> None:
    """c = factor a b for the leading n x n parts, b starting at (at, at); `upper` is 1 for triangular ones, else 0."""
    for i in range(n):
        for j in range(i * upper, n):
            s = 0.0
            for h in range(i * upper, j + 1 if upper else n):
                s += a[i, h] * b[at + h, at + j]
            c[i, j] = factor * s


@jit
def exponential(b: F64, lo: int, n: int, dt: float, tmp: F64) -> None:
    """exp(B dt) in tmp[0] and its integral over dt in tmp[1], by a Taylor sum of a short step, doubled."""
    e, f, term, next_ = tmp[0], tmp[1], tmp[2], tmp[3]
    norm, upper = 0.0, 1
    for i in range(n):
        s = 0.0
        for j in range(n):
            s += abs(b[lo + i, lo + j])
            if j < i and b[lo + i, lo + j] != 0.0:
                upper = 0
        norm = max(norm, s * dt)
    doublings = max(0, math.frexp(norm)[1] + 1) if norm > 0.0 else 0
    h = math.ldexp(dt, -doublings)
    for i in range(n):
        for j in range(n):
            term[i, j] = 1.0 if i == j else 0.0
            next_[i, j] = 0.0
            e[i, j] = term[i, j]
            f[i, j] = h * term[i, j]
    for order in range(1, 16):
        multiply(term, b, next_, n, lo, upper, h / order)
        accumulate(term, next_, e, f, n, h / (order + 1))
    for _ in range(doublings):
        multiply(e, f, term, n, 0, upper, 1.0)
        multiply(e, e, next_, n, 0, upper, 1.0)
        for i in range(n):
            for j in range(n):
                f[i, j] += term[i, j]
                e[i, j] = next_[i, j]


@jit
def accumulate(term: F64, next_: F64, e: F64, f: F64, n: int, factor: float) -> None:
    """Take the next Taylor term and add it to the exponential and to its integral."""
    for i in range(n):
        for j in range(n):
            term[i, j] = next_[i, j]
            e[i, j] += term[i, j]
            f[i, j] += term[i, j] * factor


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
def follow(k: Work, lo: int, n: int, dt: float) -> bool:
    """Propagate modes of one and the same rate that feed each other (a transit chain) and have no input.

    exp(B dt) = exp(rate dt) exp(U dt) with U strictly triangular, whose sum ends by itself; False if they are not so.
    """
    b, rate = k.square[MODAL], k.square[MODAL, lo, lo]
    for i in range(lo, lo + n):
        if b[i, i] != rate or k.line[BZ, i] != 0.0 or (i > lo and b[i, i - 1] != 0.0):
            return False
        k.line[ZNEW, i] = k.line[Z, i]
    for order in range(n - 1, 0, -1):
        for i in range(lo, lo + n):
            s = 0.0
            for h in range(i + 1, lo + n):
                s += b[i, h] * k.line[ZNEW, h]
            k.line[ZNEW, i] = k.line[Z, i] + dt / order * s
    left = math.exp(rate * dt) if rate * dt > SMALLEST else 0.0
    for i in range(lo, lo + n):
        k.line[ZNEW, i] *= left
    return True


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
        if follow(k, lo, n, dt):
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
