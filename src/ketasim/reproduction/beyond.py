"""Studies outside the data behind the model: they are predicted, and the result says so."""

from __future__ import annotations

from collections.abc import Iterable

from ketasim.dosing.check import check
from ketasim.errors import RegimenError, StudyError
from ketasim.evidence.store import fact
from ketasim.pharmacology.mood.pathway import OLDEST
from ketasim.pharmacology.platform import model as platform
from ketasim.studies.record import Study
from ketasim.studies.regimens import regimen

SURFACE = 1.8  # m², of an adult: a dose by surface is held to the largest of an adult


def beyond(studies: Iterable[Study]) -> tuple[str, ...]:
    """Sentences on people older, and doses larger, than any behind the model."""
    return tuple(said for one in studies for said in (*_old(one), *doses(one)))


def doses(study: Study) -> tuple[str, ...]:
    """The same of the doses of one study, for a person of standard weight; StudyError for one that no model takes."""
    routes = platform().routes
    known = {(route.drug, route.route) for route in routes}
    found: list[str] = []
    for arm in study.arms:
        given = regimen(study, arm)
        if all((table.drug, table.route) in known for table in given.tables):
            try:
                said = check(given, routes, [fact("pk.standard_weight").number], [SURFACE])
            except RegimenError as why:
                raise StudyError(f"{study.path}, arm {arm.name!r}: {why}") from None
            found += [f"{study.id}, arm {arm.name!r}: {one}" for one in said]
    return tuple(found)


def age(study: Study) -> float:
    """Mean, else median, else lowest age of the people (years); 0 where none is stated."""
    stated = study.population.get("age") or {}
    return float(stated.get("mean", stated.get("median", stated.get("low", 0.0))))


def _old(study: Study) -> tuple[str, ...]:
    if age(study) < OLDEST or not study.mood:
        return ()
    return (
        f"{study.id}: its people are about {age(study):.0f} years old or older, and no trial of people older than "
        f"{OLDEST:g} years was read for MADRS, response and remission.",
    )
