"""Who relapsed where no trial watched: no better than the score from which on trials count a relapse.

Trials scored people up to `Limits.watched` hours after a dose, and `Limits.untreated` hours from the start without any.
Until both have passed a score is as the model has it, for it was estimated from means that hold whoever relapsed. From
then on until the next dose, a spell, people relapse with the hazard of the model, H summed::

    relapsed(t) = 1 - exp(-(H(t) - H(start)))
    z relapsed  = max(z(t), z of the score that counts as relapse, or of the one before treatment where that is lower)

Who was no better than that score stays as the model has them. With the next dose nobody counts as relapsed: hope is
felt within an hour or so in the model, and a second course after relapse helps as the first. That a relapse takes a
person to this score, and no further than the model has it, is assumed: no trial scored people after it.
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
BESIDE: Final = frozenset({HAZARD})  # kept to tell of relapse, and shown where nothing else is
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

    The first group are those who have not relapsed, the second those who have, where anybody may have.
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
        """Scores of people of whom each has relapsed or not as their `chance` (people, times), uniform, says.

        The same chance at a later time of the spell finds who had relapsed relapsed.
        """
        ill = self.weight[0][:, None] < chance
        return np.asarray(np.where(ill, self.score[-1][:, None], self.score[0][:, None]))


@dataclass(frozen=True, slots=True)
class Path:
    """What relapse is read from: latent severity of those who have not relapsed, and what the summed hazard rises by
    between two times; functions of hours that give (people,).
    """

    severity: Callable[[float], F64]
    risen: Callable[[float, float], F64]


def missing(study: Study, score: str) -> str:
    """Why relapse does not raise a score where no trial watched; "" where it does, or there is no such time."""
    found = _spells(study)
    if not found or score not in study.names:
        return ""
    if study.residual:
        return "relapse does not raise the score where residual error is added"
    if HAZARD not in study.names:
        return f"relapse does not raise the score without {HAZARD!r} among the outputs"
    unkept = [one.start for one in found if np.abs(study.times - one.start).min() > 0.5 * DAY]
    if unkept:
        return f"relapse does not raise the score unless a time near {unkept[0]:g} h is kept"
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
    given = sorted((float(one.time), float(one.time + one.duration)) for one in study.regimen.schedule())
    earliest, watched = least(study), study.model.limits.watched
    begun, ended = np.array(given).reshape(-1, 2).T
    starts = [earliest, *np.maximum(np.maximum.accumulate(ended) + watched, earliest).tolist()]
    found = (Spell(start, end) for start, end in zip(starts, [*begun.tolist(), np.inf], strict=True))
    return tuple(one for one in found if one.start < min(one.end, float(study.times[-1])))


def groups(path: Path, reading: Reading, before: F64, over: Sequence[Spell], hours: float) -> Groups:
    """What people are at a time, of whom `before` (people,) are the scores before treatment; of a scale of which no
    score counts as relapse, all are as the model has them.
    """
    z, worst = path.severity(hours), reading.scale.relapse
    spell = next((one for one in over if one.start < hours <= one.end), None)
    if spell is None or worst is None:
        return Groups(reading.score(z)[None], np.ones((1, z.size)))
    stayed = np.exp(-np.maximum(path.risen(spell.start, hours), 0.0))
    ill = np.maximum(z, reading.latent(np.minimum(before, worst)))
    return Groups(reading.score(np.stack([z, ill])), np.stack([stayed, 1.0 - stayed]))


def path_of(study: Study, kept: Kept, reading: Reading, of: I64 | None = None) -> Path:
    """The path of people (by default everybody, `of` some positions), NaN for who was not solved; at the time kept next
    to the one asked for.
    """
    times, who = study.times, slice(None) if of is None else of

    def value(output: str, hours: float) -> F64:
        k = int(np.abs(times - hours).argmin())
        return np.asarray(kept.block(study.names.index(output), k, k + 1)[0][who])

    return Path(lambda t: reading.latent(value(reading.output, t)), lambda a, b: value(HAZARD, b) - value(HAZARD, a))


def remembered(path: Path) -> Path:
    """The same path, which keeps what it was asked for: for a few people."""
    return Path(cache(path.severity), cache(path.risen))
