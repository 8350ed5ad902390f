"""An arm of a published trial as calibration sees it: exposure, what the patients can tell, when it was watched.

A phase that follows another continues its patients: the doses of the earlier phase come first, on the same clock. An
arm with a baseline of its own starts afresh at its phase (re-randomised patients are described by the paper as they
are then).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ketasim.calibration.exposure import Changes, Exposure, joined, none, of_doses, session_times
from ketasim.evidence.store import fact
from ketasim.measurement.link import convert
from ketasim.pharmacology.mood.glutamate import Mechanism
from ketasim.studies.chain import RELAPSERS, selects, watched_after
from ketasim.studies.chain import chain as chain_of
from ketasim.studies.openly import openly
from ketasim.studies.record import Arm, Observation, Phase, Study
from ketasim.studies.size import small

ANCESTRY = ("white", "black", "asian", "japanese", "other")
AFTER_LAST = 24.0 * 7


@dataclass(frozen=True, slots=True)
class Course:
    """One arm over time. Times in hours since the first dose (or the start) of its first segment.

    `start` is where the arm's own phase begins on that clock, `origin` where time to relapse is counted from;
    `selection` (time, kind) says who went on into it; `small` whether the trial had few people, `openly` whether all of
    them knew from its start that they get the drug.
    """

    study: str
    trial: str
    arm: str
    exposure: Exposure
    start: float
    origin: float
    selection: tuple[tuple[float, str], ...]
    beliefs: tuple[tuple[float, str], ...]  # (when, control): what the patients can tell from then on
    background: str
    admitted: bool
    small: bool
    openly: bool
    baseline: float
    baseline_sd: float

    @property
    def since(self) -> float:
        """From when on relapse takes patients away: the start of the phase, or, where only those who stayed well go on
        into it ("stable ..."), the time at which they were chosen before.
        """
        *_, (before, _), (_, kind) = (self.start, ""), (self.start, ""), *self.selection
        return before if kind.startswith("stable") else self.start

    def hours(self, seen: Observation) -> float:
        """When an observation was made, on the clock of the course."""
        own = [d for d in self.exposure.doses if d >= self.start - 1e-6] or list(self.exposure.doses) or [self.start]
        if seen.time.anchor == "start":
            return self.start + seen.time.hours
        if seen.time.dose == -1:
            return own[-1] + seen.time.hours
        return own[min(seen.time.dose, len(own)) - 1] + seen.time.hours


def usable(arm: Arm) -> bool:
    """Whether the model speaks of this arm: no treatment outside it."""
    return not arm.comparator


def course(
    study: Study,
    arm: Arm,
    phase: Phase | None,
    seen: Iterable[Observation],
    changes: Changes = (),
    mechanism: Mechanism = "disinhibition",
) -> Course:
    """The course of an arm in a phase, long enough for its observations; the rest as in `exposure.of_doses`."""
    chain = chain_of(study, arm, phase)
    lengths = [24.0 * p.days for p, _ in chain[:-1]]
    start = sum(lengths)
    latest = max((_latest(o, arm) for o in seen), default=0.0)
    end = start + latest + AFTER_LAST
    segments: list[tuple[float, Exposure]] = []
    offset, ends = 0.0, [*lengths, end - start]
    covered: set[str] = set()
    for (_, one), _length in zip(chain, ends, strict=True):
        if one.doses and one.name not in covered:
            covered.add(one.name)
            segments.append((offset, of_doses(one.doses, end - offset, mechanism, changes, _ancestry(study))))
        offset += _length
    first = chain[0][1]
    mean, sd = _baseline(study, first)
    return Course(
        study.id, study.trial, arm.name,
        joined(segments, end) if segments else none(end),
        start, start, _selection(chain), _beliefs(study, chain), first.background, _admitted(study), small(study),
        openly(study), mean, sd,
    )  # fmt: skip


def followed(one: Course, study: Study, seen: Sequence[Observation]) -> Course:
    """The same course when relapse is watched after the last dose: those who had got better a day later, from then on,
    with times counted from that dose.
    """
    last = one.exposure.doses[-1] if one.exposure.doses else 0.0
    begin = last + 24.0
    kind = watched_after(study, study.arm(one.arm), seen)
    return replace(one, start=begin, origin=last, selection=((begin, kind),))


def _selection(chain: list[tuple[Phase, Arm]]) -> tuple[tuple[float, str], ...]:
    at, found = 0.0, []
    if chain[0][0].select == RELAPSERS:  # they had responded before: weighted by their chance to respond to this course
        found.append((24.0 * chain[0][0].days, "responders"))
    for (before, _), (after, arm) in pairwise(chain):
        at += 24.0 * before.days
        kind = selects(after.select, arm.name)
        if kind != "all" and before.name != after.name:
            found.append((at, kind))
    return tuple(found)


def _latest(seen: Observation, arm: Arm) -> float:
    if seen.time.anchor == "start":
        return seen.time.hours
    given = session_times(arm.doses)
    dose = given[-1] if seen.time.dose == -1 else given[min(seen.time.dose, len(given)) - 1]
    return dose + seen.time.hours


def _baseline(study: Study, arm: Arm) -> tuple[float, float]:
    printed = fact("mood.baseline")
    stated = arm.baseline or study.population.get("baseline") or {}
    spread = printed.spread[0].value
    assert not isinstance(spread, tuple)
    mean, sd = float(stated.get("mean", printed.number)), float(stated.get("sd", spread))
    low, middle, high = (float(convert(v, stated.get("scale", "MADRS"), "MADRS")) for v in (mean - sd, mean, mean + sd))
    return middle, 0.5 * (high - low)


def _beliefs(study: Study, chain: list[tuple[Phase, Arm]]) -> tuple[tuple[float, str], ...]:
    """What the patients can tell of their treatment, from the start of each phase on."""
    at, found = 0.0, []
    for phase, arm in chain:
        found.append((at, study.control(arm, phase)))
        at += 24.0 * phase.days
    return tuple(found)


def _ancestry(study: Study) -> str:
    told = str(study.population.get("ancestry", ""))
    return told if told in ANCESTRY else ""


def _admitted(study: Study) -> bool:
    return float(study.population.get("inpatients", 0.0)) >= 0.5
