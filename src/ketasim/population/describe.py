"""A population in a few rows: median and range of what is counted, shares of what is named."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ketasim.population.covariates import KNOWN
from ketasim.population.people import People

MOST = 20_000  # people looked at; more would not change what a reader sees


@dataclass(frozen=True, slots=True)
class Row:
    """One covariate: for numbers median, 5th and 95th percentile and range; for words the share of each, as text."""

    covariate: str
    unit: str
    median: float | None = None
    low: float | None = None
    high: float | None = None
    least: float | None = None
    most: float | None = None
    shares: str = ""


def describe(people: People) -> tuple[Row, ...]:
    """The covariates of (at most the first 20,000) people."""
    columns = people.chunk(0, min(people.n, MOST))
    return tuple(_row(name, values) for name, values in columns.items() if name != "ID")


def _row(name: str, values: np.ndarray) -> Row:
    unit = KNOWN[name].unit if name in KNOWN else ""
    if not np.issubdtype(values.dtype, np.number):
        words, counts = np.unique(values, return_counts=True)
        order = np.argsort(-counts, kind="stable")
        return Row(name, unit, shares=", ".join(f"{words[k]} {counts[k] / values.size:.0%}" for k in order))
    low, median, high = (float(q) for q in np.quantile(values, (0.05, 0.5, 0.95)))
    return Row(name, unit, median, low, high, float(values.min()), float(values.max()))
