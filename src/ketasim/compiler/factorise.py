"""Sparse LU without pivoting, decided once: which entries fill in, which products are taken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Factors:
    """Elimination in `order`: pivot k has multipliers for the rows `lower[k]` and entries in the columns `upper[k]`."""

    order: tuple[int, ...]
    lower: dict[int, tuple[int, ...]]
    upper: dict[int, tuple[int, ...]]
    filled: frozenset[tuple[int, int]]

    @property
    def fill_in(self) -> int:
        """Number of entries that the elimination adds."""
        return len(self.filled)


def factorise(pattern: Iterable[tuple[int, int]], order: tuple[int, ...]) -> Factors:
    """Follow the elimination of a matrix with entries at `pattern` and a full diagonal."""
    entries = {(r, c) for r, c in pattern if r != c}
    rank = {k: i for i, k in enumerate(order)}
    lower, upper, filled = {}, {}, set()
    for k in order:
        lower[k] = tuple(i for i in order if rank[i] > rank[k] and (i, k) in entries)
        upper[k] = tuple(j for j in order if rank[j] > rank[k] and (k, j) in entries)
        for i in lower[k]:
            for j in upper[k]:
                if i != j and (i, j) not in entries:
                    entries.add((i, j))
                    filled.add((i, j))
    return Factors(order, lower, upper, frozenset(filled))
