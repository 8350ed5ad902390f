"""Observed against predicted exposure: rows for every exam, shares by route, and the page docs/exposure.md.

`python -m ketasim.reproduction.exposure [PATH]` writes the page.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ketasim.model.model import Model
from ketasim.pharmacology import shelf
from ketasim.reproduction.exact import Curves, Given, solve
from ketasim.reproduction.exams import UNITS, Exam, Point, exams

F64 = NDArray[np.float64]
DRUG = ("esketamine", "arketamine", " ketamine")
WIDE, NARROW = 1.5, 1.25
FEW = 3  # fewer points than this reach nothing
LEVELS = ("at", "held", "half-life")  # statistics of single levels
_TITLES = {
    "drug": "Platform model, drug",
    "metabolite": "Platform model, metabolites (reported, not counted)",
    "occupancy": "Platform model, receptor occupancy",
    "time": "Platform model, time of the peak",
    "used": "Platform model, observations that are parameters",
    "outside": "Platform model, people it is not made for (children, one genotype; not counted)",
}
_HEAD = """# Exposure: observed against predicted

Written by `python -m ketasim.reproduction.exposure`; do not edit. Predictions are those of the typical person. Ratios
are predicted over observed. **Bold**: outside 1.5-fold. Facts named in `pharmacology/exams` say where each observation
was read and with which grade. The digitised curves of Kamp 2020 blur the steps of the infusion: points at 5 min, at 1 h
and just after 3 h are the least certain.

At the end, published models stand beside what their own papers print. There CL, Vss, Vz and half-life are those after a
bolus, and *held* is a level over that at the start.

What is a parameter and what is a judge is decided by what a source is, before its numbers are laid beside predictions:
the estimates of one population model of a route, or else a bioavailability from a crossover, are parameters; a peak, an
AUC, a level or a bioavailability that another study observed is a judge. A judge is *independent* if no parameter that
enters its prediction comes from its study, or from one that may have had the same people; else the column *basis* says
which does. So a study that gave a parameter of one route or enantiomer may judge another that this parameter does not
enter: Yanagihara 2003 (rectum), Clements 1982 (muscle), Wang 2019 (R-ketamine). A test holds every judge to this, over
the sources that are cited for each parameter, for the numbers that its note names, and for clearance and extraction
where its note shows their values; what a note does not say, the test cannot see. The target is asked of independent
judges; one or two of them are too few to reach it.

Of the 50 independent points of the infusion, 48 are arterial, of one trial (Kamp 2020). The venous curve of 10 mg of
S-ketamine over half an hour (CHDR1311) is not here, for its licence keeps it out; a test reads it from outside and
asks for 80 % of its points within 1.5-fold and 60 % within 1.25-fold. It is no independent judge: the model of the
same trial (Otto 2021) gave the venous site.

## Platform model, drug, by route

| route | independent points | within 1.5-fold | within 1.25-fold | 80 % and 60 % reached | all counted points |
|---|---|---|---|---|---|"""


@dataclass(frozen=True, slots=True)
class Row:
    """One observation beside its prediction, in `unit`.

    `kind`: "drug" (counted), "metabolite", "time" (of a peak), "occupancy", "used" (a parameter rests on it) or
    "outside" (people the model is not made for). `least`: the observation is a lower bound.
    """

    model: str
    study: str
    route: str
    drug: str
    output: str
    statistic: str
    hours: float
    unit: str
    observed: float
    predicted: float
    kind: str
    basis: str
    least: bool = False

    @property
    def ratio(self) -> float:
        """Predicted over observed."""
        return self.predicted / self.observed

    def within(self, fold: float) -> bool:
        """Whether the prediction lies within this fold of the observation; above a lower bound any will do."""
        return 1 / fold <= self.ratio <= fold or (self.least and self.ratio >= 1)


@dataclass(frozen=True, slots=True)
class Share:
    """How many counted points of a route lie within 1.5-fold and 1.25-fold."""

    route: str
    points: int
    wide: int
    narrow: int

    @property
    def reached(self) -> bool:
        """At least 80 % within 1.5-fold and 60 % within 1.25-fold, of at least three points."""
        return self.points >= FEW and self.wide >= 0.8 * self.points and self.narrow >= 0.6 * self.points


def rows(model: str = "platform", studies: Iterable[Exam] | None = None) -> tuple[Row, ...]:
    """Every observation that examines a model of the shelf, predicted for the typical person."""
    return _rows(model, exams() if studies is None else tuple(studies))


@lru_cache(maxsize=8)
def _rows(model: str, studies: tuple[Exam, ...]) -> tuple[Row, ...]:
    return tuple(row for exam in studies if model in exam.models for row in _judge(model, exam))


def shares(judged: Sequence[Row], *, independent: bool = False) -> tuple[Share, ...]:
    """By route, over the rows of kind "drug", or only those of independent judges (without a `basis`)."""
    found = []
    for route in dict.fromkeys(r.route for r in judged):
        own = [r for r in judged if r.route == route and r.kind == "drug" and not (independent and r.basis)]
        if own:
            found.append(Share(route, len(own), sum(r.within(WIDE) for r in own), sum(r.within(NARROW) for r in own)))
    return tuple(found)


def _judge(name: str, exam: Exam) -> list[Row]:
    pairs = [(d.drug, d.route) for d in exam.doses] + [(exam.drug, "iv_bolus")]
    model = shelf.model(name, pairs) if name == "platform" else shelf.model(name)
    longest = max([p.hours for p in exam.points])
    times = _times(longest, exam)
    curves = solve(model, exam.doses, dict(exam.people), times.tolist())
    return [
        Row(
            name, exam.study, exam.route, exam.drug, p.output, p.statistic, p.hours, _unit(p), p.observed,
            _predicted(model, exam, p, curves), _kind(exam, p), exam.basis, p.least,
        )
        for p in exam.points
    ]  # fmt: skip


def _times(longest: float, exam: Exam) -> F64:
    fine = np.arange(0, min(longest, 12.0) + 1e-9, 1 / 60)
    coarse = np.arange(12.0, longest + 1e-9, 0.25)
    own = [t for p in exam.points if p.statistic in LEVELS for t in (p.start, p.hours)]
    ends = [d.at + d.duration for d in exam.doses]
    return np.unique(np.round(np.r_[fine, coarse, own, ends, longest], 9))


def _unit(point: Point) -> str:
    return "1" if point.output == "NMDA occupancy" else UNITS[point.statistic]


def _kind(exam: Exam, point: Point) -> str:
    if exam.outside:
        return "outside"
    if point.used:
        return "used"
    if point.output == "NMDA occupancy":
        return "occupancy"
    if point.statistic == "tmax":
        return "time"
    return "drug" if point.output.endswith(DRUG) and point.statistic != "ratio" else "metabolite"


def _predicted(model: Model, exam: Exam, point: Point, curves: Curves) -> float:
    window = (curves.times >= point.start) & (curves.times <= point.hours + 1e-9)
    t, y = curves.times[window], curves[point.output][window]
    match point.statistic:
        case "cmax":
            return float(y.max())
        case "tmax":
            return float(t[y.argmax()])
        case "at":
            return float(y[np.abs(t - point.hours).argmin()])
        case "auc":
            return float(np.trapezoid(y, t))
        case "ratio":
            label, _ = point.output.split(" ", 1)
            return float(np.trapezoid(y, t) / np.trapezoid(curves[f"{label} {exam.drug}"][window], t))
        case "F":
            vein = tuple(Given(d.drug, "iv_bolus", d.amount, d.at) for d in exam.doses)
            reference = solve(model, vein, dict(exam.people), curves.times.tolist())
            return float(np.trapezoid(y, t) / np.trapezoid(reference[point.output][window], t))
        case "held":
            return float(y[-1] / y[0])
        case "half-life":
            return float(np.log(2) * (t[-1] - t[0]) / np.log(y[0] / y[-1]))
        case "CL" | "Vss" | "Vz":
            return _disposition(point.statistic, t, y, 1000 * sum(d.amount for d in exam.doses))


def _disposition(statistic: str, t: F64, y: F64, micrograms: float) -> float:
    """CL (L/h), Vss or Vz (L) from levels (ng/mL) after a bolus that are followed until next to nothing is left."""
    area = float(np.trapezoid(y, t))
    late = t >= t[-1] / 2
    match statistic:
        case "CL":
            return micrograms / area
        case "Vss":
            return micrograms * float(np.trapezoid(y * t, t)) / area**2
        case _:
            slope = float(np.log(y[late][0] / y[-1]) / (t[-1] - t[late][0]))
            return micrograms / area / slope


def page() -> str:
    """The page docs/exposure.md as text."""
    own = rows("platform")
    alone = {s.route: s for s in shares(own, independent=True)}
    unseen = [route for route in _declared() if route not in alone]
    misses = [r for r in own if r.kind == "drug" and not r.within(WIDE)]
    lines = [
        _HEAD,
        *(_share(alone.get(s.route, Share(s.route, 0, 0, 0)), s) for s in shares(own)),
        f"\nWithout an independent observation of the people it is made for: {', '.join(unseen)}. Unexamined.",
        f"\nMisses beyond 1.5-fold ({len(misses)}):\n",
        *(f"- {r.study}: {r.output}, {_what(r)}: {r.ratio:.2f}" for r in misses),
    ]
    for kind, title in _TITLES.items():
        lines += [f"\n## {title}\n", *_table([r for r in own if r.kind == kind])]
    for name in shelf.exposure_names():
        if name != "platform" and (found := rows(name)):
            lines += [f"\n## {name} against its own paper\n", *_table(found)]
    return "\n".join(lines) + "\n"


def _share(alone: Share, every: Share) -> str:
    wide, narrow = _of(alone.wide, alone.points), _of(alone.narrow, alone.points)
    verdict = "yes" if alone.reached else "no" if alone.points >= FEW else "too few" if alone.points else "unexamined"
    both = f"{every.points}: {_of(every.wide, every.points)}, {_of(every.narrow, every.points)}"
    return f"| {every.route} | {alone.points} | {wide} | {narrow} | {verdict} | {both} |"


def _of(part: int, whole: int) -> str:
    return f"{part} ({100 * part / whole:.0f} %)" if whole else "-"


def _declared() -> tuple[str, ...]:
    return tuple(dict.fromkeys(r.route for r in shelf.model("platform").routes))


def _what(row: Row) -> str:
    return f"{row.statistic} {row.hours:.3g} h" if row.statistic in ("at", "held") else row.statistic


def _table(found: Sequence[Row]) -> list[str]:
    head = [
        "| study | route | output | what | observed | predicted | ratio | basis |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for r in found:
        ratio = f"{r.ratio:.2f}" if r.within(WIDE) else f"**{r.ratio:.2f}**"
        seen = f"{'at least ' if r.least else ''}{r.observed:.3g} {r.unit if r.unit != '1' else ''}"
        head.append(
            f"| {r.study} | {r.route} | {r.output} | {_what(r)} | {seen} | {r.predicted:.3g} | {ratio} | {r.basis} |"
        )
    return head


if __name__ == "__main__":
    Path(sys.argv[1] if len(sys.argv) > 1 else "docs/exposure.md").write_text(page(), encoding="utf-8")
