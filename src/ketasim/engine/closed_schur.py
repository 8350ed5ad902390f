"""Real Schur form of small matrices, by orthogonal steps: Numba kernels.

Method: Golub and Van Loan, Matrix Computations, 4th ed., sections 7.4 and 7.5 (Francis double-shift steps).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar, cast

from numba import njit

if TYPE_CHECKING:
    from ketasim.engine.abi import F64, I32

F = TypeVar("F", bound=Callable[..., object])
EPS = 2.0**-52
RATIO = 2.0**8  # how far balancing may go


def jit(function: F) -> F:
    """Compile without the GIL, without ZeroDivisionError and without counting references, cached on disk."""
    return cast(F, njit(nogil=True, cache=True, error_model="numpy", _nrt=False)(function))


@jit
def rotate(t: F64, q: F64, i: int, k: int, c: float, s: float, lo: int, hi: int, m: int) -> None:
    """Rotate basis vectors i and k of the block lo:hi, in the whole matrix and in the basis."""
    for j in range(lo, m):
        a, b = t[i, j], t[k, j]
        t[i, j] = c * a + s * b
        t[k, j] = c * b - s * a
    for j in range(hi):
        a, b = t[j, i], t[j, k]
        t[j, i] = c * a + s * b
        t[j, k] = c * b - s * a
    for j in range(lo, hi):
        a, b = q[j, i], q[j, k]
        q[j, i] = c * a + s * b
        q[j, k] = c * b - s * a


@jit
def reflect(t: F64, q: F64, k: int, x: float, y: float, z: float, lo: int, hi: int, m: int) -> None:
    """Householder reflection of the basis vectors k, k + 1, k + 2 that turns (x, y, z) into a multiple of e1."""
    norm = math.sqrt(x * x + y * y + z * z)
    if norm == 0.0:
        return
    x += math.copysign(norm, x)
    f = 2.0 / (x * x + y * y + z * z)
    for j in range(lo, m):
        g = f * (x * t[k, j] + y * t[k + 1, j] + z * t[k + 2, j])
        t[k, j] -= g * x
        t[k + 1, j] -= g * y
        t[k + 2, j] -= g * z
    for j in range(hi):
        g = f * (x * t[j, k] + y * t[j, k + 1] + z * t[j, k + 2])
        t[j, k] -= g * x
        t[j, k + 1] -= g * y
        t[j, k + 2] -= g * z
    for j in range(lo, hi):
        g = f * (x * q[j, k] + y * q[j, k + 1] + z * q[j, k + 2])
        q[j, k] -= g * x
        q[j, k + 1] -= g * y
        q[j, k + 2] -= g * z


@jit
def split(t: F64, q: F64, i: int, lo: int, hi: int, m: int) -> None:
    """Bring the 2 x 2 block at i to triangular form, or to equal diagonal entries if its eigenvalues are complex."""
    k = i + 1
    a, b, c, d = t[i, i], t[i, k], t[k, i], t[k, k]
    p = 0.5 * (a - d)
    disc = p * p + b * c
    if disc < 0.0 and p == 0.0:
        return
    if disc < 0.0:
        sigma = b + c
        tau = math.hypot(sigma, a - d)
        cs = math.sqrt(0.5 * (1.0 + abs(sigma) / tau))
        sn = -(p / (tau * cs)) * math.copysign(1.0, sigma)
        rotate(t, q, i, k, cs, sn, lo, hi, m)
        mean = 0.5 * (t[i, i] + t[k, k])
        t[i, i] = mean
        t[k, k] = mean
        b, c = t[i, k], t[k, i]
        if b * c < 0.0:
            return
        p = 0.0
        disc = b * c
    if c != 0.0:
        z = p + math.copysign(math.sqrt(disc), p)
        r = math.hypot(z, c)
        rotate(t, q, i, k, z / r, c / r, lo, hi, m)
    t[k, i] = 0.0


@jit
def francis(t: F64, q: F64, low: int, top: int, shift: float, lo: int, hi: int, m: int) -> None:
    """One implicit double-shift step on rows low..top of the Hessenberg block lo:hi."""
    s = t[top - 1, top - 1] + t[top, top]
    d = t[top - 1, top - 1] * t[top, top] - t[top - 1, top] * t[top, top - 1]
    if shift > 0.0:
        s, d = 1.5 * shift, shift * shift
    x = t[low, low] * t[low, low] + t[low, low + 1] * t[low + 1, low] - s * t[low, low] + d
    y = t[low + 1, low] * (t[low, low] + t[low + 1, low + 1] - s)
    z = t[low + 1, low] * t[low + 2, low + 1]
    for k in range(low, top - 1):
        reflect(t, q, k, x, y, z, lo, hi, m)
        if k > low:
            t[k + 1, k - 1] = 0.0
            t[k + 2, k - 1] = 0.0
        x = t[k + 1, k]
        y = t[k + 2, k]
        z = t[k + 3, k] if k < top - 2 else 0.0
    r = math.hypot(x, y)
    if r > 0.0:
        rotate(t, q, top - 1, top, x / r, y / r, lo, hi, m)
        t[top, top - 2] = 0.0


@jit
def schur(t: F64, q: F64, lo: int, hi: int, m: int) -> bool:
    """Real Schur form of the diagonal block lo:hi, in place; False if it does not converge."""
    for j in range(lo, hi - 2):
        for i in range(hi - 1, j + 1, -1):
            if t[i, j] != 0.0:
                r = math.hypot(t[i - 1, j], t[i, j])
                rotate(t, q, i - 1, i, t[i - 1, j] / r, t[i, j] / r, lo, hi, m)
                t[i, j] = 0.0
    top = hi - 1
    tries = 0
    while top > lo:
        low = top
        while low > lo:
            size = abs(t[low - 1, low - 1]) + abs(t[low, low])
            if abs(t[low, low - 1]) <= EPS * size:
                t[low, low - 1] = 0.0
                break
            low -= 1
        if low == top:
            top -= 1
            tries = 0
        elif low == top - 1:
            split(t, q, low, lo, hi, m)
            top -= 2
            tries = 0
        else:
            tries += 1
            if tries > 90:
                return False
            shift = abs(t[top, top - 1]) + abs(t[top - 1, top - 2]) if tries % 10 == 0 else 0.0
            francis(t, q, low, top, shift, lo, hi, m)
    return True


@jit
def balance(t: F64, d: F64, lo: int, hi: int) -> None:
    """Osborne's balancing of one block by powers of two: what comes in as large as what goes out, within RATIO.

    Only so far, as amounts that flow to and fro keep their sum, and much scaling would lose that.
    """
    top = d[lo]
    for _ in range(5):
        for i in range(lo, hi):
            row, column = 0.0, 0.0
            for j in range(lo, hi):
                if j != i:
                    row += abs(t[i, j]) * d[j] / d[i]
                    column += abs(t[j, i]) * d[i] / d[j]
            if row > 0.0 and column > 0.0:
                d[i] *= math.ldexp(1.0, math.floor(0.5 * math.log2(row / column) + 0.5))
    largest = d[lo]
    for i in range(lo + 1, hi):
        largest = max(largest, d[i])
    for i in range(lo, hi):
        d[i] = max(d[i] / largest, 1.0 / RATIO) * top


@jit
def carried(e: float, source: float, target: float) -> float:
    """How large a state can become by an entry e, per unit of what feeds it; mass that moves on stays mass."""
    slow = min(source, target)
    if slow == 0.0:
        slow = max(source, target)
    ratio = e / slow if slow > 0.0 else 1.0
    return min(1.0, ratio) if e <= source else ratio


@jit
def equilibrate(t: F64, d: F64, starts: I32, nb: int, m: int) -> None:
    """Powers of two by which states are divided, so that each is about as large as what feeds it can make it."""
    for b in range(nb - 1, -1, -1):
        lo, hi = starts[b], starts[b + 1]
        fed = 0.0
        for i in range(lo, hi):
            for j in range(hi, m):
                if t[i, j] != 0.0:
                    fed = max(fed, d[j] * carried(abs(t[i, j]), abs(t[j, j]), abs(t[i, i])))
        fed = math.ldexp(1.0, math.frexp(fed)[1]) if 1e-200 < fed < 1e200 else 1.0
        for i in range(lo, hi):
            d[i] = fed
    for b in range(nb):
        if starts[b + 1] - starts[b] > 1:
            balance(t, d, starts[b], starts[b + 1])
    for i in range(m):
        for j in range(m):
            t[i, j] *= d[j] / d[i]
