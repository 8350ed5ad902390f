"""The posterior that ships with ketasim: draws of every estimated parameter, and where each goes in the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ketasim.calibration.parameters import INDEX, estimated, names, natural
from ketasim.errors import WorkError
from ketasim.pharmacology.mood.glutamate import Mechanism
from ketasim.pharmacology.mood.values import CALIBRATED

F64 = NDArray[np.float64]
FOLDER = Path(__file__).parent / "result"
DRAWS, VALUES = "draws.csv", "calibrated.toml"
_UNIT = {"relapse_rate": 1.0 / 24.0}  # estimated per day, as its fact; per hour in the model


@dataclass(frozen=True, slots=True)
class Posterior:
    """`draws` (n, parameters) in natural units, independent enough to be used one by one."""

    names: tuple[str, ...]
    draws: F64

    def median(self) -> dict[str, float]:
        """Posterior median of every parameter by name."""
        return dict(zip(self.names, np.median(self.draws, axis=0).tolist(), strict=True))

    def overrides(self, draw: int | None = None) -> dict[str, float | str]:
        """Parameters of the model by target name, at one draw or (None) at the medians."""
        values = np.median(self.draws, axis=0) if draw is None else self.draws[draw]
        return overrides(values)


def overrides(values: F64) -> dict[str, float | str]:
    """Targets in the model for a parameter vector; what concerns trials only has none."""
    targets = {e.name: e.target for e in estimated()}
    return {targets[n]: float(values[k]) * _UNIT.get(n, 1.0) for n, k in INDEX.items() if targets[n]}


def draws_of(mechanism: Mechanism) -> str:
    """The name of the file of draws of a mechanism."""
    return DRAWS if mechanism == CALIBRATED else f"draws-{mechanism.replace(' ', '-')}.csv"


@lru_cache(maxsize=8)
def posterior(folder: Path = FOLDER, mechanism: Mechanism = CALIBRATED) -> Posterior:
    """The shipped posterior of a mechanism; WorkError if the files are not there or hold other parameters."""
    path = folder / draws_of(mechanism)
    if not path.exists():
        raise WorkError(f"There is no calibration in {folder}; run 'ketasim calibrate' to make one.")
    with path.open(encoding="utf-8") as text:
        header = tuple(text.readline().strip().split(","))
        draws = np.loadtxt(text, delimiter=",", ndmin=2)
    if header != names():
        raise WorkError(f"{path} holds the parameters {', '.join(header)}; the model estimates {', '.join(names())}.")
    return Posterior(header, draws)


def prior(count: int = 400, seed: int = 1) -> Posterior:
    """Draws from the prior, for comparison."""
    u = np.random.default_rng(seed).standard_normal((count, len(names())))
    return Posterior(names(), natural(u))


def percentiles(draws: F64) -> Mapping[str, tuple[float, float, float]]:
    """5, 50 and 95 % of every parameter."""
    q = np.quantile(draws, [0.05, 0.5, 0.95], axis=0)
    return {n: (float(q[0, k]), float(q[1, k]), float(q[2, k])) for n, k in INDEX.items()}
