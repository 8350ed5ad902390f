"""What the generated part of a file gives to the text of this folder: names for type checkers only.

Workspace `w` is flat: row r of lane lane is `w[r * LANES + lane]`; the constants in capitals are first rows.
"""

from ketasim.engine.abi import F64

LANES: int
NX: int  # states
NY: int  # outputs
ROWS: int  # rows of the workspace
X: int  # states now
X1: int  # states after the step tried
RATE: int  # constant input rates
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
OUT: int  # outputs at SEEN

def aligned_frame() -> None: ...
def bits(x: float) -> int: ...
def from_bits(i: int) -> float: ...
def hoist(p: F64, at: int, w: F64, lane: int) -> None: ...
def initial_values(p: F64, at: int, x: F64) -> None: ...
def step(w: F64, rtol: float, atol: float) -> None: ...
def first_step(w: F64, lane: int, rtol: float, atol: float) -> float: ...
def observe(w: F64) -> None: ...
def observe_now(w: F64, lane: int) -> None: ...
