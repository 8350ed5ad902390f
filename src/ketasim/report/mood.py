"""Mood on a page: scores as a clinic would find them, response and remission over time."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from ketasim.report.figures import F64, Band, Curves, Panel, Points
from ketasim.report.page import Section, Table
from ketasim.report.style import people_only
from ketasim.simulation.clinic import FEW, Visit, clock
from ketasim.simulation.lasting import LAST, day, days
from ketasim.simulation.relapsing import RELAPSE as WITHOUT

if TYPE_CHECKING:
    from ketasim.measurement.reading import Reading
    from ketasim.simulation.comparison import Difference
    from ketasim.simulation.lasting import Lasting
    from ketasim.simulation.leaning import Leaning
    from ketasim.simulation.trial import Trial

HEAD = ("", "expected", "found, 5 to 95 %", "mean change", "response", "remission")
HEAD_OF_ONE = ("", "expected", "found once", "change", "response", "remission")
HEAD_OF_TYPICAL = ("", "expected", "change", "response", "remission")  # nothing of a typical person is left to chance
MIDDLE = ", and a mean, so that it and the median person may go different ways where people grow apart"
DIFFER = "how these people differ, and what is found of them from day to day"
CSV = (
    *("hours", "when", "n", "expected_p5", "expected_median", "expected_p95"),
    *("written_p5", "written_median", "written_p95", "change_p5", "change_median", "change_p95"),
    *("mean_change", "sd_change", "response", "remission"),
)


def head(n: int, typical: bool = False) -> tuple[str, ...]:
    """The head of a table of n people, or of one, or of one typical person."""
    return HEAD if n > 1 else HEAD_OF_TYPICAL if typical else HEAD_OF_ONE


def rows(seen: Sequence[Visit], typical: bool = False) -> tuple[tuple[object, ...], ...]:
    """A row per visit, under `head`."""
    every = tuple(
        (
            clock(one.hours),
            one.expected[1],
            f"{one.written[0]:.0f} to {one.written[2]:.0f}" if one.n > 1 else f"{one.written[1]:.0f}",
            one.change,
            f"{one.response:.0%}",
            f"{one.remission:.0%}",
        )
        for one in seen
    )
    alone = typical and all(one.n <= 1 for one in seen)
    return tuple((*row[:2], *row[3:]) for row in every) if alone else every


def note(reading: Reading, n: int, typical: bool = False) -> str:
    """How the table is to be read."""
    scale = reading.scale
    noise = "estimated from trials" if reading.calibrated else "that of two raters: no calibration is there yet"
    who = f"the median, over people, of the expected {scale.name}" if n > 1 else f"this person's expected {scale.name}"
    found = "Response and remission: at one visit" if typical and n <= 1 else "Found: as written at one visit"
    if 1 < n < FEW:
        found = "Found: as written on many days of each person"
    return (
        f"Expected: {who}. {found}, with the variation within patients "
        f"(SD {reading.noise:.2f} on the logit scale, {noise}). Response: a fall of {scale.response:.0%} or more; "
        f"remission: {scale.name} {scale.remission[0]:g} or less; {'shares' if n > 1 else 'probabilities'} of being "
        f"counted at that visit. A change from the start is averaged over that variation, so it is not the "
        f"expected score less the start{MIDDLE if n > 1 else ''}. Visits count from day 1 00:00."
        f"{f' {people_only(n, differ=DIFFER)}' if n > 1 else ''}"
    )


CONTRAST = ("", "", "mean", "difference", "SE")


def contrast_rows(found: Sequence[Difference], letters: Mapping[str, str]) -> list[list[object]]:
    """A row per measure, time and regimen under CONTRAST; shares in per cent; the first regimen has no difference."""
    reference = next(iter(letters))
    made: list[list[object]] = []
    for one in found:
        mine, points = one.regimen == reference, one.unit == "point"
        name = one.measure if points else f"{one.measure} (%)"
        numbers = (one.mean,) if mine else (one.mean, one.difference, one.se)
        cells = [_fixed(number if points else 100.0 * number, 1 + (k == 2)) for k, number in enumerate(numbers)]
        made.append([name if mine else "", letters[one.regimen], *cells, *[""] * (3 - len(cells))])
    return made


def _fixed(value: float, digits: int) -> str:
    """A number with so many decimals, a dash where there is none."""
    if np.isnan(value):
        return "\u2013"
    text = f"{value:.{digits}f}"
    return text.replace("-", "\u2212") if float(text) else text.lstrip("-")


def contrast_note(reading: Reading) -> str:
    """How a table of differences of mood is to be read."""
    scale = reading.scale
    relapse = (
        f" Without relapse: of those who count as responders or remitters on {days(reading.well_at)} under each "
        f"regimen. Those are other people where a regimen leaves fewer of them well: who holds out longest, so that "
        f"the worse regimen may look the better one. Read these shares beside how many of all are followed. "
        f"{BETWEEN if len(reading.well_at) > 1 else BEFORE} {PUBLISHED}"
        if reading.well_at
        else ""
    )
    return (
        f"Change of {scale.name} from baseline in points; response: a fall of {scale.response:.0%} or more; remission: "
        f"{scale.name} {scale.remission[0]:g} or less, each as a clinic would count it at that visit (SD within "
        f"patients {reading.noise:.2f} on the logit scale).{relapse} SE: of the mean difference in these people, each "
        f"compared with themselves, and of nothing else: a trial with other people in each arm, how trials differ and "
        f"what the model does not know add to it."
    )


def change_panel(courses: Mapping[str, Sequence[Visit]], points: Sequence[Points] = (), scale: str = "MADRS") -> Panel:
    """Mean change over time, a line for each treatment, with 5 to 95 % of the people as a band."""
    bands = []
    for label, seen in courses.items():
        hours = np.array([0.0, *(one.hours for one in seen)])
        low, high = (np.array([0.0, *(one.changed[k] for one in seen)]) for k in (0, 2))
        change = np.array([0.0, *(one.change for one in seen)])
        bands.append(Band(label, hours, change, low, high, max((one.n for one in seen), default=0), marked=True))
    title = f"{scale}, mean change"
    return Curves(title, "points", tuple(bands), tuple(points), "change from baseline", line="mean")


def panel(courses: Mapping[str, Sequence[Visit]], what: str, points: Sequence[Points] = ()) -> Panel:
    """Response or remission over time, a line for each treatment; per cent of people."""
    bands = tuple(Band(label, *_line(seen, what), marked=True) for label, seen in courses.items())
    return Curves(what.capitalize(), "%", bands, tuple(points), "people", top=100.0)


def both(seen: Sequence[Visit]) -> Panel:
    """Response and remission of one treatment in one panel."""
    bands = tuple(Band(what, *_line(seen, what), marked=True) for what in ("response", "remission"))
    return Curves("Response and remission", "%", bands, (), "people", top=100.0)


def _line(seen: Sequence[Visit], what: str) -> tuple[F64, F64]:
    """Hours and per cent of people at the visits; before the first one nothing is said."""
    shares = [100.0 * float(getattr(one, what)) for one in seen]
    return np.array([one.hours for one in seen]), np.array(shares)


def section(seen: Sequence[Visit], reading: Reading, usual: Sequence[float], typical: bool = False) -> Section:
    """The table of a few visits, with every visit behind a click."""
    n = max(one.n for one in seen)
    columns = ("at", *head(n, typical)[1:])
    few = tuple(one for one in seen if one.hours in usual) or tuple(seen[-1:])
    every = (Table("Every visit", columns, rows(seen, typical)),) if len(seen) > len(few) else ()
    title = f"{reading.scale.name} as a clinic would find it"
    return Section(title, note(reading, n, typical), tables=(Table("", columns, rows(few, typical)),), details=every)


RELAPSE = "Without relapse after {}"
GROUPS = ("responders", "remitters")
PUBLISHED = "How far published relapse was met or missed: `ketasim reproduce daly2019` and docs/scoreboard.md."
BEFORE = (
    "Whoever would have relapsed before that day counts too if well on it, so choose a day soon after the first weeks, "
    "or several days, on all of which they must be well."
)
BETWEEN = (
    "Whoever would have relapsed between the first and the last of these days does not count; whoever would have "
    "before the first does if well on all."
)


def relapse(found: Lasting | None, leans: Sequence[Leaning] = ()) -> tuple[Section, ...]:
    """A section on how long it lasts, if a run tells of it."""
    if found is None:
        return ()
    title = RELAPSE.format(found.after)
    return (Section(title, relapse_note(found, leans), tables=(Table("", *relapse_table(found, leans)),)),)


def relapse_table(
    found: Lasting, leans: Sequence[Leaning] = ()
) -> tuple[tuple[str, ...], tuple[tuple[object, ...], ...]]:
    """Head and rows: weeks since they are followed, how many of those who had got better have not relapsed, and between
    what 9 in 10 trials would find where that is told.
    """
    groups = (("responders", found.responders, found.of_responders), ("remitters", found.remitters, found.of_remitters))
    head, columns = ["weeks"], [[str(week) for week in found.weeks]]
    for name, share, left in groups:
        if left:
            head.append(f"{name} ({share:.0%})")
            columns.append([f"{one:.0%}" for one in left])
        between = _between(found, name, leans)
        if left and any(between):
            head.append("9 in 10 trials")
            columns.append(between)
    return tuple(head), tuple(zip(*columns, strict=True))


def _between(found: Lasting, name: str, leans: Sequence[Leaning]) -> list[str]:
    """Between what 9 in 10 trials find the share at each week; "" where it is not told."""
    return ["" if one is None else f"{one.low:.0%} to {one.high:.0%}" for one in _trials(found, name, leans)]


def _trials(found: Lasting, name: str, leans: Sequence[Leaning]) -> list[Trial | None]:
    told = {one.measure: one.trial for one in leans if one.output == WITHOUT and one.trial.told}
    return [told.get(f"{name}, week {week} after {found.after}") for week in found.weeks]


def relapse_record(found: Lasting | None, leans: Sequence[Leaning] = ()) -> dict[str, object] | None:
    """The same for machines: shares as 0 to 1, and `trials` as [low, high] at each week, null where none is told."""
    if found is None:
        return None
    trials = {name: [None if t is None else [t.low, t.high] for t in _trials(found, name, leans)] for name in GROUPS}
    return {**asdict(found), "trials": trials}


def relapse_note(found: Lasting, leans: Sequence[Leaning] = ()) -> str:
    """How that table is to be read."""
    several, ended = found.n > 1, found.after == LAST
    when = "a day after the last dose" if ended else f"on {days(found.visits)}"
    who = (
        f"Of those who count as responders or remitters {when} (in brackets: the share of all), how many have not "
        "relapsed"
        if several
        else f"If this person counts as a responder or remitter {when} (in brackets: the probability of it), how "
        "probable it is that no relapse has come"
    )
    last = f"day {found.last // 24 + 1:.0f}"
    doses = (
        f"this many weeks after that dose, which was on {last}. From then on no dose is given"
        if ended
        else f"this many weeks later. The last dose is on {last}, and none is given from then on"
    )
    trials = (
        " 9 in 10 trials: what 9 in 10 trials that begin with so many people would find, if the model is right; people "
        "who leave early are not in it."
        if any(_between(found, name, leans) != [""] * len(found.weeks) for name in GROUPS)
        else ""
    )
    before = "" if ended else f" {BETWEEN if len(found.visits) > 1 else BEFORE}"
    return (
        f"{who} {doses}.{before} Other antidepressants go on; relapse as trials that withdrew the drug counted it."
        f" {_scored(found)}{trials} {PUBLISHED}"
    )


def _scored(found: Lasting) -> str:
    """Why scores at visits, and responses among them, need not fall as relapse comes."""
    if not np.isfinite(found.scored):
        return "Scores at visits are as if nobody relapsed."
    return (
        f"Scores at visits, and responses, count who has relapsed from {day(found.scored)} on alone, for until then "
        "trials scored people whoever relapsed; and who has relapsed may still be better than at the start."
    )


def as_csv(seen: Sequence[Visit]) -> str:
    """Every visit as comma-separated text with a header."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(CSV)
    for one in seen:
        numbers = (*one.expected, *one.written, *one.changed, one.change, one.sd, one.response, one.remission)
        writer.writerow((f"{one.hours:g}", clock(one.hours), one.n, *(f"{value:.6g}" for value in numbers)))
    return stream.getvalue()
