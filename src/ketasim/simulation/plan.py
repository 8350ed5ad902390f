"""The one crossing from names and units to arrays: model, people and doses become what the engine takes.

A `Study` is what all chunks share; `batch` plans the people at positions start ≤ k < stop. Everything about a person
follows from the study's seed and that person's ID and columns, so that plans do not depend on how people are cut.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ketasim.dosing.timeline import BEFORE_ALL, Changes, Observations, no_changes, resolve, rows_at
from ketasim.engine.abi import F64, I32, I64, Batch, CompiledModel, Settings, State
from ketasim.model.expression import evaluate, names, parse
from ketasim.population import chance
from ketasim.population.people import People, keys
from ketasim.simulation.columns import covariates_of
from ketasim.simulation.steady import steady_states

if TYPE_CHECKING:
    from ketasim.dosing.records import Records
    from ketasim.dosing.regimen import Regimen
    from ketasim.model.individual import Layout
    from ketasim.model.model import Model
    from ketasim.simulation.dataset import DataSet, Observed

LAST = np.iinfo(np.int32).max  # the order of a grid time: after every record of the same time


@dataclass(frozen=True)
class Study:
    """One request, checked and compiled: whom, what, when, and what to keep.

    `times` (times,) are the hours kept for everyone; `outputs` are positions among the model's outputs; `each` holds
    typical values (and coefficients, by fact id) that differ from person to person (people,), over `overrides`;
    `draws` is how many virtual people give the band beside each observation of a data set;
    `eta` (people, effects) are standard normal effects between people that are set rather than drawn, with none
    between occasions.
    """

    model: Model
    layout: Layout
    compiled: CompiledModel
    states: tuple[str, ...]
    people: People
    regimen: Regimen | None
    data: DataSet | None
    times: F64
    outputs: tuple[int, ...]
    seed: int = 0
    typical: bool = False
    residual: bool = False
    overrides: Mapping[str, float] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    each: Mapping[str, F64] = field(default_factory=dict)
    eta: F64 | None = None
    draws: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the outputs that are kept."""
        return tuple(self.model.outputs[k].name for k in self.outputs)

    @property
    def units(self) -> tuple[str, ...]:
        """Units of the outputs that are kept."""
        return tuple(self.model.outputs[k].unit for k in self.outputs)


@dataclass(frozen=True)
class Planned:
    """A chunk ready to run: `out_index` says what each output row is.

    Below people · times it is a time of the grid, person by person; above, an observation of the data set, of which
    `observed` (observations,) is the output and `who` (observations,) the person.
    """

    batch: Batch
    records: Records
    columns: Mapping[str, NDArray[Any]]
    out_index: I64
    observed: I32
    who: I64


def batch(study: Study, start: int, stop: int) -> Planned:
    """Plan the people at positions start ≤ k < stop."""
    columns = study.people.chunk(start, stop)
    n = stop - start
    records, changes, per_person, seen = _records_of(study, columns, start, stop)
    p = _parameters(study, columns, per_person, start, stop)
    p_ptr = np.concatenate([[0], np.cumsum(per_person.rows)]).astype(np.int64)
    row = rows_at(changes, records.patient, records.time, records.order, records.recorded)
    absorbed = _absorption(study, records, p, p_ptr[records.patient] + row)
    end = np.full(n, study.times[-1])
    if seen is not None and seen.time.size:
        np.maximum.at(end, seen.patient, seen.time)
    inlets = np.array([study.states.index(inlet.state) for inlet in study.model.inlets], dtype=np.int32)
    wanted = _grid(study.times, n, seen)
    timeline = resolve(records, *absorbed, inlets, len(study.states), changes, wanted, end)
    if timeline.steady.n:
        rows = p[p_ptr[timeline.steady.patient] + timeline.steady.row]
        timeline = timeline.with_steady(
            steady_states(study.compiled, rows, timeline.steady, study.settings, study.states)
        )
    first = p_ptr[:-1] + changes.start
    t0 = np.minimum(per_person.begin, study.times[0])
    return Planned(
        Batch(
            start=_start(study, p[first], t0, changes.start),
            p=p,
            p_ptr=p_ptr,
            op_t=timeline.op_t,
            op_k=timeline.op_k,
            op_i=timeline.op_i,
            op_v=timeline.op_v,
            op_ptr=timeline.op_ptr,
            out_t=timeline.out_t,
            out_after=timeline.out_after,
            out_ptr=timeline.out_ptr,
            t_end=end,
        ),
        records,
        columns,
        timeline.out_index,
        np.zeros(0, np.int32) if seen is None else seen.output,
        np.zeros(0, np.int64) if seen is None else seen.patient,
    )


@dataclass(frozen=True)
class _Rows:
    """Parameter rows of each person: how many, when the person's time begins, and what is so in each row.

    `covariates` are columns by row (only where they change within a person); `occasion` (rows,) the occasion of a row.
    """

    rows: I64
    begin: F64
    occasion: I32
    covariates: Mapping[str, NDArray[Any]] = field(default_factory=dict)


def _records_of(
    study: Study, columns: Mapping[str, NDArray[Any]], start: int, stop: int
) -> tuple[Records, Changes, _Rows, Observed | None]:
    """The records of a chunk, when its people change their row, what those rows are, and a data set's observations."""
    n = stop - start
    if study.data is not None:
        given = study.data.chunk(start, stop)
        rows = _Rows(given.rows, given.begin, given.occasion, given.covariates)
        return given.records, given.changes, rows, given.observed
    records = regimen_records(study, columns, n)
    count = int(records.occasion.max(initial=-1)) + 1
    if count < 2 or not study.layout.occasion_effects:
        return records, no_changes(n), _Rows(np.ones(n, np.int64), np.zeros(n), np.zeros(n, np.int32)), None
    rows = _Rows(np.full(n, count), np.zeros(n), np.tile(np.arange(count, dtype=np.int32), n))
    new = np.flatnonzero((np.diff(records.occasion, prepend=-1) != 0) & (records.occasion > 0))
    place = np.full(new.size, BEFORE_ALL, np.int8)
    changes = Changes(
        records.patient[new], records.time[new], records.order[new], place, records.occasion[new], np.zeros(n, np.int32)
    )
    return records, changes, rows, None


def records_of(study: Study, columns: Mapping[str, NDArray[Any]], start: int, stop: int) -> Records:
    """The records of the people at positions start ≤ k < stop, whose columns these are."""
    if study.data is not None:
        return study.data.chunk(start, stop).records
    return regimen_records(study, columns, stop - start)


def regimen_records(study: Study, columns: Mapping[str, NDArray[Any]], n: int) -> Records:
    """The records of a regimen in people with these columns, numbered 0 … n − 1, in order of patient and time."""
    from ketasim.dosing.giving import from_regimen
    from ketasim.population.covariates import derived

    if study.regimen is None:
        raise TypeError("A study without regimen has a data set.")
    known = derived(columns)
    inlets = [inlet.name for inlet in study.model.inlets]
    return from_regimen(study.regimen, study.model.routes, inlets, n, known.get("WT"), known.get("BSA"))


def _parameters(study: Study, columns: Mapping[str, NDArray[Any]], rows: _Rows, start: int, stop: int) -> F64:
    """Parameter rows (rows, parameters): typical values moved by covariates, people and occasions."""
    from ketasim.model.individual import individual_parameters

    who = np.repeat(np.arange(stop - start), rows.rows)
    covariates = covariates_of(study.model, columns, who, rows.covariates)
    if study.eta is None:
        eta, kappa = effects(study, columns["ID"], who, rows.occasion)
    else:
        eta = chance.correlated(study.eta[start:stop], study.layout.covariance())[who]
        kappa = np.zeros((who.size, len(study.layout.occasion_effects)))
    each = {name: values[start:stop][who] for name, values in study.each.items()}
    return np.ascontiguousarray(individual_parameters(study.model, covariates, eta, kappa, study.overrides, each))


def effects(study: Study, ids: NDArray[Any], who: I64, occasion: I32) -> tuple[F64, F64]:
    """Random effects between people and between occasions, a row per parameter row; 0 for a typical person."""
    layout, n = study.layout, ids.size
    if study.typical:
        return np.zeros((who.size, len(layout.effects))), np.zeros((who.size, len(layout.occasion_effects)))
    whose = keys(ids)
    z = [chance.normal(study.seed, whose, f"between people: {name}") for name in layout.effects]
    eta = chance.correlated(_side(z, n), layout.covariance())[who]
    count = int(occasion.max(initial=0)) + 1
    w = [chance.normal(study.seed, whose, f"between occasions: {name}", count) for name in layout.occasion_effects]
    drawn = _side([one[who, occasion][:, None] for one in w], who.size)
    return eta, chance.correlated(drawn, layout.occasion_covariance())


def _side(columns: list[F64], n: int) -> F64:
    return np.concatenate(columns, axis=1) if columns else np.zeros((n, 0))


def _absorption(study: Study, records: Records, p: F64, row: I64) -> tuple[F64, F64, F64, F64]:
    """Fraction, lag (h), duration (h) and rate (mg/h) of each record, from the inlets' expressions; NaN for none."""
    out = tuple(np.full(records.n, empty) for empty in (1.0, 0.0, np.nan, np.nan))
    where = {name: k for k, name in enumerate(study.layout.parameters)}
    for k, inlet in enumerate(study.model.inlets):
        mine = np.flatnonzero(records.inlet == k)
        for column, text in zip(out, (inlet.fraction, inlet.lag, inlet.duration, inlet.rate), strict=True):
            if text is None or mine.size == 0:
                continue
            used = {node.name for node in names(parse(text))}
            values = {name: p[row[mine], where[name]] for name in used if name in where}
            values["nth"] = records.nth[mine].astype(np.float64)
            column[mine] = evaluate(text, values, f"inlet {inlet.name!r}")
    return out[0], out[1], out[2], out[3]


def _grid(times: F64, n: int, seen: Observed | None) -> Observations:
    who, when = np.repeat(np.arange(n), times.size), np.tile(times, n)
    order = np.full(n * times.size, LAST, np.int64)
    if seen is None:
        return Observations(who, when, order)
    return Observations(
        np.concatenate([who, seen.patient]), np.concatenate([when, seen.time]), np.concatenate([order, seen.order])
    )


def _start(study: Study, p: F64, t0: F64, row: I32) -> State:
    n, nx = p.shape[0], study.compiled.n_states
    return State(t0, study.compiled.initial(p), np.zeros((n, nx)), row.astype(np.int64), np.zeros(n))
