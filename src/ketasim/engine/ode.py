"""A compiled model that integrates its equations step by step, many patients at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ketasim.engine import sound
from ketasim.engine.abi import F64, Batch, Settings, Solution, State
from ketasim.engine.loader import load


@dataclass(frozen=True, slots=True)
class OdeModel:
    """A generated file, the file of the driver, and sizes."""

    path: Path
    driver: Path
    n_states: int
    n_parameters: int
    n_outputs: int

    def initial(self, p: F64) -> F64:
        """Initial states (rows, states) for parameter rows (rows, parameters)."""
        rows = _table(p, self.n_parameters)
        x = np.zeros((len(rows), self.n_states))
        load(self.driver).initial(len(rows), x.ctypes.data, 8 * self.n_states, self._room(rows)[-1])
        return x

    def solve(self, batch: Batch, settings: Settings) -> Solution:
        """Integrate every patient of a batch on the calling thread, without the GIL."""
        kernel, inputs, ends = load(self.driver), self.inputs(batch), self.ends(batch)
        limits = (float(settings.rtol), float(settings.atol), float(settings.max_steps))
        kernel.run(*limits, kernel.Lists(*inputs), kernel.Ends(*ends), kernel.Room(*self._room(inputs[0])))
        return solution(ends)

    def ends(self, batch: Batch) -> tuple[Any, ...]:
        """Arrays for what comes back, in the order of `Ends`: y nan, a status where a patient cannot be run."""
        n, nx = len(batch.t_end), self.n_states
        y, status = np.full((len(batch.out_t), self.n_outputs), np.nan), sound.status(batch, nx)
        steps, row = np.zeros(n, np.int64), np.zeros(n, np.int64)
        return y, status, steps, np.zeros(n), np.zeros((n, nx)), np.zeros((n, nx)), row, np.zeros(n)

    def _room(self, p: F64) -> tuple[Any, ...]:
        """Room to work in, and what the driver must know of the model."""
        module = load(self.path)
        size = module.ROWS * module.LANES
        room = np.zeros(size + 8)
        shift = -(room.ctypes.data // 8) % 8  # rows start at a cache line
        w, at, scratch = room[shift : shift + size], np.full(6 * module.LANES, -1), np.zeros(self.n_states)
        places = (w.ctypes.data, p.ctypes.data, 8 * self.n_parameters, scratch.ctypes.data)
        return w, at, scratch, np.array([self.n_states, self.n_outputs, module.model.address, *places])

    def inputs(self, batch: Batch) -> tuple[Any, ...]:
        """The arrays of a batch in the order of `Lists`: contiguous, of the types of the contract."""
        s = batch.start
        return (
            _table(batch.p, self.n_parameters),
            _flat(batch.p_ptr, np.int64),
            _flat(batch.op_t, np.float64),
            _flat(batch.op_k, np.int8),
            _flat(batch.op_i, np.int32),
            _flat(batch.op_v, np.float64),
            _flat(batch.op_ptr, np.int64),
            _flat(batch.out_t, np.float64),
            _flat(batch.out_after, np.int32),
            _flat(batch.out_ptr, np.int64),
            _flat(batch.t_end, np.float64),
            _flat(s.t, np.float64),
            _table(s.x, self.n_states),
            _table(s.rate, self.n_states),
            _flat(s.row, np.int64),
            _flat(s.h, np.float64),
        )


def solution(ends: tuple[Any, ...]) -> Solution:
    """What came back, from the arrays of `OdeModel.ends`."""
    y, status, steps, *stand = ends
    return Solution(y, status, steps, State(*stand))


def _flat(a: Any, kind: Any) -> Any:
    return _owned(np.ascontiguousarray(a, dtype=kind))


def _table(a: Any, columns: int) -> Any:
    return _owned(np.ascontiguousarray(a, dtype=np.float64).reshape(-1, columns))


def _owned(a: Any) -> Any:
    """A writeable array: read-only views would compile the kernel a second time."""
    return a if a.flags.writeable else a.copy()
