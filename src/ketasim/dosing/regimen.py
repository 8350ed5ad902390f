"""A regimen: who is given what, how much, by which route and when; from a preset, a TOML file or Python."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from ketasim.dosing import presets
from ketasim.dosing.products import product
from ketasim.dosing.quantities import Amount
from ketasim.dosing.read import read_text
from ketasim.dosing.schema import Dose, dose_of, tables_of
from ketasim.engine.abi import F64
from ketasim.errors import RegimenError, UnknownName

_MINUTE: Final = 1 / 60


@dataclass(frozen=True, slots=True)
class Given:
    """One piece of one dose: `amount` at `time` (h), over `duration` (h, 0 at once)."""

    time: float
    drug: str
    route: str
    amount: Amount
    duration: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Doses:
    """What each person is given: `mg` (people, doses) of base at `time` (doses,) hours over `duration` (doses,)."""

    time: F64
    drug: tuple[str, ...]
    route: tuple[str, ...]
    duration: F64
    mg: F64


@dataclass(frozen=True, slots=True)
class Regimen:
    """Doses and their times. Time 0 is the start of day 1. Frozen: `dose` gives a new regimen."""

    name: str
    tables: tuple[Dose, ...] = ()
    title: str = ""
    source: str = ""
    file: str = field(default="", compare=False)  # where it was read, for sentences about its doses

    @staticmethod
    def none() -> Regimen:
        """No doses at all."""
        return Regimen("none", title="No doses")

    @staticmethod
    def preset(name: str) -> Regimen:
        """A regimen that comes with ketasim; UnknownName with the nearest there are."""
        if name == "none":
            return Regimen.none()
        return Regimen.from_text(presets.text(name), source=f"preset {name}", name=name)

    @staticmethod
    def from_toml(path: str | Path) -> Regimen:
        """Read a regimen file; RegimenError names the file, the dose (counted from 1) and the field."""
        made = Regimen.from_text(read_text(Path(path), "regimen"), source=str(path), name=Path(path).stem)
        return replace(made, file=str(path))

    @staticmethod
    def from_text(text: str, source: str = "regimen", name: str = "regimen") -> Regimen:
        """Read the TOML text of a regimen; `source` names it in errors."""
        head, doses = tables_of(text, source)
        return Regimen(head.get("name", name), tuple(doses), head.get("title", ""), head.get("source", ""))

    @staticmethod
    def load(what: str | Path) -> Regimen:
        """A preset by name ("none" included), or the regimen file at that path."""
        text = str(what)
        if text == "none" or text in presets.names():
            return Regimen.preset(text)
        if text.endswith(".toml") or "/" in text or "\\" in text or _is_there(text):
            return Regimen.from_toml(what)
        hint = "A regimen of your own is a TOML file; give its path, which ends in .toml."
        raise UnknownName("regimen", text, presets.names(), hint)

    def dose(
        self,
        drug: str | None = None,
        route: str | None = None,
        amount: str | None = None,
        *,
        product: str | None = None,
        start: str | float | None = None,
        every: str | float | None = None,
        times: int | None = None,
        at: Iterable[str | float] | None = None,
        duration: str | None = None,
        rate: str | None = None,
        salt: str | None = None,
    ) -> Regimen:
        """This regimen and one more dose, with the fields of a [[dose]] table."""
        given: dict[str, Any] = {
            "drug": drug,
            "route": route,
            "amount": amount,
            "product": product,
            "start": start,
            "every": every,
            "times": times,
            "at": None if at is None else list(at),
            "duration": duration,
            "rate": rate,
            "salt": salt,
        }
        table = {k: v for k, v in given.items() if v is not None}
        made = dose_of(table, f"regimen {self.name!r}", len(self.tables) + 1)
        return replace(self, tables=(*self.tables, made))

    def schedule(self) -> tuple[Given, ...]:
        """Every piece of every dose, in order of time (the order of the tables where times are equal)."""
        pieces = [piece for table in self.tables for piece in _pieces(table)]
        return tuple(sorted(pieces, key=lambda g: g.time))

    def doses(self, weight: Sequence[float] | F64 | None = None, bsa: Sequence[float] | F64 | None = None) -> Doses:
        """What people of these weights (kg) and body surfaces (m²) are given, in mg of base."""
        given = self.schedule()
        people = max((np.size(a) for a in (weight, bsa) if a is not None), default=1)
        mg = np.empty((people, len(given)))
        for k, g in enumerate(given):
            mg[:, k] = milligrams(g.amount, weight, bsa)
        return Doses(
            np.array([g.time for g in given]),
            tuple(g.drug for g in given),
            tuple(g.route for g in given),
            np.array([g.duration for g in given]),
            mg,
        )

    @property
    def drugs(self) -> tuple[str, ...]:
        """The drugs in it, each once."""
        return tuple(dict.fromkeys(t.drug for t in self.tables))

    @property
    def end(self) -> float:
        """When the last dose ends, in hours."""
        return max((g.time + g.duration for g in self.schedule()), default=0.0)

    def to_toml(self) -> str:
        """The regimen as a file that reads back to the same doses (amounts as base)."""
        lines = [f"{key} = {_quoted(value)}" for key, value in self._head() if value]
        lines += [] if self.tables else ['regimen = "none"']
        for t in self.tables:
            lines += ["", "[[dose]]", f"drug = {_quoted(t.drug)}", f"route = {_quoted(t.route)}"]
            lines += [f"product = {_quoted(t.product)}"] if t.product else []
            lines += [f'amount = "{t.amount.mg!r} mg{"/" + t.amount.per if t.amount.per else ""}"']
            lines += [f'duration = "{t.duration!r} h"'] if t.duration else []
            lines += [f"at = [{', '.join(repr(at) for at in t.times)}]"]
        return "\n".join(lines) + "\n"

    def _head(self) -> tuple[tuple[str, str], ...]:
        return (("name", self.name), ("title", self.title), ("source", self.source))

    def __str__(self) -> str:
        head = f"Regimen {self.name!r}" + (f": {self.title}" if self.title else "")
        if not self.tables:
            return f"{head} (no doses)"
        return "\n".join([head, *(f"  {k}. {table}" for k, table in enumerate(self.tables, 1))])

    __repr__ = __str__


def milligrams(amount: Amount, weight: Sequence[float] | F64 | None, bsa: Sequence[float] | F64 | None) -> F64:
    """The amount for each person in mg; RegimenError where weight or body surface is wanted and missing."""
    if not amount.per:
        return np.asarray(amount.mg)
    by, what, name = (weight, "weight", "WT") if amount.per == "kg" else (bsa, "body surface", "WT and HT")
    if by is None:
        raise RegimenError(f"A dose of {amount} needs each person's {what}; give people with {name}.")
    size = np.asarray(by, dtype=np.float64)
    wrong = ~(np.isfinite(size) & (size > 0))
    if wrong.any():
        came = float(size[wrong][0])
        raise RegimenError(
            f"A dose of {amount} needs a {what} above zero for each person; {came:g} came for {int(wrong.sum())} of "
            f"{size.size} {'person' if size.size == 1 else 'people'}."
        )
    return amount.mg * size


def _pieces(table: Dose) -> Iterable[Given]:
    """Devices given one after the other are doses of their own; tablets or films taken together are one."""
    made = product(table.product) if table.product else None
    gap = made.interval_h if made else 0.0
    count = made.split(table.amount.mg) if made and gap else 1
    each = Amount(table.amount.mg / count, table.amount.per)
    for time in table.times:
        for k in range(count):
            yield Given(time + k * gap, table.drug, table.route, each, table.duration or 0.0)


def _is_there(text: str) -> bool:
    try:
        return Path(text).exists()
    except (OSError, ValueError):  # no path at all, such as one too long
        return False


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'
