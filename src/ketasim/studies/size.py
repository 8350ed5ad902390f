"""How large a trial is: small ones show more of the effect of a drug (Nüesch 2010, Dechartres 2013)."""

from __future__ import annotations

from ketasim.studies.record import Study
from ketasim.studies.shelf import by_trial

SMALL = 100  # fewer people than this; the limit is ours, where two size groups of Dechartres 2013 meet


def enrolled(study: Study) -> int:
    """People of a trial, as the largest of its records has them."""
    return max(_began(one) for one in (study, *by_trial().get(study.trial, ())))


def _began(study: Study) -> int:
    """People in the arms that a record begins with, or in all its arms where it gives none for its first phase.

    In a crossover everybody is in each arm.
    """
    first = study.phases[0].arms if study.phases else ()
    people = [arm.n for arm in study.arms if arm.name in first or not first]
    return max(people) if study.design == "crossover" else sum(people)


def small(study: Study) -> bool:
    """Whether a trial is small."""
    return enrolled(study) < SMALL
