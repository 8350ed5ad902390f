"""Adaptive Metropolis (Haario 2001) in standardised logarithms: one chain, resumable, the same draws for the same seed.

The proposal is normal with 2.38² / d times a covariance that begins as the curvature at the mode and is learned from
all steps so far, as is a factor on its length (towards an acceptance of 0.23): less and less with every step, so that
the draws come to be of the target (Roberts and Rosenthal 2007). One step in twenty is small in a random direction,
which frees a chain that is stuck. Half are drawn anew from a t distribution with the mean and the covariance learned
so far, wherever the chain is, and weighed by its density (independence sampler, Tierney 1994): few are taken, and one
that is taken forgets where the chain was, which walks in 28 directions do in hundreds of steps. Random numbers are
those of the block of EVERY steps in which a step lies, as the run that took it cut them: lengthening a chain that ended
within a block gives other draws than one run through.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

F64 = NDArray[np.float64]
Target = Callable[[F64], float]
EVERY = 250
SMALL = 0.05  # share of steps that are small ones
ANEW, FREEDOM = 0.5, 10.0  # share of steps that are drawn anew, and degrees of freedom of what they are drawn from
WANTED = 0.234  # acceptance at which such chains move fastest
PRIOR_STEPS = 1000  # how many steps the curvature at the mode counts for


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps kept after `burn` that are left out, every `thin`-th stored; `seed` and `chain` name the random numbers.

    A chain begins beside `start`, by the first of `scatter` SDs of `cover` that gives a place with a density: wider
    than the posterior, so that R-hat can see a chain that is lost.
    """

    burn: int
    steps: int
    thin: int
    seed: int
    chain: int
    start: F64
    cover: F64
    scatter: tuple[float, ...] = (1.5, 1.0, 0.5, 0.0)


@dataclass
class _Place:
    step: int
    u: F64
    value: float
    mean: F64
    cover: F64
    factor: F64
    length: float  # logarithm of a factor on the length of steps
    accepted: int
    draws: F64
    values: F64


def run(
    target: Target, dimensions: int, plan: Plan, keep: Path | None = None, tick: Callable[[int], None] | None = None
) -> tuple[F64, F64, float]:
    """(draws (kept, d), log target (kept,), acceptance) of one chain.

    Goes on from `keep` if it holds this chain, also where that was to be shorter.
    """
    place = _load(keep, plan, dimensions) or _begin(target, dimensions, plan)
    total = plan.burn + plan.steps
    while place.step < total:
        _advance(target, place, plan, min(EVERY, total - place.step))
        if keep is not None:
            _save(keep, place)
        if tick is not None:
            tick(place.step)
    return place.draws, place.values, place.accepted / max(total, 1)


def _random(plan: Plan, step: int) -> np.random.Generator:
    return np.random.default_rng([plan.seed, plan.chain, step])


def _begin(target: Target, d: int, plan: Plan) -> _Place:
    rng = _random(plan, 2**32 - 1)
    spread = np.linalg.cholesky(plan.cover)
    for scale in plan.scatter:
        u = plan.start + scale * spread @ rng.standard_normal(d)
        value = target(u)
        if np.isfinite(value):
            break
    kept = plan.steps // plan.thin
    factor = 2.38 / np.sqrt(d) * spread
    return _Place(
        0, u, value, plan.start.copy(), plan.cover.copy(), factor, 0.0, 0, np.zeros((kept, d)), np.full(kept, np.nan)
    )  # fmt: skip


def _advance(target: Target, place: _Place, plan: Plan, count: int) -> None:
    rng = _random(plan, place.step)
    for _ in range(count):
        kind = rng.random()
        walk = kind >= SMALL + ANEW
        proposal, correction = _proposed(place, rng, kind)
        value = target(proposal)
        apart = value - place.value
        if np.log(rng.random()) < apart + correction:
            place.u, place.value, place.accepted = proposal, value, place.accepted + 1
        place.step += 1
        _learn(place, plan, float(np.exp(min(apart, 0.0))) if walk else None)
        if place.step > plan.burn:
            at, rest = divmod(place.step - plan.burn, plan.thin)
            if rest == 0 and at <= place.values.size:
                place.draws[at - 1], place.values[at - 1] = place.u, place.value


def _proposed(place: _Place, rng: np.random.Generator, kind: float) -> tuple[F64, float]:
    """Where to next, and by how much more likely the way back is (log): 0 but for what is drawn anew."""
    d = place.u.size
    if kind < SMALL:
        return place.u + 0.3 * rng.standard_normal() * _direction(rng, d), 0.0
    white = rng.standard_normal(d)
    if kind >= SMALL + ANEW:
        return place.u + np.exp(place.length) * (place.factor @ white), 0.0
    root = np.sqrt(d) / 2.38 * place.factor
    white *= np.sqrt(FREEDOM / rng.chisquare(FREEDOM))
    here = solve_triangular(root, place.u - place.mean, lower=True)
    there, back = np.log1p(white @ white / FREEDOM), np.log1p(here @ here / FREEDOM)
    return place.mean + root @ white, float(0.5 * (FREEDOM + d) * (there - back))


def _direction(rng: np.random.Generator, d: int) -> F64:
    step = rng.standard_normal(d)
    return np.asarray(step / np.linalg.norm(step) * np.sqrt(d) * 0.5)


def _learn(place: _Place, plan: Plan, acceptance: float | None) -> None:
    """Mean, covariance and, where the step was one of the covariance, the length of steps (Robbins and Monro 1951)."""
    if acceptance is not None:
        place.length += (acceptance - WANTED) / (10.0 + place.step) ** 0.6
    weight = 1.0 / (place.step + PRIOR_STEPS)
    change = place.u - place.mean
    place.mean = place.mean + weight * change
    place.cover = (1.0 - weight) * place.cover + weight * np.outer(change, change)
    if place.step % 50 == 0:
        d = place.u.size
        scaled: F64 = 2.38**2 / d * (place.cover + 1e-5 * np.eye(d))
        place.factor = np.asarray(np.linalg.cholesky(scaled), dtype=np.float64)


def _save(path: Path, place: _Place) -> None:
    partial = path.with_suffix(".part.npz")
    values: dict[str, Any] = {name: np.asarray(getattr(place, name)) for name in _Place.__dataclass_fields__}
    np.savez(partial, **values)
    partial.replace(path)


def _load(path: Path | None, plan: Plan, d: int) -> _Place | None:
    if path is None or not path.exists():
        return None
    with np.load(path) as saved:
        values = {name: saved[name] for name in _Place.__dataclass_fields__}
    more = plan.steps // plan.thin - len(values["draws"])
    if values["u"].shape != (d,) or more < 0:
        return None
    values["draws"] = np.concatenate([values["draws"], np.zeros((more, d))])
    values["values"] = np.concatenate([values["values"], np.full(more, np.nan)])
    scalars = {name: values[name].item() for name in ("step", "value", "length", "accepted")}
    return _Place(**{**values, **scalars})
