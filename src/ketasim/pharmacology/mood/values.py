"""Numbers of the links to mood: as calibration estimated them where it did, else as the facts have them.

`calibrated.toml` beside this file is written by `ketasim calibrate` and by nothing else. It holds the posterior
median and 90 % interval of each estimated fact, in the unit of that fact, and the fingerprints of what they were
estimated from. A rival mechanism that was calibrated for itself (`ketasim rivals --install`) has a file of its own,
which counts beside the calibration that ships, on the same model, evidence and code; a test goes red where its own
mechanism has changed since.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

from ketasim.evidence.fact import Fact, Spread
from ketasim.evidence.store import fact
from ketasim.measurement.rater import rater_sd
from ketasim.measurement.scale import scale
from ketasim.model.component import Parameter
from ketasim.model.variability import CovariateEffect, Variability
from ketasim.pharmacology.mood.glutamate import Mechanism

FILE = Path(__file__).with_name("calibrated.toml")
CALIBRATED: Mechanism = "disinhibition"  # the mechanism that is calibrated at length, of which the others are rivals
MECHANISMS: tuple[Mechanism, ...] = get_args(Mechanism)


def file_of(mechanism: Mechanism) -> Path:
    """Where the calibrated values of a mechanism stand."""
    return FILE if mechanism == CALIBRATED else FILE.with_name(f"calibrated-{mechanism.replace(' ', '-')}.toml")


def name_of(mechanism: Mechanism) -> str:
    """The name of the model of the way to mood with a mechanism."""
    return "pathway" if mechanism == CALIBRATED else f"pathway-{mechanism.replace(' ', '-')}"


def mechanism_of(model: str) -> Mechanism:
    """The mechanism of a model of the way to mood, by its name."""
    return {name_of(one): one for one in MECHANISMS}.get(model, CALIBRATED)


@lru_cache(maxsize=16)
def calibrated(mechanism: Mechanism = CALIBRATED) -> Mapping[str, Any]:
    """The tables of the calibrated values of a mechanism; empty where there is no calibration of it yet, or where that
    of a rival stands on another model, other evidence or code than the calibration that ships.
    """
    path = file_of(mechanism)
    found = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    old = mechanism != CALIBRATED and found.get("fingerprints") != calibrated().get("fingerprints")
    return {} if old else found


def value(fact_id: str, mechanism: Mechanism = CALIBRATED) -> Fact:
    """The fact with its calibrated value and interval, or as it stands if it was not estimated."""
    prior = fact(fact_id)
    tables = calibrated(mechanism)
    kind, _, name = fact_id.partition(".")
    found = tables.get("trial", {}).get(name) if kind == "trial" else tables.get("estimate", {}).get(fact_id)
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
        note=f"Estimated from {tables['trials']} trials; prior median {prior.number:g}. {prior.note}".strip(),
    )


def between_trials(name: str) -> float:
    """The calibrated median of a number that concerns trials, not the model (heterogeneity, noise), or its prior."""
    found = calibrated().get("trial", {}).get(name)
    return fact(f"trial.{name}").number if found is None else float(found["median"])


def noise(mechanism: Mechanism = CALIBRATED) -> float:
    """SD within patients of a score at a visit, on the logit scale of MADRS, as trials that calibrated it show it.

    Before any calibration, what two raters differ by alone, in the middle of the scale, where a unit of latent severity
    is a quarter of the range in points.
    """
    one = scale("MADRS")
    tables = (calibrated(mechanism), calibrated())  # of a rival without numbers of its own: as the model has it
    found = next((t["trial"]["noise"] for t in tables if "noise" in t.get("trial", {})), None)
    if found is None:
        return rater_sd("MADRS") / (0.25 * (one.high - one.low))
    return float(found["median"])


def estimated(name: str, unit: str, fact_id: str, *effects: CovariateEffect) -> Parameter:
    """A parameter whose typical value calibration estimates."""
    number = value(fact_id)
    return Parameter(name, unit, number, effects=effects, meaning=number.quantity)


def standard(name: str, source: str, meaning: str) -> Parameter:
    """A standard normal number of each patient, 0 in a typical one; `source` is the fact with its spread."""
    return Parameter(name, "1", fact("mood.none"), between=Variability("normal", 1.0, value(source)), meaning=meaning)
