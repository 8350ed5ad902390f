"""Size by age: the growth reference (LMS: Box-Cox power, median, coefficient of variation) and what age takes."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ketasim.evidence.store import fact
from ketasim.population.shapes import truncated_normal

F64 = NDArray[np.float64]


@lru_cache(maxsize=64)
def _array(name: str) -> F64:
    return np.asarray(fact(f"people.{name}").value, dtype=np.float64)


def size_for_age(z: F64, months: Any, quantity: str, sex: str) -> F64:
    """Height (cm) or weight (kg) at z standard deviations: M (1 + L S z)^(1/L), linear in age between rows."""
    ages = _array("growth_age")
    power, median, spread = (np.interp(months, ages, _array(f"{quantity}_{sex}_{c}")) for c in "lms")
    return np.asarray(median * (1.0 + power * spread * z) ** (1.0 / power), dtype=np.float64)


def reference_height(sex: str) -> float:
    """Median height (cm) at 20 years."""
    return float(_array(f"height_{sex}_m")[-1])


def adult_height(z: F64, age: F64, ancestry: NDArray[np.str_], sex: str) -> F64:
    """Height (cm) of adults: that at 20 years, less the loss since 30; Asian people by the ratio of Japan to the US."""
    japan, states = _array(f"height_japan_to_us_{sex}")
    ratio = np.where(np.isin(ancestry, ("asian", "japanese")), japan / states, 1.0)
    by_70, by_80 = _array(f"height_loss_{sex}")
    lost = np.interp(age, [30.0, 70.0, 80.0, 90.0], [0.0, by_70, by_80, 2 * by_80 - by_70])
    return np.asarray(size_for_age(z, 240.0, "height", sex) * ratio - lost, dtype=np.float64)


def child_size(age: F64, sex: NDArray[np.str_], u_height: F64, u_weight: F64) -> tuple[F64, F64]:
    """Height (cm) and weight (kg) of children: correlated z-scores, both within ±3."""
    r = float(_array("child_height_weight_correlation"))
    rest = float(np.sqrt(1.0 - r * r))
    tall = truncated_normal(u_height, -3.0, 3.0)
    heavy = r * tall + rest * truncated_normal(u_weight, (-3.0 - r * tall) / rest, (3.0 - r * tall) / rest)
    height, weight = np.empty(age.size), np.empty(age.size)
    for one in ("female", "male"):
        who = sex == one
        height[who] = size_for_age(tall[who], age[who] * 12.0, "height", one)
        weight[who] = size_for_age(heavy[who], age[who] * 12.0, "weight", one)
    return height, weight
