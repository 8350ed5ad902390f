"""Numbers of the links to mood: as calibration estimated them where it did, else as the facts have them.

`calibrated.toml` beside this file is written by `ketasim calibrate` and by nothing else. It holds the posterior
median and 90 % interval of each estimated fact, in the unit of that fact, and the fingerprints of what they were
estimated from.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from ketasim.evidence.fact import Fact, Spread
from ketasim.evidence.store import fact
from ketasim.measurement.rater import rater_sd
from ketasim.measurement.scale import scale
from ketasim.model.component import Parameter
from ketasim.model.variability import CovariateEffect

FILE = Path(__file__).with_name("calibrated.toml")


@lru_cache(maxsize=1)
def calibrated() -> Mapping[str, Any]:
    """The tables of `calibrated.toml`; empty where there is no calibration yet."""
    return tomllib.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}


def value(fact_id: str) -> Fact:
    """The fact with its calibrated value and interval, or as it stands if it was not estimated."""
    prior = fact(fact_id)
    found = calibrated().get("estimate", {}).get(fact_id)
    if found is None:
        return prior
    kept = tuple(s for s in prior.spread if s.of != "estimate")
    low, high = found["interval"]
    return replace(
        prior,
        value=found["median"],
        grade="calibrated",
        meaning="posterior median",
        spread=(*kept, Spread("estimate", "ci90", (low, high))),
        note=f"Estimated from {calibrated()['trials']} trials; prior median {prior.number:g}. {prior.note}".strip(),
    )


def between_trials(name: str, otherwise: float) -> float:
    """The calibrated median of a number that concerns trials, not the model: heterogeneity and noise."""
    found = calibrated().get("trial", {}).get(name)
    return otherwise if found is None else float(found["median"])


def noise() -> float:
    """SD within patients of a score at a visit, on the logit scale of MADRS, as trials that calibrated it show it.

    Before any calibration, what two raters differ by alone, in the middle of the scale, where a unit of latent severity
    is a quarter of the range in points.
    """
    one = scale("MADRS")
    return between_trials("noise", rater_sd("MADRS") / (0.25 * (one.high - one.low)))


def estimated(name: str, unit: str, fact_id: str, *effects: CovariateEffect) -> Parameter:
    """A parameter whose typical value calibration estimates."""
    number = value(fact_id)
    return Parameter(name, unit, number, effects=effects, meaning=number.quantity)
