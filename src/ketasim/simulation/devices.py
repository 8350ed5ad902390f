"""Doses from devices that hold less: given at once by one record, where in life one device follows another."""

from __future__ import annotations

from typing import Any

import numpy as np

from ketasim.dosing.dataset import Columns
from ketasim.dosing.events import Events
from ketasim.dosing.products import Product, stepwise
from ketasim.dosing.records import Evid
from ketasim.dosing.regimen import Regimen, milligrams
from ketasim.engine.abi import F64
from ketasim.model.model import Model
from ketasim.units import factor

_SLACK = 0.01  # 32.3 mg of the hydrochloride, as on the label, are 28.005 mg


def in_regimen(regimen: Regimen, weight: F64 | None, surface: F64 | None) -> tuple[str, ...]:
    """A sentence for each [[dose]] without product above what one device of its drug and route holds.

    `weight` (kg) and `surface` (m²) are those of the people for whom a dose can be largest.
    """
    found = []
    for k, table in enumerate(regimen.tables, 1):
        made = stepwise(table.drug, table.route)
        if made is None or table.product is not None:
            continue
        most = float(np.max(milligrams(table.amount, weight, surface), initial=0.0))
        if _beyond(most, made):
            found.append(
                f"{regimen.file or regimen.name}, dose {k}: {table.drug} {table.route} {table.amount} is given at "
                f'once, {_holds(made)}; write product = "{made.name}" for devices {_apart(made)}; the peak is lower '
                "then."
            )
    return tuple(found)


def in_data_set(columns: Columns, events: Events, model: Model) -> tuple[str, ...]:
    """A sentence about dose records above what one device holds, by the name of the route or where it alone goes."""
    dose = np.isin(events.evid, [Evid.DOSE, Evid.RESET_AND_DOSE])
    if not columns.has("CMT") or not dose.any():
        return ()
    cells = np.array([" ".join(str(cell).split()) for cell in columns.text("CMT")])
    mg = events.amount * factor(model.dose_unit, "mg")
    found = []
    for drug, route, names in _routes(model):
        if (made := stepwise(drug, route)) is None:
            continue
        large = np.flatnonzero(dose & np.isin(cells, names) & _beyond(mg, made))
        if large.size:
            k = int(large[0])
            more = f" ({large.size} such records)" if large.size > 1 else ""
            found.append(
                f"{columns.path}, line {int(columns.line[k])}: {mg[k]:g} mg of {drug} by route {route} is given at "
                f"once{more}, {_holds(made)}; write one record of {made.piece_mg:g} mg per {made.piece}, "
                f"{_apart(made)}; the peak is lower then."
            )
    return tuple(found)


def _routes(model: Model) -> list[tuple[str, str, list[str]]]:
    """Drug, route and what CMT may say for it: its name, and the first inlet, if no other route than this feeds it."""
    found = []
    position = {inlet.name: k for k, inlet in enumerate(model.inlets, 1)}
    for r in model.routes:
        first, share = r.parts[0]
        alone = share == 1.0 and {o.route for o in model.routes for n, _ in o.parts if n == first} == {r.route}
        names = [f"{r.drug} {r.route}", *([first, str(position[first])] if alone else [])]
        found.append((r.drug, r.route, names))
    return found


def _beyond(mg: float | F64, made: Product) -> Any:
    return mg > (made.piece_mg or np.inf) * (1 + _SLACK)


def _holds(made: Product) -> str:
    return f"though one {made.piece} of {made.name} holds {made.piece_mg:g} mg"


def _apart(made: Product) -> str:
    return f"{60 * made.interval_h:g} min apart"
