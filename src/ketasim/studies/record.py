"""A published study as a value: what the paper says was done, to whom, and what was observed.

One record is one paper's (or registry entry's) account; all records of one trial share the key `trial` and one mark.
Times are hours after an anchor, scores are points, proportions are counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ketasim.measurement.endpoint import Endpoint

Use = Literal["calibrate", "judge"]
Control = Literal["none", "saline", "placebo spray", "placebo tablet", "midazolam", "masked"]
Background = Literal["none", "stable", "new oral antidepressant"]
Grade = Literal["A", "B", "C", "D"]
ROUTES = ("iv", "nasal", "sc", "im", "oral", "none")
QUESTIONS = ("efficacy", "relapse", "comparator", "other")
COURSES = ("single", "repeated")
COUNTED = 8


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was seen: `hours` after `anchor` ("start" of the phase or "dose"), `dose` counted from 1.

    `dose` is -1 for the last dose and 0 where the anchor is the start of the phase.
    """

    text: str
    hours: float
    anchor: Literal["start", "dose"]
    dose: int = 0


@dataclass(frozen=True, slots=True)
class Arm:
    """An arm: people, regimen, what the patients could tell of their treatment, and other antidepressant treatment.

    `regimen` is "none", the name of a preset or a path; where it is "inline", `doses` are tables as in a regimen file.
    `comparator` names an active treatment outside the model ("ECT"); `baseline` overrides the study's.
    """

    name: str
    n: int
    regimen: str
    doses: tuple[Mapping[str, Any], ...]
    control: Control
    background: Background
    comparator: str = ""
    baseline: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""

    @property
    def active(self) -> bool:
        """Whether the arm receives the drug of the model."""
        return self.regimen != "none"


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a trial: `days` long, the arms in it, who goes on (`select`), from which phase, doses by rule."""

    name: str
    days: float
    arms: tuple[str, ...]
    select: str
    after: str
    titrate: tuple[Mapping[str, Any], ...]
    note: str = ""
    blinding: str = ""  # of the study, unless told


@dataclass(frozen=True, slots=True)
class Observation:
    """One printed result.

    `statistic` says which: "mean", "proportion", "median", "difference", "hazard_ratio", "risk_ratio", "odds_ratio",
    "cohen_d" (difference in standard deviations). A difference is `arm` minus `versus`. `value` is in `unit` (a
    proportion is in 0 to 1); `se` is its standard error if printed or if it follows from what is printed; `sd` is
    between patients; `interval` with its `level`. `n` people stand behind it (`n_versus` in the other arm).
    `cutoff` is the score of remission where the paper's differs from the scale's first. `reference` says whether a
    change (and a response) is counted from the start of the study or of its phase. `measure` is "" for the value at
    that time, or a figure of the course up to it: "Cmax", "Tmax", "AUC", "maximum". `seen` says where the number
    was read. `line` is the line of the file.
    """

    arm: str
    versus: str
    phase: str
    endpoint: Endpoint
    time: Moment
    statistic: str
    value: float
    unit: str
    se: float | None
    sd: float | None
    interval: tuple[float, float] | None
    level: float
    events: int | None
    n: int
    n_versus: int | None
    analysis: str
    grade: Grade
    seen: str
    cutoff: float | None = None
    sampling: str = ""
    measure: str = ""
    reference: Literal["study", "phase"] = "study"
    note: str = ""
    line: int = 0

    @property
    def scored(self) -> bool:
        """Whether it may be fitted or judged by: numbers that nobody has read again (grade D) may not."""
        return self.grade != "D"


@dataclass(frozen=True, slots=True)
class Study:
    """A published study; `path` is the file that it was read from."""

    id: str
    trial: str
    title: str
    citation: tuple[str, ...]
    use: Use
    design: str
    blinding: str
    route: str
    question: str
    course: str
    split_round: int
    population: Mapping[str, Any]
    arms: tuple[Arm, ...]
    phases: tuple[Phase, ...]
    observations: tuple[Observation, ...]
    note: str
    path: Path

    @property
    def stratum(self) -> tuple[str, str, str]:
        """(route, question, single or repeated): within it the split between calibrate and judge is drawn."""
        return (self.route, self.question, self.course)

    def control(self, arm: Arm, phase: Phase | None = None) -> str:
        """What the patients of an arm can tell of their treatment in a phase: its control, or "open" if told."""
        blinding = (phase.blinding if phase else "") or self.blinding
        return "open" if blinding == "open" and arm.control == "none" and arm.active else arm.control

    def arm(self, name: str) -> Arm:
        """The arm with this name (the loader has made sure that the names used exist)."""
        return next(a for a in self.arms if a.name == name)

    @property
    def mood(self) -> tuple[Observation, ...]:
        """The observations of mood that may be scored, in the order of the file: most telling first."""
        return tuple(o for o in self.observations if o.endpoint.mood and o.scored)
