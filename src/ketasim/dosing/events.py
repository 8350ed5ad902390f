"""The event columns of a data set, checked by NONMEM's rules: individuals, times, doses, resets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ketasim.dosing.dataset import Columns
from ketasim.dosing.table import Evid, Rate
from ketasim.engine.abi import F64, I8, I64
from ketasim.errors import DataError

_MOST_ADDL: Final = 100_000
_LONGEST_H: Final = 1e9  # a hundred thousand years: beyond, hours lose their seconds
_LARGEST_ID: Final = 2.0**53  # beyond, two IDs could be read as the same number
_DATES: Final = ("DATE", "DAT1", "DAT2", "DAT3")  # beside one of these, NONMEM reads TIME as a time of day
_OF_DAY: Final = re.compile(r"\d[:/-]\d")


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """The event columns, shape (rows,); `time` never falls within an individual, `clock` is TIME as it stands (h).

    `patient` counts individuals from 0 in order of appearance; `ids` and `label` (patients,) name them.
    """

    patient: I64
    time: F64
    clock: F64
    evid: I8
    amount: F64
    rate: F64
    ii: F64
    addl: I64
    ss: I8
    ids: I64
    label: tuple[str, ...]
    warnings: tuple[str, ...]


def events_of(columns: Columns, factors: dict[str, float]) -> Events:
    """Check and convert the event columns; `factors` turn TIME and II into h, AMT into mg and RATE into mg/h."""
    patient, ids, label, again = _individuals(columns)
    amount = _filled(columns, "AMT") * factors.get("AMT", 1.0)
    given_rate = _filled(columns, "RATE")
    rate = np.where(given_rate > 0, given_rate * factors.get("RATE", 1.0), given_rate)
    ii = _filled(columns, "II") * factors.get("II", 1.0)
    ss, addl = columns.whole("SS"), columns.whole("ADDL")
    implied = np.where((amount != 0) | (rate != 0) | (ss != 0), 1.0, 0.0)
    evid = columns.whole("EVID") if columns.has("EVID") else implied
    _check_amounts(columns, evid, given_rate, ss)
    _check_doses(columns, evid, amount, rate, ii, addl, ss)
    clock = _clock(columns)
    _first(columns, np.isnan(clock), "TIME", "every record needs a time")
    clock = clock * factors.get("TIME", 1.0)
    _first(columns, np.abs(clock) > _LONGEST_H, "TIME", f"expected at most {_LONGEST_H:g} h either way; check its unit")
    _first(columns, ii > _LONGEST_H, "II", f"expected at most {_LONGEST_H:g} h; check its unit")
    lasts = np.divide(amount, rate, out=np.zeros_like(amount), where=rate > 0)
    _first(columns, lasts > _LONGEST_H, "RATE", f"the infusion would last above {_LONGEST_H:g} h; check its unit")
    time = _running_time(columns, patient, clock, evid)
    return Events(
        patient, time, clock, evid.astype(np.int8), amount, rate, ii, addl.astype(np.int64), ss.astype(np.int8), ids,
        label, columns.warnings + again + _empty(columns, evid, amount, ss) + _early(columns, evid, time),
    )  # fmt: skip


def _clock(columns: Columns) -> F64:
    """TIME as numbers; times of day and dates are refused with a word on what to give instead."""
    for name in columns.cells:
        if name.upper() in _DATES:
            why = (
                "dates are not read, and TIME counts hours over all days; give hours from each individual's first "
                "record in TIME, and drop or rename this column"
            )
            columns.refuse(0, name, why)
    try:
        return columns.number("TIME")
    except DataError:
        for k, cell in enumerate(columns.text("TIME")):
            if _OF_DAY.search(cell):
                why = (
                    f"{cell!r} is a time of day or a date, which are not read; give hours from the individual's first "
                    "record (24.5 is 09:30 on the day after a start at 09:00)"
                )
                columns.refuse(k, "TIME", why)
        raise


def _empty(columns: Columns, evid: F64, amount: F64, ss: F64) -> tuple[str, ...]:
    """A sentence about dose records that give nothing."""
    dose = (evid == Evid.DOSE) | (evid == Evid.RESET_AND_DOSE)
    none = np.flatnonzero(dose & (amount == 0) & (ss == 0))
    if not none.size:
        return ()
    line = int(columns.line[none[0]])
    return (f"{columns.path}, line {line}: a dose record with AMT 0 gives nothing ({none.size} such).",)


def _early(columns: Columns, evid: F64, time: F64) -> tuple[str, ...]:
    """A sentence about doses before TIME 0, from which exposure counts."""
    early = np.flatnonzero(((evid == Evid.DOSE) | (evid == Evid.RESET_AND_DOSE)) & (time < 0))
    if not early.size:
        return ()
    k = int(early[0])
    many = "" if early.size == 1 else f" ({early.size} such doses)"
    return (
        f"{columns.path}, line {int(columns.line[k])}: a dose at {time[k]:g} h comes before TIME 0{many}; exposure "
        "(Cmax, AUC) counts from 0 h at the earliest, so what lies before is not in it.",
    )


def _filled(columns: Columns, name: str) -> F64:
    return np.nan_to_num(columns.number(name, 0.0))


def _first(columns: Columns, wrong: Any, name: str, why: str) -> None:
    """Refuse the first row where `wrong`."""
    if wrong.any():
        columns.refuse(int(np.argmax(wrong)), name, why)


def _individuals(columns: Columns) -> tuple[I64, I64, tuple[str, ...], tuple[str, ...]]:
    """Individuals are runs of one ID; an ID that comes back later is another individual, as in NONMEM."""
    number = columns.number("ID")
    _first(columns, np.isnan(number), "ID", "every record needs an ID")
    _first(columns, number != np.rint(number), "ID", "expected a whole number")
    _first(columns, np.abs(number) >= _LARGEST_ID, "ID", f"expected a number below {_LARGEST_ID:.0f}")
    row_id = number.astype(np.int64)
    head = np.diff(row_id, prepend=row_id[0] - 1) != 0
    patient = np.cumsum(head) - 1
    ids = row_id[head]
    unique, inverse = np.unique(ids, return_inverse=True)
    if unique.size == ids.size:
        return patient, ids, tuple(str(i) for i in ids.tolist()), ()
    seen: dict[int, int] = {}
    label = []
    for one in ids.tolist():
        seen[one] = seen.get(one, 0) + 1
        label.append(str(one) if seen[one] == 1 else f"{one} ({seen[one]})")
    back = np.flatnonzero(head)[int(np.argmax([" (" in text for text in label]))]
    count = int((np.bincount(inverse) > 1).sum())
    note = (
        f"{columns.path}, line {int(columns.line[back])}: ID {int(row_id[back])} returns after other individuals "
        f"({count} such ID{'s' if count > 1 else ''}); as in NONMEM, its later records are a new individual. Sort "
        "by ID if that is not meant."
    )
    return patient, ids, tuple(label), (note,)


def _check_amounts(columns: Columns, evid: F64, rate: F64, ss: F64) -> None:
    """Refuse doses without an amount, unless each is a steady-state infusion without end, whose AMT is 0."""
    endless = (ss > 0) & (rate > 0)
    lacks = ((evid == Evid.DOSE) | (evid == Evid.RESET_AND_DOSE)) & ~endless
    if columns.has("AMT"):
        missing = lacks & np.isnan(columns.number("AMT"))
        _first(columns, missing, "AMT", "the amount of a dose is missing; give it, or 0 where nothing was given")
    elif lacks.any():
        there = ", ".join(columns.cells)
        why = f"this record is a dose, but there is no column AMT to say how much; there are {there}"
        columns.refuse(int(np.argmax(lacks)), "EVID", why)


def _check_doses(columns: Columns, evid: F64, amount: F64, rate: F64, ii: F64, addl: F64, ss: F64) -> None:
    """What NONMEM refuses in dose items."""
    allowed = [int(e) for e in Evid]
    _first(columns, ~np.isin(evid, allowed), "EVID", f"expected one of {', '.join(map(str, allowed))}")
    dose = (evid == Evid.DOSE) | (evid == Evid.RESET_AND_DOSE)
    idle = ~dose & (evid != Evid.REPLACE)
    _first(columns, idle & (amount != 0), "AMT", "a record that is no dose (EVID 0, 2 or 3) must have AMT 0")
    _first(columns, amount < 0, "AMT", "an amount cannot be negative")
    odd = (rate < 0) & ~np.isin(rate, [Rate.MODELLED_RATE, Rate.MODELLED_DURATION])
    _first(columns, odd, "RATE", "expected 0, a rate above 0, -1 (modelled rate) or -2 (modelled duration)")
    _first(columns, idle & (rate != 0), "RATE", "a record that is no dose (EVID 0, 2 or 3) must have RATE 0")
    _first(columns, ~np.isin(ss, [0, 1, 2, 3]), "SS", "expected 0, 1, 2 or 3")
    _first(columns, ii < 0, "II", "an interval cannot be negative")
    _first(columns, (addl < 0) | (addl > _MOST_ADDL), "ADDL", f"expected 0 to {_MOST_ADDL} additional doses")
    _first(columns, dose & (addl > 0) & (ii == 0), "II", "additional doses need an interval II above 0")
    needs = dose & (ss > 0) & (ii == 0) & (amount > 0)
    _first(columns, needs, "II", "a steady-state dose needs an interval II above 0 (or AMT 0 and a RATE)")
    never = dose & (ss > 0) & (ii > 0) & (amount == 0) & (rate > 0)
    _first(columns, never, "II", "a steady-state infusion without end (AMT 0) has II 0")


def _running_time(columns: Columns, patient: I64, clock: F64, evid: F64) -> F64:
    """Times that never fall: a reset that puts the clock back goes on where the record before it stood."""
    step = np.diff(clock, prepend=clock[0])
    step[np.diff(patient, prepend=-1) != 0] = 0.0
    back = step < 0
    reset = (evid == Evid.RESET) | (evid == Evid.RESET_AND_DOSE)
    wrong = back & ~reset
    if wrong.any():
        k = int(np.argmax(wrong))
        columns.refuse(k, "TIME", f"{clock[k]:g} comes before the record above it ({clock[k - 1]:g}); only a reset may")
    if not back.any():
        return clock
    offset = np.cumsum(np.where(back, -step, 0.0))
    head = np.flatnonzero(np.diff(patient, prepend=-1) != 0)
    return np.asarray(clock + offset - offset[head][patient], dtype=np.float64)
