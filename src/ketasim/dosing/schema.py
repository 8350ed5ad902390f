"""The [[dose]] table of a regimen: its fields, what they may hold, and the sentence where they hold something else."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from typing import Any, Final, TypeVar

from ketasim.dosing.products import Product, product
from ketasim.dosing.quantities import (
    LONGEST_H,
    SHORTEST_H,
    Amount,
    amount,
    base_share,
    duration_hours,
    infusion_hours,
    moment_hours,
)
from ketasim.errors import RegimenError, RequestError, UnknownName

# fmt: off
ROUTES: Final = (
    "iv_bolus", "iv_infusion", "im", "sc", "nasal", "oral", "oral_prolonged", "sublingual", "rectal", "inhaled",
)
VEIN: Final = ("iv", "intravenous", "intravenously", "infusion", "iv infusion", "drip")
FIELDS: Final = (
    "drug", "product", "route", "amount", "salt", "start", "every", "times", "at", "duration", "rate",
)
# fmt: on
SALTED: Final = ("ketamine", "esketamine", "arketamine")  # what salts.toml has the weights of
_HEAD: Final = ("name", "title", "source", "regimen", "dose")
_OF_STUDIES: Final = {"arm", "phase", "observation"}
_MOST_TIMES: Final = 10_000
_SAME: Final = 0.01  # amount and rate · duration may differ by so much: papers round both

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Dose:
    """One [[dose]] table: `amount` of base per dose at each of `times` (h), over `duration` (h; None at once)."""

    drug: str
    route: str
    amount: Amount
    times: tuple[float, ...]
    duration: float | None = None
    product: str | None = None

    def __str__(self) -> str:
        over = f" over {_span(self.duration)}" if self.duration else ""
        held = f" ({self.product})" if self.product else ""
        return f"{self.drug} {self.route} {self.amount}{over}{held}, {_when(self.times)}"


def tables_of(text: str, source: str) -> tuple[dict[str, str], list[Dose]]:
    """The head and the doses of a regimen's TOML text."""
    if not text.strip():
        raise RegimenError(f'{source} is empty; a regimen has [[dose]] tables, or regimen = "none" for no doses.')
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as why:
        raise RegimenError(f"{source} is not TOML: {str(why).rstrip('.')}.") from why
    except RecursionError:
        raise RegimenError(f"{source} is no regimen: its brackets are nested too deep; see [[dose]].") from None
    if _OF_STUDIES & set(table):
        raise RegimenError(
            f"{source} is a study file, not a regimen: it has {', '.join(sorted(_OF_STUDIES & set(table)))} tables; "
            f"`ketasim reproduce {source}` predicts a study."
        )
    for key in table:
        if key not in _HEAD:
            hint = "Fields of a dose stand below a line [[dose]]." if key in FIELDS else ""
            raise UnknownName(f"field in {source}", key, _HEAD, hint)
    head = {key: value for key, value in table.items() if key != "dose"}
    for key, value in head.items():
        if not isinstance(value, str):
            raise RegimenError(f"{source}, field {key!r}: expected text in quotes, but {value!r} came.")
    doses = table.get("dose")
    if (said := head.pop("regimen", None)) is not None:
        _check_none(said, doses, source)
        return head, []
    if not doses:
        raise RegimenError(f'{source} has no [[dose]] table; no doses at all is regimen = "none".')
    if not isinstance(doses, list) or not all(isinstance(d, dict) for d in doses):
        raise RegimenError(f"{source}: doses stand in tables headed [[dose]], with two brackets.")
    return head, [dose_of(d, source, k) for k, d in enumerate(doses, 1)]


def _check_none(said: str, doses: Any, source: str) -> None:
    """RegimenError unless a file says regimen = "none" and gives no doses."""
    if said != "none":
        raise RegimenError(f"{source}, field 'regimen': expected \"none\", for no doses at all, but {said!r} came.")
    if doses:
        raise RegimenError(f'{source} says regimen = "none" and has [[dose]] tables; leave one of them out.')


def dose_of(table: Mapping[str, Any], source: str, k: int) -> Dose:
    """The k-th dose (from 1) of a regimen; RegimenError and UnknownName name `source`, the dose and the field."""
    where = f"{source}, dose {k}"
    for key in table:
        if key not in FIELDS:
            raise UnknownName(f"field in {where}:", key, FIELDS)
    made = _read(table, "product", _product, where)
    drug = _read(table, "drug", _text, where) or (made.drug if made else None)
    route = _read(table, "route", _route, where) or (made.routes[0] if made else None)
    if drug is None or route is None:
        missing = "drug" if drug is None else "route"
        raise RegimenError(f"{where}: the field {missing!r} is missing; write for instance {_EXAMPLE[missing]}.")
    length = _read(table, "duration", infusion_hours, where)
    _check_salt(table, drug, where)
    given, length = _how_much(table, where, length)
    if made and not given.per and table.get("salt", "base") != "base":
        given = Amount(made.from_salt(given.mg))
    _check_infusion(route, length, where)
    if made:
        _check_product(made, drug, route, given, where)
    times = _times(table, where)
    _check_gaps(times, length, made, given, where)
    return Dose(drug, route, given, times, length, made.name if made else None)


_MISSPELLED: Final = 0.88  # S-ketamine and ketamin are, norketamine is not
_EXAMPLE: Final = {"drug": 'drug = "ketamine"', "route": 'route = "iv_infusion"'}


def _read(table: Mapping[str, Any], field: str, reader: Callable[[Any], T], where: str) -> T | None:
    """The field read, None if absent; what the reader refuses is told with its place."""
    if field not in table:
        return None
    try:
        return reader(table[field])
    except UnknownName as why:
        raise UnknownName(f"{why.kind} in {where}:", why.name, why.available) from None
    except RequestError as why:
        text = str(why).rstrip(".")
        raise RegimenError(f"{where}, field {field!r}: {text}.") from None


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise RegimenError(f"expected a name in quotes, but {value!r} came")
    return value


def _route(value: Any) -> str:
    if _text(value).lower().replace(".", "") in VEIN:
        raise RegimenError(f"{value!r} is 'iv_infusion' with a duration or a rate, and 'iv_bolus' without")
    if value not in ROUTES:
        raise UnknownName("route", value, ROUTES)
    return str(value)


def _product(value: Any) -> Product:
    return product(_text(value))


def _salt(value: Any) -> float:
    return base_share(_text(value))


def _how_much(table: Mapping[str, Any], where: str, length: float | None) -> tuple[Amount, float | None]:
    """Amount of base and duration, from two of amount, rate and duration, or from all three if they agree."""
    given = _read(table, "amount", amount, where)
    speed = _read(table, "rate", lambda text: amount(text, hourly=True), where)
    share = _read(table, "salt", _salt, where) or 1.0
    if given and speed and given.per != speed.per:
        raise RegimenError(
            f"{where}: the amount ({given}) and the rate ({speed}/h) must both be per the same, or plain."
        )
    if speed and given:
        lasting = given.mg / speed.mg
        if length is not None and abs(length / lasting - 1) > _SAME:
            raise RegimenError(
                f"{where}: {given} at {speed}/h last {_span(lasting)}, but duration says {_span(length)}; drop one."
            )
        if lasting > LONGEST_H:
            raise RegimenError(f"{where}: {given} at {speed}/h last longer than a century; check the units of both.")
        length = length or lasting
    elif speed and length:
        given = Amount(speed.mg * length, speed.per)
    if given is None:
        need = "the rate needs an 'amount' or a 'duration' beside it" if speed else "the field 'amount' is missing"
        raise RegimenError(f'{where}: {need}; write for instance amount = "0.5 mg/kg".')
    return Amount(given.mg * share, given.per), length


def _check_salt(table: Mapping[str, Any], drug: str, where: str) -> None:
    if table.get("salt", "base") != "base" and drug not in SALTED:
        spelled = "".join(filter(str.isalpha, drug.lower()))
        if meant := get_close_matches(spelled, SALTED, n=1, cutoff=_MISSPELLED):
            hint = "Of a drug of your own, give the amount as base, without 'salt'."
            raise UnknownName(f"drug in {where}:", drug, meant, hint, ", ".join(SALTED))
        raise RegimenError(
            f"{where}: the weights of salts are known of {', '.join(SALTED)}, not of {drug}; give its amount as base, "
            "without 'salt'."
        )


def _check_infusion(route: str, length: float | None, where: str) -> None:
    if route == "iv_infusion" and length is None:
        raise RegimenError(
            f'{where}: an infusion needs a duration or a rate, such as duration = "40 min"; or use route = "iv_bolus".'
        )
    if route == "iv_bolus" and length is not None:
        raise RegimenError(f'{where}: a bolus has no duration or rate; use route = "iv_infusion".')


def _check_product(made: Product, drug: str, route: str, given: Amount, where: str) -> None:
    if drug != made.drug:
        raise RegimenError(f"{where}: {made.name} contains {made.drug}, but drug says {drug!r}.")
    if route not in made.routes:
        raise RegimenError(f"{where}: {made.name} is given {' or '.join(made.routes)}, but route says {route!r}.")
    if made.piece_mg is None:
        return
    if given.per:
        raise RegimenError(f"{where}: {made.name} comes in {made.piece}s, so its amount is in mg; {given} came.")
    try:
        made.split(given.mg)
    except RegimenError as why:
        raise RegimenError(f"{where}, field 'amount': {why}.") from None


def _times(table: Mapping[str, Any], where: str) -> tuple[float, ...]:
    """The times of the doses in hours, from `at`, or from `start`, `every` and `times`."""
    if "at" in table:
        also = [key for key in ("start", "every", "times") if key in table]
        if also:
            raise RegimenError(f"{where}: 'at' gives all times; leave out {' and '.join(repr(a) for a in also)}.")
        return _read(table, "at", _list_of_times, where) or ()
    start = _read(table, "start", moment_hours, where) or 0.0
    every = _read(table, "every", duration_hours, where)
    count = _read(table, "times", _count, where)
    if every is not None and count is None:
        raise RegimenError(f"{where}: 'every' needs 'times', the number of doses, beside it.")
    if every is None and (count or 1) > 1:
        raise RegimenError(f"{where}: {count} doses need 'every', the interval, or their times in 'at'.")
    if every is not None and every < SHORTEST_H:
        raise RegimenError(f"{where}, field 'every': expected a second or more, but {table['every']!r} came.")
    times = tuple(start + k * (every or 0.0) for k in range(count or 1))
    if times[-1] > LONGEST_H:
        raise RegimenError(f"{where}: the last of {count} doses comes after more than a century; check 'every'.")
    return times


def _list_of_times(value: Any) -> tuple[float, ...]:
    if not isinstance(value, list) or not value:
        raise RegimenError(f'expected a list such as ["day 1", "day 4"], but {value!r} came')
    if len(value) > _MOST_TIMES:
        raise RegimenError(f"expected at most {_MOST_TIMES} times, but {len(value)} came")
    times = [moment_hours(entry) for entry in value]
    for k in range(1, len(times)):
        if times[k] <= times[k - 1]:
            raise RegimenError(f"expected times in order, but {value[k]!r} does not come after {value[k - 1]!r}")
    return tuple(times)


def _count(value: Any) -> int:
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MOST_TIMES:
        raise RegimenError(f"expected a whole number of doses from 1 to {_MOST_TIMES}, but {value!r} came")
    return value


def _check_gaps(
    times: tuple[float, ...], length: float | None, made: Product | None, given: Amount, where: str
) -> None:
    """Refuse doses that begin before the one before is over."""
    if len(times) < 2:
        return
    gap = min(b - a for a, b in pairwise(times))
    if length is not None and gap < length * (1 - 1e-9):
        raise RegimenError(
            f"{where}: the doses are {_span(gap)} apart, less than the {_span(length)} that each of them lasts."
        )
    if made and made.piece_mg and made.interval_h:
        lasts = (made.split(given.mg) - 1) * made.interval_h
        if gap <= lasts:
            raise RegimenError(
                f"{where}: the doses are {_span(gap)} apart, but the {made.piece}s of one take {_span(lasts)}."
            )


def _span(hours: float) -> str:
    """A length of time as a person writes it."""
    if hours < 1.5:
        return f"{hours * 60:g} min"
    return f"{hours:g} h" if hours < 72 else f"{hours / 24:g} days"


def _when(times: tuple[float, ...]) -> str:
    """Times as a person writes them: one, an even series, or a list."""
    first = _moment(times[0])
    if len(times) == 1:
        return first
    gaps = [b - a for a, b in pairwise(times)]
    if max(gaps) - min(gaps) <= 1e-9 * max(gaps):
        return f"{len(times)} times from {first}, every {_span(gaps[0])}"
    shown = [_moment(t) for t in times[:12]] + (["…"] if len(times) > 12 else [])
    return f"{len(times)} times: {', '.join(shown)}"


def _moment(hours: float) -> str:
    day, rest = divmod(round(hours * 60), 24 * 60)
    clock = f" {rest // 60:02d}:{rest % 60:02d}" if rest else ""
    return f"day {day + 1}{clock}"
