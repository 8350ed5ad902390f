"""Adaptive Metropolis (Haario 2001) in standardised logarithms: one chain, resumable, the same draws for the same seed.

The proposal is normal with 2.38² / d times a covariance that begins as the curvature at the mode and is learned
during burn-in, as is a factor on its length (towards an acceptance of 0.23), and both are then kept, so that what is
used comes from one fixed Markov chain. Every other step goes along one principal axis of that covariance, long ones and
short ones, which moves further where the density is bent. One step in twenty is small in a random direction, which
frees a chain that is stuck.

A target may have groups, each with two hidden numbers ξ of its own, about standard normal whatever u is: they are drawn
too, for u as it stands, by short steps and by draws from a wider normal in turn, each group accepted by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
EVERY = 250
SMALL, ALONG = 0.05, 0.5  # shares of steps: small ones, and those along one axis
LONGEST, SPAN = 2.4, 10.0  # SDs of the longest steps along an axis, and how many times shorter the shortest are
WANTED = 0.234  # acceptance at which such chains move fastest
SHORT, WIDER = 0.7, 1.3  # length of short steps in ξ; SD of draws
PRIOR_STEPS = 1000  # how many steps the curvature at the mode counts for


class Target(Protocol):
    """A log density of u and of the hidden numbers of each group."""

    groups: int

    def at(self, u: F64) -> Any:
        """What u alone decides; None where u cannot be."""

    def parts(self, at: Any, xi: F64) -> F64:
        """What is added up (1 + groups,): what no hidden number changes, then each group with its ξ (groups, 2)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps kept after `burn` steps of learning, every `thin`-th stored; `seed` and `chain` name the random numbers."""

    burn: int
    steps: int
    thin: int
    seed: int
    chain: int
    start: F64
    cover: F64


@dataclass
class _Place:
    step: int
    u: F64
    xi: F64
    parts: F64
    mean: F64
    cover: F64
    factor: F64
    axes: F64  # columns: principal axes of the covariance, each as long as its SD
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
    xi = np.zeros((target.groups, 2))
    for scale in (1.5, 1.0, 0.5, 0.0):  # started wider than the posterior, so that R-hat can see a chain that is lost
        u = plan.start + scale * spread @ rng.standard_normal(d)
        parts = _parts(target, target.at(u), xi)
        if np.isfinite(parts.sum()):
            break
    kept = plan.steps // plan.thin
    factor = 2.38 / np.sqrt(d) * spread
    draws, values = np.zeros((kept, d)), np.full(kept, np.nan)
    cover = plan.cover.copy()
    return _Place(0, u, xi, parts, plan.start.copy(), cover, factor, _axes(cover), 0.0, 0, draws, values)


def _parts(target: Target, at: Any, xi: F64) -> F64:
    if at is None:
        return np.full(1 + target.groups, -np.inf)
    parts = target.parts(at, xi)
    return np.where(np.isfinite(parts), parts, -np.inf)


def _advance(target: Target, place: _Place, plan: Plan, count: int) -> None:
    d = place.u.size
    rng = _random(plan, place.step)
    here = target.at(place.u)
    for _ in range(count):
        kind, whole = rng.random(), False
        if kind < SMALL:
            proposal = place.u + 0.3 * rng.standard_normal() * _direction(rng, d)
        elif kind < SMALL + ALONG:
            far = LONGEST * SPAN ** -rng.random() * rng.standard_normal()
            proposal = place.u + far * place.axes[:, rng.integers(d)]
        else:
            whole = True
            proposal = place.u + np.exp(place.length) * (place.factor @ rng.standard_normal(d))
        there = target.at(proposal)
        parts = _parts(target, there, place.xi)
        apart = parts.sum() - place.parts.sum()
        if np.log(rng.random()) < apart:
            here, place.u, place.parts, place.accepted = there, proposal, parts, place.accepted + 1
        if target.groups and place.step % 2:
            _hidden(target, here, place, rng)
        place.step += 1
        if place.step <= plan.burn:
            _learn(place, plan, float(np.exp(min(apart, 0.0))) if whole else None)
        else:
            at, rest = divmod(place.step - plan.burn, plan.thin)
            if rest == 0 and at <= place.values.size:
                place.draws[at - 1], place.values[at - 1] = place.u, place.parts.sum()


def _hidden(target: Target, here: Any, place: _Place, rng: np.random.Generator) -> None:
    """New ξ for every group that takes it, u as it stands."""
    drawn, odds = rng.standard_normal(place.xi.shape), np.log(rng.random(target.groups))
    if place.step % 4 < 2:
        proposal = place.xi + SHORT * drawn
    else:
        proposal = WIDER * drawn
        odds -= 0.5 * (proposal**2 - place.xi**2).sum(axis=1) / WIDER**2
    parts = _parts(target, here, proposal)
    taken = odds < parts[1:] - place.parts[1:]
    place.xi = np.where(taken[:, None], proposal, place.xi)
    place.parts = np.where(np.concatenate([[False], taken]), parts, place.parts)


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
        place.axes = _axes(place.cover)


def _axes(cover: F64) -> F64:
    values, vectors = np.linalg.eigh(cover)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 1e-5)), dtype=np.float64)


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
    scalars = {name: values[name].item() for name in ("step", "length", "accepted")}
    return _Place(**{**values, **scalars})
