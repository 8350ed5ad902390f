"""When results are kept: every hour on dosing days, denser after each dose, and daily between."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from ketasim.engine.abi import F64
from ketasim.errors import RequestError

DAY: Final = 24.0
_WEEK: Final = re.compile(r"week (\d+(?:\.\d+)?)", re.IGNORECASE)
DENSE: Final = np.array([0, 1, 2, 3, *range(5, 60, 5), *range(60, 120, 10), *range(120, 241, 30)]) / 60.0
BEFORE: Final = 1.0 / 60.0  # a sample one minute before each later session, so that areas stop before the jump
DEFAULT_TAIL_DAYS: Final = 1.0
MOST: Final = 1_000_000
LONGEST_DAYS: Final = 36_525.0  # a century; a longer grid of days would only fill the memory


def sessions(doses: Iterable[float], gap: float = 4.0) -> F64:
    """Start of each dosing session: a dose `gap` hours or more after the one before begins a new one."""
    t = np.unique(np.asarray(list(doses), dtype=np.float64))
    return t[np.diff(t, prepend=-np.inf) >= gap] if t.size else t


def hours_of(days: float) -> float:
    """Hours of so many days; RequestError unless they are a number above 0."""
    if isinstance(days, bool) or not isinstance(days, int | float | np.integer | np.floating):
        raise RequestError(f"The number of days to simulate must be a number such as 28, got {days!r}.")
    if not (np.isfinite(days) and days > 0):
        raise RequestError(f"The number of days to simulate must be above 0, got {days:g}.")
    return DAY * days


def default(doses: Sequence[float] | F64, ends: Sequence[float] | F64, hours: float) -> F64:
    """Times (h) from 0 to `hours` for doses at `doses`, infusions ending at `ends`.

    Dosing days, counted from the start of each session, are sampled hourly; the first four hours after each dose and
    after each infusion's end more densely (at 1, 2 and 3 min, so that an area sees the peak of a bolus, and every 5 min
    in the first hour); other days at their end, but the three after a single session every three hours. RequestError
    for more than a century.
    """
    if not hours <= LONGEST_DAYS * DAY:
        raise RequestError(
            f"A simulation covers at most {LONGEST_DAYS:,.0f} days (a century), but {hours / DAY:,.6g} were asked for; "
            "check the unit of the days and of the doses' times, or name the times to keep."
        )
    given = np.unique(np.asarray(doses, dtype=np.float64))
    begins = sessions(given)
    stops = np.unique(np.asarray(ends, dtype=np.float64))
    parts = [np.array([0.0, hours]), np.arange(0.0, hours + 1e-9, DAY)]
    parts += [start + np.arange(0.0, DAY + 1.0) for start in begins]
    parts += [moment + DENSE for moment in (*begins, *_apart(np.union1d(given, stops), 0.0))]
    parts.append(begins[1:] - BEFORE)
    parts += [begins + np.arange(DAY, 4.0 * DAY + 1.0, 3.0)] if begins.size == 1 else []
    t = np.concatenate(parts)
    return tidy(t[(t >= 0) & (t <= hours + 1e-9)])


def _apart(moments: F64, least: float) -> F64:
    """At most the first 400 moments, so that long regimens of many doses keep a grid of sensible size."""
    return moments[np.diff(moments, prepend=-np.inf) > least][:400]


def tidy(t: F64) -> F64:
    """Ascending times without doubles; times within a second of each other are one."""
    t = np.sort(np.rint(t * 1e9) / 1e9)
    return t[np.diff(t, prepend=-np.inf) > 1.0 / 3600.0]


def given(times: str | Sequence[float] | F64) -> F64:
    """Times (h) as the user gave them: ascending, not negative, at least one; text reads "0,1,2" or "0:24:0.5"."""
    values = np.asarray(parse(times) if isinstance(times, str) else list(times), dtype=np.float64)
    if values.ndim != 1 or values.size == 0:
        raise RequestError('Times to keep are a list of hours such as [0, 1, 2, 24] or a grid "0:24:0.5"; none came.')
    if not np.all(np.isfinite(values)) or values[0] < 0:
        raise RequestError("Times to keep are hours from the start, 0 or later; a negative or broken one came.")
    if values.max() > LONGEST_DAYS * DAY:
        raise RequestError(
            f"Times to keep are hours from the start, at most those of a century, but {values.max():g} h came; "
            "check the units."
        )
    if np.any(np.diff(values) <= 0):
        k = int(np.argmax(np.diff(values) <= 0))
        raise RequestError(f"Times to keep must ascend, but {values[k + 1]:g} h follows {values[k]:g} h.")
    return np.ascontiguousarray(values)


def _hours(text: str) -> float:
    """Hours from the start; "week 4" is four weeks after it, as in studies."""
    from ketasim import units

    week = _WEEK.fullmatch(text)
    return 7.0 * DAY * float(week[1]) if week else units.time_hours(text)


def parse(text: str) -> list[float]:
    """Hours from text: single times with or without a unit, and grids START:STOP:STEP, separated by commas."""
    found: list[float] = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        words = part.split(":")
        if len(words) != 3:
            found.append(_hours(part))
            continue
        start, stop, step = (_hours(word.strip()) for word in words)
        if not step > 0 or stop < start:
            raise RequestError(f"The grid {part!r} reads START:STOP:STEP with STEP above 0 and STOP not before START.")
        if (stop - start) / step > MOST:
            raise RequestError(f"The grid {part!r} has more than {MOST:,} times; take a larger STEP or a nearer STOP.")
        found += [start + k * step for k in range(int((stop - start) / step + 1e-9) + 1)]
    return found
