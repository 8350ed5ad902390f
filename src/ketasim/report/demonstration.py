"""The report of the demonstration: published points over prediction bands, every number beside its prediction."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ketasim.evidence import bibliography
from ketasim.report import demonstration_mood as mood_part
from ketasim.report import leaning
from ketasim.report.courses import label
from ketasim.report.figures import Band, Curves, Dots, Panel, Points, draw, svg
from ketasim.report.model import card
from ketasim.report.page import Page, Picture, Section, Table
from ketasim.report.run import people
from ketasim.report.style import unit_label
from ketasim.simulation.beside import Beside, joined

if TYPE_CHECKING:
    from ketasim.model.model import Model
    from ketasim.reproduction.demonstration import Curve, Demonstration, Exposure
    from ketasim.simulation.run import Run

INFUSIONS = {"esketamine": "esketamine infusion", "racemate": "racemic infusion"}
STEPS = {"esketamine": "0.14, 0.28, 0.57 mg/kg/h", "racemate": "0.28, 0.57, 1.14 mg/kg/h"}
SHOWN_HOURS = 12.0
KAMP = (
    "Stepped infusions, 60 min a step: esketamine 0.14, 0.28 and 0.57 mg/kg/h, or racemic ketamine at twice that. "
    "Arterial plasma; people of 70 kg. Points: mean curves of the study, digitised from its Figure 1, which blurs the "
    "steps (the points at 5 min, at 1 h and just after 3 h are the least certain). The platform model was not fitted "
    "to them. The metabolite is shown beside the drug."
)
NASAL = (
    "28, 56 and 84 mg of nasal esketamine (one, two and three devices, five minutes apart), venous plasma. The "
    "published numbers are the exposure that the paper's own population model gives for each stratum, and that model "
    "supplied parameters to the platform, so this is a check and no independent judge. The paper's printed parameters, "
    "and the platform with them, give more noresketamine area than its table does."
)


def page(found: Demonstration, model: Model, request: Mapping[str, str], provenance: Mapping[str, str]) -> Page:
    """The page of a finished demonstration."""
    run = next(iter(found.infusions.values()))
    lines = [w for r in found.runs for w in r.warnings]
    return Page(
        title="ketasim demonstration",
        subtitle=f"From dose to plasma and to mood beside published studies, {run.n:,} virtual people each",
        request=request,
        warnings=tuple(dict.fromkeys(lines)),
        sections=(
            Section("At a glance", GLANCE, tables=(glance(found),)),
            Section(
                "Stepped infusions, arterial blood",
                KAMP,
                pictures=(Picture("Drug", svg(draw(infusions(found, "ketamine"), columns=3)), BANDS),
                          Picture("Norketamine", svg(draw(infusions(found, "norketamine"), columns=3)), BANDS)),
                details=tuple(points(curve) for curve in found.curves),
                references=tuple(bibliography.entry(key).text for key in found.curves[0].citation),
            ),
            Section(
                "Nasal esketamine, venous blood",
                NASAL,
                pictures=(Picture("After one dose", svg(draw(sprays(found))), BANDS),),
                tables=(strata(found, "plasma esketamine"),),
                details=(strata(found, "plasma S-norketamine"),),
                references=tuple(bibliography.entry(key).text for key in found.exposures[0].citation),
            ),
            *mood_part.sections(found.path),
            *leaning.section(found.leans),
            people(run),
        ),
        models=(card(model), card(next(iter(found.path.runs.values())).model)),
        provenance=provenance,
    )  # fmt: skip


BANDS = "Line: median of the people; band: 5 to 95 % of them; points: published."
GLANCE = (
    "How far the median prediction lies from each published number. Fold error: the larger over the smaller. "
    "Inside: share of the published numbers within the 5 to 95 % band of the people (published mean curves should lie "
    "well inside it)."
)


def glance(found: Demonstration) -> Table:
    """A row per published curve or table column."""
    head = ("study", "what", "numbers", "within 1.25-fold", "within 1.5-fold", "inside")
    rows = [("Kamp 2020", *row) for row in of_curves(found)] + [("Perez-Ruixo 2021", *row) for row in of_strata(found)]
    return Table("", head, tuple(rows))


def of_curves(found: Demonstration) -> list[tuple[str, int, str, str, str]]:
    """What, numbers, and shares as text, for each curve."""
    return [(f"arterial {c.analyte}, {INFUSIONS[c.infusion]}", c.values.size, *_shares(c.beside)) for c in found.curves]


def of_strata(found: Demonstration) -> list[tuple[str, int, str, str, str]]:
    """What, numbers and shares as text, for each measure over all strata."""
    rows = []
    for output, measure in dict.fromkeys((e.output, e.measure) for e in found.exposures):
        mine = [e.beside for e in found.exposures if (e.output, e.measure) == (output, measure)]
        rows.append((f"{output}, {measure}", sum(b.observed.size for b in mine), *_shares(*mine)))
    return rows


def _shares(*found: Beside) -> tuple[str, str, str]:
    one = joined(found)
    return f"{one.share_within(1.25):.0%}", f"{one.share_within(1.5):.0%}", f"{one.share_inside:.0%}"


def infusions(found: Demonstration, drug: str) -> list[Panel]:
    """One panel per published curve of the drug or of norketamine."""
    return [curve_panel(found, c) for c in found.curves if c.analyte.endswith(f"-{drug}")]


def curve_panel(found: Demonstration, curve: Curve) -> Curves:
    """One published curve over its prediction."""
    words = INFUSIONS[curve.infusion]
    run = found.infusions[curve.infusion]
    return Curves(
        f"{curve.analyte}, {words}",
        run.unit(curve.output),
        (_band(run, curve.output, "predicted"),),
        (Points("predicted", curve.hours, curve.values, "published"),),
        "arterial",
    )


def _band(run: Run, output: str, words: str, until: float = np.inf) -> Band:
    low, median, high = run.band(output, (0.05, 0.5, 0.95))
    kept = run.times <= until
    return Band(words, run.times[kept], median[kept], low[kept], high[kept], run.n)


def sprays(found: Demonstration) -> list[Panel]:
    """Curves of drug and metabolite by dose, peaks and areas of the drug beside the published ones."""
    return [spray_panel(found, output) for output in ("plasma esketamine", "plasma S-norketamine")] + [
        dots(one) for one in found.exposures[:2]
    ]


def spray_panel(found: Demonstration, output: str) -> Curves:
    """One output after each dose."""
    bands = tuple(_band(run, output, f"{dose} mg", SHOWN_HOURS) for dose, run in found.sprays.items())
    unit = next(iter(found.sprays.values())).unit(output)
    return Curves(f"{label(output)}, nasal", unit, bands, (), "venous")


def dots(one: Exposure) -> Dots:
    """Published numbers of one stratum by dose over their predictions."""
    b = one.beside
    title = f"{label(one.output)}, {WORDS.get(one.measure, one.measure)}"
    return Dots(title, b.unit, b.at, b.median, b.low, b.high, b.observed, one.measure)


WORDS = {"Cmax": "peak", "AUC24": "area over 24 h"}


def picture(found: Demonstration) -> list[Panel]:
    """The six panels of the README's picture: exposure above, mood below."""
    drug = [c for c in found.curves if c.analyte.endswith("-ketamine")]
    above: list[Panel] = [
        curve_panel(found, drug[0]),
        spray_panel(found, "plasma esketamine"),
        dots(found.exposures[0]),
    ]
    return [*above, *mood_part.panels_of_mood(found.path)]


def points(curve: Curve) -> Table:
    """Every point of a curve beside its prediction."""
    b = curve.beside
    rows = zip(b.at, b.observed, b.median, b.low, b.high, b.fold, strict=True)
    head = ("time", "published", "predicted", "5 %", "95 %", "fold error")
    return Table(f"{curve.analyte}, {INFUSIONS[curve.infusion]} ({b.unit})", head, tuple(tuple(r) for r in rows))


def strata(found: Demonstration, output: str) -> Table:
    """Peaks and areas of one output in every stratum."""
    head = ("people", "measure", "unit", "dose", "published", "predicted", "5 %", "95 %", "fold error")
    rows = []
    for one in (e for e in found.exposures if e.output == output):
        b = one.beside
        for k, dose in enumerate(b.at):
            numbers = (b.observed[k], b.median[k], b.low[k], b.high[k], b.fold[k])
            rows.append((one.people, one.measure, unit_label(b.unit), dose, *numbers))
    return Table(label(output), head, tuple(rows))


def as_csv(found: Demonstration) -> str:
    """Every published number beside its prediction, as comma-separated text with a header."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("study", "people", "what", "at", "unit", "published", "predicted", "p5", "p95", "fold_error"))
    every = [("Kamp 2020", INFUSIONS[c.infusion], c.beside) for c in found.curves]
    every += [("Perez-Ruixo 2021", e.people, e.beside) for e in found.exposures]
    for study, who, b in every:
        for row in zip(b.at, b.observed, b.median, b.low, b.high, b.fold, strict=True):
            writer.writerow((study, who, b.label, row[0], b.unit, *(f"{value:.6g}" for value in row[1:])))
    return stream.getvalue()
