"""A trial run: everybody enrolled, allotted, treated, seen, selected, allotted again; scores as they were written.

Every draw is keyed by seed, patient and purpose, so that no patient's course depends on who else is in the trial.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ketasim.engine.abi import Settings
from ketasim.errors import UnknownName
from ketasim.model.model import Model
from ketasim.population.chance import uniform
from ketasim.population.people import People, keys
from ketasim.trials import events
from ketasim.trials.design import Arm, Design, Phase
from ketasim.trials.reader import Reader
from ketasim.trials.rules import Rule
from ketasim.trials.way import ENOUGH, Columns, Engine, Step, along

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
CURVE = 61
Way = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Followed:
    """The patients of one arm in one phase. Times are hours on the clock of the trial, which starts at `start` here.

    `scores` (n, visits) are as written, NaN once a patient has left; `baseline` (n,) before all treatment and `entry`
    (n,) at the start of the phase; `relapse` and `left` (n,) hours since the start of the phase, inf for never.
    `outputs` are further outputs of the model at the visits, unwritten.
    """

    phase: str
    arm: str
    start: float
    hours: float
    ids: I64
    times: F64
    scores: F64
    baseline: F64
    entry: F64
    relapse: F64
    left: F64
    outputs: Mapping[str, F64] = field(default_factory=dict)

    def column(self, time: float) -> int:
        """The column of the visit at a time."""
        return int(np.argmin(np.abs(self.times - time)))


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial that was run."""

    design: Design
    followed: tuple[Followed, ...]

    def of(self, phase: str, arm: str) -> Followed:
        """The patients of an arm in a phase; UnknownName where there is none (or nobody entered it)."""
        for one in self.followed:
            if (one.phase, one.arm) == (phase, arm):
                return one
        raise UnknownName("arm of the trial", f"{phase}: {arm}", [f"{f.phase}: {f.arm}" for f in self.followed])


@dataclass
class _Cohort:
    """Everybody, and the way each has gone so far; None for who has left or was not selected."""

    engine: Engine
    reader: Reader
    people: Columns
    ids: I64
    baseline: F64
    ways: list[Way | None]
    before: str = ""  # the phase that ended last
    watched: float = -math.inf  # hour until which phases in which relapse is watched went: who relapsed has left


def run(
    design: Design, model: Model, people: People, reader: Reader, *, seed: int = 0,
    overrides: Mapping[str, float] | None = None, outputs: Sequence[str] = (), settings: Settings = ENOUGH,
    workers: int | None = None,
) -> Trial:  # fmt: skip
    """Run a design on a model: `people` are enrolled, scores are read by `reader`, further `outputs` kept at visits."""
    engine = Engine(model, seed, dict(overrides or {}), settings, workers)
    columns = people.chunk(0, people.n)
    ids = keys(columns["ID"])
    baseline = columns[reader.baseline].astype(np.float64) if reader.baseline else np.full(people.n, np.nan)
    cohort = _Cohort(engine, reader, columns, ids, baseline, [() for _ in range(people.n)])
    followed: list[Followed] = []
    for phase, start in zip(design.phases, design.starts, strict=True):
        followed += _phase(cohort, phase, start, outputs, last=phase is design.phases[-1])
    return Trial(design, tuple(followed))


def _phase(cohort: _Cohort, phase: Phase, start: float, outputs: Sequence[str], last: bool) -> list[Followed]:
    _allot(cohort, phase, start)
    _titrate(cohort, phase, start)
    found = []
    for arm in phase.arms:
        rows = np.array([k for k, way in enumerate(cohort.ways) if way and _is(way[-1], arm, start)], dtype=np.int64)
        if rows.size:
            found.append(_watched(cohort, phase, arm, start, rows, outputs))
            if not last:
                for k in rows[found[-1].left <= phase.hours]:
                    cohort.ways[k] = None
    cohort.before = phase.name
    if phase.relapse and cohort.reader.survival:
        cohort.watched = start + phase.hours
    return found


def _is(step: Step, arm: Arm, start: float) -> bool:
    return step.start == start and step.arm.name == arm.name


def _groups(cohort: _Cohort, rows: I64) -> list[tuple[Way, I64]]:
    """Patients who share a way, by the order of first appearance."""
    grouped: dict[tuple[tuple[str, float, tuple[int, ...]], ...], list[int]] = {}
    for k in rows:
        way = cohort.ways[k] or ()
        grouped.setdefault(tuple((s.arm.name, s.start, s.rungs) for s in way), []).append(int(k))
    return [(cohort.ways[members[0]] or (), np.array(members)) for members in grouped.values()]


def _values(cohort: _Cohort, rows: I64, times: F64, outputs: Sequence[str]) -> dict[str, F64]:
    """Outputs of the model (rows, times), each way simulated by itself."""
    found = {name: np.full((rows.size, times.size), np.nan) for name in outputs}
    place = {int(k): i for i, k in enumerate(rows)}
    for way, members in _groups(cohort, rows):
        part = {name: column[members] for name, column in cohort.people.items()}
        at = np.array([place[int(k)] for k in members])
        for name, values in along(cohort.engine, part, way, times, outputs).items():
            found[name][at] = values
    return found


def _written(cohort: _Cohort, rows: I64, times: F64) -> F64:
    """Scores as written at some times, (rows, times)."""
    grid, back = np.unique(times, return_inverse=True)
    values = _values(cohort, rows, grid, (cohort.reader.output,))[cohort.reader.output]
    return cohort.reader.written(values, cohort.ids[rows], grid, cohort.engine.seed)[:, back]


def _allot(cohort: _Cohort, phase: Phase, start: float) -> None:
    """Put everybody who may go on into an arm of the phase."""
    going = np.array([k for k, way in enumerate(cohort.ways) if way is not None], dtype=np.int64)
    if not going.size:
        return
    looks = {rule: _decided(cohort, going, rule, start) for rule in {arm.select for arm in phase.arms}}
    ratios = []
    for arm in phase.arms:
        came = np.array([not arm.after or (_last(cohort.ways[k]) in arm.after) for k in going])
        ratios.append(np.where(came & looks[arm.select], arm.ratio, 0.0))
    chosen = events.allotted(ratios, cohort.ids[going], cohort.engine.seed, phase.name)
    for k, arm_at in zip(going, chosen, strict=True):
        way = cohort.ways[k] or ()
        step = None if arm_at < 0 else Step(phase.arms[arm_at], start, start + phase.hours)
        cohort.ways[k] = None if step is None else (*way, step)


def _last(way: Way | None) -> str:
    return way[-1].arm.name if way else ""


def _decided(cohort: _Cohort, rows: I64, rule: Rule, at: float) -> NDArray[np.bool_]:
    """Who meets a rule at a time."""
    if not rule.conditions:
        return np.ones(rows.size, dtype=np.bool_)
    times = np.maximum(at - np.array(rule.looks), 0.0)
    met = rule.met(_written(cohort, rows, times), cohort.baseline[rows])
    if rule.text.startswith("stable ") and cohort.reader.survival:
        met[met] = _stayed(cohort, rows[met], at)
    return met


def _stayed(cohort: _Cohort, rows: I64, at: float) -> NDArray[np.bool_]:
    """Who has not relapsed since a rule last chose them, until the phase that ends now; who never was has stayed."""
    stayed = np.ones(rows.size, dtype=np.bool_)
    since = np.maximum([_chosen_at(cohort.ways[k]) for k in rows], cohort.watched)
    for start in np.unique(since[since < at]):
        mine, grid = np.flatnonzero(since == start), np.array([start, at])
        kept = _values(cohort, rows[mine], grid, (cohort.reader.survival,))[cohort.reader.survival]
        drawn = uniform(cohort.engine.seed, cohort.ids[rows[mine]], f"relapse {cohort.before}")
        stayed[mine] = np.isinf(events.time_to_event(events.hazard(kept), grid, drawn[:, 0]))
    return stayed


def _chosen_at(way: Way | None) -> float:
    """When the last phase began for which a rule chose this patient (h); NaN where none did."""
    return next((step.start for step in reversed(way or ()) if step.arm.select.conditions), float("nan"))


def _titrate(cohort: _Cohort, phase: Phase, start: float) -> None:
    """Take the decisions of every titration visit, visit by visit."""
    for arm in phase.arms:
        rule = arm.titration
        if rule is None:
            continue
        for visit in rule.visits:
            rows = np.array([k for k, w in enumerate(cohort.ways) if w and _is(w[-1], arm, start)], dtype=np.int64)
            if not rows.size:
                break
            up = _decided(cohort, rows, rule.up, start + visit)
            down = _decided(cohort, rows, rule.down, start + visit) if rule.down else np.zeros_like(up)
            for k, more, less in zip(rows, up, down, strict=True):
                way = cohort.ways[k]
                assert way
                rung = (way[-1].rungs or (0,))[-1] + int(more) - int(less)
                rung = min(max(rung, 0), len(rule.ladder) - 1)
                cohort.ways[k] = (*way[:-1], replace(way[-1], rungs=(*way[-1].rungs, rung)))


def _watched(
    cohort: _Cohort, phase: Phase, arm: Arm, start: float, rows: I64, outputs: Sequence[str]
) -> Followed:  # fmt: skip
    """See the patients of an arm at every visit of the phase, until they leave."""
    reader, ids, seed = cohort.reader, cohort.ids[rows], cohort.engine.seed
    visits = np.unique(start + np.asarray(phase.visits, dtype=np.float64))
    watch = phase.relapse and bool(reader.survival)
    curve = np.linspace(start, start + phase.hours, CURVE) if watch else np.zeros(0)
    grid = np.unique(np.concatenate([[0.0, start], visits, curve]))
    kept = (reader.survival,) if watch else ()
    values = _values(cohort, rows, grid, (reader.output, *kept, *outputs))
    score = reader.written(values[reader.output], ids, grid, seed)
    if not reader.baseline:
        cohort.baseline[rows] = np.where(np.isnan(cohort.baseline[rows]), score[:, 0], cohort.baseline[rows])
    baseline = cohort.baseline[rows]
    entry = baseline if start == 0.0 else score[:, int(np.searchsorted(grid, start))]
    at = np.searchsorted(grid, visits)
    scores = score[:, at]
    left = events.leaving(phase.dropout, ids, seed, phase.name)
    lack = events.lacking(phase.dropout, scores, baseline, visits - start, ids, seed, phase.name)
    left = np.minimum(left, lack)
    scores = np.where(visits[None, :] - start <= left[:, None], scores, np.nan)
    relapse = np.full(rows.size, np.inf)
    if watch:
        risen = events.hazard(values[reader.survival][:, np.searchsorted(grid, curve)])
        relapse = events.time_to_event(risen, curve - start, uniform(seed, ids, f"relapse {phase.name}")[:, 0])
    return Followed(
        phase.name, arm.name, start, phase.hours, ids, visits, scores, baseline, entry, relapse, left,
        {name: values[name][:, at] for name in outputs},
    )  # fmt: skip
