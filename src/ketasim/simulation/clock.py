"""From when the times of a result count: results and visits from time 0, exposure from the first dose or later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ketasim.simulation.plan import Study

ZERO = "day 1 00:00"
DAY = 24.0


def begin(study: Study) -> float:
    """Hours from which exposure counts: the first dose, or the first time kept where that is later or in a data set."""
    first = float(study.times[0])
    return max(min(_seen(study), default=first), first)


def _seen(study: Study) -> list[float]:
    """Hours of the doses of a regimen that come before the last time."""
    given = study.regimen.schedule() if study.regimen is not None else ()
    return [g.time for g in given if g.time < study.times[-1]]


def exposure_from(study: Study) -> str:
    """From when Tmax and areas count, in words: "first dose at 9 h"."""
    dosed = min(_seen(study), default=-1.0) >= float(study.times[0])
    return f"{'first dose' if dosed else 'first time kept'} at {begin(study):g} h"


def zero(study: Study) -> str:
    """What time 0 is."""
    return ZERO if study.data is None else "TIME 0 of each individual"


def late(studies: Mapping[str, Study]) -> dict[str, str]:
    """Every clock in a sentence, by name, of those whose first dose is not at time 0."""
    return {name: said(study) for name, study in studies.items() if _seen(study) and begin(study) > 0}


def apart(studies: Mapping[str, Study]) -> tuple[str, ...]:
    """A sentence where the first doses of regimens that are compared fall at different times."""
    first = {name: min(seen) for name, study in studies.items() if (seen := _seen(study))}
    if len(set(first.values())) < 2:
        return ()
    when = ", ".join(f"{name} at {hours:g} h" for name, hours in first.items())
    return (
        f"The first doses fall at different times ({when}), so at the same visit the regimens are not equally long "
        "after their first dose; for that, give them the same start.",
    )


def unequally_after(studies: Mapping[str, Study], visits: Sequence[float]) -> tuple[str, ...]:
    """A sentence where a visit (h) lies longer after the last dose of one regimen of several days than of another.

    A dose at the visit itself has not acted yet.
    """
    given = {name: np.array(seen) for name, study in studies.items() if (seen := _seen(study))}
    given = {name: doses for name, doses in given.items() if np.ptp(doses) > DAY}
    found = []
    for visit in visits:
        since = {name: visit - doses[doses < visit].max() for name, doses in given.items() if doses.min() < visit}
        if len(since) > 1 and max(since.values()) - min(since.values()) > DAY:
            days = ", ".join(f"{_days(hours)} under {name}" for name, hours in since.items())
            found.append(f"day {visit / DAY + 1:.6g} lies {days}")
    if not found:
        return ()
    return (
        f"Visits lie at different times after a dose, which is part of what differs (days since the last one): "
        f"{'; '.join(found)}. Choose visits with --at.",
    )


def _days(hours: float) -> str:
    """Hours as days, to a tenth: the devices of a session are given minutes apart, and 6.99 days are 7."""
    return f"{round(hours / DAY, 1):g}"


def said(study: Study) -> str:
    """Every clock of a result in a sentence."""
    return f"Times and visits count from {zero(study)}; Tmax and areas from the {exposure_from(study)}."
