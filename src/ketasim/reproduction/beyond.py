"""Studies outside the data behind the model: they are predicted, and the result says so."""

from __future__ import annotations

from collections.abc import Iterable

from ketasim.calibration.data import assemble
from ketasim.dosing.check import check
from ketasim.errors import RegimenError, StudyError
from ketasim.evidence.store import fact
from ketasim.pharmacology.mood.pathway import OLDEST, UNTREATED, WATCHED
from ketasim.pharmacology.platform import model as platform
from ketasim.reproduction.speak import sorted_out
from ketasim.studies.record import Study
from ketasim.studies.regimens import regimen
from ketasim.studies.shelf import marked

READ = ("score", "change", "response", "remission")
SURFACE = 1.8  # m², of an adult: a dose by surface is held to the largest of an adult


def beyond(studies: Iterable[Study]) -> tuple[str, ...]:
    """Sentences on people older, doses larger and scores later than any behind the model."""
    return tuple(said for one in studies for said in (*_old(one), *doses(one), *_unwatched(one)))


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


def _unwatched(study: Study) -> tuple[str, ...]:
    """Sentences on scores later after a dose, or after the start without any, than calibration read of ten people."""
    spoken = [] if _was_read(study) else sorted_out([study])[0]
    if not spoken:
        return ()
    found, data = [], assemble(spoken)
    for row in data.rows:
        at = float(data.times[row.arm][row.column])
        last = max((dose for dose in data.courses[row.arm].exposure.doses if dose <= at), default=None)
        gap, most = (at, UNTREATED) if last is None else (at - last, WATCHED)
        if row.seen.endpoint.kind in READ and gap > most:
            since, of = ("the start", "it without any") if last is None else ("a dose", "one")
            told = f"{study.id}, arm {row.seen.arm!r}: {row.seen.time.text} lies {gap / 24:.0f} days after {since}"
            found.append(
                f"{told}; of ten or more people calibration read none more than {most / 24:g} days after {of}."
            )
    return tuple(dict.fromkeys(found))


def _was_read(study: Study) -> bool:
    """Whether calibration read this study: one of ours marked so, whatever the mark in a file of the user's."""
    return any(study.path == one.path for one in marked("calibrate"))


def age(study: Study) -> float:
    """Mean, else median, else lowest age of the people (years); 0 where none is stated."""
    stated = study.population.get("age") or {}
    return float(stated.get("mean", stated.get("median", stated.get("low", 0.0))))


def _old(study: Study) -> tuple[str, ...]:
    if age(study) < OLDEST or not study.mood or _was_read(study):
        return ()
    return (
        f"{study.id}: its people are about {age(study):.0f} years old or older, and of people older than "
        f"{OLDEST:g} years calibration read one open series alone (crtce-older).",
    )
