"""Published studies beside predictions: rows for the screen, a CSV, and the report."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ketasim.report.alike import told_apart
from ketasim.report.page import Page, Picture, Section, Table
from ketasim.report.style import number
from ketasim.studies import shelf
from ketasim.units import many

if TYPE_CHECKING:
    from ketasim.reproduction.conducted import Conducted
    from ketasim.reproduction.reproduce import Reproduction
    from ketasim.reproduction.result import Result

HEAD = ("arm", "endpoint", "time", "n", "observed", "predicted", "90 % interval", "in")
USES = {"calibrate": "Studies marked calibrate", "judge": "Studies marked judge"}
NAMED = (0, 1, 2)  # the cells by which a reader knows a result
KINDS = {"small": "small trial", "open": "begun openly", "small, open": "small trial, begun openly"}
PLAIN = ("mean", "median", "proportion", "difference")
FIELDS = (
    "study", "trial", "use", "arm", "endpoint", "statistic", "time", "phase", "analysis", "trial_kind", "n", "observed",
    "observed_se", "unit", "predicted", "predicted_low", "predicted_high", "inside", "counted",
)  # fmt: skip


def row(one: Result) -> tuple[object, ...]:
    """One result as a line of the table."""
    scale = 100.0 if one.unit == "1" and not one.logarithmic else 1.0
    unit = " %" if scale > 1 else ""
    cells = [number(scale * v) + unit for v in (one.observed, one.quantile(0.5))]
    low, high = (number(scale * one.quantile(q)) for q in (0.05, 0.95))
    what = one.endpoint if one.statistic in PLAIN else f"{one.endpoint}, {one.statistic.replace('_', ' ')}"
    return (one.arm, what, one.time, one.n, *cells, f"{low} to {high}", "yes" if one.inside() else "NO")


def table_of(results: Sequence[Result]) -> tuple[tuple[object, ...], ...]:
    """Results of a study as lines of its table, told apart where they would read alike."""
    return tuple(told_apart([row(r) for r in results], [_more(r) for r in results], key=NAMED, at=1))


def _more(one: Result) -> tuple[str, ...]:
    return (one.analysis, one.statistic.replace("_", " "), one.phase)


def by_study(found: Reproduction, use: str) -> list[tuple[str, tuple[tuple[object, ...], ...]]]:
    """(title, rows) of each study with one mark."""
    own = found.of(use)
    return [
        (f"{name}: {inside_of(rows)}{_kind(rows)}{_waiting(name)}", table_of(rows))
        for name in dict.fromkeys(r.study for r in own)
        for rows in [[r for r in own if r.study == name]]
    ]


def _kind(rows: Sequence[Result]) -> str:
    """What kind of trial the effect of the drug is taken of, where it is not a large blinded one."""
    told = max((r.trial_kind for r in rows), key=len)
    return f"; {KINDS[told]}" if told else ""


def _waiting(name: str) -> str:
    """What to add to a shipped study whose results no calibration has read yet."""
    known = shelf.studies().get(name)
    return "; waits for the next calibration" if known is not None and shelf.waits(known) else ""


def inside_of(rows: Sequence[Result]) -> str:
    """How many results lie in their interval, in words."""
    return f"{sum(r.inside() for r in rows)} of {len(rows)} in the 90 % interval"


def over_all(found: Reproduction) -> list[tuple[object, ...]]:
    """(score, calibrate, judge) for every score that there is."""
    marks = [found.totals.get(use) for use in USES]
    rows = [(name, *(_cell(mark, name) for mark in marks)) for name in SCORES]
    return [cells for cells in rows if set(cells[1:]) != {"–"}]


SCORES: Mapping[str, Any] = {
    "trials, results": lambda t: f"{t['trials']}, {t['observations']}",
    "in the 90 % interval": lambda t: _interval(t["coverage_90"], 0, " %"),
    "in the 50 % interval": lambda t: _interval(t["coverage_50"], 0, " %"),
    "CRPS, model": lambda t: _interval(t["crps"]["mean"]["model"], 3),
    "CRPS, mean of calibrate studies": lambda t: _interval(t["crps"]["mean"]["reference"], 3),
    "difference from it": lambda t: _interval(t["crps"]["mean"]["difference"], 3),
    "CRPS, model, first six weeks": lambda t: _interval(t["crps"]["kernel"]["model"], 3),
    "CRPS, Nunes–Singh kernel": lambda t: _interval(t["crps"]["kernel"]["reference"], 3),
    "difference from the kernel": lambda t: _interval(t["crps"]["kernel"]["difference"], 3),
    "interval score of arm means (points)": lambda t: _interval(t["interval_score"], 1),
    "error of arm means, 50 or more (points)": lambda t: _error(t["arm_means"]["large"]),
    "error of arm means, any size (points)": lambda t: _error(t["arm_means"]["all"]),
    "error of differences, 50 or more (points)": lambda t: _error(t["differences"]["large"]),
    "error of differences, any size (points)": lambda t: _error(t["differences"]["all"]),
    "half-width of arm means, 50 or more (points)": lambda t: number(t["arm_means"]["large"]["median_half_width"]),
    "half-width of arm means, any size (points)": lambda t: number(t["arm_means"]["all"]["median_half_width"]),
}


def _cell(mark: Mapping[str, Any] | None, name: str) -> str:
    return SCORES[name](mark) if mark else "–"


def _interval(found: Mapping[str, float], digits: int, unit: str = "") -> str:
    if found["value"] != found["value"]:
        return "–"
    value, low, high = (f"{found[k]:.{digits}f}".replace("-", "−") for k in ("value", "low", "high"))
    if found["low"] == found["high"]:  # one trial: drawing it again gives the same number
        return f"{value}{unit}"
    return f"{value}{unit} ({low} to {high})"


def _error(found: Mapping[str, Any]) -> str:
    if not found["observations"]:
        return "–"
    return (
        f"{_interval(found['mean_absolute_error'], 2)}; sampling alone {number(found['sampling_floor'])}; bias "
        f"{number(found['bias'])}; {many(found['observations'], 'result')} of {many(found['trials'], 'trial')}"
    )


def targets(found: Reproduction) -> list[tuple[object, ...]]:
    """(target, found, reached) for judge studies; of a difference, whether its 95 % interval leaves out 0."""
    return [(t["target"], t["found"], _reached(t)) for t in found.totals.get("targets", [])]


def _reached(target: Mapping[str, Any]) -> str:
    chance = {None: "", True: ", beyond chance", False: ", not beyond chance"}[target.get("beyond_chance")]
    return f"yes{chance}" if target["reached"] else "NO"


def not_predicted(found: Reproduction | Conducted) -> list[tuple[object, ...]]:
    """(study, arm, endpoint, time, reason) of what is not predicted, told apart where they would read alike."""
    rows = [(u.study, u.arm, u.endpoint, u.time, u.reason) for u in found.unspoken]
    return told_apart(rows, [(u.analysis, u.statistic, u.phase) for u in found.unspoken], key=(0, 1, 2, 3), at=2)


def as_csv(found: Reproduction) -> str:
    """Every result as comma-separated text: the fields of the JSON records, with shares of variance as columns, and the
    model that predicts.
    """
    stream = io.StringIO()
    shares, model = list(found.results[0].shares) if found.results else [], found.totals["model"]
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([*FIELDS, *(f"share {name}" for name in shares), "weakest", "model"])
    for one in found.results:
        record = {**one.record(), "unit": one.unit, "counted": one.counted}
        weakest = "; ".join(f"{w.fact} ({w.grade})" for w in one.weakest)
        writer.writerow([*(record[f] for f in FIELDS), *(one.shares[name] for name in shares), weakest, model])
    return stream.getvalue()


def page(found: Reproduction, request: Mapping[str, str], provenance: Mapping[str, str]) -> Page:
    """The report of a reproduction."""
    from ketasim.report import scoreboard_figures as figures
    from ketasim.report.figures import svg

    sections = []
    for use, title in USES.items():
        if own := found.of(use):
            picture = Picture("Observed and predicted", svg(figures.forest(own)), figures.FOREST)
            tables = tuple(Table(name, HEAD, rows) for name, rows in by_study(found, use))
            sections.append(Section(title, inside_of(own), pictures=(picture,), tables=tables))
    scores = Table("", ("score", "calibrate", "judge"), tuple(over_all(found)))
    reached = Table("Targets on judge studies", ("target", "found", "reached"), tuple(targets(found)))
    sections.append(Section("Scores", SCORED, tables=(scores, reached) if reached.rows else (scores,)))
    leaning = Table("", ("study", "arm", "endpoint", "time", "share of variance", "weakest"), tuple(_leaning(found)))
    sections.append(Section("What predictions lean on", LEANING, details=(leaning,)))
    if found.unspoken:
        silent = Table("", ("study", "arm", "endpoint", "time", "reason"), tuple(not_predicted(found)))
        sections.append(Section("Not predicted", details=(silent,)))
    return Page("Published studies, observed and predicted", _subtitle(found), request, _warnings(found),
                tuple(sections), provenance=provenance)  # fmt: skip


SCORED = (
    "Scores count at most eight results of a trial; a difference whose arms are there themselves is no result of its "
    "own. In brackets: 95 % bootstrap intervals over trials, none for one trial. CRPS: the lower, the better; in "
    "SDs of its kind."
)
LEANING = "Shares of the variance of each prediction, and the fixed facts that contribute most, with their grade."


def _subtitle(found: Reproduction) -> str:
    trials = len({r.trial for r in found.results})
    return f"{many(len(found.results), 'result')} of {many(trials, 'trial')}, model {found.totals['model']}"


def _warnings(found: Reproduction) -> tuple[str, ...]:
    known = found.totals["parameters"] == "posterior"
    drawn = () if known else ("No calibration was found: predictions are drawn from the prior.",)
    return (*found.warnings, *drawn)


def _leaning(found: Reproduction) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for one in found.results:
        shares = ", ".join(f"{name} {100 * v:.0f} %" for name, v in one.shares.items() if v >= 0.005)
        weakest = ", ".join(f"{w.fact} ({w.grade})" for w in one.weakest)
        rows.append((one.study, one.arm, one.endpoint, one.time, shares, weakest))
    return told_apart(rows, [_more(r) for r in found.results], key=(0, 1, 2, 3), at=2)
