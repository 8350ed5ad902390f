"""The observations that calibration reads, joined to the courses of their arms. Studies marked `judge` are refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ketasim.calibration import arms
from ketasim.calibration.arms import Course
from ketasim.calibration.exposure import Changes
from ketasim.calibration.predict import Stage, stage
from ketasim.errors import WorkError
from ketasim.measurement.link import links
from ketasim.pharmacology.mood.glutamate import Mechanism
from ketasim.studies.chain import phase_of
from ketasim.studies.record import Arm, Observation, Phase, Study
from ketasim.studies.shelf import counted, marked

F64 = NDArray[np.float64]
CURVE = 25
UNSPOKEN = ("time to remission", "remission without relapse")


@dataclass(frozen=True, slots=True)
class Row:
    """One observation: positions of its arm and of the arm it is compared with (-1: none), and its columns there."""

    study: Study
    seen: Observation
    arm: int
    versus: int
    column: int
    column_versus: int
    origin: int  # column of the start of the phase where a change counts from there, else -1
    curve: tuple[int, ...]  # columns of the whole curve of relapse in the arm, () if not needed
    curve_versus: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Data:
    """Courses with the times at which each is needed, and the observations that point at them."""

    courses: tuple[Course, ...]
    times: tuple[F64, ...]
    stages: tuple[Stage, ...]
    rows: tuple[Row, ...]

    @property
    def trials(self) -> tuple[str, ...]:
        """Keys of trials in order of first appearance."""
        return tuple(dict.fromkeys(r.study.trial for r in self.rows))

    @property
    def studies(self) -> tuple[str, ...]:
        """Ids of studies in order of first appearance."""
        return tuple(dict.fromkeys(r.study.id for r in self.rows))


def calibration_rows() -> tuple[tuple[Study, Observation], ...]:
    """What may be fitted: of each trial marked `calibrate`, the observations that count."""
    chosen = counted(marked("calibrate"))
    if any(study.use != "calibrate" for study, _ in chosen):
        raise WorkError("A study marked 'judge' was offered to calibration; it reads only those marked 'calibrate'.")
    return chosen


def speakable(study: Study, seen: Observation) -> bool:
    """Whether the model can say something of an observation: arms without other treatments, a linked scale."""
    arms_used = [study.arm(seen.arm), *([study.arm(seen.versus)] if seen.versus else [])]
    kind = "change" if seen.endpoint.kind == "change" else "score"
    linked = {"MADRS", "", *(row[0] for row in links() if row[1] == "MADRS" and row[2] == kind)}
    if seen.statistic in ("odds_ratio", "risk_ratio") or seen.endpoint.name in UNSPOKEN:
        return False
    binary = seen.endpoint.kind in ("response", "remission")
    return all(arms.usable(a) for a in arms_used) and (seen.endpoint.scale in linked or binary)


def without_repeats(rows: Iterable[tuple[Study, Observation]]) -> list[tuple[Study, Observation]]:
    """Leaves out a difference whose two arms are there themselves at that time and endpoint."""
    rows = [row for row in rows if speakable(*row)]
    have = {(s.id, o.arm, o.phase, o.endpoint.name, o.time.text) for s, o in rows if not o.versus}
    kept = []
    for s, o in rows:
        both = all((s.id, arm, o.phase, o.endpoint.name, o.time.text) in have for arm in (o.arm, o.versus))
        if not (o.versus and both):
            kept.append((s, o))
    return kept


def assemble(
    rows: Iterable[tuple[Study, Observation]], changes: Changes = (), mechanism: Mechanism = "disinhibition"
) -> Data:
    """Courses and times for observations, each course simulated once for exposure (the rest: `exposure.of_doses`)."""
    chosen = list(rows)
    needs: dict[tuple[str, str, str, str], list[Observation]] = {}
    studies: dict[str, Study] = {}
    for study, seen in chosen:
        studies[study.id] = study
        for name in filter(None, (seen.arm, seen.versus)):
            needs.setdefault(_key(study, name, seen), []).append(seen)
    keys = {key: k for k, key in enumerate(needs)}
    courses = tuple(_course(studies[key[0]], key, seen, changes, mechanism) for key, seen in needs.items())
    times: list[set[float]] = [set() for _ in courses]
    for study, seen in chosen:
        for name in filter(None, (seen.arm, seen.versus)):
            k = keys[_key(study, name, seen)]
            times[k].add(courses[k].hours(seen))
            if _from_phase(seen, courses[k]):
                times[k].add(courses[k].start)
            if _whole(seen):
                times[k].update(_curve_times(seen, courses[k]))
    columns = [np.array(sorted(t)) for t in times]
    watched = [any(o.endpoint.kind in ("event", "time") for o in seen) for seen in needs.values()]
    stages = tuple(stage(c, t, w) for c, t, w in zip(courses, columns, watched, strict=True))
    return Data(courses, tuple(columns), stages, tuple(_row(s, o, keys, courses, columns) for s, o in chosen))


def _row(
    study: Study, seen: Observation, keys: dict[tuple[str, str, str, str], int], courses: tuple[Course, ...],
    columns: list[F64],
) -> Row:  # fmt: skip
    arm = keys[_key(study, seen.arm, seen)]
    versus = keys[_key(study, seen.versus, seen)] if seen.versus else -1
    at = int(np.searchsorted(columns[arm], courses[arm].hours(seen)))
    other = int(np.searchsorted(columns[versus], courses[versus].hours(seen))) if versus >= 0 else -1
    origin = int(np.searchsorted(columns[arm], courses[arm].start)) if _from_phase(seen, courses[arm]) else -1
    curves = [_curve(seen, columns[k], courses[k]) if k >= 0 else () for k in (arm, versus)]
    return Row(study, seen, arm, versus, at, other, origin, curves[0], curves[1])


def _whole(seen: Observation) -> bool:
    """Whether a statistic is read from the whole curve of relapse."""
    return seen.endpoint.kind == "time" or seen.statistic == "hazard_ratio"


def _curve_times(seen: Observation, one: Course) -> list[float]:
    return [float(t) for t in np.linspace(one.start, one.hours(seen), CURVE)]


def _curve(seen: Observation, times: F64, one: Course) -> tuple[int, ...]:
    if not _whole(seen):
        return ()
    return tuple(np.searchsorted(times, _curve_times(seen, one)).tolist())


def _from_phase(seen: Observation, one: Course) -> bool:
    return seen.reference == "phase" and one.start > 0.0


def _key(study: Study, arm: str, seen: Observation) -> tuple[str, str, str, str]:
    phase = phase_of(study, arm, seen.phase)
    watched = "relapse" if seen.endpoint.name in ("relapse", "time to relapse") else ""
    return (study.id, arm, phase.name if phase else "", watched)


def _course(
    study: Study, key: tuple[str, str, str, str], seen: list[Observation], changes: Changes, mechanism: Mechanism
) -> Course:
    arm: Arm = study.arm(key[1])
    phase: Phase | None = next((p for p in study.phases if p.name == key[2]), None)
    made = arms.course(study, arm, phase, seen, changes, mechanism)
    if key[3] == "relapse" and not made.selection and not (phase and phase.after):
        return arms.followed(made, study, seen)
    return made


@lru_cache(maxsize=4)
def calibration_data(mechanism: Mechanism = "disinhibition") -> Data:
    """All that calibration reads, assembled once per mechanism of the trigger."""
    return assemble(without_repeats(calibration_rows()), (), mechanism)
