"""Studies outside the data behind the model: they are predicted, and the result says so."""

from __future__ import annotations

from collections.abc import Iterable

from ketasim.calibration.data import Data
from ketasim.dosing.check import check
from ketasim.errors import RegimenError, StudyError
from ketasim.evidence.store import fact
from ketasim.pharmacology.mood.pathway import OLDEST, UNTREATED, WATCHED
from ketasim.pharmacology.platform import model as platform
from ketasim.studies.record import Study
from ketasim.studies.regimens import regimen

READ = ("score", "change", "response", "remission")
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


def unwatched(data: Data) -> tuple[str, ...]:
    """Sentences on scores later after a dose, or after the start without any, than calibration read any."""
    found: dict[str, None] = {}
    for row in data.rows:
        at = float(data.times[row.arm][row.column])
        before = [dose for dose in data.courses[row.arm].exposure.doses if dose <= at]
        most = WATCHED if before else UNTREATED
        gap = at - max(before, default=0.0)
        if row.study.use == "judge" and row.seen.endpoint.kind in READ and gap > most:
            since, of = ("a dose", "one") if before else ("the start", "it without any")
            told = f"{row.study.id}, arm {row.seen.arm!r}: {row.seen.time.text} lies {gap / 24:.0f} days after {since}"
            found[f"{told}; of ten or more people calibration read none more than {most / 24:g} days after {of}."] = (
                None
            )
    return tuple(found)


def age(study: Study) -> float:
    """Mean, else median, else lowest age of the people (years); 0 where none is stated."""
    stated = study.population.get("age") or {}
    return float(stated.get("mean", stated.get("median", stated.get("low", 0.0))))


def _old(study: Study) -> tuple[str, ...]:
    if age(study) < OLDEST or not study.mood or study.use == "calibrate":
        return ()
    return (
        f"{study.id}: its people are about {age(study):.0f} years old or older, and of people older than "
        f"{OLDEST:g} years calibration read one open series alone (crtce-older).",
    )
