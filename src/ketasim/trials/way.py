"""The way of patients through a trial, and what the engine says of them on it.

Doses decided during a trial: patients who took the same decisions share a way, and each way is simulated from the start
of the trial with the doses known so far. Draws are keyed by patient, so going back to the start gives what stopping and
going on would, to the tolerance of the solver, and needs no saved state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ketasim.dosing.regimen import Regimen
from ketasim.engine.abi import Settings
from ketasim.population.people import listed
from ketasim.simulation.simulate import simulate
from ketasim.trials.design import Arm, window

if TYPE_CHECKING:
    from ketasim.model.model import Model

F64 = NDArray[np.float64]
Columns = Mapping[str, NDArray[Any]]
JUST_BEFORE = 1e-3  # h: patients are seen before what they are given at the same moment
ENOUGH = Settings(rtol=1e-5, atol=1e-7)


@dataclass(frozen=True, slots=True)
class Step:
    """An arm from `start` to `end` (h on the clock of the trial), and the rung taken at each titration visit so far."""

    arm: Arm
    start: float
    end: float
    rungs: tuple[int, ...] = ()


@dataclass(frozen=True)
class Engine:
    """What every simulation of a trial shares."""

    model: Model
    seed: int
    overrides: Mapping[str, float]
    settings: Settings = ENOUGH
    workers: int | None = None


def given(steps: Sequence[Step]) -> Regimen:
    """All doses along a way, on the clock of the trial; what is planned after the end of a step is not given."""
    tables = []
    for step in steps:
        for begin, end, amount in _stretches(step):
            part = window(step.arm.regimen, 0.0, step.end - step.start)
            shift = begin + step.start
            doses = window(part, begin, end, amount).tables
            tables += [replace(dose, times=tuple(t + shift for t in dose.times)) for dose in doses]
    return Regimen("as given", tuple(tables)) if tables else Regimen.none()


def _stretches(step: Step) -> list[tuple[float, float, str]]:
    """(begin, end, amount) on the clock of the step; no amount: as the regimen has it."""
    rule = step.arm.titration
    if rule is None:
        return [(0.0, inf, "")]
    ends = [0.0, *rule.visits[: len(step.rungs)], inf]
    rungs = [0, *step.rungs]
    return [(a, b, rule.ladder[r]) for (a, b), r in zip(pairwise(ends), rungs, strict=True) if b > a]


def along(engine: Engine, people: Columns, steps: Sequence[Step], times: F64, outputs: Sequence[str]) -> dict[str, F64]:
    """Outputs (n, times) of people on a way; their covariates are those of the way's first arm, throughout."""
    n = people["ID"].size
    table = {**people, **{name: np.full(n, value) for name, value in steps[0].arm.covariates.items()}}
    seen = np.maximum(times - JUST_BEFORE, 0.0)
    run = simulate(
        engine.model, listed(table, "a trial"), given(steps), times=seen, outputs=tuple(dict.fromkeys(outputs)),
        seed=engine.seed, overrides=engine.overrides, settings=engine.settings, workers=engine.workers,
    )  # fmt: skip
    return {name: run.array(name) for name in run.outputs}
