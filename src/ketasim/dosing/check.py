"""Whether a model can take a regimen: its drugs and routes, and how its doses compare with the data behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np

from ketasim.dosing.quantities import Amount
from ketasim.dosing.regimen import Regimen, milligrams
from ketasim.engine.abi import F64
from ketasim.errors import RegimenError, UnknownName

TOO_MUCH: Final = 100.0
ROUNDING: Final = 1e-9  # exactly the largest dose, or 100 times it, is not beyond it


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
        """The largest single dose in the sources of the route, mg (in someone of 70 kg, if they give it by weight)."""

    @property
    def largest_per_kg(self) -> float | None:
        """That dose in mg/kg, where the sources give it by weight."""

    @property
    def largest_hourly(self) -> float | None:
        """The fastest infusion that was kept up for hours: mg/kg/h, or mg/h where the largest dose is not by weight."""


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


def largest_dose(route: Route, weight: F64 | None, hours: float | F64 = 0.0) -> F64:
    """The most (mg) that the sources of a route have for people of these weights (kg) over so many hours.

    An infusion may bring the largest single dose, or what the fastest long infusion brings in its time. People whose
    weight is not known count with that of the route's own mg.
    """
    most = np.asarray(route.largest_mg, dtype=np.float64)
    size = np.asarray(1.0)
    if route.largest_per_kg is not None:
        standard = route.largest_mg / route.largest_per_kg
        size = np.asarray(standard) if weight is None else np.where(weight > 0, weight, standard)
        most = route.largest_per_kg * size
    return np.asarray(np.maximum(most, (route.largest_hourly or 0.0) * size * hours))


def largest_text(route: Route, infused: bool = False) -> str:
    """The largest dose of a route in words: "13 mg/kg", "5 mg/kg, or 6 mg/kg/h infused"."""
    per = "" if route.largest_per_kg is None else "/kg"
    dose = route.largest_mg if route.largest_per_kg is None else route.largest_per_kg
    rate = f", or {route.largest_hourly:g} mg{per}/h infused" if infused and route.largest_hourly else ""
    return f"{dose:g} mg{per}{rate}"


def check(
    regimen: Regimen,
    routes: Sequence[Route],
    weight: Sequence[float] | F64 | None = None,
    bsa: Sequence[float] | F64 | None = None,
) -> tuple[str, ...]:
    """Refuse what the model cannot take; return warnings about doses beyond the sources of a route.

    `weight` (kg) and `bsa` (m²) go together, a value of each per person. A dose above a hundred times the largest in
    any source is a RegimenError, one above the largest a warning.
    """
    warnings: list[str] = []
    for k, (table, route) in enumerate(zip(regimen.tables, routes_of(regimen, routes), strict=True), 1):
        where = _where(regimen, k)
        infused = bool(table.duration)
        mg = milligrams(table.amount, weight, bsa)
        known = None if weight is None else np.asarray(weight, dtype=np.float64)
        share = np.atleast_1d(mg / largest_dose(route, known, table.duration or 0.0))
        worst = int(np.argmax(share)) if share.size else 0
        much = float(share[worst]) if share.size else 0.0
        what = f"{table.drug} {table.route} {table.amount}{_at_most(table.amount, route, mg, known, worst)}"
        limit = largest_text(route, infused)
        if much > TOO_MUCH * (1 + ROUNDING):
            raise RegimenError(
                f"{where}: {what} is more than {TOO_MUCH:g} times the largest dose in any source behind this "
                f"route ({limit}); check the amount and its unit."
            )
        if much > 1 + ROUNDING:
            warnings.append(f"{where}: {what} is above the largest dose in any source behind this route ({limit}).")
    return tuple(dict.fromkeys(warnings))


def _at_most(amount: Amount, route: Route, mg: F64, weight: F64 | None, worst: int) -> str:
    """What an amount comes to in the unit of the route's largest dose, if it is not given in it."""
    by_weight = route.largest_per_kg is not None
    if by_weight and amount.per != "kg" and weight is not None:
        dose = np.broadcast_to(mg, weight.shape)[worst] / weight[worst]
        return f" ({dose:.4g} mg/kg at {weight[worst]:.4g} kg)"
    if not by_weight and amount.per:
        return f" ({np.atleast_1d(mg)[worst]:.4g} mg at most)"
    return ""
