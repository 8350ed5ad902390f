"""People as a paper describes them: age, sex, weight, ancestry and baseline; what it does not say is as in the trials
of esketamine (or in healthy adults, or people of 65 and more), from the named populations.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ketasim.evidence.store import fact
from ketasim.measurement.link import convert
from ketasim.measurement.scale import scale
from ketasim.population import chance
from ketasim.population.named import kind
from ketasim.population.people import People, listed
from ketasim.studies.record import Arm, Study

F64 = NDArray[np.float64]
LOWEST, HIGHEST = 8.0, 58.0
ADULT, OLDEST = 18.0, 86.0


def people(study: Study, arm: Arm, ids: NDArray[np.int64], seed: int) -> People:
    """The people of an arm with these IDs; the same person for the same seed and ID, whoever else is drawn."""
    told = study.population
    u = chance.uniform(seed, ids, "people", 5)
    named = kind(_named(told))
    if "female" in told:
        u[:, 1] = _bent(u[:, 1], float(told["female"]), _usual_share(named.draw(_even())))
    columns: dict[str, Any] = {"ID": ids, **named.draw(u)}
    if {"mean", "sd"} <= set(told.get("age", {})):
        drawn = told["age"]["mean"] + told["age"]["sd"] * chance.normal(seed, ids, "age")[:, 0]
        columns["AGE"] = np.clip(drawn, ADULT, OLDEST)
    if {"mean", "sd"} <= set(told.get("weight_kg", {})):
        columns["WT"] = _lognormal(told["weight_kg"], chance.normal(seed, ids, "weight")[:, 0])
    if told.get("ancestry") in ("white", "black", "asian", "japanese", "other"):
        columns["ANCESTRY"] = np.full(ids.size, told["ancestry"])
    mean, sd = baseline(study, arm)
    drawn = mean + sd * chance.normal(seed, ids, "baseline")[:, 0]
    columns["MADRS0"] = scale("MADRS").rounded(np.clip(drawn, LOWEST, HIGHEST))
    return listed(columns, f"{study.id}: {arm.name}", {"kind": "study", "study": study.id})


def baseline(study: Study, arm: Arm) -> tuple[float, float]:
    """Mean and SD of MADRS before treatment: of the arm, else of the study, else of the trials of esketamine."""
    printed = fact("mood.baseline")
    usual = printed.spread[0].value
    stated = arm.baseline or study.population.get("baseline") or {}
    mean = float(stated.get("mean", printed.number))
    sd = float(stated.get("sd", usual if not isinstance(usual, tuple) else usual[0]))
    other = stated.get("scale", "MADRS")
    if other == "MADRS":
        return mean, sd
    low, middle, high = (float(convert(mean + k * sd, other, "MADRS")) for k in (-1, 0, 1))
    return middle, 0.5 * (high - low)


def _named(told: Mapping[str, Any]) -> str:
    if "healthy" in told.get("diagnosis", ""):
        return "healthy-adults"
    old = told.get("age", {}).get("low", 0.0) >= 65.0 or told.get("age", {}).get("mean", 0.0) >= 65.0
    return "adults-65-plus" if old else "trd-adults"


def _even() -> F64:
    """A grid of uniform numbers in the column that decides on sex, the others in the middle."""
    u = np.full((1000, 5), 0.5)
    u[:, 1] = (np.arange(1000) + 0.5) / 1000
    return u


def _usual_share(columns: Mapping[str, Any]) -> float:
    return float(np.mean(columns["SEX"] == "female"))


def _bent(u: F64, wanted: float, usual: float) -> F64:
    """Uniform numbers bent so that a share `wanted` lies below `usual`."""
    below = usual * u / max(wanted, 1e-12)
    above = usual + (1.0 - usual) * (u - wanted) / max(1.0 - wanted, 1e-12)
    return np.clip(np.where(u < wanted, below, above), 1e-12, 1.0 - 1e-12)


def _lognormal(stated: Mapping[str, float], z: F64) -> F64:
    variance = float(np.log1p((stated["sd"] / stated["mean"]) ** 2))
    return np.asarray(stated["mean"] * np.exp(np.sqrt(variance) * z - variance / 2))
