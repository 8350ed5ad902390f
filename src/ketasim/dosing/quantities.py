"""Amounts, rates and times of a regimen, as numbers in mg and h. Knows the few units a dose comes in."""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from ketasim.errors import RegimenError, UnitError, UnknownName
from ketasim.units import time_hours

LONGEST_H: Final = 36_525 * 24.0  # a century: what is later or longer has a wrong unit
SHORTEST_H: Final = 1.0 / 3600.0  # between two doses of one [[dose]]: what is shorter is the same moment
Per = Literal["", "kg", "m^2"]

_MASS: Final = {"g": 1e3, "mg": 1.0, "ug": 1e-3, "µg": 1e-3, "μg": 1e-3, "mcg": 1e-3}
_PER: Final[dict[str, Per]] = {"": "", "kg": "kg", "m^2": "m^2", "m2": "m^2", "m²": "m^2", "m**2": "m^2"}
# fmt: off
_TIME: Final = {
    "s": 1 / 3600, "sec": 1 / 3600, "second": 1 / 3600, "seconds": 1 / 3600, "min": 1 / 60, "minute": 1 / 60,
    "minutes": 1 / 60, "h": 1.0, "hr": 1.0, "hour": 1.0, "hours": 1.0, "d": 24.0, "day": 24.0, "days": 24.0,
    "week": 168.0, "weeks": 168.0,
}
# fmt: on
_NUMBER: Final = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:nan|inf(?:inity)?)"
_QUANTITY: Final = re.compile(rf"\s*({_NUMBER})\s*(\S.*?)?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Amount:
    """A dose in mg of base, or in mg per kg or per m² of the person."""

    mg: float
    per: Per = ""

    def __str__(self) -> str:
        return f"{self.mg:g} mg{'/' + self.per if self.per else ''}"


def amount(text: object, *, hourly: bool = False) -> Amount:
    """Read "84 mg", "0.5 mg/kg", "56 mg/m^2"; with `hourly`, a rate such as "0.6 mg/kg/h" or "41 ug/kg/min".

    RegimenError for anything that is not positive and finite; UnitError for a unit that is none of these.
    """
    kind, example = ("a rate", "0.6 mg/kg/h") if hourly else ("an amount", "84 mg' or '0.5 mg/kg")
    if not isinstance(text, str):
        raise UnitError(f"expected {kind} with its unit in quotes, such as '{example}', but {text!r} came")
    found = _QUANTITY.fullmatch(text)
    if not found or not found[2]:
        raise UnitError(f"expected {kind} such as '{example}', but {text!r} came")
    parts = [part.strip() for part in re.split(r"/|\bper\b", found[2])]
    over = 1.0
    if hourly:
        if len(parts) < 2 or parts[-1] not in _TIME:
            raise UnitError(f"expected a rate per time such as '{example}', but {text!r} came")
        over = _TIME[parts.pop()]
    if parts[0] not in _MASS or len(parts) > 2 or (len(parts) == 2 and parts[1] not in _PER):
        units = "mg/h, mg/kg/h, ug/kg/min and the like" if hourly else "g, mg or ug, each also per kg or per m^2"
        point = "; a number has a decimal point, not a comma" if found[2].startswith(",") else ""
        raise UnitError(f"the unit {found[2]!r} does not fit {kind}; use {units}{point}")
    number = float(found[1]) * _MASS[parts[0]] / over
    if not math.isfinite(number) or number <= 0:
        raise RegimenError(f"expected {kind} above zero, but {text!r} came")
    return Amount(number, _PER[parts[1]] if len(parts) == 2 else "")


def duration_hours(text: object) -> float:
    """Read a length of time such as "40 min", "3.5 days", or a bare number of hours; positive and finite."""
    number = _hours(text)
    if not math.isfinite(number) or number <= 0:
        raise RegimenError(f"expected a length of time above zero such as '40 min', but {text!r} came")
    return _within_a_century(number, text)


def infusion_hours(text: object) -> float:
    """Read how long an infusion lasts, such as "40 min"; UnitError without a unit: a bare 40 is mostly minutes."""
    bare = isinstance(text, int | float) and not isinstance(text, bool)
    if bare or (isinstance(text, str) and (found := _QUANTITY.fullmatch(text)) and not found[2]):
        raise UnitError(f"expected a length of time with its unit in quotes, such as '40 min', but {text!r} came")
    return duration_hours(text)


def moment_hours(text: object) -> float:
    """Read a point in time such as "day 1 09:00" (day 1 00:00 is 0 h), "24 h" or a number of hours; not negative."""
    number = _hours(text)
    if not math.isfinite(number) or number < 0:
        raise RegimenError(f"expected a time such as 'day 1 09:00' or '24 h', not before day 1, but {text!r} came")
    return _within_a_century(number, text)


def _within_a_century(hours: float, text: object) -> float:
    if hours > LONGEST_H:
        raise RegimenError(f"expected a time within a century ({LONGEST_H:g} h), but {text!r} came; check its unit")
    return hours


def _hours(text: object) -> float:
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        raise UnitError(f"expected a time such as 'day 1 09:00', '24 h' or '40 min', but {text!r} came")
    if isinstance(text, str) and (found := _QUANTITY.fullmatch(text)) and (found[2] or "h") in _TIME:
        number, unit = float(found[1]), found[2] or "h"
        # Minutes and seconds divide, so that 40 min is the double nearest to 2/3 h.
        return number / round(1 / _TIME[unit]) if _TIME[unit] < 1 else number * _TIME[unit]
    return time_hours(text)


@cache
def salts() -> dict[str, float]:
    """Share of base in each salt by weight, from the molecular weights in salts.toml."""
    table = tomllib.loads(files("ketasim.dosing").joinpath("salts.toml").read_text(encoding="utf-8"))
    base = float(table["base"]["g_per_mol"])
    return {name: base / float(entry["g_per_mol"]) for name, entry in table.items()}


def base_share(salt: str) -> float:
    """Share of base in a salt ("base" itself is 1); UnknownName for a salt we have no weight of."""
    if salt not in salts():
        raise UnknownName("salt", salt, salts())
    return salts()[salt]
