"""Who of a batch can be run at all: looked at once, for both paths, before any kernel starts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ketasim.engine.abi import I8, Batch, Op, Status


def status(batch: Batch, n_states: int) -> I8:
    """NOT_RUN (patients,), but BAD_PARAMETER where a patient's own numbers cannot be used.

    That is: a parameter, the start or an operation is not finite, an index points nowhere, or times go back.
    """
    rows, start = np.diff(batch.p_ptr), batch.start
    good = (start.row >= 0) & (start.row < rows) & np.isfinite(start.t)
    good &= np.isfinite(start.x).all(axis=1) & np.isfinite(start.rate).all(axis=1)
    good[_owners(batch.p_ptr)[~np.isfinite(batch.p).all(axis=1)]] = False
    who, first = _owners(batch.op_ptr), batch.op_ptr[:-1][np.diff(batch.op_ptr) > 0]
    good[who[~_operations(batch, who, first, np.where(batch.op_k == Op.ROW, rows[who], n_states))]] = False
    return np.where(good, Status.NOT_RUN, Status.BAD_PARAMETER).astype(np.int8)


def _operations(batch: Batch, who: NDArray[np.int64], first: NDArray[np.int64], limit: NDArray[np.int64]) -> np.ndarray:
    """Whether each operation can be done; `first` are the patients' first ones, `limit` bounds each index."""
    kind, before = batch.op_k, np.roll(batch.op_t, 1)
    before[first] = batch.start.t[who[first]]
    good = (kind >= 0) & (kind <= Op.ROW) & np.isfinite(batch.op_t) & (batch.op_t >= before)
    good &= (kind == Op.RESET) | ((batch.op_i >= 0) & (batch.op_i < limit))
    return np.asarray(good & ((kind >= Op.RESET) | np.isfinite(batch.op_v)))


def _owners(pointer: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.repeat(np.arange(pointer.size - 1), np.diff(pointer))
