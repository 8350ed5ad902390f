"""Figures of the scoreboard: observed beside predicted by study, and whether intervals hold what they promise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ketasim.report.figures import house_style
from ketasim.report.style import COLOURS, INK, MUTED

if TYPE_CHECKING:
    from ketasim.reproduction.result import Result

FOREST = (
    "Dots: what was printed, open where they lie outside; bars: the 90 % prediction interval and its median, blue for "
    "arms, orange for differences. Left: scores and changes in points; right: shares of patients."
)
CALIBRATION = (
    "Share of results inside central prediction intervals against the level of the interval; on the line, intervals "
    "hold what they promise. Bands: 95 % bootstrap over trials."
)


def forest(results: Sequence[Result]) -> Any:
    """Every result in points (left) and as a share (right), one line each, grouped by study."""
    panels = [
        ("points", [r for r in results if r.unit == "point" and not r.logarithmic and r.group != "other"]),
        ("share of patients (%)", [r for r in results if r.unit == "1" and not r.logarithmic and r.group != "other"]),
    ]
    panels = [(label, rows) for label, rows in panels if rows] or [("ratio or time", list(results))]
    most = max(len(rows) for _, rows in panels)
    with house_style():
        figure = _figure(6.4 * len(panels), 0.19 * most + 0.9)
        axes = figure.subplots(1, len(panels), squeeze=False)[0]
        for one, (label, rows) in zip(axes, panels, strict=True):
            _forest(one, rows, label)
        handles = _forest_legend([r for _, rows in panels for r in rows])
        columns = 2 if len(panels) == 1 else len(handles)
        figure.legend(*zip(*handles, strict=True), loc="outside upper left", ncols=columns)
    return figure


def _forest_legend(rows: Sequence[Result]) -> list[tuple[Any, str]]:
    """What bars, ticks and dots are, of the kinds that are there."""
    from matplotlib.lines import Line2D

    found: list[tuple[Any, str]] = []
    for k, what in enumerate(("arm", "difference")):
        if any((r.group == "difference") == bool(k) for r in rows):
            bar = Line2D([], [], color=COLOURS[k], linewidth=4.5, alpha=0.28)
            tick = Line2D([], [], color=COLOURS[k], linestyle="none", marker="|", markersize=7, markeredgewidth=1.8)
            found.append(((bar, tick), f"{what}: predicted 90 % interval and median"))
    for inside, what in ((True, "printed, inside"), (False, "printed, outside")):
        if any(r.inside() == inside for r in rows):
            face = INK if inside else "white"
            dot: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 4.0, "markerfacecolor": face}
            found.append((Line2D([], [], color=INK, **dot), what))
    return found


def _forest(axes: Any, rows: Sequence[Result], label: str) -> None:
    names = []
    for k, one in enumerate(rows):
        scale = 100.0 if one.unit == "1" and not one.logarithmic else 1.0
        colour = COLOURS[0] if one.group != "difference" else COLOURS[1]
        low, middle, high = (scale * one.quantile(q) for q in (0.05, 0.5, 0.95))
        axes.hlines(k, low, high, color=colour, linewidth=4.5, alpha=0.28)
        axes.plot([middle], [k], marker="|", markersize=7, markeredgewidth=1.8, color=colour)
        face = INK if one.inside() else "white"
        axes.plot([scale * one.observed], [k], marker="o", markersize=4.0, color=INK, markerfacecolor=face)
        first = k == 0 or rows[k - 1].study != one.study
        names.append(f"{one.study}  " * first + f"{_short(one.arm)}, {_short(one.endpoint)}, {_short(one.time)}")
        if first and k:
            axes.axhline(k - 0.5, color=MUTED, linewidth=0.4)
    axes.set_yticks(range(len(rows)), names, fontsize=6.2)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlabel(label)
    axes.grid(axis="y", visible=False)


def _short(text: str) -> str:
    for long, short in ((" versus ", " – "), ("esketamine", "esk."), ("ketamine", "ket."), ("MADRS ", ""),
                        (" after dose 1", ""), (" after last dose", " after last")):  # fmt: skip
        text = text.replace(long, short)
    return text if len(text) <= 34 else text[:33] + "…"


def calibration(results: Sequence[Result]) -> Any:
    """Coverage of central intervals by level, for calibrate and judge studies."""
    from ketasim.reproduction.judge import coverage

    with house_style():
        figure = _figure(5.2, 4.4)
        axes = figure.subplots()
        axes.plot([0, 100], [0, 100], color=MUTED, linewidth=1.0)
        for k, use in enumerate(("calibrate", "judge")):
            if found := coverage(results, use):
                levels = [100.0 * level for level, _ in found]
                low, high = [f.low for _, f in found], [f.high for _, f in found]
                axes.fill_between(levels, low, high, color=COLOURS[k], alpha=0.18, linewidth=0)
                axes.plot(levels, [f.value for _, f in found], color=COLOURS[k], linewidth=1.8, label=use)
        axes.set_xlabel("level of the interval (%)")
        axes.set_ylabel("results inside (%)")
        axes.set_xlim(0, 100)
        axes.set_ylim(0, 101)
        axes.legend(loc="upper left")
    return figure


def _figure(width: float, height: float) -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure: Any = Figure(figsize=(width, max(height, 2.4)), layout="constrained")
    FigureCanvasAgg(figure)
    return figure
