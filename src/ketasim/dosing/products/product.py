"""A product: the drug, route and form it is, and the pieces a dose of it is given in."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from ketasim.errors import RegimenError, UnknownName

_SLACK: Final = 1e-6  # of a piece: rounding in the arithmetic
_PRINTED: Final = 0.005  # of a dose: labels round the salt in a piece to its last printed digit


@dataclass(frozen=True, slots=True)
class Product:
    """What a dose comes in. `piece_mg` is the base in one device, film or tablet, None for a solution.

    `pieces` are the numbers of pieces a dose may have (empty: any whole number); `interval_h` lies between two
    pieces of one dose; `routes` is where the product is given, the first if the regimen names none.
    """

    name: str
    title: str
    drug: str
    routes: tuple[str, ...]
    form: str
    source: str
    grade: str
    piece: str = ""
    piece_mg: float | None = None
    pieces: tuple[int, ...] = ()
    interval_h: float = 0.0
    sprays: int | None = None
    note: str = ""

    def __str__(self) -> str:
        strength = f", {self.piece_mg:g} mg per {self.piece}" if self.piece_mg else ""
        return f"{self.name}: {self.title} ({self.drug}, {' or '.join(self.routes)}{strength})"

    def from_salt(self, mg: float) -> float:
        """`mg` of base converted from a printed amount of salt: the whole pieces it stands for within 0.5 %, if any."""
        if self.piece_mg is None:
            return mg
        meant = round(mg / self.piece_mg) * self.piece_mg
        return meant if abs(mg - meant) <= _PRINTED * meant else mg

    def split(self, mg: float) -> int:
        """Number of pieces that make a dose of `mg` base; RegimenError lists what is possible."""
        if self.piece_mg is None:
            return 1
        count = round(mg / self.piece_mg)
        whole = count >= 1 and abs(mg / self.piece_mg - count) <= _SLACK
        if whole and (not self.pieces or count in self.pieces):
            return count
        allowed = self.pieces or (1, 2, 3, 4)
        doses = ", ".join(f"{n * self.piece_mg:g}" for n in allowed) + ("" if self.pieces else ", …")
        raise RegimenError(
            f"{self.name} comes in {self.piece}s of {self.piece_mg:g} mg, so a dose is {doses} mg; {mg:g} mg came"
        )


@cache
def _shelf() -> dict[str, Product]:
    shelf = {}
    for entry in sorted(files("ketasim.dosing.products").iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".toml"):
            made = _read(entry.name.removesuffix(".toml"), entry.read_text(encoding="utf-8"))
            shelf[made.name] = made
    return shelf


def _read(name: str, text: str) -> Product:
    table = tomllib.loads(text)
    for field in ("routes", "pieces"):
        if field in table:
            table[field] = tuple(table[field])
    if "interval_min" in table:
        table["interval_h"] = table.pop("interval_min") / 60
    return Product(name=name, **table)


def names() -> tuple[str, ...]:
    """The names of all products."""
    return tuple(_shelf())


def stepwise(drug: str, route: str) -> Product | None:
    """The product of a drug by a route that is given piece after piece (nasal esketamine), if there is one."""
    found = (one for one in _shelf().values() if one.drug == drug and route in one.routes)
    return next((one for one in found if one.piece_mg and one.interval_h), None)


def product(name: str) -> Product:
    """The product of that name; UnknownName with the nearest there are."""
    if name not in _shelf():
        raise UnknownName("product", name, _shelf(), "See `ketasim list products`.")
    return _shelf()[name]
