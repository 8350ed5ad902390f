"""A NONMEM-style data set for a model: records, parameter rows that change, and what was observed.

Follows NONMEM, except: a covariate that is missing ('.') is carried from the patient's nearest record before it (else
after it), not read as 0; RATE 0 leaves an inlet its own way of absorption; compartments cannot be turned off.
CMT of a dose is the number of an inlet (as `ketasim list` counts them), its name, or "drug route" ("ketamine
iv_infusion"), which feeds all inlets of that route. An observation's output is DVID, else CMT, by number or name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ketasim.dosing.dataset import RESERVED, Columns, read_columns
from ketasim.dosing.events import Events, events_of
from ketasim.dosing.expand import expand
from ketasim.dosing.records import Evid, Rate, Records, number_sessions, records
from ketasim.dosing.timeline import Changes, Observations
from ketasim.engine.abi import F64, I32, I64
from ketasim.errors import DataError, UnknownName
from ketasim.model.model import Model
from ketasim.population.people import People, listed
from ketasim.simulation.covariates import covariate_columns, factor_of, named
from ketasim.simulation.devices import in_data_set
from ketasim.simulation.instead import check_model
from ketasim.simulation.onscale import below_nothing, refuse_beyond
from ketasim.simulation.overlooked import changing, overlooked, refuse_bolus
from ketasim.simulation.rows import Rows, parameter_rows
from ketasim.units import many

Carry = Literal["nocb", "locf"]
_EVENT_UNITS: Final = {"TIME": "h", "II": "h"}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Observed:
    """Observation records (EVID 0 and 2), shape (observations,), sorted by patient, time and order.

    `clock` is TIME as it stands in the file (h); `dv` is in the output's unit and NaN where nothing was measured;
    `cens` is 1 below quantification (-1 above), `limit` its other bound; `output` counts the model's outputs from 0.
    """

    patient: I64
    time: F64
    order: I64
    clock: F64
    output: I32
    dv: F64
    cens: I32
    limit: F64
    line: I64

    @property
    def wanted(self) -> Observations:
        """Where the engine has to read out, as `dosing.timeline.resolve` takes it."""
        return Observations(self.patient, self.time, self.order)

    def __repr__(self) -> str:
        return f"Observed({many(self.time.size, 'record')}, {int(np.isfinite(self.dv).sum())} of them measured)"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Piece:
    """Some individuals of a data set, numbered from 0: what a chunk of a run needs. See `DataSet`."""

    records: Records
    changes: Changes
    rows: I64
    begin: F64
    occasion: I32
    covariates: Mapping[str, NDArray[Any]]
    observed: Observed


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DataSet:
    """A data set read for a model.

    `people` holds the individuals with the covariates of their first record; `records` the doses with additional ones
    written out; `rows` (n,) how many parameter rows each individual has, of which `occasion` and `covariates` (the
    model's, where the file has them) say what holds in it; `begin` (n,) is the time of each first record.
    """

    path: str
    people: People
    records: Records
    changes: Changes
    rows: I64
    begin: F64
    occasion: I32
    covariates: Mapping[str, NDArray[Any]]
    observed: Observed
    warnings: tuple[str, ...]

    @property
    def n(self) -> int:
        """Number of individuals."""
        return self.people.n

    def __repr__(self) -> str:
        given = many(self.records.n, "dose record")
        return f"DataSet({self.path}: {many(self.n, 'individual')}, {given}, {self.observed!r})"

    def chunk(self, start: int, stop: int) -> Piece:
        """The individuals at positions start ≤ k < stop, renumbered from 0."""
        ptr = np.concatenate([[0], np.cumsum(self.rows)])
        of_rows = slice(int(ptr[start]), int(ptr[stop]))
        c, o = self.changes, self.observed
        given = _span(self.records.patient, start, stop)
        moved = _span(c.patient, start, stop)
        seen = _span(o.patient, start, stop)
        table = self.records.take(given)
        who, begun = c.patient[moved] - start, c.start[start:stop]
        return Piece(
            table.replace(patient=table.patient - start),
            Changes(who, c.time[moved], c.order[moved], c.place[moved], c.row[moved], begun),
            self.rows[start:stop],
            self.begin[start:stop],
            self.occasion[of_rows],
            {name: values[of_rows] for name, values in self.covariates.items()},
            Observed(
                o.patient[seen] - start, o.time[seen], o.order[seen], o.clock[seen], o.output[seen], o.dv[seen],
                o.cens[seen], o.limit[seen], o.line[seen],
            ),
        )  # fmt: skip


def _span(patient: I64, start: int, stop: int) -> slice:
    return slice(int(np.searchsorted(patient, start)), int(np.searchsorted(patient, stop)))


def read(path: str | Path, model: Model, carry: Carry = "nocb") -> DataSet:
    """Read a data set for a model; a file NAME.units.toml beside it may say in what units its columns are.

    `carry` says how covariates hold between records: "nocb", NONMEM's way, from the record before up to their own
    record; "locf" from their own record on. DataError names line and column; UnknownName another way to carry.
    """
    check_model(model)
    if carry not in get_args(Carry):
        raise UnknownName("way to carry covariates", str(carry), get_args(Carry))
    columns = named(read_columns(path), model)
    units = _units(Path(path), columns)
    events = events_of(columns, _event_factors(columns, units, model.dose_unit))
    covariates, filled = covariate_columns(columns, events, model, units)
    parts = _parts(columns, events, model)
    refuse_bolus(columns, events, model)
    table, per_row = _records(columns, events, model, parts)
    by_session = any(p.occasion for c in model.components for p in c.parameters) and not columns.has("OCC")
    table = number_sessions(expand(table), keep_occasions=not by_session)
    occ = _occasions(columns, events)
    rows: Rows = parameter_rows(events, covariates, occ, table if by_session else None, per_row, carry)
    first = np.flatnonzero(np.diff(events.patient, prepend=-1) != 0)
    names = np.array(events.label) if len(set(events.ids.tolist())) < events.ids.size else events.ids
    baseline = {name: values[first] for name, values in covariates.items()}
    who = listed({"ID": names, **baseline}, Path(path).name, {"kind": "data set", "name": Path(path).name})
    observed = _observed(columns, events, model, units, per_row)
    return DataSet(
        str(path),
        who,
        table,
        rows.changes,
        rows.count,
        events.time[first],
        rows.occasion,
        {name: values[rows.file_row] for name, values in covariates.items()},
        observed,
        events.warnings
        + filled
        + changing(columns, events, covariates, carry)
        + overlooked(columns, events, model, covariates)
        + in_data_set(columns, events, model)
        + below_nothing(str(path), observed.output.astype(np.int64), observed.dv, model),
    )


def _units(path: Path, columns: Columns) -> dict[str, str]:
    """The [units] table of NAME.units.toml beside NAME.csv, if there is one."""
    beside = path.with_suffix(".units.toml")
    if not beside.is_file():
        return {}
    try:
        table = tomllib.loads(beside.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as why:
        raise DataError(f"{beside} is not UTF-8 text, which TOML needs; save it as UTF-8.") from why
    except (tomllib.TOMLDecodeError, RecursionError) as why:
        raise DataError(f"{beside} is not TOML: {why}.") from why
    units = table.get("units")
    if not isinstance(units, dict) or not all(isinstance(v, str) for v in units.values()):
        raise DataError(f'{beside}: expected a table [units] with lines such as TIME = "min".')
    return {(k.upper() if k.upper() in {*RESERVED, *columns.cells} else k): v for k, v in units.items()}


def _event_factors(columns: Columns, units: Mapping[str, str], dose_unit: str) -> dict[str, float]:
    for name in units:
        if not columns.has(name):
            raise UnknownName(f"column in the units of {columns.path}:", name, columns.cells)
    wanted = _EVENT_UNITS | {"AMT": dose_unit, "RATE": f"{dose_unit}/h"}
    return {name: factor_of(columns, name, units[name], unit) for name, unit in wanted.items() if name in units}


_Parts = tuple[tuple[int, float], ...]


def _parts(columns: Columns, events: Events, model: Model) -> tuple[list[_Parts], I64]:
    """What each dose record feeds: the distinct (inlet, share) lists, and which of them each row has."""
    dose = np.isin(events.evid, [Evid.DOSE, Evid.RESET_AND_DOSE, Evid.REPLACE])
    if not model.inlets and dose.any():
        columns.refuse(int(np.argmax(dose)), "EVID", f"model {model.name!r} has no inlet for a dose")
    if not columns.has("CMT"):
        return [((0, 1.0),)], np.zeros(columns.n, np.int64)
    cells = np.where(dose, columns.text("CMT"), "").astype(str)
    unique, back = np.unique(cells, return_inverse=True)
    made = []
    for k, text in enumerate(unique.tolist()):
        found = _inlets(text, model)
        if found is None:
            names = ", ".join([*(f"{i} = {x.name}" for i, x in enumerate(model.inlets, 1)), *_route_names(model)])
            off = " (turning compartments off is not possible)" if text.startswith("-") else ""
            columns.refuse(
                int(np.argmax(back == k)), "CMT", f"{text!r} is no inlet of the model{off}; there are {names}"
            )
        made.append(found)
    return made, back


def _route_names(model: Model) -> list[str]:
    return [f"{r.drug} {r.route}" for r in model.routes]


def _inlets(text: str, model: Model) -> _Parts | None:
    number = _whole(text)
    if text == "" or number == 0:
        return ((0, 1.0),)
    if number is not None:
        return ((number - 1, 1.0),) if 1 <= number <= len(model.inlets) else None
    position = {x.name: k for k, x in enumerate(model.inlets)}
    if text in position:
        return ((position[text], 1.0),)
    for route in model.routes:
        if f"{route.drug} {route.route}" == " ".join(text.split()):
            return tuple((position[name], share) for name, share in route.parts)
    return None


def _whole(text: str) -> int | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return int(value) if value.is_integer() else None


def _records(columns: Columns, e: Events, model: Model, parts: tuple[list[_Parts], I64]) -> tuple[Records, int]:
    """Dose, reset and replace records, one for each inlet fed, and how many `order`s each row of the file has."""
    kinds, back = parts
    per_row = max(len(p) for p in kinds)
    acts = (e.evid != Evid.OBSERVATION) & (e.evid != Evid.OTHER)
    at = np.flatnonzero(acts)
    count = np.where(e.evid[at] == Evid.RESET, 1, np.array([len(p) for p in kinds])[back[at]])
    row = np.repeat(at, count)
    k = np.arange(row.size) - np.repeat(np.cumsum(count) - count, count)
    inlet = np.array([[i for i, _ in p] + [0] * (per_row - len(p)) for p in kinds])[back[row], k]
    share = np.array([[s for _, s in p] + [0.0] * (per_row - len(p)) for p in kinds])[back[row], k]
    _check_modelled(columns, e, model, row, inlet)
    again = k > 0  # the further inlets of one dose: they must not wipe what the first has put there
    evid = np.where(again & (e.evid[row] == Evid.RESET_AND_DOSE), Evid.DOSE, e.evid[row])
    table = records(
        patient=e.patient[row],
        time=e.time[row],
        evid=evid,
        amount=e.amount[row] * share,
        inlet=inlet,
        rate=np.where(e.rate[row] > 0, e.rate[row] * share, e.rate[row]),
        ii=e.ii[row],
        addl=e.addl[row],
        ss=np.where(again & (e.ss[row] > 0), 2, e.ss[row]),
        order=row * per_row + k,
    )
    return table, per_row


def _check_modelled(columns: Columns, e: Events, model: Model, row: I64, inlet: NDArray[Any]) -> None:
    for code, what in ((Rate.MODELLED_RATE, "rate"), (Rate.MODELLED_DURATION, "duration")):
        lacks = np.array([getattr(x, what) is None for x in model.inlets] or [True])
        wrong = (e.rate[row] == code) & lacks[inlet]
        if wrong.any():
            k = int(np.argmax(wrong))
            name = model.inlets[int(inlet[k])].name
            columns.refuse(int(row[k]), "RATE", f"{int(code)} asks for a modelled {what}, but inlet {name!r} has none")


def _occasions(columns: Columns, e: Events) -> I64:
    """OCC as a count from 0 within each individual, in order of appearance; 0 throughout without such a column."""
    if not columns.has("OCC"):
        return np.zeros(columns.n, np.int64)
    value = columns.number("OCC")
    value = np.where(np.isnan(value), 0.0, value)
    _, first, back = np.unique(np.column_stack([e.patient, value]), axis=0, return_index=True, return_inverse=True)
    rank = np.empty(first.size, np.int64)
    order = np.argsort(first)
    rank[order] = np.arange(first.size)
    whole = rank[back.ravel()]
    head = np.flatnonzero(np.diff(e.patient, prepend=-1) != 0)
    return np.asarray(whole - whole[head][e.patient], dtype=np.int64)


def _censored(columns: Columns) -> F64:
    """CENS: 1 below quantification, -1 above, 0 measured; DataError for another number."""
    cens = columns.whole("CENS")
    if (wrong := np.abs(cens) > 1).any():
        k = int(np.argmax(wrong))
        why = f"expected 0 (measured), 1 (below quantification) or -1 (above), but {cens[k]:g} came"
        columns.refuse(k, "CENS", why)
    return cens


def _observed(columns: Columns, e: Events, model: Model, units: Mapping[str, str], per_row: int) -> Observed:
    at = np.flatnonzero((e.evid == Evid.OBSERVATION) | (e.evid == Evid.OTHER))
    output = _outputs(columns, e, model)[at]
    dv, limit = columns.number("DV")[at], columns.number("LIMIT")[at]
    unmeasured = (columns.whole("MDV")[at] != 0) | (e.evid[at] == Evid.OTHER)
    for k in np.unique(output).tolist():
        mine, unit = output == k, model.outputs[k].unit
        if "DV" in units:
            dv[mine] *= factor_of(columns, "DV", units["DV"], unit)
        if "LIMIT" in units or "DV" in units:
            limit[mine] *= factor_of(columns, "LIMIT", units.get("LIMIT", units.get("DV", unit)), unit)
    dv = np.where(unmeasured, np.nan, dv)
    refuse_beyond(columns, at, output, dv, model)
    return Observed(
        e.patient[at],
        e.time[at],
        at * per_row,
        e.clock[at],
        output.astype(np.int32),
        dv,
        _censored(columns)[at].astype(np.int32),
        limit,
        columns.line[at],
    )


def _outputs(columns: Columns, e: Events, model: Model) -> I64:
    """Which output each observation record reads: DVID, else CMT, by number or name; the first where neither says."""
    out = np.zeros(columns.n, np.int64)
    by = next((name for name in ("DVID", "CMT") if columns.has(name)), None)
    if by is None or not model.outputs:
        return out
    cells = np.where(e.evid == Evid.OBSERVATION, columns.text(by), "").astype(str)
    unique, back = np.unique(cells, return_inverse=True)
    names = [o.name for o in model.outputs]
    for k, text in enumerate(unique.tolist()):
        number = _whole(text)
        if text in names:
            found = names.index(text)
        elif text and number is None and _inlets(text, model):
            columns.refuse(
                int(np.argmax(back == k)), by, f"{text!r} is where a dose goes, but this record has no AMT above 0"
            )
        elif text == "" or number == 0 or (number is not None and by == "CMT" and len(names) == 1):
            found = 0
        elif number is not None and 1 <= number <= len(names):
            found = number - 1
        else:
            there = ", ".join(f"{i} = {name}" for i, name in enumerate(names, 1))
            columns.refuse(int(np.argmax(back == k)), by, f"{text!r} is no output of the model; there are {there}")
        out[back == k] = found
    return out
