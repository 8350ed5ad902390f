"""Treatments in the same virtual people: means, the mean difference and its standard error."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike

from ketasim.engine.abi import F64
from ketasim.simulation import times
from ketasim.simulation.nca import unit_of
from ketasim.simulation.quantiles import spread

if TYPE_CHECKING:
    from ketasim.dosing.regimen import Regimen
    from ketasim.simulation.run import Run

MEASURES: Final = ("Cmax", "Tmax", "AUClast")
NOTHING: Final = 1e-9  # of the mean: a smaller difference is how numbers are rounded, or steps of a solver


@dataclass(frozen=True, slots=True)
class Difference:
    """What one measure ("Cmax") of one output is in a treatment, and how far from the first treatment.

    `mean`, `sd` and `median` are over the `n` people who finished in both; `difference` is the mean over people of
    (this - first) and `se` its standard error for these n people (NaN for fewer than two), each 0 where it is less than
    1e-9 of the means; `ratio` is of means.
    """

    output: str
    measure: str
    unit: str
    regimen: str
    n: int
    mean: float
    sd: float
    median: float
    difference: float
    se: float
    ratio: float


def difference(output: str, measure: str, unit: str, regimen: str, this: ArrayLike, first: ArrayLike) -> Difference:
    """Compare `this` with `first`, shapes (people,), person by person, so that what people differ in cancels out."""
    a, b = np.asarray(this, np.float64), np.asarray(first, np.float64)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"{measure} of {output}: {a.shape} people against {b.shape}; compare the same people.")
    both = np.isfinite(a) & np.isfinite(b)
    a, b = a[both], b[both]
    gap: F64 = a - b
    n = int(gap.size)
    mean = float(a.mean()) if n else float("nan")
    base = float(b.mean()) if n else float("nan")
    se = spread(gap, float(np.abs(a).max(initial=0.0))) / math.sqrt(max(n, 1))
    least = NOTHING * max(abs(mean), abs(base))
    return Difference(
        output=output,
        measure=measure,
        unit=unit,
        regimen=regimen,
        n=n,
        mean=mean,
        sd=spread(a),
        median=float(np.median(a)) if n else float("nan"),
        difference=_told(float(gap.mean()), least) if n else float("nan"),
        se=_told(se, least),
        ratio=mean / base if base else float("nan"),
    )


def _told(value: float, least: float) -> float:
    return 0.0 if abs(value) < least else value


def differences(runs: Mapping[str, Run], measures: Sequence[str] = MEASURES) -> tuple[Difference, ...]:
    """Every measure of every output that all runs kept, the first run being what the others are compared with.

    The runs must be of the same people over the same time, so that areas compare. Where a run has several dosing
    sessions there is no Tmax, which would say in which of them the peak lies.
    """
    if any(len(run.windows()) > 1 for run in runs.values()):
        measures = [one for one in measures if one != "Tmax"]
    first = next(iter(runs.values()))
    tables = {name: run.nca() for name, run in runs.items()}
    found = []
    for output in (name for name in first.outputs if all(name in run.outputs for run in runs.values())):
        values = {name: table.loc[table["output"] == output] for name, table in tables.items()}
        base = next(iter(values.values()))
        for measure in measures:
            unit = unit_of(measure, first.unit(output))
            found += [
                difference(output, measure, unit, name, one[measure].to_numpy(), base[measure].to_numpy())
                for name, one in values.items()
            ]
    return tuple(found)


def common_days(regimens: Sequence[Regimen]) -> float:
    """Days that hold every dose of all the regimens and the day after the last one."""
    return float(math.ceil(max((regimen.end for regimen in regimens), default=0.0) / 24.0 + 1.0))


def common_times(regimens: Sequence[Regimen], days: float, also: Sequence[float] = ()) -> F64:
    """Hours at which every run is kept where visits are compared: dense after any dose of any regimen, and `also`."""
    given = [g for regimen in regimens for g in regimen.schedule()]
    starts, ends = [g.time for g in given], [g.time + g.duration for g in given if g.duration]
    last = times.hours_of(days)
    return times.tidy(np.concatenate([times.default(starts, ends, last), [t for t in also if t <= last]]))
