"""Named populations: correlated age, sex, height, weight and ancestry, each person drawn from the seed and their ID.

Adults: height from the growth reference at 20 years, less what age takes; weight from the body mass index of the
population at the reference height, and its slope on height. Children: height and weight for age from the growth
reference with correlated z-scores. Every number is a fact `people.*`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ketasim.errors import PeopleError, UnknownName
from ketasim.evidence.store import fact
from ketasim.population import growth
from ketasim.population.chance import checked, uniform
from ketasim.population.covariates import DAYS_PER_YEAR
from ketasim.population.people import Columns, People
from ketasim.population.shapes import Truncated, truncated_normal, uniform_between

MOST = 1_000_000_000
F64 = NDArray[np.float64]
Text = NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Kind:
    """A named population: its title, the facts it leans on, how its people come from uniform numbers (n, 5).

    `ill` makes what its illness adds (a score at baseline) from further uniform numbers (n,), drawn by themselves.
    """

    name: str
    title: str
    facts: tuple[str, ...]
    draw: Callable[[F64], Columns]
    ill: Callable[[F64], Columns] | None = None


def names() -> list[str]:
    """The named populations."""
    return list(_KINDS)


def kind(name: str) -> Kind:
    """A named population's description; UnknownName if there is none of that name."""
    if name not in _KINDS:
        raise UnknownName("population", name, _KINDS)
    return _KINDS[name]


def population(name: str, n: int, seed: int = 0) -> People:
    """n people of a named population, IDs 1 to n; person k is the same for any n.

    PeopleError for n that is no whole number from 1 to `MOST`, RequestError for a seed that is none, UnknownName for a
    population there is not.
    """
    chosen = kind(name)
    if isinstance(n, bool) or not isinstance(n, int | np.integer):
        raise PeopleError(f"The number of people must be a whole number, got {n!r}.")
    if n < 1:
        raise PeopleError(f"A population needs at least 1 person, got {n}.")
    if n > MOST:
        raise PeopleError(f"A population has at most {MOST:,} people, got {n:,}; quantiles settle with far fewer.")
    seed = checked(seed)

    def piece(start: int, stop: int) -> Columns:
        ids = np.arange(start + 1, stop + 1, dtype=np.int64)
        found = {"ID": ids, **chosen.draw(uniform(seed, ids, "people", 5))}
        return found if chosen.ill is None else {**found, **chosen.ill(uniform(seed, ids, "illness")[:, 0])}

    columns = tuple(column for column in piece(0, 1) if column != "ID")
    source = {"kind": "named", "name": name, "n": int(n), "seed": seed}
    return People(name, int(n), columns, piece, source)


def _number(name: str) -> float:
    return fact(f"people.{name}").number


def _numbers(name: str) -> tuple[float, ...]:
    value = fact(f"people.{name}").value
    return value if isinstance(value, tuple) else (value,)


def _adults(u: F64, age: F64, female: float, ancestry: Text, weigh: Callable[[F64, bool], Truncated]) -> Columns:
    sex = np.where(u[:, 1] < female, "female", "male")
    height, weight = np.empty(age.size), np.empty(age.size)
    for one in ("female", "male"):
        who = sex == one
        tall = growth.adult_height(truncated_normal(u[who, 3], -3.0, 3.0), age[who], ancestry[who], one)
        reference = growth.reference_height(one)
        power = _number(f"weight_height_power_{one}")
        shape = weigh(tall, one == "female")
        usual = np.log(shape.median * (reference / 100.0) ** 2) + power * np.log(tall / reference)
        low, high = ((np.log(x) - usual) / shape.sd for x in (shape.low, shape.high))
        height[who] = tall
        weight[who] = np.exp(usual + shape.sd * truncated_normal(u[who, 4], low, high))
    return {"AGE": age, "SEX": sex, "WT": weight, "HT": height, "ANCESTRY": ancestry}


def _bmi_from_mean(name: str) -> tuple[float, float]:
    """Median and SD of the log from a printed mean and SD."""
    chosen = fact(f"people.{name}")
    sd = chosen.spread[0].value
    if isinstance(sd, tuple):
        raise TypeError(f"Fact {chosen.id!r} needs an SD.")
    variance = float(np.log1p((sd / chosen.number) ** 2))
    return chosen.number * float(np.exp(-variance / 2)), float(np.sqrt(variance))


def _patients_weight(bmi: str) -> Callable[[F64, bool], Truncated]:
    low, high = _numbers("weight_range")
    median, sd = _bmi_from_mean(bmi)
    return lambda height, woman: Truncated(median, sd, np.full_like(height, low), np.full_like(height, high))


def _healthy_weight(height: F64, woman: bool) -> Truncated:
    chosen = fact(f"people.bmi_healthy_{'female' if woman else 'male'}")
    ends = chosen.spread[0].value
    if not isinstance(ends, tuple):
        raise TypeError(f"Fact {chosen.id!r} needs an interval.")
    sd = float(np.log(ends[1] / ends[0]) / (2 * 1.6448536269514722))
    low, high = (limit * (height / 100.0) ** 2 for limit in _numbers("bmi_healthy_range"))
    least, most = _numbers("weight_range")  # volunteers too stand behind it
    return Truncated(chosen.number, sd, np.maximum(low, least), np.minimum(high, most))


def _healthy(u: F64) -> Columns:
    age = uniform_between(u[:, 0], *_numbers("age_healthy_range"))
    return _adults(u, age, _number("female_healthy"), _model_ancestry(u[:, 2]), _healthy_weight)


def _depressed(u: F64) -> Columns:
    age = _age_of("age_trd", "age_trd_range", u[:, 0])
    return _adults(u, age, _number("female_trd"), _trial_ancestry(u[:, 2]), _patients_weight("bmi_trd"))


def _severity(baseline: str, limits: str) -> Callable[[F64], Columns]:
    """MADRS before treatment in whole points: the printed mean and SD, from the least that trials admit upwards."""

    def draw(u: F64) -> Columns:
        usual, (least, most) = fact(baseline), _numbers(limits)
        sd = usual.spread[0].value
        low, high = least - 0.5, most + 0.5
        middle, width = _solved(usual.number, sd if isinstance(sd, float) else np.nan, low, high)
        drawn = middle + width * truncated_normal(u, (low - middle) / width, (high - middle) / width)
        return {"MADRS0": np.clip(np.rint(drawn), least, most)}

    return draw


def _old(u: F64) -> Columns:
    age = _age_of("age_65", "age_65_range", u[:, 0])
    return _adults(u, age, _number("female_65"), _trial_ancestry(u[:, 2]), _patients_weight("bmi_65"))


def _age_of(name: str, limits: str, u: F64) -> F64:
    """Ages with the printed mean and SD within the limits, the last year of life running to its end."""
    chosen = fact(f"people.{name}")
    low, last = _numbers(limits)
    sd = chosen.spread[0].value
    middle, width = _solved(chosen.number, sd if isinstance(sd, float) else np.nan, low, last + 1.0)
    return middle + width * truncated_normal(u, (low - middle) / width, (last + 1.0 - middle) / width)


@lru_cache(maxsize=16)
def _solved(mean: float, sd: float, low: float, high: float) -> tuple[float, float]:
    from ketasim.population.shapes import parameters_of_truncated

    return parameters_of_truncated(mean, sd, low, high)


def _model_ancestry(u: F64) -> Text:
    asian, japanese = _numbers("asian_share")
    return _choice(u, {"white": 1 - asian, "japanese": japanese, "asian": asian - japanese})


def _trial_ancestry(u: F64) -> Text:
    counts = _numbers("race_trd")
    return _choice(u, {w: c / sum(counts) for w, c in zip(("white", "black", "asian", "other"), counts, strict=True)})


def _choice(u: F64, shares: dict[str, float]) -> Text:
    ends = np.cumsum(list(shares.values()))
    at = np.minimum(np.searchsorted(ends, u, side="right"), len(shares) - 1)
    return np.asarray(list(shares), dtype=np.str_)[at]


def _young(first: float, last: float) -> Callable[[F64], Columns]:
    def draw(u: F64) -> Columns:
        age = uniform_between(u[:, 0], first, last)
        sex = np.where(u[:, 1] < _number("female_child"), "female", "male")
        height, weight = growth.child_size(age, sex, u[:, 3], u[:, 4])
        term = _number("term") + age * (DAYS_PER_YEAR / 7.0)
        return {"AGE": age, "SEX": sex, "WT": weight, "HT": height, "ANCESTRY": _model_ancestry(u[:, 2]), "PMA": term}

    return draw


_ADULT = ("height_male_m", "height_female_m", "weight_height_power_male", "weight_height_power_female")
_CHILD = ("height_male_m", "weight_male_m", "height_female_m", "weight_female_m", "child_height_weight_correlation")


def _kind(
    name: str,
    title: str,
    facts: tuple[str, ...],
    draw: Callable[[F64], Any],
    ill: Callable[[F64], Columns] | None = None,
) -> tuple[str, Kind]:
    return name, Kind(name, title, tuple(f if "." in f else f"people.{f}" for f in facts), draw, ill)


_KINDS: dict[str, Kind] = dict(
    [
        _kind(
            "healthy-adults",
            "healthy volunteers, 18 to 55 years",
            (
                *("age_healthy_range", "female_healthy", "bmi_healthy_male", "bmi_healthy_female", "weight_range"),
                *("asian_share", *_ADULT),
            ),
            _healthy,
        ),
        _kind(
            "trd-adults",
            "adults under 65 with treatment-resistant depression, as in the esketamine trials",
            (
                "age_trd",
                "female_trd",
                "bmi_trd",
                "race_trd",
                "weight_range",
                "mood.baseline",
                "madrs_trd_range",
                *_ADULT,
            ),
            _depressed,
            _severity("mood.baseline", "madrs_trd_range"),
        ),
        _kind(
            "adults-65-plus",
            "people of 65 to 86 with treatment-resistant depression",
            (
                *("age_65", "age_65_range", "female_65", "bmi_65", "race_trd", "weight_range"),
                *("madrs_65", "madrs_65_range", *_ADULT),
            ),
            _old,
            _severity("people.madrs_65", "madrs_65_range"),
        ),
        _kind("children-2-5", "children of 2 to 5 years, by the growth reference", _CHILD, _young(2.0, 6.0)),
        _kind("children-6-11", "children of 6 to 11 years, by the growth reference", _CHILD, _young(6.0, 12.0)),
        _kind("adolescents-12-17", "adolescents of 12 to 17 years", _CHILD, _young(12.0, 18.0)),
    ]
)


def describe(name: str) -> str:
    """A named population in a few words; UnknownName if there is none of that name."""
    return kind(name).title
