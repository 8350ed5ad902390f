"""Requests outside the data behind a model: they run, and the result says so in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ketasim.dosing.records import Evid
from ketasim.engine.abi import F64, I8, I64, STATUS_TEXT, Status
from ketasim.errors import DataError
from ketasim.model.share import is_share
from ketasim.population.covariates import derived
from ketasim.simulation import ages, beliefs, devices, idle, noise, often, unwatched
from ketasim.simulation.ages import SCAN
from ketasim.simulation.columns import lacking, refuse
from ketasim.simulation.overlooked import unread
from ketasim.units import counted

if TYPE_CHECKING:
    from ketasim.model.model import Covariate
    from ketasim.simulation.dataset import DataSet
    from ketasim.simulation.plan import Study

FAR = 100.0  # times from its source at which a changed parameter is told
SCORE = "MADRS"


@dataclass
class Seen:
    """What was seen of people so far: how many lie outside each covariate's data, and the bodies at the extremes.

    `bodies` are (weight, surface) of whom a dose can be largest for: the heaviest, the lightest, the largest by surface
    and by surface per weight. Surface is NaN where it is not known.
    """

    outside: dict[str, int] = field(default_factory=dict)
    low: dict[str, float] = field(default_factory=dict)
    high: dict[str, float] = field(default_factory=dict)
    bodies: dict[str, tuple[float, float]] = field(default_factory=dict)
    best: dict[str, float] = field(default_factory=dict)

    def look(
        self,
        covariates: tuple[Covariate, ...],
        columns: Mapping[str, NDArray[Any]],
        changing: Mapping[str, NDArray[Any]] = MappingProxyType({}),
        whose: I64 | None = None,
    ) -> None:
        """Add a chunk of people; `changing` columns have a value per parameter row, and `whose` says whose row."""
        known = derived(columns)
        if "WT" in known:
            weight = np.asarray(known["WT"], dtype=np.float64)
            self._extremes(weight, np.asarray(known.get("BSA", np.full(weight.size, np.nan)), dtype=np.float64))
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

    def _extremes(self, weight: F64, surface: F64) -> None:
        by = {"heaviest": weight, "lightest": -weight, "largest": surface, "thinnest": surface / weight}
        for name, size in by.items():
            if not size.size:
                continue
            k = int(np.argmax(np.where(np.isfinite(size), size, -np.inf)))
            if np.isfinite(size[k]) and size[k] > self.best.get(name, -np.inf):
                self.best[name] = float(size[k])
                self.bodies[name] = (float(weight[k]), float(surface[k]))

    @property
    def weight(self) -> F64 | None:
        """Weights (kg) of the bodies at the extremes; None where no weight is known."""
        return np.array([w for w, _ in self.bodies.values()]) if self.bodies else None

    @property
    def surface(self) -> F64 | None:
        """Surfaces (m²) of the same bodies; None where no surface is known."""
        found = np.array([s for _, s in self.bodies.values()])
        return found if found.size and np.isfinite(found).all() else None


def warnings_of(study: Study) -> tuple[str, ...]:
    """What the model says of itself, and every way in which a request leaves the data behind it, as sentences."""
    seen = Seen()
    if study.data is not None:
        rows = np.repeat(np.arange(study.people.n), study.data.rows)
        columns = study.people.chunk(0, study.people.n)
        seen.look(study.model.covariates, columns, derived(study.data.covariates), rows)
    else:
        for start in range(0, study.people.n, SCAN):
            columns = study.people.chunk(start, min(start + SCAN, study.people.n))
            refuse(study.model, columns, study.people.place, start)
            seen.look(study.model.covariates, columns)
    found = [study.model.caution] if study.model.caution else []
    found += [*study.people.warnings, *unread(study.people, study.model)]
    found += _defaults(study)
    found += _drawn(study) + _alike(study)
    found += [*_changed(study), *idle.warnings_of(study)]
    found += _covariates(study, seen)
    if study.data is not None:
        found += study.data.warnings
        found += _records(study, study.data)
    found += unwatched.warnings_of(study, SCORE)
    found += ages.warnings_of(study, SCORE)
    found += noise.warnings_of(study)
    found += beliefs.warnings_of(study)
    if study.regimen is not None:
        found += _doses(study, seen)
    return tuple(found)


def _defaults(study: Study) -> list[str]:
    """Covariates that are not given, and that then nobody differs in."""
    changing = () if study.data is None else tuple(study.data.covariates)
    usual = {c.name for c in study.model.covariates if c.usual}
    found = []
    for name, value in lacking(study.model, study.people, changing):
        whom = " for everybody" if study.people.n > 1 else ""
        alike = ", so that people differ less than patients do" if whom and not isinstance(value, str) else ""
        if name not in usual:
            found.append(f"{name} is not given; the model's default {value} is taken{whom}{alike}.")
    return found


def _drawn(study: Study) -> list[str]:
    """One person who was described, not typical: a single draw of what differs between people with these properties."""
    named = study.people.n == 1 and study.people.source.get("kind") in ("one person", "file")
    if not named or study.typical or study.eta is not None or study.data is not None:
        return []
    if not study.layout.effects and not study.layout.occasion_effects:
        return []
    return [
        f"One person with these properties, drawn at random (seed {study.seed}); `ketasim simulate --typical` leaves "
        "out what differs between people."
    ]


def _alike(study: Study) -> list[str]:
    """Several people of a model in which nothing differs between people at random."""
    plan = study.layout
    if study.people.n < 2 or study.typical or study.data is not None or plan.effects or plan.occasion_effects:
        return []
    read = [c.name for c in study.model.covariates]
    but = f", apart from what their covariates ({', '.join(read)}) do" if read else ""
    return [f"Model {study.model.name!r} has no variability between people: they are all alike{but}."]


def _changed(study: Study) -> list[str]:
    """Parameters that were set below 0 or, shares, above 1 where their source is not, or far from where it has them."""
    layout = study.layout
    source = dict(zip(layout.parameters, layout.typical(), strict=True))
    chosen, coefficients = layout.split(study.overrides)
    effects = [effect.coefficient for name in layout.parameters for effect in layout.parameter(name).effects]
    source |= {fact.id: fact.number for fact in effects}
    units = {fact.id: fact.unit for fact in effects} | {name: layout.unit(name) for name in chosen}
    found = []
    for name, value in (chosen | coefficients).items():
        told = f"{name} is set to {value:g} {units[name]}".removesuffix(" 1").rstrip()
        if value < 0 < source[name]:
            told += f", below 0, where its source has {source[name]:.4g}"
        elif name in chosen and value > 1 >= source[name] and is_share(layout.parameter(name)):
            told += f", but it is a share, which is at most 1 (its source has {source[name]:.4g})"
        elif value * source[name] > 0 and not 1 / FAR <= value / source[name] <= FAR:
            where = "above" if abs(value) > abs(source[name]) else "below"
            told += f", more than {FAR:g} times {where} the {source[name]:.4g} of its source"
        else:
            continue
        found.append(f"{told}: what comes out may mean nothing.")
    return found


def _covariates(study: Study, seen: Seen) -> list[str]:
    found = []
    for c in study.model.covariates:
        count = seen.outside.get(c.name, 0)
        if count:
            low, high = f"{seen.low[c.name]:.4g}", f"{seen.high[c.name]:.4g}"
            here = low if low == high else f"{low} to {high}"
            span = f"{_end(c.low)} to {_end(c.high)} {counted(c.unit)}".strip()
            found.append(
                f"{ages.who(count, study.people.n, 'lies', 'lie')} outside the data of model {study.model.name!r} in "
                f"{c.name} ({span}; here {here})."
            )
    return found


def _end(limit: float | None) -> str:
    return "any" if limit is None else f"{limit:g}"


def _doses(study: Study, seen: Seen) -> list[str]:
    from ketasim.dosing.check import check, route_for

    regimen, model = study.regimen, study.model
    if regimen is None:
        return []
    found = list(check(regimen, model.routes, seen.weight, seen.surface))
    found += devices.in_regimen(regimen, seen.weight, seen.surface)
    for drug, route in dict.fromkeys((table.drug, table.route) for table in regimen.tables):
        chosen = route_for(drug, route, model.routes)
        grade = getattr(chosen, "grade", "A")
        if grade == "D":
            note = getattr(chosen, "note", "")
            found.append(f"The route {route} of {drug} rests on evidence of grade D{': ' + note if note else '.'}")
    given = regimen.schedule()
    found += often.in_a_day(regimen, model.routes, seen.weight, seen.surface)
    return found + often.sessions_of(
        model, often.each_day(*np.array([(g.time, g.duration) for g in given]).reshape(-1, 2).T)[1]
    )


def _records(study: Study, data: DataSet) -> list[str]:
    """What the doses of a data set are beside the data behind the routes that use the same inlet."""
    from ketasim.dosing.check import ROUNDING, TOO_MUCH, largest_dose
    from ketasim.units import factor

    table, model = data.records, study.model
    bodies = derived(study.people.chunk(0, study.people.n))
    weight = np.asarray(bodies["WT"], dtype=np.float64)[table.patient] if "WT" in bodies else None
    hours = np.divide(table.amount, table.rate, out=table.duration.copy(), where=table.rate > 0)
    given = ((table.evid == Evid.DOSE) | (table.evid == Evid.RESET_AND_DOSE)) & (table.amount > 0)
    mg = table.amount * factor(model.dose_unit, "mg") if given.any() else table.amount
    found = []
    for k, inlet in enumerate(model.inlets):
        mine = given & (table.inlet == k)
        routes = [(r, share) for r in model.routes for name, share in r.parts if name == inlet.name]
        if not mine.any() or not routes:
            continue
        limit = np.max([np.broadcast_to(largest_dose(r, weight, hours) * s, mg.shape) for r, s in routes], axis=0)
        beyond = mine & (mg > limit * (1 + ROUNDING))
        if beyond.any():
            worst = int(np.argmax(np.where(beyond, mg / limit, 0.0)))
            if mg[worst] > TOO_MUCH * limit[worst] * (1 + ROUNDING):
                who = study.people.chunk(0, study.people.n)["ID"][table.patient[worst]]
                raise DataError(
                    f"{data.path}: ID {who} gets {mg[worst]:g} mg into inlet {inlet.name!r} at {table.time[worst]:g} "
                    f"h, more than {TOO_MUCH:g} times the largest dose in any source for it ({limit[worst]:.4g} mg); "
                    "check the amount and its unit."
                )
            count = np.unique(table.patient[beyond]).size
            found.append(
                f"{ages.who(count, study.people.n, 'gets', 'get')} more into inlet {inlet.name!r} than any source has "
                f"({mg[worst]:.4g} mg where {limit[worst]:.4g} mg is the largest); check the amounts and their unit."
            )
        found += often.in_a_day_of_all(study, table.take(mine), mg[mine], hours[mine], inlet.name, routes)
        if all(r.grade == "D" for r, _ in routes):
            found.append(f"The inlet {inlet.name!r} ({routes[0][0].route}) rests on evidence of grade D.")
    whose, time = often.each_day(table.time[given], hours[given])
    return found + often.sessions_of_all(model, table.patient[given][whose], time)


def failures(status: I8) -> tuple[str, ...]:
    """One sentence per way in which people's runs failed."""
    found = []
    for one in Status:
        count = int(np.sum(status == one))
        if one is not Status.FINISHED and count:
            told = ages.who(count, status.size, "was", "were")
            found.append(f"{told} not solved: {STATUS_TEXT[one]}; the results are NaN.")
    return tuple(found)
