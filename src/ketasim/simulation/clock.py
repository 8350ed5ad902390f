"""From when the times of a result count: results and visits from time 0, exposure from the first dose that is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ketasim.simulation.plan import Study

ZERO = "day 1 00:00"


def begin(study: Study) -> float:
    """Hours from which exposure counts: the first dose that is seen, in a data set the first time that is kept."""
    first = float(study.times[0])
    return max(min(_seen(study), default=first), first)


def _seen(study: Study) -> list[float]:
    """Hours of the doses of a regimen that come before the last time."""
    given = study.regimen.schedule() if study.regimen is not None else ()
    return [g.time for g in given if g.time < study.times[-1]]


def exposure_from(study: Study) -> str:
    """From when Tmax and areas count, in words: "first dose at 9 h"."""
    return f"{'first dose' if _seen(study) else 'first time kept'} at {begin(study):g} h"


def said(study: Study) -> str:
    """Every clock of a result in a sentence."""
    zero = ZERO if study.data is None else "TIME 0 of each individual"
    return f"Times and visits count from {zero}; Tmax and areas from the {exposure_from(study)}."
