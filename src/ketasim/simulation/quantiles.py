"""Exact quantiles over people by blocks of time: no sketches, so no answer depends on order or on pieces."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ketasim.engine.abi import F64
from ketasim.errors import RequestError
from ketasim.simulation.kept import BLOCK_BYTES, Kept

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
ROUNDING = 1e-11  # of a number, below which people do not differ


def spread(values: F64, size: float = 0.0) -> float:
    """Standard deviation (n - 1) of values (people,); NaN for fewer than two, 0 where only rounding differs.

    `size` is that of the numbers they were made from, where it is larger.
    """
    if values.size < 2:
        return float("nan")
    sd = float(values.std(ddof=1))
    return sd if sd > ROUNDING * max(size, float(np.abs(values).max())) else 0.0


def checked(levels: Sequence[float]) -> tuple[float, ...]:
    """Levels between 0 and 1, in ascending order, each once."""
    found = sorted({float(level) for level in levels})
    if not found or not all(0.0 <= level <= 1.0 for level in found):
        raise RequestError(f"Quantiles are shares between 0 and 1, such as 0.05, 0.5, 0.95; {list(levels)} came.")
    return tuple(found)


def of(kept: Kept, outputs: int, times: int, levels: Sequence[float], workers: int = 1) -> F64:
    """Quantiles (outputs, times, levels) over the people who were solved; NaN where nobody was."""
    wide = max(1, min(int(BLOCK_BYTES // (8 * kept.n)), -(-times // max(1, workers))))
    work = [(o, t, min(t + wide, times)) for o in range(outputs) for t in range(0, times, wide)]
    out = np.full((outputs, times, len(levels)), np.nan)

    def one(at: tuple[int, int, int]) -> None:
        output, first, last = at
        out[output, first:last] = along_people(kept.block(output, first, last), levels)

    with ThreadPoolExecutor(max(1, workers)) as pool:
        for _ in pool.map(one, work):
            pass
    return out


def of_output(kept: Kept, output: int, times: int, levels: Sequence[float]) -> F64:
    """Quantiles (times, levels) of one output."""
    wide = max(1, int(BLOCK_BYTES // (8 * kept.n)))
    blocks = (kept.block(output, t, min(t + wide, times)) for t in range(0, times, wide))
    return np.concatenate([along_people(block, levels) for block in blocks])


def along_people(values: F64, levels: Sequence[float]) -> F64:
    """Quantiles (rows, levels) of values (rows, people), linear between order statistics; NaN is left out."""
    ordered = np.sort(values, axis=1)  # NaN go last
    count = np.sum(~np.isnan(ordered), axis=1)
    rows = np.arange(values.shape[0])
    out = np.full((values.shape[0], len(levels)), np.nan)
    for k, level in enumerate(levels):
        at = level * np.maximum(count - 1, 0)
        low = np.floor(at).astype(np.int64)
        high = np.minimum(low + 1, np.maximum(count - 1, 0))
        a, b = ordered[rows, low], ordered[rows, high]
        out[:, k] = np.where(count > 0, a + (at - low) * (b - a), np.nan)
    return out
