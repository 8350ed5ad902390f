"""How well a number is known: the SD of its logarithm, from its printed spread or, where none is printed, its grade.

By grade is our convention: 10 % for a number read in the paper, 50 % for an assumed one. A definition is exact.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Final

from ketasim.evidence.fact import Fact, Spread

BY_GRADE: Final = {"A": 0.10, "B": 0.15, "C": 0.25, "D": 0.50}
EXACT: Final = ("definition", "molar mass")  # meanings of numbers that nobody doubts
_COVERS: Final = {"ci90": 0.90, "ci95": 0.95}


def sd_log(fact: Fact) -> float:
    """SD of the log of a scalar fact: its printed spread of the estimate, else what goes with its grade.

    0 for a number that is exact or has no logarithm to move (0 itself).
    """
    if fact.meaning in EXACT or fact.number == 0.0:
        return 0.0
    for spread in fact.spread:
        if spread.of == "estimate" and (found := _printed(spread, fact)) is not None:
            return found
    return BY_GRADE.get(fact.grade, BY_GRADE["D"])


def _printed(spread: Spread, fact: Fact) -> float | None:
    if isinstance(spread.value, tuple):
        low, high = spread.value
        if spread.kind not in _COVERS or low <= 0.0:
            return None
        return math.log(high / low) / (2.0 * NormalDist().inv_cdf(0.5 + _COVERS[spread.kind] / 2.0))
    size = {"se": spread.value / abs(fact.number), "rse_percent": spread.value / 100.0, "sd_log": spread.value}
    return size.get(spread.kind)
