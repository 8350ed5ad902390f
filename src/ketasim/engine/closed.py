"""The closed-form path: batches of patients of a linear model, solved exactly between operations.

The model comes as numbers and two functions: `coefficients` turns parameter rows into the entries of A, the constant
input c, the initial state and auxiliary values; `outputs` turns states into outputs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np

from ketasim.engine import sound
from ketasim.engine.abi import F64, I8, I32, Batch, Settings, Solution, State
from ketasim.engine.loader import load

BLOCK = 256  # patients whose states are kept before their outputs are written: what fits the cache


@dataclass(frozen=True)
class Linear:
    """x' = A(p) x + c(p) + rates as numbers and functions; `row` and `col` place the entries of A."""

    n_states: int
    n_parameters: int
    n_outputs: int
    n_auxiliary: int
    row: tuple[int, ...]
    col: tuple[int, ...]
    constant: tuple[bool, ...]  # whether c of a state may be other than 0
    starts: tuple[bool, ...]  # whether the initial value of a state may be other than 0
    needed: tuple[int, ...]  # states that outputs read
    coefficients: Callable[[F64, F64, F64, F64, F64], None]  # (p, a, c, initial, auxiliary), rows first
    outputs: Callable[..., None]  # (x, row, t, p, auxiliary, y); row -1 gives NaN
    kernels: Path  # `closed_schur`, `_modes`, `_steps` and `_run` as one file


@dataclass(frozen=True, slots=True)
class ClosedModel:
    """A generated file of coefficients and outputs, and the file of the kernels."""

    path: Path
    kernels: Path

    def initial(self, p: F64) -> F64:
        """Initial states (rows, states) for parameter rows (rows, parameters)."""
        return initial(_read(self), p)

    def solve(self, batch: Batch, settings: Settings) -> Solution:
        """Solve every patient of a batch on the calling thread, without the GIL."""
        return solve(_read(self), batch, settings)


@cache
def _read(files: ClosedModel) -> Linear:
    module = load(files.path)
    numbers = (module.N_STATES, module.N_PARAMETERS, module.N_OUTPUTS, module.N_AUXILIARY)
    tables = (module.ROW, module.COL, module.CONSTANT, module.STARTS, module.NEEDED)
    return Linear(*numbers, *tables, module.coefficients, module.outputs, files.kernels)


def blocks(n: int, row: tuple[int, ...], col: tuple[int, ...]) -> tuple[I32, I32, I8]:
    """States in order (downstream first), block of each state, and which block feeds which.

    Blocks are the strongly connected components of the graph with an edge from `col` to `row`.
    """
    feeds = np.eye(n, dtype=bool)
    feeds[list(col), list(row)] = True
    for k in range(n):
        feeds |= np.outer(feeds[:, k], feeds[k])
    first = np.argmax(feeds & feeds.T, axis=1)
    heads = np.unique(first)
    # what reaches fewer heads lies further downstream
    heads = heads[np.argsort(feeds[np.ix_(heads, heads)].sum(axis=1), kind="stable")]
    position = {int(head): i for i, head in enumerate(heads)}
    block = np.array([position[int(head)] for head in first], np.int32)
    order = np.argsort(block, kind="stable").astype(np.int32)
    return order, block, feeds[np.ix_(heads, heads)].astype(np.int8)


@cache
def _net(linear: Linear) -> Any:
    row, col = np.array(linear.row, np.int32), np.array(linear.col, np.int32)
    order, block, reach = blocks(linear.n_states, linear.row, linear.col)
    flags = (np.array(linear.constant, np.int8), np.array(linear.starts, np.int8))
    return load(linear.kernels).Net(row, col, order, block, reach, *flags, np.array(linear.needed, np.int32))


def initial(model: Linear, p: F64) -> F64:
    """Initial states (rows, states) of parameter rows."""
    return _coefficients(model, _f64(p))[2]


def solve(model: Linear, batch: Batch, settings: Settings) -> Solution:
    """Run a batch. Bits of a patient's results depend on nothing but this patient's own numbers."""
    del settings  # exact: no tolerance to keep
    n, s = batch.t_end.size, model.n_states
    y = np.full((batch.out_t.size, model.n_outputs), np.nan)
    status = sound.status(batch, s)
    nothing = np.full((n, s), np.nan)
    end = State(np.full(n, np.nan), nothing, nothing.copy(), np.zeros(n, np.int64), np.zeros(n))
    for first in range(0, n, BLOCK):
        _solve_block(model, batch, first, min(n, first + BLOCK), y, status, end)
    return Solution(y, status, np.zeros(n, np.int64), end)


def _solve_block(model: Linear, batch: Batch, k0: int, k1: int, y: F64, status: I8, end: State) -> None:
    rows = slice(batch.p_ptr[k0], batch.p_ptr[k1])
    ops = slice(batch.op_ptr[k0], batch.op_ptr[k1])
    outs = slice(batch.out_ptr[k0], batch.out_ptr[k1])
    who = slice(k0, k1)
    p, out_t = _f64(batch.p[rows]).reshape(-1, model.n_parameters), _f64(batch.out_t[outs])
    a, c, start, auxiliary = _coefficients(model, p)
    old = batch.start
    kernels = load(model.kernels)
    lists = kernels.Lists(
        _f64(old.t[who]), _f64(old.x[who]), _f64(old.rate[who]), _of(old.row[who], np.int64),
        p, _pointer(batch.p_ptr, k0, k1), _f64(batch.op_t[ops]), _of(batch.op_k[ops], np.int8),
        _of(batch.op_i[ops], np.int32), _f64(batch.op_v[ops]), _pointer(batch.op_ptr, k0, k1),
        out_t, _of(batch.out_after[outs], np.int32), _pointer(batch.out_ptr, k0, k1), _f64(batch.t_end[who]),
        a, c, start,
    )  # fmt: skip
    x = np.full((out_t.size, len(model.needed)), np.nan)
    out_row = np.full(out_t.size, -1, np.int64)
    ends = kernels.Ends(x, out_row, status[who], end.t[who], end.x[who], end.rate[who], end.row[who])
    kernels.run(0, k1 - k0, _net(model), lists, ends, kernels.room(_net(model)))
    model.outputs(x, out_row, out_t, p, auxiliary, y[outs])
    kernels.check(y[outs], out_row, lists.out_ptr, status[who])


def _coefficients(model: Linear, p: F64) -> tuple[F64, F64, F64, F64]:
    rows = p.shape[0]
    widths = (len(model.row), model.n_states, model.n_states, model.n_auxiliary)
    a, c, start, auxiliary = (np.zeros((rows, width)) for width in widths)
    model.coefficients(p, a, c, start, auxiliary)
    return a, c, start, auxiliary


def _pointer(pointer: Any, k0: int, k1: int) -> Any:
    return _of(pointer[k0 : k1 + 1] - pointer[k0], np.int64)


def _f64(values: Any) -> F64:
    return cast(F64, _of(values, np.float64))


def _of(values: Any, kind: Any) -> Any:
    """A contiguous, writeable array: read-only views would compile the kernels a second time."""
    array = np.ascontiguousarray(values, kind)
    return array if array.flags.writeable else array.copy()
