"""The third part of `ketasim demo`: from nasal esketamine to mood over four weeks, beside an oral antidepressant alone.

What two randomised trials of that treatment printed is laid over: both were used in calibration, so this shows what
the model was fitted to, not how it predicts; `ketasim reproduce` judges it on trials that it never saw. Each printed
result stands beside a prediction for the doses of its own arm, made as `ketasim reproduce` makes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ketasim.dosing.regimen import Regimen
from ketasim.errors import StudyError
from ketasim.measurement.reading import Reading
from ketasim.pharmacology import readings, shelf
from ketasim.population.named import population
from ketasim.population.people import with_columns
from ketasim.reproduction.mood import Forecast, forecasts
from ketasim.reproduction.rival import parameters
from ketasim.simulation import clinic
from ketasim.simulation.run import Run
from ketasim.simulation.simulate import simulate
from ketasim.studies.record import Arm, Observation, Study
from ketasim.studies.shelf import study, waits

DAYS: Final = 27.0  # to the start of day 28
FIRST_DAY: Final = (2.0, 4.0, 8.0, 16.0)
STUDIES: Final = ("fedgchin2019", "chen2023china")
NEW: Final = "new oral antidepressant"
WITH, ALONE = "esketamine and a new oral antidepressant", "a new oral antidepressant alone"
TREATMENTS: Final[dict[str, tuple[str, str]]] = {  # regimen, and what the patient can tell
    WITH: ("spravato-induction", "none"),
    ALONE: ("none", "placebo spray"),
}
OUTPUTS: Final = ("plasma esketamine", "NMDA occupancy", "glutamate", "fast plasticity", "slow plasticity", "MADRS")
WHAT: Final = ("change", "response", "remission")
LEVELS: Final = (0.05, 0.5, 0.95)


@dataclass(frozen=True, slots=True)
class Point:
    """One printed result beside its prediction: change in points, response and remission as shares.

    `predicted`, `low` and `high` are median and 90 % interval for the doses and people of that arm, over what the
    calibration leaves open, how trials differ, and the chance of its `n` people.
    """

    treatment: str
    study: str
    arm: str
    what: str
    hours: float
    n: int
    published: float
    se: float
    predicted: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class WholePath:
    """Runs by treatment, what a clinic finds in each at visits, and printed results beside it."""

    runs: Mapping[str, Run]
    reading: Reading
    visits: Mapping[str, tuple[clinic.Visit, ...]]
    points: tuple[Point, ...]
    citation: tuple[str, ...]


def whole_path(n: int, seed: int, **how: Any) -> WholePath:
    """Both treatments in the same `n` adults with treatment-resistant depression, over four weeks."""
    model = shelf.model("pathway", {("esketamine", "nasal")})
    reading = readings.reading(model)
    if reading is None:
        raise TypeError("The pathway has no score of mood.")
    people = population("trd-adults", n, seed)
    runs: dict[str, Run] = {}
    for name, (regimen, control) in TREATMENTS.items():
        held = {"BACKGROUND": NEW, "CONTROL": control, "SETTING": "outpatient"}
        grid = {"times": next(iter(runs.values())).times} if runs else {"days": DAYS}
        runs[name] = simulate(
            model, with_columns(people, held), Regimen.preset(regimen), outputs=OUTPUTS, seed=seed, **grid, **how
        )
    hours = [*FIRST_DAY, *(24.0 * day for day in range(1, round(DAYS) + 1))]
    seen = {name: clinic.visits(run, reading, hours) for name, run in runs.items()}
    chosen = [used_in_calibration(name) for name in STUDIES]
    points = tuple(p for one in chosen for p in _points(one, reading, seed))
    return WholePath(runs, reading, seen, points, tuple(dict.fromkeys(key for one in chosen for key in one.citation)))


def used_in_calibration(name: str) -> Study:
    """A shipped study that calibration has read; StudyError for one that is kept to judge or waits."""
    found = study(name)
    if found.use != "calibrate" or waits(found):
        why = "waits for the next calibration" if waits(found) else "is kept to judge the model"
        raise StudyError(f"The study {name} {why}, so the demonstration does not show it.")
    return found


def _points(one: Study, reading: Reading, seed: int) -> list[Point]:
    shown = [(one, seen) for seen in one.observations if _treatment(one.arm(seen.arm)) and _shown(seen, reading)]
    return [_point(*pair, found) for pair, found in zip(shown, predicted(shown, seed), strict=True)]


def predicted(rows: Sequence[tuple[Study, Observation]], seed: int) -> tuple[Forecast, ...]:
    """Forecasts of results of one trial as `reproduce` has them, but for what facts add that are not estimated."""
    return forecasts(rows, parameters()[0], seed, grades=False)


def _point(one: Study, seen: Observation, found: Forecast) -> Point:
    low, middle, high = (float(value) for value in np.quantile(found.samples, LEVELS))
    error = seen.se if seen.se is not None else float("nan")
    treatment = _treatment(one.arm(seen.arm)) or ""
    what, hours = seen.endpoint.kind, seen.time.hours
    return Point(treatment, one.id, seen.arm, what, hours, seen.n, seen.value, error, middle, low, high)


def _treatment(arm: Arm) -> str | None:
    if arm.background != NEW or arm.comparator:
        return None
    return WITH if arm.active else ALONE


def _shown(seen: Observation, reading: Reading) -> bool:
    return (
        not seen.versus
        and seen.endpoint.scale == reading.scale.name
        and seen.endpoint.kind in WHAT
        and seen.analysis == "observed"
        and seen.time.hours <= 24.0 * DAYS
    )
