"""Exposure of an arm, once: trigger and formation stimulus over time in three kinds of people, from the engine.

What mood cannot identify (disposition, receptor, trigger) is fixed, so the trigger of plasticity T and the stimulus
to formation M are simulated once per regimen in a small population, and kept as the means of three groups of equal
size: low, middle and high trigger. Sessions do not overlap in T, so segments of a trial add up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ketasim.dosing.regimen import Regimen

if TYPE_CHECKING:
    from ketasim.population.people import People

from ketasim.pharmacology.mood.glutamate import Mechanism

F64 = NDArray[np.float64]
Changes = tuple[tuple[str, float], ...]
PEOPLE, GROUPS, SEED = 48, 3, 1
AROUND_DOSE = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 9.0, 13.0, 18.0, 24.0, 36.0, 48.0, 72.0)


@dataclass(frozen=True, slots=True)
class Exposure:
    """`t` (k,) hours; `trigger` and `stimulus` (groups, k); `occupancy` the largest median occupancy."""

    t: F64
    trigger: F64
    stimulus: F64
    occupancy: float
    doses: tuple[float, ...]


def grid(sessions: Sequence[float], end: float) -> F64:
    """Times (h) that follow each session closely and the rest daily, from 0 to `end`."""
    dense = [s + d for s in sessions for d in AROUND_DOSE if s + d <= end]
    return np.unique(np.round(np.concatenate([[0.0, end], dense, np.arange(0.0, end, 24.0)]), 6))


def none(end: float) -> Exposure:
    """No drug."""
    t = grid([], end)
    return Exposure(t, np.zeros((GROUPS, t.size)), np.zeros((GROUPS, t.size)), 0.0, ())


def of_doses(
    doses: Sequence[Mapping[str, Any]],
    end: float,
    mechanism: Mechanism = "disinhibition",
    changes: Changes = (),
    ancestry: str = "",
) -> Exposure:
    """Exposure to inline dose tables (as in a study file) up to `end` hours after the first dose, which is time 0.

    `ancestry` is everybody's ("": as in the population). `changes` are factors on typical values, (parameter, factor);
    those that the model of these routes lacks do nothing.
    """
    return _simulated(_text(doses), round(float(end), 6), mechanism, tuple(changes), ancestry)


def session_times(doses: Sequence[Mapping[str, Any]]) -> tuple[float, ...]:
    """Start of each session (h after the first); (0,) without doses."""
    return _schedule(_text(doses))[2] if doses else (0.0,)


@lru_cache(maxsize=512)
def _schedule(text: str) -> tuple[Regimen, float, tuple[float, ...], tuple[tuple[str, str], ...]]:
    from ketasim.simulation.times import sessions

    regimen = Regimen.from_text(text)
    given = regimen.schedule()
    first = min(g.time for g in given)
    starts = tuple(float(s) - first for s in sessions([g.time for g in given]))
    return regimen, first, starts, tuple(sorted({(g.drug, g.route) for g in given}))


@lru_cache(maxsize=512)
def _simulated(text: str, end: float, mechanism: Mechanism, changes: Changes, ancestry: str) -> Exposure:
    from ketasim.pharmacology.mood import pathway
    from ketasim.simulation.simulate import simulate

    regimen, first, starts, routes = _schedule(text)
    t = grid(starts, end)
    model = pathway.model(routes, mechanism)
    people = _people(ancestry)
    wanted = ("trigger", "formation stimulus", "NMDA occupancy")
    overrides = _overrides(model, changes)
    run = simulate(model, people, regimen, times=first + t, outputs=wanted, seed=SEED, overrides=overrides)
    trigger, stimulus = run[wanted[0]].to_numpy(), run[wanted[1]].to_numpy()
    order = np.argsort(np.trapezoid(trigger, t, axis=1), kind="stable").reshape(GROUPS, -1)
    groups = [np.stack([values[rows].mean(axis=0) for rows in order]) for values in (trigger, stimulus)]
    occupancy = float(np.median(run[wanted[2]].to_numpy(), axis=0).max())
    return Exposure(t, groups[0], groups[1], occupancy, starts)


def _people(ancestry: str) -> People:
    from ketasim.population.named import population
    from ketasim.population.people import listed

    found = population("trd-adults", n=PEOPLE, seed=SEED)
    return listed(found.table.assign(ANCESTRY=ancestry), f"{ancestry} adults") if ancestry else found


def _overrides(model: Any, changes: Changes) -> dict[str, float]:
    from ketasim.model.layout import layout

    plan = layout(model)
    typical = dict(zip(plan.parameters, plan.typical(), strict=True))
    return {name: factor * float(typical[name]) for name, factor in changes if name in typical}


def joined(segments: Sequence[tuple[float, Exposure]], end: float) -> Exposure:
    """Segments of a trial, each starting at its offset (h), added on one grid."""
    if len(segments) == 1 and segments[0][0] == 0.0:
        return segments[0][1]
    t = np.unique(np.concatenate([[0.0, end], *(offset + e.t for offset, e in segments)]))
    t = t[t <= end]
    trigger, stimulus = np.zeros((GROUPS, t.size)), np.zeros((GROUPS, t.size))
    for offset, one in segments:
        for g in range(GROUPS):
            trigger[g] += np.interp(t - offset, one.t, one.trigger[g], left=0.0, right=0.0)
            stimulus[g] += np.interp(t - offset, one.t, one.stimulus[g], left=0.0, right=0.0)
    doses = tuple(offset + d for offset, one in segments for d in one.doses)
    return Exposure(t, trigger, stimulus, max(e.occupancy for _, e in segments), doses)


def _text(doses: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(
        "[[dose]]\n" + "\n".join(f"{k} = {_toml(v)}" for k, v in table.items() if k != "note") for table in doses
    )


def _toml(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(v) for v in value) + "]"
    return str(value).lower() if isinstance(value, bool) else f'"{value}"' if isinstance(value, str) else repr(value)
