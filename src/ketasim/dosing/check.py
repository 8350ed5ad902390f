"""Whether a model can take a regimen: its drugs and routes, and how its doses compare with the data behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np

from ketasim.dosing.regimen import Regimen, milligrams
from ketasim.engine.abi import F64
from ketasim.errors import RegimenError, UnknownName

_TOO_MUCH: Final = 100.0


class Route(Protocol):
    """What is asked of a route of a model (`model.DoseRoute` has it)."""

    @property
    def drug(self) -> str:
        """The drug's name."""

    @property
    def route(self) -> str:
        """The route's name."""

    @property
    def parts(self) -> tuple[tuple[str, float], ...]:
        """(inlet name, share of the dose) pairs."""

    @property
    def largest_mg(self) -> float:
        """The largest single dose in the data behind the route."""


def route_for(drug: str, route: str, routes: Sequence[Route], where: str = "") -> Route:
    """The model's route for a drug; UnknownName or RegimenError says `where` it was asked for and which there are."""
    known = dict.fromkeys(r.drug for r in routes)
    if drug not in known:
        what = f"drug in {where}:" if where else "drug"
        raise UnknownName(what, drug, known, "These are the drugs this model has a route for.")
    for candidate in routes:
        if (candidate.drug, candidate.route) == (drug, route):
            return candidate
    has = ", ".join(r.route for r in routes if r.drug == drug)
    model = f"{where}: the model" if where else "The model"
    raise RegimenError(f"{model} has no inlet for {drug} by route {route!r}; for {drug} it has {has}.")


def routes_of(regimen: Regimen, routes: Sequence[Route]) -> list[Route]:
    """The model's route for each [[dose]] table; what the model cannot take is refused by file and dose."""
    return [route_for(t.drug, t.route, routes, _where(regimen, k)) for k, t in enumerate(regimen.tables, 1)]


def _where(regimen: Regimen, k: int) -> str:
    return f"{regimen.file or regimen.name}, dose {k}"


def check(
    regimen: Regimen,
    routes: Sequence[Route],
    weight: Sequence[float] | F64 | None = None,
    bsa: Sequence[float] | F64 | None = None,
) -> tuple[str, ...]:
    """Refuse what the model cannot take; return warnings about doses beyond the data behind a route.

    A dose above a hundred times the largest in the data is a RegimenError, one above the largest a warning.
    """
    warnings: list[str] = []
    for k, (table, route) in enumerate(zip(regimen.tables, routes_of(regimen, routes), strict=True), 1):
        where = _where(regimen, k)
        most = float(np.max(milligrams(table.amount, weight, bsa), initial=0.0))
        limit = route.largest_mg
        what = f"{table.drug} {table.route} {table.amount}" + (f" ({most:.4g} mg at most)" if table.amount.per else "")
        if most > _TOO_MUCH * limit:
            raise RegimenError(
                f"{where}: {what} is more than {_TOO_MUCH:g} times the largest dose in any source for this route "
                f"({limit:g} mg); check the amount and its unit."
            )
        if most > limit * (1 + 1e-9):
            warnings.append(f"{where}: {what} is above the largest dose in the data behind this route ({limit:g} mg).")
    return tuple(dict.fromkeys(warnings))
