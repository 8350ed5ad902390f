"""Two treatments in the same virtual people: means, the mean difference and its standard error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ketasim.engine.abi import F64


@dataclass(frozen=True, slots=True)
class Difference:
    """What one measure ("Cmax") of one output is in a treatment, and how far from the first treatment.

    `mean`, `sd` and `median` are over the `n` people who finished in both; `difference` is the mean over people of
    (this - first) and `se` its standard error for these n people (NaN for fewer than two); `ratio` is of means.
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
    return Difference(
        output=output,
        measure=measure,
        unit=unit,
        regimen=regimen,
        n=n,
        mean=mean,
        sd=float(a.std(ddof=1)) if n > 1 else float("nan"),
        median=float(np.median(a)) if n else float("nan"),
        difference=float(gap.mean()) if n else float("nan"),
        se=float(gap.std(ddof=1) / np.sqrt(n)) if n > 1 else float("nan"),
        ratio=mean / base if base else float("nan"),
    )
