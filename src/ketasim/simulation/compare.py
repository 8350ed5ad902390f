"""Several regimens in the same virtual people: the same seed, the same draws, differences person by person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ketasim.engine.abi import F64
from ketasim.errors import RequestError
from ketasim.simulation import asked, glance, nca
from ketasim.simulation.comparison import difference
from ketasim.simulation.simulate import simulate

if TYPE_CHECKING:
    import pandas as pd

    from ketasim.dosing.regimen import Regimen
    from ketasim.model.model import Model
    from ketasim.population.people import People
    from ketasim.simulation.run import Run


@dataclass(frozen=True, repr=False)
class Comparison:
    """Runs of several regimens in the same people; the first is what the others are compared with."""

    runs: tuple[Run, ...]
    labels: tuple[str, ...]

    def __repr__(self) -> str:
        return glance.text(self.runs, self.labels)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What each run warns of, with its label."""
        return tuple(f"{label}: {w}" for label, run in zip(self.labels, self.runs, strict=True) for w in run.warnings)

    def table(self, measures: Sequence[str] = ("Cmax", "Tmax", "AUClast", "AUC24", "AUCinf")) -> pd.DataFrame:
        """A row per output, measure and regimen.

        n, mean, SD and median; the mean over people of (this − first) with its standard error for this n; the ratio of
        geometric means with the standard error of the mean log ratio (NaN where a value is not above 0).
        """
        import pandas as pd

        rows: list[dict[str, Any]] = []
        first = self.runs[0]
        for k, (output, unit) in enumerate(zip(first.outputs, first.study.units, strict=True)):
            for measure in measures:
                j = nca.MEASURES.index(measure)
                base = first.kept.measure(k, j)
                for label, run in zip(self.labels, self.runs, strict=True):
                    this = run.kept.measure(k, j)
                    found = difference(output, measure, nca.unit_of(measure, unit), label, this, base)
                    row = {name: getattr(found, name) for name in found.__dataclass_fields__}
                    rows.append(row | dict(geometric(this, base)))
        return pd.DataFrame(rows)


def geometric(this: F64, first: F64) -> Mapping[str, float]:
    """Ratio of geometric means of people who have both above 0, and the standard error of the mean log ratio."""
    both = np.isfinite(this) & np.isfinite(first) & (this > 0) & (first > 0)
    logs = np.log(this[both] / first[both])
    n = logs.size
    return {
        "geometric_ratio": float(np.exp(logs.mean())) if n else float("nan"),
        "log_ratio_se": float(logs.std(ddof=1) / np.sqrt(n)) if n > 1 else float("nan"),
    }


def compare(
    model: Model,
    people: People | None,
    regimens: Sequence[Regimen],
    *,
    labels: Sequence[str] | None = None,
    days: float | None = None,
    times: Any = None,
    out: str | Path | None = None,
    **settings: Any,
) -> Comparison:
    """Simulate each regimen in the same people with the same draws; settings as in `simulate`.

    Without `days` or `times` all run as long as the longest. `out` gets a run folder per regimen. RequestError for
    fewer than two regimens or equal labels.
    """
    if len(regimens) < 2:
        raise RequestError(f"A comparison needs at least two regimens, got {len(regimens)}.")
    for regimen in regimens:
        asked.check(model, people, regimen)
    named = tuple(labels) if labels is not None else tuple(r.name for r in regimens)
    if len(set(named)) != len(regimens):
        raise RequestError(f"Each regimen needs a name of its own to be compared; {', '.join(named)} came.")
    if days is None and times is None:
        days = float(max(np.ceil((r.end + 24.0) / 24.0) for r in regimens))
    runs = []
    for name, regimen in zip(named, regimens, strict=True):
        place = None if out is None else Path(out) / "".join(c if c.isalnum() or c in "-_" else "-" for c in name)
        runs.append(simulate(model, people, regimen, days=days, times=times, out=place, **settings))
    return Comparison(tuple(runs), named)
