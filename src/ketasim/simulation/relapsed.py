"""Who relapsed where no trial watched: as ill again as before treatment, but for what the drug still does.

Trials scored people up to `Limits.watched` hours after a dose, and `Limits.untreated` hours from the start without any.
Until both have passed a score is as the model has it, for it was estimated from means that hold whoever relapsed. From
then on until the next dose, a spell, those who count as responders at its start relapse with the hazard of the model,
H summed::

    relapsed(t) = 1 - exp(-(H(t) - H(start)))
    z relapsed  = z0 - drug(t)                            all relief without drug is lost
    z again     = z0 - drug(t) - relief(t - course)       from the next dose, at `course`, on hope begins anew

with z0 latent severity before treatment, drug(t) what plasticity takes from it, and relief(t) what is not the drug,
z0 - drug(t) - z(t) of the same person. Responders among them may relapse in a later spell; H is then still that of
people who had not relapsed. That relapse loses all relief, and nothing else, is assumed: no trial scored people after
it. Who had not got better by the start of a spell is left as the model has them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ketasim.engine.abi import F64, I64

if TYPE_CHECKING:
    from ketasim.measurement.reading import Reading
    from ketasim.simulation.kept import Kept
    from ketasim.simulation.plan import Study

HAZARD: Final = "cumulative hazard of relapse"
DRUG: Final = "effect of the drug on severity"
BESIDE: Final = frozenset({HAZARD, DRUG})  # kept to tell of relapse, and shown where nothing else is
DAY: Final = 24.0
NEAR: Final = 0.5  # h between a time asked and one kept


@dataclass(frozen=True, slots=True)
class Spell:
    """Hours in which people relapse: from `start`, after which no trial watched, to the next dose at `end` or inf."""

    start: float
    end: float


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """What people may be at a time: expected scores (groups, people), each with its probability of that shape.

    The first group are those who never relapsed, the last those who have and wait for another course.
    """

    score: F64
    weight: F64

    def mean(self, values: F64) -> F64:
        """Mean over groups (people,) of what holds in each, (groups, people)."""
        return np.asarray((self.weight * values).sum(axis=0))

    def of(self, known: NDArray[np.bool_]) -> Groups:
        """Of some of the people."""
        return Groups(self.score[:, known], self.weight[:, known])

    def picked(self, chance: F64) -> F64:
        """Scores of people of whom each is in the group that their `chance` (people, times), uniform, falls on.

        Groups are passed in order, so that a person who has relapsed is not well again in the same spell.
        """
        over = np.cumsum(self.weight, axis=0)[:-1, :, None] < chance
        return np.asarray(np.take_along_axis(self.score[:, :, None], over.sum(axis=0)[None], axis=0)[0])


@dataclass(frozen=True, slots=True)
class Path:
    """What relapse is read from: latent severity of those who never relapsed, severity with nothing but the drug,
    and what the summed hazard rises by between two times; functions of hours that give (people,).
    """

    severity: Callable[[float], F64]
    alone: Callable[[float], F64]
    risen: Callable[[float, float], F64]


def missing(study: Study, score: str) -> str:
    """Why relapse does not lower a score where no trial watched; "" where it does, or there is no such time."""
    found = _spells(study)
    if not found or score not in study.names:
        return ""
    if lacking := [name for name in (HAZARD, DRUG) if name not in study.names]:
        return f"relapse does not lower them without {' and '.join(map(repr, lacking))} among the outputs"
    unkept = [one.start for one in found if np.abs(study.times - one.start).min() > 0.5 * DAY]
    if unkept:
        return f"relapse does not lower them unless a time near {unkept[0]:g} h is kept"
    return ""


def spells(study: Study, score: str) -> tuple[Spell, ...]:
    """The spells of a regimen that begin before its run ends; () where relapse cannot be told (`missing`)."""
    found = _spells(study)
    return found if found and score in study.names and not missing(study, score) else ()


def least(study: Study) -> float:
    """Hours from the start until which nobody is taken to relapse."""
    limits = study.model.limits
    return limits.untreated or limits.watched or 0.0


def _spells(study: Study) -> tuple[Spell, ...]:
    if study.regimen is None or study.model.limits.watched is None:
        return ()
    doses = sorted({float(given.time) for given in study.regimen.schedule()})
    earliest, watched = least(study), study.model.limits.watched
    starts = [earliest, *(max(t + watched, earliest) for t in doses)]
    found = (Spell(start, end) for start, end in zip(starts, [*doses, np.inf], strict=True))
    return tuple(one for one in found if one.start < min(one.end, float(study.times[-1])))


def groups(path: Path, reading: Reading, baseline: F64, over: Sequence[Spell], hours: float) -> Groups:
    """What people are at a time, of whom `baseline` (people,) are the scores before treatment."""
    courses: list[float] = []
    weights: list[F64] = [np.ones_like(baseline), np.zeros_like(baseline)]  # never relapsed, again in each course, ill
    for one in over:
        if one.start >= hours:
            break
        gone = -np.expm1(-np.maximum(path.risen(one.start, min(hours, one.end)), 0.0))
        for k, z in enumerate(_severities(path, courses, one.start)):
            lost = weights[k] * gone * reading.responded(reading.score(z), baseline)
            weights[k] = weights[k] - lost
            weights[-1] = weights[-1] + lost
        if one.end <= hours:
            courses.append(one.end)
            weights.append(np.zeros_like(baseline))
    if len(weights) == 2 and not weights[1].any():
        return Groups(reading.score(path.severity(hours))[None], weights[0][None])
    each = [*_severities(path, courses, hours), path.alone(hours)]
    return Groups(reading.score(np.stack(each)), np.stack(weights))


def _severities(path: Path, courses: Sequence[float], hours: float) -> list[F64]:
    """Latent severity of who never relapsed, and of who began again with each of these courses."""
    alone = path.alone(hours) if courses else None
    again = [alone - (path.alone(hours - t) - path.severity(hours - t)) for t in courses if alone is not None]
    return [path.severity(hours), *again]


def path_of(study: Study, kept: Kept, reading: Reading, baseline: F64, of: I64 | None = None) -> Path:
    """The path of people (by default everybody, `of` some positions) whose scores before treatment are `baseline`
    (people,), NaN for who was not solved; between times that were kept, on a straight line.
    """
    z0, times, who = reading.latent(baseline), study.times, slice(None) if of is None else of

    def value(output: str, hours: float) -> F64:
        position = study.names.index(output)
        k = int(np.abs(times - hours).argmin())
        if abs(times[k] - hours) <= NEAR or not times[0] < hours < times[-1]:
            return np.asarray(kept.block(position, k, k + 1)[0][who])
        k = int(np.searchsorted(times, hours))
        first, last = kept.block(position, k - 1, k + 1)[:, who]
        share = (hours - times[k - 1]) / (times[k] - times[k - 1])
        return np.asarray(first + share * (last - first))

    return Path(
        lambda t: reading.latent(value(reading.output, t)),
        lambda t: z0 - value(DRUG, t),
        lambda a, b: value(HAZARD, b) - value(HAZARD, a),
    )


def remembered(path: Path) -> Path:
    """The same path, which keeps what it was asked for: for a few people."""
    return Path(cache(path.severity), cache(path.alone), cache(path.risen))
