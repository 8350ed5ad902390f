"""How large a step each lane tries and whether it counts: text for the model's file, on all lanes at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ketasim.engine.abi import F64
    from ketasim.engine.kernels.slots import (
        CALL,
        COUNT,
        END,
        ERR,
        FAC,
        FAILED,
        FRESH,
        GOAL,
        INF,
        LANDS,
        LANES,
        LOST,
        NEXT,
        QUIET,
        SERVE,
        STUCK,
        TAKE,
        TIRED,
        H,
        T,
        larger,
    )

# --- text of the file starts here ---


def plan(w: F64) -> None:
    """Step size of every lane: as proposed, or to the next stop if that is near."""
    for lane in range(LANES):
        left = w[GOAL * LANES + lane] - w[T * LANES + lane]
        lands = w[NEXT * LANES + lane] >= 0.999 * left
        w[LANDS * LANES + lane] = 1.0 if lands else 0.0
        w[H * LANES + lane] = left if lands else w[NEXT * LANES + lane]


def judge(w: F64, max_steps: float) -> None:
    """Accept or refuse the steps tried, propose the next."""
    for lane in range(LANES):
        err = w[ERR * LANES + lane]
        h = w[H * LANES + lane]
        t = w[T * LANES + lane]
        idle = w[CALL * LANES + lane] < 0.0
        take = (err <= 1.0) & (not idle)
        lands = w[LANDS * LANES + lane] == 1.0
        fails = w[FAILED * LANES + lane]
        bad = not (err < INF)
        fac = w[FAC * LANES + lane]
        fac = 1.0 if (take & (fails > 0.0) & (fac > 1.0)) else fac
        fac = 0.9 if ((not take) & (fac > 0.9)) else fac
        fac = 0.125 if bad else fac
        grown = h * fac
        old = w[NEXT * LANES + lane]
        grown = old if (take & lands & (old > grown)) else grown
        fails = 0.0 if take else fails + 1.0
        count = w[COUNT * LANES + lane] + (1.0 if take else 0.0)
        size = larger(abs(t), 1e-3)
        call = SERVE if (take & lands) else QUIET
        call = TIRED if (count + fails >= max_steps) & (call == QUIET) else call
        call = (LOST if bad else STUCK) if ((not take) & ((grown < 1e-13 * size) | (fails > 200.0))) else call
        w[NEXT * LANES + lane] = 1e-3 if idle else grown
        w[FAILED * LANES + lane] = fails
        w[COUNT * LANES + lane] = count
        w[END * LANES + lane] = w[GOAL * LANES + lane] if lands else t + h
        w[TAKE * LANES + lane] = 1.0 if take else 0.0
        w[FRESH * LANES + lane] = 0.0
        w[CALL * LANES + lane] = -1.0 if idle else call
