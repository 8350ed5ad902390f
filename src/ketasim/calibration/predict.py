"""What the model says of one arm: scores of its fixed virtual patients over time, and every statistic a paper prints.

Latent severity of patient i at time t::

    z_i = logit(b_i / 60) - r_i * (w_F F + w_S S) - relief_i,   score = 60 / (1 + exp(-z_i - noise))

with F, S of the patient's exposure group, r_i log-normal with mean 1, relief_i = relief * (1 + cv ξ_i) and noise
within patients. A study may add to relief in all its arms (a shift of latent severity that arises with expectancy)
and scale the effect of the drug by a factor; where the drug is given openly from the start, and in small trials, the
usual effect is another already. Selection into a later phase weights patients by their probability of having met it;
relapse follows the cumulative hazard of `pharmacology/mood/relapse.py` since the phase began. Who is chosen for having
stayed well ("stable ...") had not relapsed since being chosen before, which leaves the less frail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ketasim.calibration import people, relief
from ketasim.calibration.arms import Course
from ketasim.calibration.course import states
from ketasim.calibration.parameters import INDEX
from ketasim.calibration.survival import without_relapse
from ketasim.evidence.store import fact
from ketasim.measurement.scale import scale
from ketasim.studies.chain import RELAPSERS
from ketasim.trials.rules import EVERYONE, rule

F64 = NDArray[np.float64]
TOP = 60.0
MADRS = scale("MADRS")
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(5)
WEIGHTS = WEIGHTS / WEIGHTS.sum()
_GROUP = np.arange(people.COUNT) % 3
BORDER = float(np.log(12.0 / 48.0))
SHARES, SHARE_WEIGHTS = 0.5 * (np.polynomial.legendre.leggauss(7)[0] + 1.0), 0.5 * np.polynomial.legendre.leggauss(7)[1]
LEAST_CHOSEN = 1e-6
LEAST_STAYED = 1e-300
HAZARD_POINTS = (25, 460)
OPEN = "open"  # control of those to whom the drug is given openly
USUAL = (0.0, 1.0)  # what the usual trial differs by
_BELIEF = {"saline": "saline", "placebo tablet": "saline", "placebo spray": "spray", "midazolam": "midazolam",
           "masked": "masked", OPEN: "open_label"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fixed:
    """Rates of the model that are not estimated, read once from their facts."""

    expect_on: float
    oral_rate: float
    saturation: float
    mixture: bool = False


def fixed(mixture: bool = False) -> Fixed:
    """The rates that calibration keeps as they are; `mixture` takes responders and others for one broad response."""
    return Fixed(
        fact("mood.expect.on").number, fact("mood.oral.rate").number, fact("mood.fast.saturation").number, mixture
    )  # fmt: skip


def logit(score: F64 | float) -> F64:
    """Latent severity of a score between 0 and 60."""
    share = np.clip(np.asarray(score, dtype=np.float64) / TOP, 1e-3, 1.0 - 1e-3)
    return np.asarray(np.log(share / (1.0 - share)))


def expected(z: F64, noise: float) -> F64:
    """Expected score at latent severity z with normal noise of this SD."""
    return expected_with_slope(z, noise)[0]


def expected_with_slope(z: F64, noise: float) -> tuple[F64, F64]:
    """The same, and how steeply it rises with z."""
    share = 1.0 / (1.0 + np.exp(-(z[..., None] + noise * NODES)))
    return np.asarray(share @ (TOP * WEIGHTS)), np.asarray((share * (1.0 - share)) @ (TOP * WEIGHTS))


@dataclass(frozen=True, slots=True)
class Ground:
    """An arm under one parameter vector in the usual trial: latent severity without drug (patients, times), what the
    drug takes from it at a factor of 1 (patients, times), and the course of a trial's shift of relief (times,).
    """

    stage: Stage
    usual: F64
    drug: F64
    shift: F64
    noise: float
    relapse_rate: F64  # (patients,) per hour at the border of remission
    relapse_slope: float


@dataclass(frozen=True, slots=True)
class Scene:
    """An arm under one parameter vector and several pairs of random effects (effects): z (effects, patients, times),
    baselines (patients,), weights (effects, patients).
    """

    z: F64
    baseline: F64
    weight: F64
    noise: float
    kept: F64  # (effects, patients, times) share without relapse since the phase began
    entry: F64  # (effects, patients) score at the start of the phase of those who were chosen for it


@dataclass(frozen=True, slots=True)
class Stage:
    """What of an arm does not depend on parameters: baselines, latent severity before, every time that is needed."""

    course: Course
    baseline: F64
    z0: F64
    times: F64
    pick: NDArray[np.int64]
    begin: int
    chosen: tuple[int, ...]
    steps: F64
    relapse: bool


def stage(one: Course, at: F64, relapse: bool = True) -> Stage:
    """The stage of an arm watched at times `at` (h on its clock), for `relapse` too or for scores alone."""
    baseline = people.baselines(one.baseline, one.baseline_sd)
    when, stayed = [one.start, *(when for when, _ in one.selection)], one.since < one.start
    watched = _hazard_times(one, float(at.max(initial=0.0)) if relapse else one.start)
    times = np.unique(np.concatenate([at, when, watched]))
    steps = np.diff(times) * np.where(times >= one.since, 1.0, 0.0)[:-1]
    begin, *chosen = (int(k) for k in np.searchsorted(times, when))
    picked = np.searchsorted(times, at)
    return Stage(one, baseline, logit(baseline), times, picked, begin, tuple(chosen), steps, relapse or stayed)


def ground(on: Stage, p: F64, known: Fixed) -> Ground:
    """The virtual patients of an arm in the usual trial."""
    draws = people.points()
    response = _response(float(p[INDEX["response_cv"]]), known.mixture)
    share = 1.0 + p[INDEX["relief_cv"]] * draws[:, people.RELIEF]
    usual = on.z0[:, None] - share[:, None] * _eased(on, p, known)
    drug = _usual_factor(on.course, p) * response[:, None] * _plastic(on, p, known)[_GROUP]
    frailty = np.exp(np.sqrt(np.log1p(p[INDEX["frailty_cv"]] ** 2)) * draws[:, people.FRAILTY])
    rate = p[INDEX["relapse_rate"]] / 24.0 * frailty
    return Ground(
        on, usual, drug, relief.approach(on.times, 1.0, known.expect_on),
        float(p[INDEX["noise"]]), rate, float(p[INDEX["relapse_slope"]]),
    )  # fmt: skip


def scene(under: Ground, effects: Sequence[tuple[float, float]] = (USUAL,)) -> Scene:
    """The same patients under pairs of what a trial may differ by: a shift of relief, a factor on the drug."""
    on, noise, pairs = under.stage, under.noise, np.array(effects)
    z = _severity(under, pairs, on.pick)
    weight = np.full(z.shape[:2], 1.0 / people.COUNT)
    entry = np.broadcast_to(on.baseline, z.shape[:2])
    if on.course.start > 0.0:
        entry = expected(_severity(under, pairs, on.begin), noise)
    for at, (when, kind) in zip(on.chosen, on.course.selection, strict=True):
        then = _severity(under, pairs, at)
        low, high = _chosen(kind, then, on.baseline, noise)
        weight = weight * (high - low)
        if when == on.course.start:
            entry = _among(low, high, then, noise)
    stayed, kept = _kept(under, pairs, z)
    weight = weight * stayed
    weight /= np.maximum(weight.sum(axis=1, keepdims=True), 1e-300)
    return Scene(z, on.baseline, weight, noise, kept, entry)


def _severity(under: Ground, pairs: F64, at: Any) -> F64:
    """Latent severity (effects, patients) or (effects, patients, times) at one time or several, by their places."""
    usual, drug = under.usual[:, at], under.drug[:, at]
    relief, factor = pairs.T.reshape(2, -1, *(1,) * usual.ndim)
    return np.asarray(usual - factor * drug - relief * under.shift[at])


def _kept(under: Ground, pairs: F64, z: F64) -> tuple[F64, F64]:
    """Share of each patient who had stayed well until the phase began, and of these at each time since."""
    on = under.stage
    if not (on.course.selection and on.relapse):
        return np.ones(z.shape[:2]), np.ones(z.shape)
    whole = without_relapse(
        under.usual - BORDER, under.drug, under.shift, pairs, under.relapse_rate, under.relapse_slope, on.steps,
        np.concatenate([[on.begin], np.maximum(on.pick, on.begin)]),
    )  # fmt: skip
    stayed = np.maximum(whole[..., 0], LEAST_STAYED)
    return stayed, whole[..., 1:] / stayed[..., None]


def _usual_factor(one: Course, p: F64) -> float:
    """The effect of the drug in trials of this kind, as a factor on that in large blinded ones."""
    opened = p[INDEX["open_drug"]] if one.beliefs[0][1] == OPEN else 1.0
    return float(opened * (p[INDEX["small_drug"]] if one.small else 1.0))


def _response(cv: float, mixture: bool) -> F64:
    """How strongly each patient's mood follows plasticity, mean 1: log-normal, or a share 1 / (1 + cv²) who respond."""
    draws = people.points()[:, people.RESPONSE]
    if not mixture:
        spread = np.sqrt(np.log1p(cv * cv))
        return np.asarray(np.exp(spread * draws - 0.5 * spread**2))
    rank = (np.argsort(np.argsort(draws)) + 0.5) / draws.size
    share = 1.0 / (1.0 + cv * cv)
    in_share = np.clip((rank - (1.0 - share)) * draws.size + 0.5, 0.0, 1.0)
    return np.asarray(in_share / in_share.mean())


def _hazard_times(one: Course, last: float) -> F64:
    """About daily (every 1.6 days in the longest), so that no schedule is seen at its peaks or at its troughs only."""
    if not one.selection or last <= one.since:
        return np.zeros(0)
    return np.linspace(one.since, last, int(np.clip((last - one.since) / 24.0, *HAZARD_POINTS)))


def _plastic(on: Stage, p: F64, known: Fixed) -> F64:
    exposure = on.course.exposure
    if exposure.occupancy <= 0.0:
        return np.zeros((3, on.times.size))
    fast, slow = states(
        exposure.t, exposure.trigger, exposure.stimulus, p[INDEX["fast_on"]], p[INDEX["fast_half_life"]],
        p[INDEX["slow_on"]], p[INDEX["slow_half_life"]], known.saturation,
    )  # fmt: skip
    whole = p[INDEX["weight_fast"]] * fast + p[INDEX["weight_slow"]] * slow
    return np.stack([np.interp(on.times, exposure.t, row) for row in whole])


def _eased(on: Stage, p: F64, known: Fixed) -> F64:
    one, t = on.course, on.times
    half_life, hope, eased = p[INDEX["expect_half_life"]], 0.0, np.zeros(t.size)
    for when, control in one.beliefs:
        belief = float(p[INDEX[_BELIEF[control]]]) if control in _BELIEF else 1.0
        if belief > hope:
            eased += relief.expectancy(t - when, p[INDEX["expect_fast"]] * (belief - hope), known.expect_on, half_life)
            hope = belief
    eased += relief.approach(t, p[INDEX["care"]], relief.LN2 / p[INDEX["care_half_life"]])
    if one.admitted:
        eased += relief.approach(t, p[INDEX["admission"]], known.expect_on)
    if one.background == "new oral antidepressant":
        eased = eased + relief.approach(t, p[INDEX["oral"]], known.oral_rate)
    return eased


def _chosen(kind: str, z: F64, baseline: F64, noise: float) -> tuple[F64, F64]:
    """The part of each patient's days, as shares from the best to the worst, on which a rule of selection is met.

    Scores are whole points, so that one below a limit is at most a point less. A rule that must hold at several visits
    ("stable ...") is held against the last.
    """
    best, worst = np.zeros_like(z), np.ones_like(z)
    for one in (EVERYONE if kind == RELAPSERS else rule(kind.removeprefix("stable "), MADRS)).conditions:
        limits: dict[str, F64 | float] = {
            "score": one.value, "fall": baseline - one.value, "share": baseline * (1.0 - one.value),
        }  # fmt: skip
        limit = limits[one.of]
        well = (one.op in ("<", "<=")) == (one.of == "score")
        open_end = (one.op in ("<", ">")) == well
        part = below(z, limit - 1.0 if open_end else limit, noise)
        best, worst = (best, np.minimum(worst, part)) if well else (np.maximum(best, part), worst)
    return best, np.maximum(worst, best + LEAST_CHOSEN)


def _among(low: F64, high: F64, z: F64, noise: float) -> F64:
    """Expected score of each patient on the days between two shares: who is chosen on a good day is worse later."""
    from scipy.special import ndtri

    share = low[..., None] + (high - low)[..., None] * SHARES
    days = ndtri(np.clip(share, LEAST_CHOSEN**2, 1.0 - LEAST_CHOSEN**2))
    return np.asarray((TOP / (1.0 + np.exp(-(z[..., None] + noise * days)))) @ SHARE_WEIGHTS)


def below(z: F64, score: F64 | float, noise: float) -> F64:
    """Probability that a score with noise is at or below a value."""
    from scipy.special import ndtr

    return np.asarray(ndtr((logit(score + 0.5) - z) / max(noise, 1e-6)))
