"""The order in which states are eliminated: least fill first, sinks before sources."""

from __future__ import annotations

from collections.abc import Iterable


def elimination_order(pattern: Iterable[tuple[int, int]], n: int) -> tuple[int, ...]:
    """Markowitz order of n diagonal pivots for a matrix with entries at `pattern` (the diagonal is always there).

    Among equal costs (rows - 1)(columns - 1) the shortest column goes first: a state on which nothing else depends
    needs no multiplier at all. No pivoting is needed: the diagonal carries 1/gamma.
    """
    rows: dict[int, set[int]] = {i: set() for i in range(n)}
    columns: dict[int, set[int]] = {i: set() for i in range(n)}
    for r, c in pattern:
        if r != c:
            rows[r].add(c)
            columns[c].add(r)
    left, order = set(range(n)), []
    while left:
        k = min(left, key=lambda i: (len(rows[i]) * len(columns[i]), len(columns[i]), i))
        order.append(k)
        left.remove(k)
        for i in columns[k]:
            rows[i].discard(k)
            rows[i] |= rows[k] - {i}
        for j in rows[k]:
            columns[j].discard(k)
            columns[j] |= columns[k] - {j}
    return tuple(order)
