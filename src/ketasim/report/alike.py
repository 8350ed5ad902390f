"""Rows of a table that would read alike are told apart by what they differ in: analysis, statistic, phase."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

Cells = tuple[object, ...]


def told_apart(rows: Sequence[Cells], more: Sequence[Sequence[str]], key: Sequence[int], at: int) -> list[Cells]:
    """The rows, in their order; where several agree in the cells `key`, cell `at` says what tells them apart.

    `more` holds for each row further facts, the most telling first; the first ones that are enough are added.
    """
    names = [tuple(row[k] for k in key) for row in rows]
    made = []
    for row, name, own in zip(rows, names, more, strict=True):
        same = [other for other, its in zip(more, names, strict=True) if its == name]
        added = ", ".join(fact for fact in _needed(own, same) if fact)
        made.append((*row[:at], f"{row[at]}, {added}", *row[at + 1 :]) if added else row)
    return made


def _needed(own: Sequence[str], same: Sequence[Sequence[str]]) -> list[str]:
    """Those facts of a row by which rows of one name differ, until each has its own."""
    chosen: list[int] = []
    for k in range(len(own)):
        seen = Counter(tuple(facts[j] for j in chosen) for facts in same)
        if max(seen.values()) == 1:
            break
        if len({facts[k] for facts in same}) > 1:
            chosen.append(k)
    return [own[k] for k in chosen]
