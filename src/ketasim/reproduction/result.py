"""One printed result beside its prediction, as tables, JSON and scores use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ketasim.reproduction.mood import Forecast
from ketasim.reproduction.speak import endpoint, label, trial_kind
from ketasim.simulation.leaning import Weak
from ketasim.studies.record import Observation, Study

F64 = NDArray[np.float64]
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """A printed number, its prediction (median) and 90 % interval, on the scale of the paper.

    `samples` (S,) and `target` are what scores are computed on: as printed, ratios and times as logarithms. `group` is
    "arm", "difference", "other" (ratios, times, effect sizes) or "concentration"; `counted` says whether it stands for
    its trial in the scores, and is no repeat of others. `sampling` is the standard error that a perfect forecast has.
    `analysis` and `phase` are those of the observation; the forecast does not heed the analysis. `trial_kind` says
    whether the drug is taken to do what it does in small or in open trials.
    """

    study: str
    trial: str
    use: str
    arm: str
    endpoint: str
    statistic: str
    time: str
    n: int
    n_versus: int | None
    observed: float
    observed_se: float | None
    unit: str
    group: str
    counted: bool
    samples: F64
    target: float
    sampling: float
    logarithmic: bool
    shares: Mapping[str, float]
    weakest: tuple[Weak, ...]
    analysis: str = "observed"
    phase: str = ""
    trial_kind: str = ""

    def quantile(self, level: float) -> float:
        """A quantile of the prediction on the scale of the paper."""
        value = float(np.quantile(self.samples, level))
        return float(np.exp(value)) if self.logarithmic else value

    def inside(self, level: float = 0.9) -> bool:
        """Whether the central interval of this level holds what was printed."""
        low, high = np.quantile(self.samples, [0.5 - level / 2, 0.5 + level / 2])
        return bool(low - 1e-9 <= self.target <= high + 1e-9)

    @property
    def error(self) -> float:
        """Predicted less observed, on the scale of the paper."""
        return self.quantile(0.5) - self.observed

    @property
    def half_width(self) -> float:
        """Half the width of the 90 % interval, on the scale of the paper."""
        return 0.5 * (self.quantile(0.95) - self.quantile(0.05))

    @property
    def large(self) -> bool:
        """Whether every arm behind it has 50 people or more."""
        return min(self.n, self.n_versus or self.n) >= 50

    @property
    def madrs(self) -> bool:
        """Whether it is in points of MADRS."""
        return self.unit == "point" and self.endpoint.startswith("MADRS")

    def record(self) -> dict[str, Any]:
        """The result as one JSON record."""
        return {
            "study": self.study,
            "trial": self.trial,
            "use": self.use,
            "arm": self.arm,
            "endpoint": self.endpoint,
            "statistic": self.statistic,
            "time": self.time,
            "phase": self.phase,
            "analysis": self.analysis,
            "trial_kind": self.trial_kind,
            "n": self.n,
            "observed": self.observed,
            "observed_se": self.observed_se,
            "predicted": self.quantile(0.5),
            "predicted_low": self.quantile(0.05),
            "predicted_high": self.quantile(0.95),
            "inside": self.inside(),
            "grade_share": dict(self.shares),
            "weakest": [asdict(weak) for weak in self.weakest],
        }


def of_forecast(study: Study, seen: Observation, found: Forecast, counted: bool) -> Result:
    """The result of a mood forecast."""
    logarithmic = found.logarithmic
    points = seen.endpoint.kind in ("score", "change")
    difference = seen.statistic == "difference"
    group = "other" if logarithmic or seen.statistic == "cohen_d" else "difference" if difference else "arm"
    return Result(
        study=study.id, trial=study.trial, use=study.use, arm=label(seen),
        endpoint=endpoint(seen), statistic=seen.statistic,
        time=seen.time.text, n=seen.n, n_versus=seen.n_versus, observed=seen.value, observed_se=seen.se,
        unit="point" if points and seen.statistic in ("mean", "difference") else seen.unit, group=group,
        counted=counted, samples=found.samples, target=float(np.log(seen.value)) if logarithmic else seen.value,
        sampling=seen.se if seen.se and not logarithmic else found.sampling, logarithmic=logarithmic,
        shares=found.shares, weakest=found.weakest, analysis=seen.analysis, phase=seen.phase,
        trial_kind=trial_kind(study, seen),
    )  # fmt: skip
