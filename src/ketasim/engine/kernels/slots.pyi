"""What the generated part of a file gives to the text of this folder: names for type checkers only.

STATES and OUTPUTS are counts of one model, in its file for CUDA only.

Workspace `w` is flat: row r of lane lane is `w[r * LANES + lane]`; the constants in capitals are first rows. After row
X come the states now, the states after the step tried, the constant input rates, the outputs, and what only the model
knows.
"""

from collections.abc import Sequence
from typing import Any

FLAGS: Sequence[str]  # what the compiler may do to floating-point arithmetic
LANES: int
STATES: int
OUTPUTS: int
INF: float
T: int  # time at the start of the step
H: int  # size of the step tried
END: int  # time at its end
GOAL: int  # next stop: an operation or the end
STOP: int  # the end
NEXT: int  # step size proposed
ERR: int  # error of the step tried, 1 is the tolerance
FAC: int  # factor to the next step size
TAKE: int  # 1 where the step is accepted
LANDS: int  # 1 where it ends at the next stop
FAILED: int  # refusals since the last accepted step
COUNT: int  # accepted steps
FRESH: int  # 1 where something has jumped
CALL: int  # why the lane asks for attention, -1 without a patient
SEEN: int  # time of the next output
X: int  # states now
QUIET: float  # the reasons
SERVE: float
TIRED: float
LOST: float
STUCK: float

def bits(x: float) -> int: ...
def from_bits(i: int) -> float: ...
def larger(a: float, b: float) -> float: ...
def jump(model: int, part: int, w: int, lane: int, p: int, x: int, one: float, two: float) -> float: ...
def ask(part: int, lane: int, row: int, one: float, two: float, room: Any) -> float: ...

# a model's functions for one patient
def hoist(p: Any, w: Any, lane: int) -> None: ...
def initial_values(p: Any, x: Any) -> None: ...
def plan(w: Any, lane: int) -> None: ...
def step(w: Any, lane: int, rtol: float, atol: float) -> None: ...
def judge(w: Any, lane: int, max_steps: float) -> None: ...
def advance(w: Any, lane: int) -> None: ...
def observe(w: Any, lane: int) -> None: ...
def observe_now(w: Any, lane: int) -> None: ...
def first_step(w: Any, lane: int, rtol: float, atol: float) -> float: ...
