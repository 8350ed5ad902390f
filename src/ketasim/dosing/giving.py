"""A regimen given to people by the routes of a model: the crossing from names to event records."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ketasim.dosing.check import Route, check, route_for
from ketasim.dosing.expand import tidy
from ketasim.dosing.regimen import Regimen
from ketasim.dosing.table import Records, number_sessions, records
from ketasim.engine.abi import F64
from ketasim.errors import RegimenError


def from_regimen(
    regimen: Regimen,
    routes: Sequence[Route],
    inlet_names: Sequence[str],
    n_patients: int,
    weight: Sequence[float] | F64 | None = None,
    bsa: Sequence[float] | F64 | None = None,
) -> Records:
    """Records of a regimen for patients 0 … n − 1 with weights (kg) and body surfaces (m²).

    Every device and every inlet fed is a record; infusions carry their duration. What the model cannot take is refused
    as in `dosing.check.check`.
    """
    check(regimen, routes, weight, bsa)
    given = regimen.schedule()
    position = {name: k for k, name in enumerate(inlet_names)}
    parts = [
        (k, position[inlet], share) for k, g in enumerate(given) for inlet, share in _parts(g.drug, g.route, routes)
    ]
    if not parts or not n_patients:
        return records(time=np.empty(0))
    which = np.array([p[0] for p in parts])
    share = np.array([p[2] for p in parts])
    doses = regimen.doses(weight, bsa)
    one = number_sessions(
        records(
            time=tidy(doses.time[which]),
            inlet=np.array([p[1] for p in parts]),
            duration=doses.duration[which],
        )
    )
    mg = np.broadcast_to(doses.mg, (_people(doses.mg.shape[0], n_patients), doses.mg.shape[1]))
    entry = np.tile(np.arange(which.size), n_patients)
    return one.take(entry).replace(
        patient=np.repeat(np.arange(n_patients), which.size), amount=(mg[:, which] * share).ravel()
    )


def _people(rows: int, n: int) -> int:
    if rows not in (1, n):
        who = "each person" if n == 1 else f"each of {n} people"
        raise RegimenError(f"A weight or body surface for {who} was expected; {rows} came.")
    return n


def _parts(drug: str, route: str, routes: Sequence[Route]) -> tuple[tuple[str, float], ...]:
    return route_for(drug, route, routes).parts
