"""Published links between depression scales, as monotone piecewise-linear curves through the printed anchors.

==========================  =========================================================================
QIDS-SR16 → HAM-D17          item-response link, every score printed (ranges taken at their middle)
HAM-D17 → MADRS              equipercentile link, four printed totals, joined to the ends of both scales
QIDS-SR16 → MADRS            item-response link, bounds of the severity bands
changes HAM-D17 → MADRS      equipercentile link of improvement, three printed points through (0, 0)
changes PHQ-9 → MADRS        the changes that go with one and two points of clinical global severity
==========================  =========================================================================

Between anchors nothing is known but that the link rises. Anchors are facts (`link.…`); a change is a fall, positive.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ketasim.errors import UnknownName
from ketasim.evidence import store
from ketasim.measurement.scale import scale

Floats = NDArray[np.float64]
Kind = Literal["score", "change"]
# from, to -> the fact that holds the anchors as (x, y, x, y, …)
_SCORES = {
    ("QIDS-SR16", "HAM-D17"): "link.qids_hamd17",
    ("HAM-D17", "MADRS"): "link.hamd17_madrs",
    ("QIDS-SR16", "MADRS"): "link.qids_madrs",
}
_CHANGES = {
    ("HAM-D17", "MADRS"): "link.hamd17_madrs_change",
    ("PHQ-9", "MADRS"): "link.phq9_madrs_change",
}


@dataclass(frozen=True, slots=True)
class Link:
    """A published link between two scales, in either direction: of scores or of changes, and the fact that holds it."""

    kind: Kind
    fact: str

    @property
    def citation(self) -> tuple[str, ...]:
        """Keys of the papers that printed it."""
        return store.fact(self.fact).citation


@lru_cache(maxsize=16)
def curve(source: str, target: str, kind: Kind = "score") -> tuple[Floats, Floats]:
    """The anchors (x, y) of a link, both strictly rising, ends of the scales included.

    UnknownName if no link between the two scales has been published here, in either direction.
    """
    known = _SCORES if kind == "score" else _CHANGES
    if (source, target) in known:
        flat = np.asarray(store.fact(known[source, target]).value, dtype=np.float64)
        x, y = flat[0::2], flat[1::2]
        ends = (scale(source).high - scale(source).low, scale(target).high - scale(target).low)
        if x[0] > 0:
            x, y = np.insert(x, 0, 0.0), np.insert(y, 0, 0.0)
        if x[-1] < ends[0] and y[-1] < ends[1]:
            x, y = np.append(x, ends[0]), np.append(y, ends[1])
        return x, y
    if (target, source) in known:
        y, x = curve(target, source, kind)
        return x, y
    raise UnknownName(f"{kind} link", f"{source} to {target}", (f"{a} to {b}" for a, b in known))


def convert(score: ArrayLike, source: str, target: str) -> Floats:
    """Scores on `source` as scores on `target`; any shape, points; outside the anchors the end values hold."""
    if source == target:
        return np.asarray(score, dtype=np.float64)
    x, y = curve(source, target)
    return np.asarray(np.interp(np.asarray(score, dtype=np.float64), x, y))


def convert_change(change: ArrayLike, source: str, target: str) -> Floats:
    """Changes from baseline on `source` as changes on `target`; sign kept (a fall is negative), any shape, points."""
    if source == target:
        return np.asarray(change, dtype=np.float64)
    x, y = curve(source, target, "change")
    size = np.asarray(change, dtype=np.float64)
    return np.asarray(np.sign(size) * np.interp(np.abs(size), x, y))


def links() -> tuple[tuple[str, str, str, str], ...]:
    """Every link: from, to, "score" or "change", and the fact that holds it."""
    scores = [(a, b, "score", f) for (a, b), f in _SCORES.items()]
    return tuple(scores + [(a, b, "change", f) for (a, b), f in _CHANGES.items()])


def between(one: str, other: str) -> tuple[Link, ...]:
    """The direct links between two scales: of scores, of changes, of both, or none."""
    both: tuple[tuple[Kind, dict[tuple[str, str], str]], ...] = (("score", _SCORES), ("change", _CHANGES))
    return tuple(Link(kind, f) for kind, known in both for (a, b), f in known.items() if {a, b} == {one, other})


def linked_to(name: str) -> tuple[str, ...]:
    """The scales that have a direct link with this one."""
    return tuple(dict.fromkeys(end for row in links() if name in row[:2] for end in row[:2] if end != name))
