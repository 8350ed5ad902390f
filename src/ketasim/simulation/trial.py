"""What a trial of the size simulated would find: an interval that holds all that is known to vary, not people alone.

    variance = that of the number + Σ over arms (Var(people) + mean variance from visit to visit and by relapse) / n

The number varies with facts, calibration, trials and the n people simulated; the trial has n others of its own.
Of a difference each arm has n people of its own, where the difference simulated is of the same people. Normal, cut off
where no share can lie; to first order (`leaning`). What the structure of the model may have wrong is not in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ketasim.simulation.headlines import Headline

NINE_IN_TEN: Final = 1.6448536269514722  # SDs to either side that hold 90 % of a normal distribution

FEWEST: Final = 10  # of fewer, how people differ is not known well enough
ANYWHERE: Final = (-np.inf, np.inf)


@dataclass(frozen=True, slots=True)
class Trial:
    """Between what 9 in 10 trials of `n` people in each arm would find a number, and its SD over trials.

    In the unit of the number (points; a share as 0 to 1); NaN where no trial is told, of fewer than `FEWEST` people.
    """

    n: int
    low: float
    high: float
    sd: float

    @property
    def told(self) -> bool:
        """Whether there is such a trial."""
        return bool(np.isfinite(self.sd))


NONE: Final = Trial(0, float("nan"), float("nan"), float("nan"))


def of_arm(one: Headline, own: float) -> Trial:
    """A mean or a share; `own` is the variance of the number itself."""
    n, chance = _chance(one)
    return _around(n, one.value, own + chance, (0.0, 1.0) if one.unit == "1" else ANYWHERE)


def of_two(this: Headline, base: Headline, value: float, own: float) -> Trial:
    """A difference `value` between two means or shares, n people of its own in each arm."""
    (n, chance), (_, other) = _chance(this), _chance(base)
    return _around(n, value, own + chance + other, (-1.0, 1.0) if this.unit == "1" else ANYWHERE)


def _chance(one: Headline) -> tuple[int, float]:
    """How many people, and the variance that chance gives the mean of so many."""
    people = one.people[np.isfinite(one.people)]
    n = int(people.size)
    return n, (float(people.var(ddof=1)) + one.visits + one.fate) / n if n > 1 else float("nan")


def _around(n: int, value: float, variance: float, ends: tuple[float, float]) -> Trial:
    if n < FEWEST:
        return NONE
    sd = float(np.sqrt(variance))
    return Trial(n, max(value - NINE_IN_TEN * sd, ends[0]), min(value + NINE_IN_TEN * sd, ends[1]), sd)
