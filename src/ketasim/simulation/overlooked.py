"""What a file leaves unsaid or says in vain: columns that nothing reads, and records whose CMT was guessed."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

import numpy as np

from ketasim.dosing.dataset import NUMBERS, RESERVED, Columns
from ketasim.dosing.events import Events
from ketasim.dosing.records import Evid
from ketasim.errors import DataError, PeopleError
from ketasim.model.model import Model
from ketasim.population.covariates import KNOWN
from ketasim.population.meant import meant
from ketasim.population.people import People

AMOUNT: Final = re.compile(r"^dos[ei]|^amount|^amnt$|^mg$", re.IGNORECASE)  # how other columns of amounts are called
SCORE: Final = "MADRS0"  # before treatment, as models of mood read it


def overlooked(columns: Columns, events: Events, model: Model, covariates: Collection[str]) -> tuple[str, ...]:
    """Sentences about columns that are not read, where `covariates` are, and about doses and DV without a CMT.

    DataError for a column that seems to hold a covariate of the model that is not there, as in a file of people.
    """
    return _unread(columns, model, covariates) + _undosed(columns, events) + _guessed(columns, events, model)


def changing(columns: Columns, events: Events, covariates: Mapping[str, np.ndarray], carry: str) -> tuple[str, ...]:
    """A sentence on how covariates that change within an individual hold between records; nothing where none does."""
    same = np.diff(events.patient) == 0
    names = [name for name, values in covariates.items() if np.any(same & (values[1:] != values[:-1]))]
    if not names:
        return ()
    what, verb, it = (names[0], "changes", "it") if len(names) == 1 else (", ".join(names), "change", "them")
    how = {
        "nocb": f"held backward, from a record to the one before (NOCB, as NONMEM does); carry locf holds {it} forward",
        "locf": f"held forward, from a record on (LOCF); carry nocb holds {it} backward, as NONMEM does",
    }
    return (f"{columns.path}: {what} {verb} within individuals and {'is' if it == 'it' else 'are'} {how[carry]}.",)


def unread(people: People, model: Model) -> tuple[str, ...]:
    """A sentence about the columns of people described one by one that the model does not read.

    PeopleError for a column that seems to hold a covariate of the model that is not there, for its default would stand.
    """
    if people.source.get("kind") not in ("file", "one person"):
        return ()
    wanted = [c.name for c in model.covariates]
    lacking = [name for name in wanted if name not in people.names]
    vain = [name for name in people.names if name not in wanted and name not in KNOWN]
    if wrong := _misnamed(people.label, model, vain, lacking):
        raise PeopleError(wrong)
    if not vain:
        return ()
    what = f"Column {vain[0]} is" if len(vain) == 1 else f"Columns {', '.join(vain)} are"
    read = ", ".join(("ID", *(c.name for c in model.covariates if not c.usual)))
    mood = " Model 'pathway' goes on to mood." if SCORE in vain else ""
    return (f"{what} not read by this model: of {people.label}, model {model.name!r} reads {read}.{mood}",)


def _misnamed(where: str, model: Model, vain: Collection[str], lacking: Collection[str]) -> str:
    """A sentence on the first column in `vain` that seems to hold one of the covariates `lacking`; "" for none."""
    for name in vain:
        if other := meant(name, lacking):
            return (
                f"{where}: model {model.name!r} does not read the column {name}, and would take its default for "
                f"{other}; did you mean {other}? Rename the column, or drop it."
            )
    return ""


def refuse_bolus(columns: Columns, events: Events, model: Model) -> None:
    """DataError for a dose by the name of an infusion's route that says neither RATE nor how else it lasts.

    A number of a compartment, or an inlet's name, keeps NONMEM's meaning: RATE 0 is a bolus.
    """
    if not columns.has("CMT"):
        return
    own = {x.name for x in model.inlets if x.duration is not None or x.rate is not None}
    routes = {f"{r.drug} {r.route}": r for r in model.routes if r.route == "iv_infusion"}
    at_once = {name for name, r in routes.items() if not own.issuperset(inlet for inlet, _ in r.parts)}
    dose = np.isin(events.evid, [Evid.DOSE, Evid.RESET_AND_DOSE]) & (events.rate == 0) & (events.amount > 0)
    for k in np.flatnonzero(dose).tolist():
        name = " ".join(str(columns.cells["CMT"][k]).split())
        if name in at_once:
            came = f"{columns.cells['RATE'][k]!r} came" if columns.has("RATE") else "there is no such column"
            bolus = name.replace("iv_infusion", "iv_bolus")
            why = f"CMT {name!r} needs a RATE above 0 (AMT / RATE is how long the infusion lasts), but {came}"
            columns.refuse(k, "RATE", f"{why}; for a dose given at once write CMT {bolus!r}")


def _unread(columns: Columns, model: Model, covariates: Collection[str]) -> tuple[str, ...]:
    vain = [name for name in columns.cells if name not in RESERVED and name not in covariates]
    if not vain:
        return ()
    wanted = [c.name for c in model.covariates]
    also = f", and the covariates {', '.join(wanted)}" if wanted else ""
    lacking = [name for name in wanted if name not in covariates]
    if wrong := _misnamed(columns.path, model, vain, lacking):
        raise DataError(wrong)
    what = f"Column {vain[0]} is" if len(vain) == 1 else f"Columns {', '.join(vain)} are"
    return (
        f"{what} not read by this model: of {columns.path}, model {model.name!r} reads {', '.join(NUMBERS)}, CMT and "
        f"DVID{also}.",
    )


def _undosed(columns: Columns, events: Events) -> tuple[str, ...]:
    """A sentence where no record gives a dose; DataError where another column than AMT seems to say how much."""
    if np.isin(events.evid, [Evid.DOSE, Evid.RESET_AND_DOSE, Evid.REPLACE]).any():
        return ()
    amounts = [name for name in columns.cells if AMOUNT.search(name) and _has_amounts(columns.cells[name])]
    if amounts:
        lacks = "AMT is empty or 0 throughout" if columns.has("AMT") else "there is no column AMT"
        raise DataError(
            f"{columns.path}: no record gives a dose, for {lacks}; did you mean AMT by {amounts[0]}? Rename the "
            "column, or drop it where nobody is treated."
        )
    return (f"{columns.path}: no record gives a dose (AMT above 0), so nobody is treated.",)


def _has_amounts(cells: Any) -> bool:
    """Whether a column holds a number above 0."""
    import pandas as pd

    return bool((pd.to_numeric(pd.Series(cells, dtype=object), errors="coerce") > 0).any())


def _guessed(columns: Columns, events: Events, model: Model) -> tuple[str, ...]:
    """One sentence on which of several inlets and outputs stood in where CMT (for DV, DVID or CMT) is empty."""
    dose = np.isin(events.evid, [Evid.DOSE, Evid.RESET_AND_DOSE, Evid.REPLACE])
    measured = (events.evid == Evid.OBSERVATION) & (columns.whole("MDV") == 0) & np.isfinite(columns.number("DV"))
    doses = int(np.sum(dose & _empty(columns, "CMT"))) if len(model.inlets) > 1 else 0
    by = "DVID" if columns.has("DVID") else "CMT"
    values = int(np.sum(measured & _empty(columns, by))) if len(model.outputs) > 1 else 0
    if not doses and not values:
        return ()
    taken, how = [], []
    if doses:
        taken.append(
            f"{_count(doses, 'dose')} went to inlet {model.inlets[0].name!r}, the first of {len(model.inlets)}"
        )
        routes = [f"{r.drug} {r.route}" for r in model.routes]
        named = next((name for name in routes if name.endswith("iv_infusion")), (routes or [model.inlets[-1].name])[0])
        how.append(f'"{named}" for a dose')
    if values:
        first = model.outputs[0].name
        taken.append(f"{_count(values, 'DV')} was read as output {first!r}, the first of {len(model.outputs)}")
        how.append(f'"{model.outputs[-1].name}" for an observation')
    which = "CMT" if by == "CMT" or not values else f"{by} or CMT" if doses else by
    return (
        f"{columns.path} does not say {which} throughout, so {' and '.join(taken)}; choose with CMT by number or by "
        f"name, such as {' or '.join(how)} (`ketasim list compartments --model {model.name}` has them all).",
    )


def _empty(columns: Columns, name: str) -> np.ndarray:
    return columns.text(name) == "" if columns.has(name) else np.ones(columns.n, dtype=bool)


def _count(n: int, what: str) -> str:
    return f"the {what}" if n == 1 else f"{n} {what}s" if what == "dose" else f"the {what} of {n} records"
