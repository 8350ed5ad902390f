"""The loop over lanes: who is in which lane, when to stop, whether a step is taken, what comes out.

A finished lane takes the next patient. Lanes share nothing but the loop, so that no result depends on the company. The
driver is the same for all models and is compiled once: what it must know of a model stands in `of`, and the model is
called by its address. The text below the mark goes into a file of its own, behind that of `seats`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ketasim.engine.abi import F64, I64
    from ketasim.engine.kernels.seats import (
        ADVANCE,
        BAD,
        INITIAL,
        JUDGE,
        OBSERVE,
        PLAN,
        STEP,
        Ends,
        Lists,
        Room,
        refuse,
        rest,
        seat,
        serve,
        write_out,
    )
    from ketasim.engine.kernels.slots import CALL, END, INF, LANES, LOST, SEEN, TAKE, jump

# --- text of the file starts here ---

MODEL, W, P, P_STRIDE, SCRATCH = 2, 3, 4, 5, 6  # places in `of`, behind the sizes: addresses


def ask(part: int, lane: int, row: int, one: float, two: float, room: Room) -> float:
    """Let the model do its part, for one lane or all, with a parameter row."""
    of = room.of
    return jump(of[MODEL], part, of[W], lane, of[P] + of[P_STRIDE] * row, of[SCRATCH], one, two)


def initial(rows: int, x: int, x_stride: int, of: I64) -> None:
    """Initial states of many parameter rows, at address x."""
    for r in range(rows):
        jump(of[MODEL], INITIAL, of[W], 0, of[P] + of[P_STRIDE] * r, x + x_stride * r, 0.0, 0.0)


def due(w: F64) -> int:
    """How many lanes have outputs within the step just accepted."""
    count = 0
    for lane in range(LANES):
        took = w[TAKE * LANES + lane] == 1.0
        count += 1 if took & (w[SEEN * LANES + lane] <= w[END * LANES + lane]) else 0
    return count


def asking(w: F64) -> int:
    """How many lanes ask for attention."""
    count = 0
    for lane in range(LANES):
        count += 1 if w[CALL * LANES + lane] > 0.0 else 0
    return count


def look(lists: Lists, ends: Ends, room: Room) -> None:
    """Write the outputs that lie within the steps just accepted, all lanes together, round by round."""
    w = room.w
    while due(w) > 0:
        ask(OBSERVE, 0, 0, 0.0, 0.0, room)
        for lane in range(LANES):
            took = w[TAKE * LANES + lane] == 1.0 and w[SEEN * LANES + lane] <= w[END * LANES + lane]
            if took and not write_out(lane, lists, ends, room):
                w[CALL * LANES + lane] = LOST
                w[SEEN * LANES + lane] = INF


def run(rtol: float, atol: float, max_steps: float, lists: Lists, ends: Ends, room: Room) -> None:
    """Run all patients of a batch; `y` comes filled with nan, `status` with BAD for those who cannot be run."""
    w = room.w
    n, waiting, busy, calls = len(lists.t_end), 0, 0, 1
    for lane in range(LANES):
        rest(lane, room)
    while True:
        if calls > 0 or waiting < n:
            for lane in range(LANES):
                while w[CALL * LANES + lane] > 0.0 or (w[CALL * LANES + lane] < 0.0 and waiting < n):
                    if w[CALL * LANES + lane] > 0.0:
                        busy -= 0 if serve(lane, rtol, atol, lists, ends, room) else 1
                        continue
                    waiting += 1
                    if ends.status[waiting - 1] == BAD:
                        refuse(waiting - 1, lists, ends)
                    else:
                        seat(waiting - 1, lane, lists, room)
                        busy += 1
        if busy == 0:
            return
        ask(PLAN, 0, 0, 0.0, 0.0, room)
        ask(STEP, 0, 0, rtol, atol, room)
        ask(JUDGE, 0, 0, max_steps, 0.0, room)
        look(lists, ends, room)
        ask(ADVANCE, 0, 0, 0.0, 0.0, room)
        calls = asking(w)
