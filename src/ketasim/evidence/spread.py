"""From a printed spread to the variance of a random effect: SD, CV %, variance, interval, range on each scale."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Literal

from ketasim import units
from ketasim.errors import EvidenceError
from ketasim.evidence.fact import Fact, Spread

Scale = Literal["lognormal", "normal", "logitnormal"]
_COVERS = {"ci90": 0.90, "ci95": 0.95, "iqr": 0.50}


def omega2(spread: Spread, fact: Fact) -> float:
    """ω² of a log-normal effect, P = typical · exp(η), from a printed spread of `fact`; see `variance`."""
    return variance(spread, fact, "lognormal")


def variance(spread: Spread, fact: Fact, scale: Scale = "lognormal") -> float:
    """Variance of η on `scale` (natural scale: in squared printed units of the fact).

    ==============  =============================  =====================  ===========================
    kind, value v    log-normal                     normal                 logit-normal
    ==============  =============================  =====================  ===========================
    omega2           v                              v                      v
    sd_log           v²                             (v·m)²                 v² (SD on the logit scale)
    cv_percent       ln(1 + (v/100)²)               (v/100 · m)²           (v/100 / (1 − m))²
    sd               ln(1 + (v/m)²), m a mean       v²                     (v / (m (1 − m)))²
    variance         as sd = √v                     v                      as sd = √v
    ci90 ci95 iqr    ((ln b − ln a) / 2z)²          ((b − a) / 2z)²        ((logit b − logit a) / 2z)²
    range of n       z = Φ⁻¹((n − 0.375)/(n + 0.25))  the same              the same
    se, rse_percent  sd = se · √n, of a sample      the same               the same
    ==============  =============================  =====================  ===========================

    m is the fact's value. Where m is a median, a geometric mean or a typical value, the log-normal SD solves
    (v/m)² = exp(ω²)(exp(ω²) − 1). Intervals are of the individuals, not of an estimate. The range follows Wan et al.
    (2014), after Blom's expected normal order statistics; the logit forms of SD and CV are first-order.
    A paper that prints √ω² · 100 as "CV %" is recorded as `sd_log` = value / 100.
    EvidenceError names the fact if the conversion needs what it lacks.
    """
    if spread.of == "estimate":
        raise EvidenceError(
            f"Fact {fact.id!r}: a spread of the estimate says how well it is known, not how people differ."
        )
    if spread.kind in ("se", "rse_percent"):
        return _from_sd(_sd_of_se(spread, fact), fact, scale)
    if isinstance(spread.value, tuple):
        return _from_interval(spread.kind, spread.value, fact, scale)
    v = spread.value
    if spread.kind == "omega2":
        return v
    if spread.kind == "sd_log":
        return (v * fact.number) ** 2 if scale == "normal" else v * v
    if spread.kind == "cv_percent":
        return math.log1p((v / 100) ** 2) if scale == "lognormal" else _from_sd(v / 100 * abs(fact.number), fact, scale)
    return _from_sd(math.sqrt(v) if spread.kind == "variance" else v, fact, scale)


def _sd_of_se(spread: Spread, fact: Fact) -> float:
    if fact.n is None or isinstance(spread.value, tuple):
        raise EvidenceError(
            f"Fact {fact.id!r}: a standard error becomes a standard deviation only with the number of people n."
        )
    se = spread.value if spread.kind == "se" else spread.value / 100 * abs(fact.number)
    return se * math.sqrt(fact.n)


def _from_sd(sd: float, fact: Fact, scale: Scale) -> float:
    if scale == "normal":
        return sd * sd
    m = fact.number
    if scale == "logitnormal":
        m, sd = m * units.factor(fact.unit, "1"), sd * units.factor(fact.unit, "1")
        if not 0 < m < 1:
            raise EvidenceError(
                f"Fact {fact.id!r}: a logit-normal spread needs a value between 0 and 1; {m:g} {fact.unit} came."
            )
        return (sd / (m * (1 - m))) ** 2
    if m <= 0:
        raise EvidenceError(f"Fact {fact.id!r}: a log-normal spread needs a value above 0; {m:g} came.")
    ratio = (sd / m) ** 2
    if fact.meaning in ("median", "geometric mean", "typical value"):
        return math.log((1 + math.sqrt(1 + 4 * ratio)) / 2)
    return math.log1p(ratio)


def _from_interval(kind: str, ends: tuple[float, float], fact: Fact, scale: Scale) -> float:
    low, high = (_transform(end, fact, scale) for end in ends)
    if kind == "range":
        if fact.n is None or fact.n < 2:
            raise EvidenceError(
                f"Fact {fact.id!r}: a range becomes a variance only with the number of people n (2 or more)."
            )
        z = NormalDist().inv_cdf((fact.n - 0.375) / (fact.n + 0.25))
    else:
        z = NormalDist().inv_cdf(0.5 + _COVERS[kind] / 2)
    return ((high - low) / (2 * z)) ** 2


def _transform(x: float, fact: Fact, scale: Scale) -> float:
    if scale == "normal":
        return x
    x *= units.factor(fact.unit, "1") if scale == "logitnormal" else 1.0
    if x <= 0 or (scale == "logitnormal" and x >= 1):
        bounds = "above 0" if scale == "lognormal" else "between 0 and 1"
        raise EvidenceError(f"Fact {fact.id!r}: the ends of a {scale} interval must lie {bounds}; {x:g} came.")
    return math.log(x) if scale == "lognormal" else math.log(x / (1 - x))
