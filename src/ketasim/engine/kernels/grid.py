"""The loop of one CUDA thread: it takes one patient after the other, so that no result depends on how many threads are.

Text for files for CUDA, behind a model's functions and `seats`. Threads stand in groups of LANES, each with a slice of
the workspace; the threads of a group read neighbouring numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numba import cuda

    from ketasim.engine.kernels.seats import (
        BAD,
        FIRST_STEP,
        HOIST,
        INITIAL,
        OBSERVE,
        OBSERVE_NOW,
        Ends,
        Lists,
        Room,
        refuse,
        rest,
        seat,
        serve,
        write_out,
    )
    from ketasim.engine.kernels.slots import (
        CALL,
        END,
        INF,
        LANES,
        LOST,
        OUTPUTS,
        SEEN,
        STATES,
        TAKE,
        advance,
        first_step,
        hoist,
        initial_values,
        judge,
        observe,
        observe_now,
        plan,
        step,
    )

# --- text of the file starts here ---

P = 2  # place in `of`, behind the sizes: parameter rows


def ask(part: int, lane: int, row: int, one: float, two: float, room: Room) -> float:
    """Let the model do its part for one patient, with a parameter row."""
    if part == HOIST:
        hoist(room.of[P][row], room.w, lane)
    elif part == INITIAL:
        initial_values(room.of[P][row], room.x)
    elif part == OBSERVE:
        observe(room.w, lane)
    elif part == OBSERVE_NOW:
        observe_now(room.w, lane)
    elif part == FIRST_STEP:
        return first_step(room.w, lane, one, two)
    return 0.0


def look(lane: int, lists: Lists, ends: Ends, room: Room) -> None:
    """Write the outputs that lie within the step just accepted."""
    w = room.w
    while w[TAKE * LANES + lane] == 1.0 and w[SEEN * LANES + lane] <= w[END * LANES + lane]:
        ask(OBSERVE, lane, 0, 0.0, 0.0, room)
        if not write_out(lane, lists, ends, room):
            w[CALL * LANES + lane] = LOST
            w[SEEN * LANES + lane] = INF


def entered(k: int, lane: int, lists: Lists, ends: Ends, room: Room) -> None:
    """Give the lane patient k, unless it cannot be run."""
    if ends.status[k] == BAD:
        refuse(k, lists, ends)
    else:
        seat(k, lane, lists, room)


def run(rtol: float, atol: float, max_steps: float, lists: Lists, ends: Ends, room: Room) -> None:
    """Run all patients of a batch; `y` comes filled with nan, `status` with BAD for those who cannot be run.

    Room: w (groups, rows * LANES), at (groups, 6 * LANES), x (threads, states).
    """
    k, lane = cuda.grid(1), cuda.grid(1) % LANES
    w = room.w[k // LANES]
    mine = Room(w, room.at[k // LANES], room.x[k], (STATES, OUTPUTS, lists.p))
    rest(lane, mine)
    while True:
        while w[CALL * LANES + lane] > 0.0 or (w[CALL * LANES + lane] < 0.0 and k < len(lists.t_end)):
            if w[CALL * LANES + lane] > 0.0:
                serve(lane, rtol, atol, lists, ends, mine)
            else:
                entered(k, lane, lists, ends, mine)
                k += cuda.gridsize(1)
        if w[CALL * LANES + lane] < 0.0:
            return
        plan(w, lane)
        step(w, lane, rtol, atol)
        judge(w, lane, max_steps)
        look(lane, lists, ends, mine)
        advance(w, lane)
