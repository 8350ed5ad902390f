"""Who has relapsed where no trial watched: relief that is not treatment ends, down to where trials count a relapse.

Trials scored people without any drug for `Limits.untreated` hours from the start. Until then a score is as the model
has it, for it was estimated from means that hold whoever relapsed. From then on, at `begin`, people relapse with the
hazard of the model, H summed, which is lower the better they are::

    relapsed(t) = 1 - exp(-(H(t) - H(begin)))
    alone       = z(t) + treated(t)                       latent severity without what treatment takes from it
    z relapsed  = z(t) + max(worst - alone, 0)

with worst the latent severity of the score from which on trials count a relapse, or of the one before treatment where
that is lower, and treated(t) what plasticity and an oral antidepressant take. So treatment goes on to act in who has
relapsed, a further course helps them, a dose of nothing does not, and no treatment leaves anybody worse than none. That
a relapse goes so far and no further, and that nobody gets well again without treatment, is assumed: no trial scored
people after it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ketasim.engine.abi import F64, I64
from ketasim.simulation.kept import BLOCK_BYTES

if TYPE_CHECKING:
    from ketasim.measurement.reading import Reading
    from ketasim.simulation.kept import Kept
    from ketasim.simulation.plan import Study

HAZARD: Final = "cumulative hazard of relapse"
TREATED: Final = ("effect of the drug on severity", "effect of the oral antidepressant")
BESIDE: Final = frozenset({HAZARD, *TREATED})  # kept to tell of relapse, and shown where nothing else is
DAY: Final = 24.0
NEAR: Final = 0.5  # h between a time asked and one kept


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

        The same chance at a later time finds who had relapsed relapsed.
        """
        ill = self.weight[0][:, None] < chance
        return np.asarray(np.where(ill, self.score[-1][:, None], self.score[0][:, None]))


@dataclass(frozen=True, slots=True)
class Inputs:
    """What relapse is read from: latent severity of those who have not relapsed, what treatment takes from it, and what
    the summed hazard rises by between two times; functions of hours that give (people,).
    """

    severity: Callable[[float], F64]
    treated: Callable[[float], F64]
    risen: Callable[[float, float], F64]


def missing(study: Study, score: str) -> str:
    """Why relapse does not raise a score where no trial watched; "" where it does, or there is no such time."""
    begin = least(study)
    if score not in study.names or study.regimen is None or not begin < study.times[-1]:
        return ""
    if study.residual:
        return "relapse does not raise the score where residual error is added"
    if lacking := [name for name in (HAZARD, *TREATED) if name not in study.names]:
        return f"relapse does not raise the score without {' and '.join(map(repr, lacking))} among the outputs"
    if np.abs(study.times - begin).min() > 0.5 * DAY:
        return f"relapse does not raise the score unless a time near {begin:g} h is kept"
    return ""


def begins(study: Study, score: str) -> float:
    """Hours from which on people under a regimen may have relapsed; inf where that is not told (`missing`)."""
    if study.regimen is None or score not in study.names or missing(study, score):
        return np.inf
    begin = least(study)
    return begin if begin < study.times[-1] else np.inf


def least(study: Study) -> float:
    """Hours from the start until which a score is as trials found it, whoever relapsed; inf for a model without."""
    limits = study.model.limits
    return limits.untreated or limits.watched or np.inf


def groups(given: Inputs, reading: Reading, before: F64, begin: float, hours: float) -> Groups:
    """What people are at a time, of whom `before` (people,) are the scores before treatment; of a scale of which no
    score counts as relapse, all are as the model has them.
    """
    z, worst = given.severity(hours), reading.scale.relapse
    if hours <= begin or worst is None:
        return Groups(reading.score(z)[None], np.ones((1, z.size)))
    stayed = np.exp(-np.maximum(given.risen(begin, hours), 0.0))
    lost = np.maximum(reading.latent(np.minimum(before, worst)) - z - given.treated(hours), 0.0)
    return Groups(reading.score(np.stack([z, z + lost])), np.stack([stayed, 1.0 - stayed]))


def inputs_of(study: Study, kept: Kept, reading: Reading, of: I64 | None = None) -> Inputs:
    """Those of people (by default everybody, `of` some positions), NaN for who was not solved; at the time kept next to
    the one asked for.
    """
    times, who = study.times, slice(None) if of is None else of
    whole: dict[str, F64] = {}  # files hold all times of a person together, so that one costs as much as all

    def value(output: str, hours: float) -> F64:
        position, k = study.names.index(output), int(np.abs(times - hours).argmin())
        if 8 * kept.n * times.size > BLOCK_BYTES:
            return np.asarray(kept.block(position, k, k + 1)[0][who])
        if output not in whole:
            whole[output] = kept.block(position, 0, times.size)[:, who]
        return np.asarray(whole[output][k])

    return Inputs(
        lambda t: reading.latent(value(reading.output, t)),
        lambda t: np.asarray(sum(value(name, t) for name in TREATED)),
        lambda a, b: value(HAZARD, b) - value(HAZARD, a),
    )


def remembered(given: Inputs) -> Inputs:
    """The same, keeping what was asked for: for a few people."""
    return Inputs(cache(given.severity), cache(given.treated), cache(given.risen))
