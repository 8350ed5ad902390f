"""Units: the one door to pint, cached, with our own words for what a clinic counts.

Unit strings follow pint ("L/h", "ng/mL", "1/min", "mg/kg/h", "%", "dimensionless" or "1"); `point` is a point of a
rating scale (not a printer's point), IU is a dimension of its own, beats, sessions, patients and the like are counts.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ketasim.errors import UnitError

if TYPE_CHECKING:
    import pint

_DEFINITIONS = (
    "rating_point = [score] = point = points",
    "IU = [international_unit]",
    "beat = [] = _ = beats",
    "bpm = beat / minute",
    "breath = [] = _ = breaths",
    "patient = [] = _ = patients = person = people = participant = participants",
    "session = [] = _ = sessions = dose = doses",
    "event = [] = _ = events",
)
# fmt: off
_COMMON = (
    "1", "dimensionless", "%", "h", "min", "s", "day", "week", "month", "year", "L", "mL", "L/h", "mL/min",
    "L/h/kg", "L/kg", "L/h/year", "mg", "ug", "ng", "g", "kg", "mg/kg", "mg/m^2", "mg/h", "mg/kg/h",
    "ug/kg/min", "mg/L", "ug/mL", "ug/L", "ng/mL", "pg/mL", "nmol/L", "umol/L", "nM", "uM", "M", "g/mol",
    "Da", "1/h", "1/min", "ng*h/mL", "cm", "m^2", "mmHg", "bpm", "point", "IU", "mol", "nmol",
)
# fmt: on
_COUNTED = {"day", "week", "month", "year", "point"}  # units that are words, and so have a plural
_NONE = {"", "1", "dimensionless", "-", "unitless", "fraction", "none"}
_QUANTITY = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*?)\s*", re.DOTALL)
_DAY = re.compile(r"\s*day\s+(\d+)(?:\s+(\d{1,2}):(\d{2}))?\s*", re.IGNORECASE)


@lru_cache(maxsize=1)
def registry() -> pint.UnitRegistry[Any]:
    """The registry of units; building it costs 0.3 s, so only what meets a unit pays for it."""
    import pint

    made: pint.UnitRegistry[Any] = pint.UnitRegistry(on_redefinition="ignore", cache_folder=None)
    for line in _DEFINITIONS:
        made.define(line)
    return made


def counted(unit: str, *numbers: float) -> str:
    """A unit in a sentence, after numbers or by itself: "years", of a single 1 "year"; "mg/kg" as it is."""
    return f"{unit}s" if unit in _COUNTED and numbers != (1,) else unit


def many(n: int, what: str) -> str:
    """So many of something: "1 trial", "2,000 trials"."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def _suggest(text: str) -> str:
    lower = {known.lower(): known for known in _COMMON}
    near = get_close_matches(text.lower().replace(" ", ""), lower, n=3, cutoff=0.6)
    return (
        f"; did you mean {' or '.join(repr(lower[n]) for n in near)}?" if near else "; try for instance 'L/h', 'ng/mL'"
    )


@lru_cache(maxsize=4096)
def parse(text: str) -> pint.Unit:
    """The unit that `text` names; UnitError with the nearest known units if nothing does."""
    import pint

    if not isinstance(text, str):
        raise UnitError(f"A unit must be text such as 'mg/L'; {text!r} came.")
    if text.strip().lower() in _NONE:
        return registry().dimensionless
    try:
        return registry().parse_units(text)
    except (pint.errors.PintError, ValueError, TypeError, AttributeError, KeyError, SyntaxError, AssertionError) as why:
        raise UnitError(f"Cannot read the unit {text!r}{_suggest(text)}") from why
    except Exception as why:  # pint's tokeniser leaks errors of its own
        raise UnitError(f"Cannot read the unit {text!r}{_suggest(text)}") from why


@dataclass(frozen=True, slots=True)
class Measure:
    """A unit as algebra: its size in base units, its base dimensions, and the units as written for printing."""

    factor: float
    powers: tuple[tuple[str, float], ...]
    names: tuple[tuple[str, float], ...]

    def __mul__(self, other: Measure) -> Measure:
        return Measure(self.factor * other.factor, _add(self.powers, other.powers), _add(self.names, other.names))

    def __truediv__(self, other: Measure) -> Measure:
        return self * other.power(-1.0)

    def power(self, exponent: float) -> Measure:
        """The measure raised to a number."""
        return Measure(
            self.factor**exponent,
            _add((), tuple((k, v * exponent) for k, v in self.powers)),
            _add((), tuple((k, v * exponent) for k, v in self.names)),
        )

    def fits(self, other: Measure) -> bool:
        """Whether both have the same dimension and the same scale."""
        return self.powers == other.powers and math.isclose(self.factor, other.factor, rel_tol=1e-9)

    @property
    def text(self) -> str:
        """The unit as a person writes it ("mg/L")."""
        over = [_name(k, v) for k, v in self.names if v > 0]
        under = [_name(k, -v) for k, v in self.names if v < 0]
        if not over and not under:
            return "dimensionless"
        return "/".join(["*".join(over) or "1", *under])


def _add(a: tuple[tuple[str, float], ...], b: tuple[tuple[str, float], ...]) -> tuple[tuple[str, float], ...]:
    total = dict(a)
    for key, value in b:
        total[key] = total.get(key, 0.0) + value
    return tuple(sorted((k, round(v, 9)) for k, v in total.items() if abs(v) > 1e-9))


@lru_cache(maxsize=256)
def _symbol(name: str) -> str:
    own = {"percent": "%", "year": "year", "rating_point": "point", "microgram": "ug"}
    symbol = own.get(name) or str(registry().get_symbol(name))
    return f"{symbol[:-1]}L" if name.endswith("liter") else symbol


def _name(name: str, power: float) -> str:
    return _symbol(name) if power == 1 else f"{_symbol(name)}^{power:g}"


@lru_cache(maxsize=4096)
def measure(text: str) -> Measure:
    """The unit `text` as a Measure. UnitError for a temperature scale with an offset, which no factor converts."""
    unit = parse(text)
    one = registry().Quantity(1.0, unit)
    if not one._is_multiplicative:
        raise UnitError(f"The unit {text!r} has a zero of its own; use 'kelvin' or 'delta_degC'.")
    powers = tuple((str(k), float(str(v))) for k, v in one.dimensionality.items())
    names = tuple((str(k), float(str(v))) for k, v in one._units.items())
    return Measure(float(one.to_root_units().magnitude), _add((), powers), _add((), names))


@lru_cache(maxsize=4096)
def factor(src: str, dst: str) -> float:
    """What to multiply a number in `src` by to have it in `dst`; UnitError if their dimensions differ."""
    if src == dst and src in _COMMON:
        return 1.0
    a, b = measure(src), measure(dst)
    if a.powers != b.powers:
        raise UnitError(f"Cannot convert {src!r} to {dst!r}: their dimensions differ ({_dim(a)} and {_dim(b)}).")
    return 1.0 / _clean(b.factor / a.factor) if a.factor < b.factor else _clean(a.factor / b.factor)


def _clean(ratio: float) -> float:
    """1000 rather than 999.9999999999999: a ratio within rounding of a short decimal is that decimal."""
    short = float(f"{ratio:.12g}")
    return short if math.isclose(short, ratio, rel_tol=1e-14) else ratio


def _dim(m: Measure) -> str:
    return " ".join(k if v == 1 else f"{k}^{v:g}" for k, v in m.powers) or "dimensionless"


def same(a: str, b: str) -> bool:
    """Whether two units have the same dimension and the same scale."""
    return a == b or measure(a).fits(measure(b))


@lru_cache(maxsize=4096)
def split(text: str) -> tuple[float, str]:
    """The number and the unit in "84 mg" ("84" has the unit ""); UnitError if there is no number in front."""
    found = _QUANTITY.fullmatch(text)
    if not found:
        raise UnitError(f"Expected a number with a unit, such as '84 mg'; {text!r} came.")
    return float(found[1]), found[2]


def quantity(text: str | float, default: str) -> float:
    """A number in the unit `default`, from "84 mg" or from a bare number (taken to be in `default`)."""
    if isinstance(text, bool) or not isinstance(text, int | float | str):
        raise UnitError(f"Expected a number or a text such as '2 {default}'; {text!r} came.")
    if not isinstance(text, str):
        return float(text)
    if default == "1":
        return _pure(text)
    number, unit = split(text)
    if not unit or unit == default:
        return number
    try:
        return number * factor(unit, default)
    except UnitError as why:
        raise UnitError(f"{text!r} cannot be read as a quantity in {default!r}: {why}") from why


def _pure(text: str) -> float:
    """A pure number from "0.5" or "50 %"."""
    try:
        number, unit = split(text)
        return number * factor(unit, "1") if unit else number
    except UnitError as why:
        raise UnitError(f"Expected a number without a unit, such as '0.5'; {text!r} came.") from why


def time_hours(text: str | float) -> float:
    """Hours from the start: "day 4 09:00" (day 1 00:00 is 0), "3.5 days", "24 h", or a bare number of hours."""
    if isinstance(text, str) and (found := _DAY.fullmatch(text)):
        day, hour, minute = int(found[1]), int(found[2] or 0), int(found[3] or 0)
        if day < 1 or hour > 23 or minute > 59:
            raise UnitError(f"The time {text!r} is not on the calendar: days count from 1, clocks from 00:00 to 23:59.")
        return (day - 1) * 24 + hour + minute / 60
    try:
        return quantity(text, "h")
    except UnitError as why:
        raise UnitError(f"Cannot read the time {text!r}; write 'day 4 09:00', '3.5 days', '40 min' or hours.") from why
