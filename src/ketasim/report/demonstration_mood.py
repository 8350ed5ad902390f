"""The third part of the demonstration's report: from nasal esketamine to mood, printed results of trials on top."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ketasim.evidence import bibliography
from ketasim.report import courses, mood
from ketasim.report.figures import Panel, Points, draw, svg
from ketasim.report.page import Picture, Section, Table
from ketasim.report.run import ordered
from ketasim.simulation.clinic import clock

if TYPE_CHECKING:
    from ketasim.reproduction.whole_path import Point, WholePath

TEXT = (
    "Four weeks of nasal esketamine (56 mg, then 84 mg twice a week) with a new oral antidepressant, beside the oral "
    "antidepressant alone with a placebo spray, in the same adults with treatment-resistant depression. Receptor block "
    "lasts hours, the change of synapses days to weeks, and mood follows them; the oral antidepressant takes weeks."
)
WARNING = (
    "The published numbers (arm means of randomised trials) were used in calibration: they show what the model was "
    "fitted to, not how well it predicts. `ketasim reproduce` judges it on trials that it never saw. The lines are of "
    "the people and doses simulated here; the trials' own differ from these and from each other. In the table a result "
    "stands beside a prediction for the doses of its own arm, made as `ketasim reproduce` makes it: median and 90 % "
    "interval over what the calibration leaves open, how trials differ, and the chance of its n people."
)
NOT_YET = "No calibration is there yet: the numbers from trigger to mood are priors, whatever is said below. "
CAPTION = (
    "Lines: medians of the people; bands: 5 to 95 % of them. Above, what comes and goes within a day, after the first "
    "dose; below, what lasts, over the four weeks."
)
MOOD = (
    "Lines: means of the people; band: 5 to 95 % of their scores as written; points: arm means and shares that trials "
    "printed, with standard errors, set apart a little where they share a day."
)
USED = "published, used in calibration"
APART = 14.0  # hours
HEAD = ("what", "at", "study", "arm", "n", "published", "SE", "predicted for this arm", "90 %")
SHORT = ("arm", "", "at", "n", "observed", "predicted", "90 % interval")
SHORT_TEXT = (
    "MADRS: change in points, remission and response in per cent.",
    "Predicted: for the doses of each arm, as `ketasim reproduce` does.",
)


def sections(found: WholePath) -> tuple[Section, ...]:
    """The path to mood, and mood beside the trials."""
    first = next(iter(found.runs.values()))
    dosed = {title: run for title, run in found.runs.items() if courses.dosed(run)}
    panels: list[Panel] = [
        courses.session(dosed, name, dict.fromkeys(dosed, 0), ", first dose")
        if courses.is_fast(first, name)
        else courses.whole(found.runs, name)
        for name in ordered(first, found.reading)
    ]
    way = Picture("From dose to mood", svg(draw(panels, columns=3)), CAPTION)
    beside = Picture("Mood beside published trials", svg(draw(panels_of_mood(found), columns=3)), MOOD)
    references = tuple(bibliography.entry(key).text for key in found.citation)
    seen = tuple(
        Table(f"{title[:1].upper()}{title[1:]}: every visit", ("at", *mood.HEAD[1:]), mood.rows(visits))
        for title, visits in found.visits.items()
    )
    warning = WARNING if found.reading.calibrated else NOT_YET + WARNING
    return (
        Section("From nasal esketamine to mood", TEXT, pictures=(way,)),
        Section("Mood beside published trials", warning, (beside,), (Table("", HEAD, rows(found)),), seen, references),
    )


def panels_of_mood(found: WholePath) -> list[Panel]:
    """Change of the score, response and remission over four weeks."""
    change = mood.change_panel(found.visits, _dots(found, "change", 1.0), found.reading.scale.name)
    return [change, *(mood.panel(found.visits, what, _dots(found, what, 100.0)) for what in ("response", "remission"))]


def _dots(found: WholePath, what: str, scale: float) -> list[Points]:
    shown = [p for p in found.points if p.what == what]
    place = dict(zip(shown, _apart([p.hours for p in shown]), strict=True))
    made = []
    for title in found.runs:
        mine = [p for p in shown if p.treatment == title]
        values, errors = (np.array([getattr(p, f) for p in mine]) for f in ("published", "se"))
        if mine:
            made.append(Points(title, np.array([place[p] for p in mine]), scale * values, USED, error=scale * errors))
    return made


def _apart(hours: Sequence[float]) -> list[float]:
    """Times moved a little where several points share one, so that they do not cover each other."""
    moved = []
    for k, time in enumerate(hours):
        rank, count = list(hours[:k]).count(time), list(hours).count(time)
        moved.append(time + APART * (rank - 0.5 * (count - 1)))
    return moved


def rows(found: WholePath) -> tuple[tuple[object, ...], ...]:
    """Every printed result beside the prediction, under HEAD."""
    return tuple((_what(p), clock(p.hours), p.study, p.arm, p.n, *_numbers(p), _interval(p)) for p in found.points)


def short_rows(found: WholePath) -> list[tuple[str, list[list[object]]]]:
    """As `rows`, for a terminal: (study, rows under SHORT) of each study."""
    studies = dict.fromkeys(p.study for p in found.points)
    return [(study, [_short(p) for p in found.points if p.study == study]) for study in studies]


def _short(p: Point) -> list[object]:
    published, _, middle = _numbers(p)
    return [p.arm, p.what, clock(p.hours), p.n, published, middle, _interval(p)]


def _what(point: Point) -> str:
    return "MADRS change" if point.what == "change" else f"{point.what} (%)"


def _numbers(point: Point) -> tuple[str, str, str]:
    scale = 1.0 if point.what == "change" else 100.0
    shown = (f"{scale * value:.1f}" for value in (point.published, point.se, point.predicted))
    published, se, predicted = (text.replace("-", "\u2212") for text in shown)
    return published, se, predicted


def _interval(point: Point) -> str:
    scale = 1.0 if point.what == "change" else 100.0
    return " to ".join(f"{scale * value:.1f}" for value in (point.low, point.high)).replace("-", "\u2212")


def as_csv(found: WholePath) -> str:
    """Every printed result beside its prediction, as comma-separated text with a header."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    numbers_of = ("published", "se", "predicted", "predicted_low", "predicted_high")
    writer.writerow(("study", "arm", "treatment", "what", "hours", "n", *numbers_of, "use"))
    for p in found.points:
        numbers = (f"{value:.6g}" for value in (p.published, p.se, p.predicted, p.low, p.high))
        writer.writerow((p.study, p.arm, p.treatment, p.what, f"{p.hours:g}", p.n, *numbers, "calibrate"))
    return stream.getvalue()
