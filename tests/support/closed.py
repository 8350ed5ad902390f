"""Linear models given as matrices, and a slow exact reference that shares nothing with the engine."""

from __future__ import annotations

import numpy as np
from scipy.linalg import expm

from ketasim.compiler import cache
from ketasim.compiler.linear import kernel_text
from ketasim.engine.abi import Batch, Op, Settings, Solution, State
from ketasim.engine.closed import Linear, solve


def whole(n: int, pattern: np.ndarray | None = None) -> Linear:
    """A model whose parameters are its n * n entries, its n constant inputs and its n initial values."""
    keep = np.ones((n, n), bool) if pattern is None else pattern | np.eye(n, dtype=bool)
    row, col = (tuple(int(i) for i in index) for index in np.nonzero(keep))

    def coefficients(p, a, c, start, auxiliary):
        a[:] = p[:, : n * n].reshape(-1, n, n)[:, list(row), list(col)]
        c[:] = p[:, n * n : n * n + n]
        start[:] = p[:, n * n + n :]

    def outputs(x, row, t, p, auxiliary, y):
        y[:] = np.where(row[:, None] < 0, np.nan, x)

    every, kernels = (True,) * n, cache.store(kernel_text(), "closed")
    return Linear(n, n * n + 2 * n, n, 0, row, col, every, every, tuple(range(n)), coefficients, outputs, kernels)


def parameters(a, c=None, start=None) -> np.ndarray:
    n = len(a)
    zero = np.zeros(n)
    return np.concatenate([np.ravel(a), zero if c is None else c, zero if start is None else start])


def patient(p, ops, outs, *, x=None, rate=None, t=0.0, row=0, t_end=None, n=None) -> Batch:
    """One patient: ops as (time, Op, index, value); outs as times, or (time, after)."""
    p = np.atleast_2d(np.asarray(p, float))
    n = n or round((np.sqrt(4 + 4 * p.shape[1]) - 2) / 2)
    outs = [o if isinstance(o, tuple) else (o, sum(op[0] <= o for op in ops)) for o in outs]
    start = State(
        np.array([t], float),
        np.zeros((1, n)) if x is None else np.atleast_2d(np.asarray(x, float)),
        np.zeros((1, n)) if rate is None else np.atleast_2d(np.asarray(rate, float)),
        np.array([row], np.int64),
        np.zeros(1),
    )
    column = list(zip(*ops, strict=True)) if ops else [(), (), (), ()]
    latest = max([t, *column[0], *(o[0] for o in outs)])
    return Batch(
        start, p, np.array([0, len(p)], np.int64),
        np.array(column[0], float), np.array([int(k) for k in column[1]], np.int8),
        np.array(column[2], np.int32), np.array(column[3], float), np.array([0, len(ops)], np.int64),
        np.array([o[0] for o in outs], float), np.array([o[1] for o in outs], np.int32),
        np.array([0, len(outs)], np.int64), np.array([latest if t_end is None else t_end], float),
    )  # fmt: skip


def together(batches: list[Batch]) -> Batch:
    """Several batches as one, in this order."""

    def flat(name):
        return np.concatenate([getattr(b, name) for b in batches])

    def pointer(name):
        counts = np.concatenate([np.diff(getattr(b, name)) for b in batches])
        return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)

    start = State(*(np.concatenate([getattr(b.start, k) for b in batches]) for k in ("t", "x", "rate", "row", "h")))
    return Batch(
        start, flat("p"), pointer("p_ptr"), *(flat(k) for k in ("op_t", "op_k", "op_i", "op_v")), pointer("op_ptr"),
        flat("out_t"), flat("out_after"), pointer("out_ptr"), flat("t_end"),
    )  # fmt: skip


def run(model: Linear, batch: Batch) -> Solution:
    return solve(model, batch, Settings())


def propagated(a, b, x, dt):
    """exp(A dt) x and its forced part, from one matrix exponential of the augmented system.

    The system is mirrored first: scipy's way with triangular matrices loses digits where eigenvalues almost coincide.
    """
    n = len(x)
    big = np.zeros((n + 1, n + 1))
    big[:n, :n], big[:n, n] = a, b
    v = np.arange(1.0, n + 2.0)
    mirror = np.eye(n + 1) - 2.0 * np.outer(v, v) / (v @ v)
    return (mirror @ expm(mirror @ big @ mirror * dt) @ mirror @ np.append(x, 1.0))[:n]


def reference(p, ops, outs, x0=None) -> np.ndarray:
    """States at the output times, step by step with scipy's matrix exponential."""
    p = np.atleast_2d(np.asarray(p, float))
    n = round((np.sqrt(4 + 4 * p.shape[1]) - 2) / 2)
    matrices, constants, starts = p[:, : n * n].reshape(-1, n, n), p[:, n * n : n * n + n], p[:, n * n + n :]
    x = np.zeros(n) if x0 is None else np.array(x0, float)
    t, rate, row, done, result = 0.0, np.zeros(n), 0, 0, []
    outs = [o if isinstance(o, tuple) else (o, sum(op[0] <= o for op in ops)) for o in outs]
    for at, after in outs:
        while done < after:
            when, kind, i, v = ops[done]
            x = propagated(matrices[row], constants[row] + rate, x, when - t)
            t, done = when, done + 1
            if kind == Op.ADD:
                x[i] += v
            elif kind == Op.RATE:
                rate[i] += v
            elif kind == Op.SET:
                x[i] = v
            elif kind == Op.RESET:
                x, rate = starts[row].copy(), np.zeros(n)
            else:
                row = i
        result.append(propagated(matrices[row], constants[row] + rate, x, at - t))
    return np.array(result)
