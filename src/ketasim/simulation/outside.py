"""Requests outside the data behind a model: they run, and the result says so in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ketasim.dosing.records import Evid, number_sessions
from ketasim.engine.abi import I8, I64, STATUS_TEXT, Status
from ketasim.population.covariates import derived
from ketasim.simulation.columns import lacking
from ketasim.simulation.times import sessions

if TYPE_CHECKING:
    from ketasim.model.model import Covariate
    from ketasim.simulation.dataset import DataSet
    from ketasim.simulation.plan import Study

SCAN = 65_536


@dataclass
class Seen:
    """What was seen of people so far: how many lie outside each covariate's data, the largest body."""

    outside: dict[str, int] = field(default_factory=dict)
    low: dict[str, float] = field(default_factory=dict)
    high: dict[str, float] = field(default_factory=dict)
    weight: float = 0.0
    surface: float = 0.0

    def look(
        self,
        covariates: tuple[Covariate, ...],
        columns: Mapping[str, NDArray[Any]],
        changing: Mapping[str, NDArray[Any]] = MappingProxyType({}),
        whose: I64 | None = None,
    ) -> None:
        """Add a chunk of people; `changing` columns have a value per parameter row, and `whose` says whose row."""
        known = derived(columns)
        self.weight = max(self.weight, float(np.max(known["WT"], initial=0.0)) if "WT" in known else 0.0)
        self.surface = max(self.surface, float(np.max(known["BSA"], initial=0.0)) if "BSA" in known else 0.0)
        for c in covariates:
            if c.name not in known or (c.low is None and c.high is None):
                continue
            values = known[c.name] if c.name not in changing else changing[c.name]
            owner = np.arange(values.size) if whose is None or c.name not in changing else whose
            low = -np.inf if c.low is None else c.low
            high = np.inf if c.high is None else c.high
            beyond = (values < low) | (values > high)
            self.outside[c.name] = self.outside.get(c.name, 0) + int(np.unique(owner[beyond]).size)
            self.low[c.name] = min(self.low.get(c.name, np.inf), float(values.min()))
            self.high[c.name] = max(self.high.get(c.name, -np.inf), float(values.max()))


def warnings_of(study: Study) -> tuple[str, ...]:
    """Every way in which a request leaves the data behind its model, as sentences."""
    seen = Seen()
    if study.data is not None:
        rows = np.repeat(np.arange(study.people.n), study.data.rows)
        columns = study.people.chunk(0, study.people.n)
        seen.look(study.model.covariates, columns, derived(study.data.covariates), rows)
    else:
        for start in range(0, study.people.n, SCAN):
            seen.look(study.model.covariates, study.people.chunk(start, min(start + SCAN, study.people.n)))
    found = [f"{c} is not given; the model's default {v} is taken." for c, v in _defaults(study)]
    found += _negative(study)
    found += _covariates(study, seen)
    if study.data is not None:
        found += study.data.warnings
        found += _records(study, study.data)
    if study.regimen is not None:
        found += _doses(study, seen)
    return tuple(found)


def _defaults(study: Study) -> list[tuple[str, float | str]]:
    changing = () if study.data is None else tuple(study.data.covariates)
    return [(c, v) for c, v in lacking(study.model, study.people, changing)]


def _negative(study: Study) -> list[str]:
    """Parameters that were set below 0 although their source has them above."""
    layout = study.layout
    source = dict(zip(layout.parameters, layout.typical(), strict=True))
    chosen, _ = layout.split(study.overrides)
    return [
        f"{name} is set to {value:g} {layout.unit(name)}, below 0, where its source has {source[name]:.4g}: "
        "what comes out may mean nothing."
        for name, value in chosen.items()
        if value < 0 < source[name]
    ]


def _covariates(study: Study, seen: Seen) -> list[str]:
    found = []
    for c in study.model.covariates:
        count = seen.outside.get(c.name, 0)
        if count:
            span = f"{_end(c.low)} to {_end(c.high)} {c.unit}".strip()
            who = f"{count} of {study.people.n} people" if study.people.n > 1 else "This person"
            verb = "lie" if count > 1 else "lies"
            found.append(
                f"{who} {verb} outside the data of model {study.model.name!r} in {c.name} ({span}; here "
                f"{seen.low[c.name]:.4g} to {seen.high[c.name]:.4g})."
            )
    return found


def _end(limit: float | None) -> str:
    return "any" if limit is None else f"{limit:g}"


def _doses(study: Study, seen: Seen) -> list[str]:
    from ketasim.dosing.check import check, route_for

    regimen, model = study.regimen, study.model
    if regimen is None:
        return []
    weight, surface = ([x] if x > 0 else None for x in (seen.weight, seen.surface))
    found = list(check(regimen, model.routes, weight, surface))
    for drug, route in dict.fromkeys((table.drug, table.route) for table in regimen.tables):
        chosen = route_for(drug, route, model.routes)
        grade = getattr(chosen, "grade", "A")
        if grade == "D":
            note = getattr(chosen, "note", "")
            found.append(f"The route {route} of {drug} rests on evidence of grade D{': ' + note if note else '.'}")
    return found + _sessions(study, sessions([g.time for g in regimen.schedule()]).size)


def _sessions(study: Study, count: int) -> list[str]:
    largest = study.model.limits.largest_sessions
    if largest is None or count <= largest:
        return []
    return [f"{count} dosing sessions asked; the data behind model {study.model.name!r} have at most {largest}."]


def _records(study: Study, data: DataSet) -> list[str]:
    """What the doses of a data set are beside the data behind the routes that use the same inlet."""
    from ketasim.units import factor

    table, model = data.records, study.model
    given = ((table.evid == Evid.DOSE) | (table.evid == Evid.RESET_AND_DOSE)) & (table.amount > 0)
    mg = table.amount * factor(model.dose_unit, "mg") if given.any() else table.amount
    found = []
    for k, inlet in enumerate(model.inlets):
        mine = given & (table.inlet == k)
        routes = [(r, share) for r in model.routes for name, share in r.parts if name == inlet.name]
        if not mine.any() or not routes:
            continue
        limit, most = max(r.largest_mg * share for r, share in routes), float(mg[mine].max())
        if most > limit * (1 + 1e-9):
            people = np.unique(table.patient[mine & (mg > limit * (1 + 1e-9))]).size
            found.append(
                f"{people} of {study.people.n} people get more into inlet {inlet.name!r} than the data behind it have "
                f"({most:.4g} mg at most; {limit:g} mg in the data); check the amounts and their unit."
            )
        if all(r.grade == "D" for r, _ in routes):
            found.append(f"The inlet {inlet.name!r} ({routes[0][0].route}) rests on evidence of grade D.")
    return found + _sessions(study, int(number_sessions(table.take(given)).occasion.max(initial=-1)) + 1)


def failures(status: I8) -> tuple[str, ...]:
    """One sentence per way in which people's runs failed."""
    found = []
    for one in Status:
        count = int(np.sum(status == one))
        if one is not Status.FINISHED and count:
            found.append(f"{count} of {status.size} people were not solved: {STATUS_TEXT[one]}; they are NaN.")
    return tuple(found)
