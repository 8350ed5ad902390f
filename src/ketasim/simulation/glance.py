"""A comparison at a glance: a few lines of text, as Python shows an object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from ketasim.measurement import scale
from ketasim.simulation import nca
from ketasim.units import many

if TYPE_CHECKING:
    from ketasim.engine.abi import F64
    from ketasim.simulation.run import Run

ROWS: Final = 12
PURE: Final = "1"


def text(runs: Sequence[Run], labels: Sequence[str]) -> str:
    """Means over people of each regimen, with their ratio to the first: scores at the end, then peak and area."""
    first = runs[0]
    scores_first = sorted(range(len(first.outputs)), key=lambda k: first.outputs[k] not in scale.names())
    rows = [row for k in scores_first for row in _rows(runs, k)]
    head = ("mean over people", *labels)
    shown = [head, *rows[:ROWS]]
    widths = [max(len(row[k]) for row in shown) for k in range(len(head))]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))]).rstrip()
        for row in shown
    ]
    noun = "people" if first.n != 1 else "person"
    title = f"Comparison in {first.n:,} {noun} ({first.people.label}), model {first.model.name!r}"
    left = f" Left out: {many(len(rows) - ROWS, 'row')} more." if len(rows) > ROWS else ""
    return "\n".join([title, *lines, f"×: ratio to {labels[0]}.{left} All measures: .table()"])


def _rows(runs: Sequence[Run], output: int) -> list[tuple[str, ...]]:
    first = runs[0]
    name, unit = first.outputs[output], first.study.units[output]
    if name in scale.names():
        if first.table is not None:
            return []
        last = [_mean(run.kept.block(output, run.times.size - 1, run.times.size)) for run in runs]
        return [(f"{name} at {first.times[-1]:g} h", *_cells(last))] if np.isfinite(last).any() else []
    found = []
    for kind in ("Cmax",) if unit == PURE else ("Cmax", "AUClast"):
        means = [_mean(_measure(run, output, kind)) for run in runs]
        what = f"{name}, {kind}" + ("" if unit == PURE else f" ({nca.unit_of(kind, unit)})")
        if any(np.isfinite(one) and one != 0.0 for one in means):
            found.append((what, *_cells(means)))
    return found


def _measure(run: Run, output: int, kind: str) -> F64:
    return run.kept.measure(output, nca.MEASURES.index(kind))


def _mean(values: F64) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")


def _cells(means: list[float]) -> list[str]:
    """The first mean, and the others with their ratio to it."""
    base = means[0]
    ratio = bool(np.isfinite(base) and base)
    others = [f"{_told(one)} (×{one / base:.3g})" if ratio and np.isfinite(one) else _told(one) for one in means[1:]]
    return [_told(base), *others]


def _told(mean: float) -> str:
    return f"{mean:.4g}" if np.isfinite(mean) else "–"
