"""The contract between generated code and hand-written code: names, order, shapes, slots.

A *patient* is a row. Each patient has parameter rows (one per interval or occasion), a list of *operations* that
act at a time (doses, resets, changes of parameter row) and a list of output times. All ragged lists are stored
flat, in patient order, with offsets ``*_ptr`` of length n + 1, so that patient k owns ``ptr[k]:ptr[k + 1]``.

Operations act in the order in which they stand; their times do not decrease. An output row belongs after the first
``out_after`` operations of its patient: whether an observation at the time of a dose comes before or after that dose
is thus decided by whoever writes the lists, never by the engine. ``out_t`` lies between the times of the operations
around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
I8 = NDArray[np.int8]


class Op(IntEnum):
    """What an operation does to a patient; `op_i` and `op_v` are its index and its value."""

    ADD = 0  # state[i] += v (a bolus, or its absorbed part)
    RATE = 1  # input rate of state[i] += v per hour (an infusion starts with +v and ends with -v)
    SET = 2  # state[i] = v
    RESET = 3  # all states to their initial values at the current parameter row, all rates to 0
    ROW = 4  # from now on parameter row i of this patient (0-based within the patient)


class Status(IntEnum):
    """How a patient's run ended."""

    FINISHED = 0
    STEP_LIMIT = 1  # more steps than allowed
    NON_FINITE = 2  # a state or an output became NaN or infinite
    TOLERANCE = 3  # the step size fell below rounding before the tolerance was met
    BAD_PARAMETER = 4  # a parameter, the start or an operation cannot be used (`engine.sound`)
    NOT_RUN = 5


STATUS_TEXT = {
    Status.FINISHED: "finished",
    Status.STEP_LIMIT: "more steps than allowed; raise max_steps or loosen the tolerance",
    Status.NON_FINITE: "a state or an output is not finite; look at the parameters of this patient",
    Status.TOLERANCE: "the tolerance cannot be met; loosen it or look at the parameters of this patient",
    Status.BAD_PARAMETER: "a parameter, a dose or an initial value is not finite",
    Status.NOT_RUN: "not run",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """Tolerances and limits of one run. Times are hours."""

    rtol: float = 1e-6
    atol: float = 1e-8
    max_steps: int = 1_000_000
    method: str = "auto"  # "closed"; "ode"; "cuda": steps on a CUDA device; "auto": closed if linear and not large


@dataclass(frozen=True, slots=True)
class State:
    """Where patients stand: all that is needed to go on. Shapes: t (n,), x (n, states), rate (n, states), row (n,)."""

    t: F64
    x: F64
    rate: F64
    row: I64  # current parameter row, 0-based within the patient
    h: F64  # last step size, 0 where the engine shall choose


@dataclass(frozen=True, slots=True)
class Batch:
    """What the engine is given: n patients, numbers only. Times in hours, ascending within a patient."""

    start: State
    p: F64  # (rows, parameters)
    p_ptr: I64  # (n + 1,)
    op_t: F64
    op_k: I8  # an Op
    op_i: I32
    op_v: F64
    op_ptr: I64  # (n + 1,)
    out_t: F64
    out_after: I32  # number of this patient's operations that act before this output
    out_ptr: I64  # (n + 1,)
    t_end: F64  # (n,) integrate to here even if no output or operation is left (for stop and resume)


@dataclass(frozen=True, slots=True)
class Solution:
    """What comes back: y (output rows, outputs) in the order of `out_t`, NaN where not solved."""

    y: F64
    status: I8  # (n,)
    steps: I64  # (n,) accepted steps, 0 on the closed form
    end: State


class CompiledModel(Protocol):
    """A model ready to run. Parameters, states and outputs are positions; names live with whoever compiled it."""

    @property
    def n_states(self) -> int:
        """Number of states."""

    @property
    def n_parameters(self) -> int:
        """Number of parameters in a row."""

    @property
    def n_outputs(self) -> int:
        """Number of outputs."""

    @property
    def linear(self) -> bool:
        """Whether the states follow x' = A(p) x + c(p) + rates, so that the closed form applies."""

    def initial(self, p: F64) -> F64:
        """Initial states (rows, states) for parameter rows (rows, parameters)."""

    def solve(self, batch: Batch, settings: Settings) -> Solution:
        """Run a batch on the calling thread, without the GIL."""
