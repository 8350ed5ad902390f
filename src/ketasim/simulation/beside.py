"""Predictions beside published numbers: median and 5 to 95 % of the people, and the fold error of the median."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ketasim.engine.abi import F64

LEVELS = (0.05, 0.5, 0.95)


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """k published numbers and what the model says of each; shapes (k,), in the unit of the output.

    `median`, `low` and `high` are over people who finished (NaN where none did); `fold` is the fold error, at least 1.
    """

    label: str
    unit: str
    at: tuple[str, ...]
    observed: F64
    median: F64
    low: F64
    high: F64
    fold: F64

    def share_within(self, limit: float) -> float:
        """Share of the numbers whose fold error is at most `limit`."""
        return float(np.mean(self.fold <= limit)) if self.fold.size else float("nan")

    @property
    def share_inside(self) -> float:
        """Share of the numbers that lie inside the 5 to 95 % band."""
        inside = (self.low <= self.observed) & (self.observed <= self.high)
        return float(np.mean(inside)) if inside.size else float("nan")


def fold_error(predicted: ArrayLike, observed: ArrayLike) -> F64:
    """max(predicted / observed, observed / predicted); infinite where either is not above 0, NaN where unknown."""
    p, o = np.broadcast_arrays(np.asarray(predicted, np.float64), np.asarray(observed, np.float64))
    fold = np.full(p.shape, np.inf)
    both = (p > 0) & (o > 0)
    fold[both] = np.maximum(p[both] / o[both], o[both] / p[both])
    fold[np.isnan(p) | np.isnan(o)] = np.nan
    return fold


def beside(label: str, unit: str, at: Sequence[str], observed: ArrayLike, predicted: ArrayLike) -> Beside:
    """Lay `predicted` (people, k) beside `observed` (k,); `at` says what each number is ("1 h", "Cmax 28 mg")."""
    people, numbers = np.atleast_2d(np.asarray(predicted, np.float64)), np.atleast_1d(np.asarray(observed, np.float64))
    if people.shape[1] != numbers.size or len(at) != numbers.size:
        raise ValueError(f"{label}: {numbers.size} published numbers, {people.shape[1]} predicted, {len(at)} names.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a column in which nobody finished is NaN
        low, median, high = np.nanquantile(people, LEVELS, axis=0)
    return Beside(label, unit, tuple(at), numbers, median, low, high, fold_error(median, numbers))


def joined(parts: Sequence[Beside]) -> Beside:
    """Several comparisons as one, to take shares over all of them; units and labels are those of the first."""
    columns = ("observed", "median", "low", "high", "fold")
    arrays = [np.concatenate([getattr(part, name) for part in parts]) for name in columns]
    return Beside(parts[0].label, parts[0].unit, tuple(at for part in parts for at in part.at), *arrays)
