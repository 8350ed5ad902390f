"""Figures from finished numbers: prediction bands over time with observed points, and predicted against observed dots.

Everything drawn comes in as arrays; shapes are (times,) or (categories,). Output is deterministic: the same data give
the same bytes of SVG.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ketasim.report.style import COLOURS, DASHES, INK, MARKERS, MUTED, RC, spread_of, unit_label

F64 = NDArray[np.float64]
DAYS_FROM_HOURS = 96.0  # longer curves than this are drawn in days
DECADES = 3  # of a logarithmic axis


@dataclass(frozen=True, slots=True)
class Band:
    """A prediction over time (hours): its median and, for a population, its 5th and 95th percentiles.

    `people` says of how many, where that is known; `marked` puts a dot at every time, for what is known there only.
    """

    label: str
    times: F64
    median: F64
    low: F64 | None = None
    high: F64 | None = None
    people: int = 0
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Points:
    """Observations over time (hours); those labelled as a band share its colour, `text` stands in the legend.

    `faint` draws many small points; `error` half the length of a bar about each point (a standard error).
    """

    label: str
    times: F64
    values: F64
    text: str = "observed"
    faint: bool = False
    error: F64 | None = None


@dataclass(frozen=True, slots=True)
class Curves:
    """One panel over time.

    `line` says what the lines are ("mean"), `since` from when time counts ("after dose"), `log` asks for a logarithmic
    axis. All lines but the first are dashed, for they may cover each other.
    """

    title: str
    unit: str
    bands: tuple[Band, ...] = ()
    points: tuple[Points, ...] = ()
    quantity: str = "concentration"
    top: float | None = None
    line: str = "median"
    since: str = ""
    log: bool = False


@dataclass(frozen=True, slots=True)
class Dots:
    """One panel of numbers by category: predicted median with its 5 to 95 % interval beside the published number."""

    title: str
    unit: str
    categories: tuple[str, ...]
    median: F64
    low: F64
    high: F64
    observed: F64
    quantity: str = ""


Panel = Curves | Dots


@contextmanager
def house_style() -> Iterator[Any]:
    """Matplotlib's pyplot-free drawing under our settings; nothing global is left changed."""
    import matplotlib as mpl

    with mpl.rc_context(RC):
        yield mpl


def draw(panels: Sequence[Panel], columns: int = 2, width: float = 10.0, height: float = 3.1) -> Any:
    """A matplotlib Figure with one axes per panel, left to right and downwards; a legend above where labels differ."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = max(1, min(columns, len(panels)))
    rows = -(-len(panels) // columns)
    with house_style():
        figure: Any = Figure(
            figsize=(width if columns > 1 else min(width, 7.2), height * rows + 0.45), layout="constrained"
        )
        FigureCanvasAgg(figure)
        figure.get_layout_engine().set(hspace=0.08, wspace=0.05)
        grid = figure.subplots(rows, columns, squeeze=False)
        colours = _colours(panels)
        for axes, panel in zip(grid.flat, panels, strict=False):
            if isinstance(panel, Curves):
                _curves(axes, panel, colours)
            else:
                _dots(axes, panel)
        for axes in list(grid.flat)[len(panels) :]:
            axes.set_axis_off()
        _legend(figure, grid, panels)
    return figure


def _colours(panels: Sequence[Panel]) -> dict[str, int]:
    labels: dict[str, int] = {}
    for panel in panels:
        if isinstance(panel, Curves):
            series: list[Band | Points] = [*panel.bands, *panel.points]
            for item in series:
                labels.setdefault(item.label, len(labels))
    return labels


def _curves(axes: Any, panel: Curves, colours: dict[str, int]) -> None:
    series: list[Band | Points] = [*panel.bands, *panel.points]
    end = max((float(np.max(s.times)) for s in series if s.times.size), default=1.0)
    scale, label = (24.0, "time (days)") if end > DAYS_FROM_HOURS else (1.0, "time (h)")
    for place, band in enumerate(panel.bands):
        colour = COLOURS[colours[band.label] % len(COLOURS)]
        if band.low is not None and band.high is not None:
            axes.fill_between(band.times / scale, band.low, band.high, color=colour, alpha=0.20, linewidth=0)
        marks: dict[str, Any] = {"marker": "o", "markersize": 3.2} if band.marked else {}
        marks |= {"linestyle": DASHES[place % len(DASHES)]}  # a line upon another lets it show through
        width = 1.0 if band.marked else 1.8
        axes.plot(band.times / scale, band.median, color=colour, linewidth=width, label=band.label, **marks)
    for points in panel.points:
        k = colours[points.label]
        if points.error is not None:
            axes.errorbar(
                points.times / scale, points.values, points.error, linestyle="none", ecolor=INK, elinewidth=1.0,
                capsize=2.2, zorder=3, clip_on=False,
            )  # fmt: skip
        axes.plot(
            points.times / scale,
            points.values,
            linestyle="none",
            marker=MARKERS[k % len(MARKERS)],
            markersize=2.6 if points.faint else 5.2,
            markerfacecolor=COLOURS[k % len(COLOURS)],
            markeredgecolor=INK,
            markeredgewidth=0.0 if points.faint else 0.9,
            alpha=0.45 if points.faint else 1.0,
            label=points.text,
            zorder=4,
            clip_on=False,
        )
    axes.set_title(panel.title)
    axes.set_xlabel(label.replace("time", f"time {panel.since}") if panel.since else label)
    axes.set_ylabel(_axis(panel))
    axes.set_xlim(-0.012 * end / scale if scale > 1 else 0.0, end / scale)
    axes.margins(y=0.06)
    highest = _reach(panel)[1]
    if panel.top is not None:
        axes.set_ylim(0.0, panel.top)
    elif panel.log and highest > 0.0:
        _logarithmic(axes, highest)
    elif _reach(panel)[0] >= 0.0:
        axes.set_ylim(bottom=0.0)


def _logarithmic(axes: Any, highest: float) -> None:
    """Decades as plain numbers, from `DECADES` below the highest value on."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axes.set_yscale("log", nonpositive="clip")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylim(10.0 ** (np.ceil(np.log10(highest)) - DECADES), 1.6 * highest)


def _axis(panel: Panel) -> str:
    unit = unit_label(panel.unit)
    if not unit or not panel.quantity:
        return textwrap.fill(panel.quantity or unit, 32)
    return f"{panel.quantity} ({unit})"


def _reach(panel: Curves) -> tuple[float, float]:
    """The lowest and the highest number in a panel."""
    arrays = [a for b in panel.bands for a in (b.median, b.low, b.high) if a is not None]
    finite = [a[np.isfinite(a)] for a in (*arrays, *(p.values for p in panel.points))]
    ends = [(float(a.min()), float(a.max())) for a in finite if a.size]
    return (min(low for low, _ in ends), max(high for _, high in ends)) if ends else (0.0, 0.0)


def _dots(axes: Any, panel: Dots) -> None:
    place = np.arange(len(panel.categories), dtype=float)
    axes.vlines(place, panel.low, panel.high, color=COLOURS[0], linewidth=7, alpha=0.22)
    axes.plot(place, panel.median, linestyle="none", marker="_", markersize=17, markeredgewidth=2.2, color=COLOURS[0])
    axes.plot(
        place,
        panel.observed,
        linestyle="none",
        marker="o",
        markersize=5.6,
        markerfacecolor=COLOURS[0],
        markeredgecolor=INK,
        markeredgewidth=0.9,
        label="published",
    )
    axes.set_title(panel.title)
    axes.set_ylabel(_axis(panel))
    axes.set_xticks(place, panel.categories)
    axes.set_xlim(-0.6, len(panel.categories) - 0.4)
    axes.set_ylim(bottom=0)
    axes.grid(axis="x", visible=False)


def _legend(figure: Any, grid: Any, panels: Sequence[Panel]) -> None:
    from matplotlib.legend_handler import HandlerTuple
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    found: dict[str, dict[tuple[str, str], Any]] = {}
    for axes in grid.flat:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            look = ("", "") if handle.get_linestyle() != "None" else (handle.get_marker(), handle.get_markerfacecolor())
            found.setdefault(label, {}).setdefault(look, handle)
    # points of several series stand side by side, each as it is drawn
    handles = {label: next(iter(h.values())) if len(h) == 1 else tuple(h.values()) for label, h in found.items()}
    side = {handle: HandlerTuple(ndivide=None, pad=0.6) for handle in handles.values() if isinstance(handle, tuple)}
    if text := _band_text(panels):
        middle = Line2D([], [], color=MUTED, linewidth=1.8)
        handles[text] = (Patch(color=MUTED, alpha=0.25, linewidth=0), middle)
    if len(handles) > 1:
        columns = _legend_columns(list(handles), figure.get_figwidth())
        figure.legend(
            handles.values(), handles.keys(), loc="outside upper left", ncols=columns, columnspacing=1.4,
            handler_map=side,
        )  # fmt: skip


def _band_text(panels: Sequence[Panel]) -> str:
    """What band and line are, for the legend; "" where there is no band."""
    banded = [p for p in panels if isinstance(p, Dots) or any(b.low is not None for b in p.bands)]
    if not banded:
        return ""
    people = max((b.people for p in banded if isinstance(p, Curves) for b in p.bands), default=0)
    middles = {p.line if isinstance(p, Curves) else "median" for p in banded}
    middle = middles.pop() if len(middles) == 1 else "median, or mean where the title says so"
    return f"band: {spread_of(people)}; line: {middle}"


def _legend_columns(labels: Sequence[str], width: float) -> int:
    """As many columns as fit the width (inches) with about 0.075 inches a letter and 0.6 beside it."""
    for columns in range(len(labels), 1, -1):
        rows = -(-len(labels) // columns)
        longest = [max(len(label) for label in labels[k : k + rows]) for k in range(0, len(labels), rows)]
        if sum(0.6 + 0.075 * n for n in longest) <= width:
            return columns
    return 1


def svg(figure: Any) -> str:
    """The figure as an <svg> element, the same bytes for the same data (no date, fixed ids)."""
    stream = io.StringIO()
    with house_style():
        figure.savefig(stream, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    text = stream.getvalue()
    return text[text.index("<svg") :]


def png(figure: Any, dpi: int = 130) -> bytes:
    """The figure as PNG, without date or program name in it."""
    stream = io.BytesIO()
    with house_style():
        figure.savefig(stream, format="png", dpi=dpi, metadata={"Software": None})
    return stream.getvalue()


def pdf(figure: Any) -> bytes:
    """The figure as PDF, without date or program name in it."""
    stream = io.BytesIO()
    with house_style():
        figure.savefig(stream, format="pdf", metadata=dict.fromkeys(("CreationDate", "Creator", "Producer")))
    return stream.getvalue()
