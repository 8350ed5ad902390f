"""From when the times of a result count: results and visits from time 0, exposure from the first dose or later."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def said(study: Study) -> str:
    """Every clock of a result in a sentence."""
    return f"Times and visits count from {zero(study)}; Tmax and areas from the {exposure_from(study)}."
