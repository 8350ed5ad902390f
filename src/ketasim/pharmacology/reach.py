"""How far the data behind a model reach: covariates with their ranges, largest doses, sessions, each from facts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ketasim.evidence.fact import Grade
from ketasim.evidence.store import fact
from ketasim.model.model import Covariate, DoseRoute, Limits

ANCESTRY = ("white", "black", "asian", "japanese", "other")


def ranged(name: str, span: str, default: str, meaning: str) -> Covariate:
    """A continuous covariate with the range of the data behind a model and its default, each from a fact by id."""
    data, usual = fact(span), fact(default)
    low, high = np.atleast_1d(data.value)
    unit = "" if data.unit == "1" else data.unit
    return Covariate(name, unit, float(low), float(high), default=usual.number, meaning=meaning, facts=(data, usual))


def weight(span: str, default: str = "pk.standard_weight") -> Covariate:
    """Body weight, with the range of the data behind a model."""
    return ranged("WT", span, default, "body weight")


def age(span: str, default: str) -> Covariate:
    """Age, with the range of the data behind a model."""
    return ranged("AGE", span, default, "age")


def age_unread(span: str, default: str) -> Covariate:
    """Age that no equation reads: who lies outside the data behind a model is told, and nobody need give it."""
    return replace(ranged("AGE", span, default, "age; no equation reads it"), usual=True)


def limits(
    population: str, n: int | None = None, site: str = "", sessions: str = "", note: str = "", weekly: str = ""
) -> Limits:
    """The data behind a model; `sessions` is the fact with the most dosing sessions that one person had in them, and
    `weekly` the one with the most within 7 days.
    """
    most, week = fact(sessions) if sessions else None, fact(weekly) if weekly else None
    return Limits(
        population, n, site, int(most.number) if most else None, note, tuple(f for f in (most, week) if f),
        largest_weekly=int(week.number) if week else None,
    )  # fmt: skip


def dose_route(
    drug: str,
    route: str,
    parts: tuple[tuple[str, float], ...],
    grade: Grade,
    largest: str,
    citation: tuple[str, ...],
    note: str = "",
    hourly: str = "",
) -> DoseRoute:
    """A route whose largest dose (mg or mg/kg) and fastest long infusion (per hour) are facts by id."""
    dose, rate = fact(largest), fact(hourly) if hourly else None
    by_weight = dose.unit == "mg/kg"
    return DoseRoute(
        drug, route, parts, grade,
        dose.number * fact("pk.standard_weight").number if by_weight else dose.number,
        citation, note,
        largest_per_kg=dose.number if by_weight else None,
        largest_hourly=rate.number if rate else None,
        facts=(dose, rate) if rate else (dose,),
    )  # fmt: skip


def ancestry() -> Covariate:
    """Ancestry as the studies name it; Japanese people are counted as Asian too."""
    return Covariate("ANCESTRY", levels=ANCESTRY, default="white", meaning="ancestry; Japanese people are Asian too")
