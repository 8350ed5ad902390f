"""From when the times of a result count: results and visits from time 0, exposure from the first dose or later."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ketasim.simulation.plan import Study

ZERO = "day 1 00:00"


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


def said(study: Study) -> str:
    """Every clock of a result in a sentence."""
    return f"Times and visits count from {zero(study)}; Tmax and areas from the {exposure_from(study)}."
