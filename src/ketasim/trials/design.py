"""A trial before it is run, as frozen values: phases, arms, who may enter them, doses by rule, visits, drop-out.

Times are hours on the clock of the phase, which begins with its first dose (or with the phase, where none is given).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import inf, log1p

from ketasim.dosing.regimen import Regimen
from ketasim.errors import RequestError
from ketasim.trials.rules import EVERYONE, Rule


@dataclass(frozen=True, slots=True)
class Titration:
    """Dose by rule: everyone begins on the first rung of `ladder` (amounts such as "56 mg").

    At each visit, before that day's dose, who meets `up` goes one rung up and who meets `down` one rung down.
    """

    visits: tuple[float, ...]
    ladder: tuple[str, ...]
    up: Rule
    down: Rule | None = None

    def __post_init__(self) -> None:
        if not self.ladder or any(b <= a for a, b in pairwise(self.visits)):
            raise RequestError("A titration needs a ladder of amounts and visits in ascending order.")


@dataclass(frozen=True, slots=True)
class Arm:
    """What is given to whom: a regimen, and `covariates` that the model reads (the kind of control, say).

    Who may enter: patients who come from one of the arms `after` of the phase before (any, if empty) and who meet
    `select` when the phase begins. Among the arms that a patient may enter, chance decides in proportion to `ratio`.
    """

    name: str
    regimen: Regimen
    ratio: float = 1.0
    covariates: Mapping[str, float | str] = field(default_factory=dict)
    select: Rule = EVERYONE
    after: tuple[str, ...] = ()
    titration: Titration | None = None


@dataclass(frozen=True, slots=True)
class Dropout:
    """Patients leave at a constant `hazard` (1/h), and with probability `of_those` at a visit that meets `lack`."""

    hazard: float = 0.0
    lack: Rule | None = None
    of_those: float = 0.0


def reported(share: float, hours: float) -> Dropout:
    """The constant hazard at which a reported share has left after so many hours."""
    if not 0.0 <= share < 1.0 or hours <= 0.0:
        raise RequestError(f"A share that has left lies in 0 to 1, over more than 0 h; {share:g} and {hours:g} came.")
    return Dropout(-log1p(-share) / hours)


STAY = Dropout()


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a trial: how long, which arms, when patients are seen, who leaves, whether relapse is watched."""

    name: str
    hours: float
    arms: tuple[Arm, ...]
    visits: tuple[float, ...]
    dropout: Dropout = STAY
    relapse: bool = False


@dataclass(frozen=True, slots=True)
class Design:
    """Phases one after the other; everybody begins in the first."""

    name: str
    phases: tuple[Phase, ...]

    def __post_init__(self) -> None:
        for phase in self.phases:
            if not phase.arms or phase.hours <= 0.0 or any(a.ratio <= 0.0 for a in phase.arms):
                raise RequestError(f"Phase {phase.name!r} needs arms with a ratio above 0 and a length above 0 h.")
        for before, phase in pairwise(self.phases):
            known = {arm.name for arm in before.arms}
            for arm in phase.arms:
                if missing := set(arm.after) - known:
                    raise RequestError(f"Arm {arm.name!r} follows {sorted(missing)[0]!r}, which is no arm before it.")

    @property
    def starts(self) -> tuple[float, ...]:
        """When each phase begins, h on the clock of the trial."""
        return tuple(sum(p.hours for p in self.phases[:k]) for k in range(len(self.phases)))


def parallel(name: str, arms: Sequence[Arm], days: float, visits: Sequence[float], dropout: Dropout = STAY) -> Design:
    """One phase, several arms."""
    return Design(name, (Phase("only", 24.0 * days, tuple(arms), tuple(visits), dropout),))


def crossover(name: str, arms: Sequence[Arm], days: float, washout_days: float, visits: Sequence[float]) -> Design:
    """Two treatments in both orders; the second period begins after the first and its wash-out.

    Arms of the second period keep the name of their treatment with ", second" behind it.
    """
    if len(arms) != 2:
        raise RequestError(f"A crossover of two periods has two treatments; {len(arms)} came.")
    second = tuple(
        replace(one, name=f"{one.name}, second", after=(other.name,))
        for one, other in zip(arms, reversed(arms), strict=True)
    )
    hours = 24.0 * days
    return Design(name, (
        Phase("period 1", hours + 24.0 * washout_days, tuple(arms), tuple(visits)),
        Phase("period 2", hours, second, tuple(visits)),
    ))  # fmt: skip


def window(regimen: Regimen, begin: float = 0.0, end: float = inf, amount: str = "") -> Regimen:
    """The doses at `begin` ≤ t < `end`, on a clock that starts at `begin`, all of `amount` if that is given."""
    from ketasim.dosing.quantities import amount as parsed

    kept = []
    for dose in regimen.tables:
        times = tuple(t - begin for t in dose.times if begin - 1e-9 <= t < end - 1e-9)
        if times:
            kept.append(replace(dose, times=times, amount=parsed(amount) if amount else dose.amount))
    return Regimen(regimen.name, tuple(kept)) if kept else Regimen.none()


def first_dose(regimen: Regimen) -> float:
    """When the first dose is given (h); 0 without doses."""
    return min((g.time for g in regimen.schedule()), default=0.0)


def from_first_dose(regimen: Regimen) -> Regimen:
    """The same regimen on a clock that starts with its first dose."""
    return window(regimen, first_dose(regimen)) if regimen.tables else Regimen.none()
