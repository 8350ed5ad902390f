"""The fixed numbers of a model that could be other: each moved on the log scale by how well it is known.

A number that several parameters share moves in all of them. Left out: what the user set, what is exact or 0, what
calibration estimates (its draws speak for it), and a typical value that a covariate replaces.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from ketasim import units
from ketasim.evidence.certainty import sd_log
from ketasim.evidence.fact import Fact
from ketasim.model.layout import layout

if TYPE_CHECKING:
    from ketasim.engine.abi import F64
    from ketasim.model.component import Parameter
    from ketasim.model.model import Model

MOVE: Final = 0.5  # SDs by which a number is moved for its derivative


@dataclass(frozen=True, slots=True)
class Lever:
    """A fact, the parameters (or the coefficient, by fact id) that it moves, and how far: SD of its logarithm.

    `step` is the move in SDs: upwards, but downwards for a share that would pass 1.
    """

    names: tuple[str, ...]
    fact: Fact
    sd: float
    step: float = MOVE

    @property
    def factor(self) -> float:
        """What the number is multiplied with for its derivative."""
        return float(np.exp(self.step * self.sd))


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """What calibration knows of a model's parameters: posterior draws instead of a spread.

    `names` are parameters, or coefficients by fact id; `draws` (draws, names) in their units; `noise` (draws,) the SD
    within patients at a visit; `between` the values of a parameter one SD below and above the average trial;
    `follows` by fact id the change of the logarithm of each name (names,) when that fact moves by its SD and
    calibration is done again; `still` the value at which a parameter is held while two people stand for all, where
    patients differ by kinds that two cannot stand for.
    """

    names: tuple[str, ...]
    draws: F64
    noise: F64
    between: dict[str, tuple[float, float]] = field(default_factory=dict)
    follows: dict[str, F64] = field(default_factory=dict)
    still: dict[str, float] = field(default_factory=dict)


def known_names(model: Model) -> set[str]:
    """Every parameter of a model, and every coefficient of a covariate effect by fact id."""
    plan = layout(model)
    effects = (e for name in plan.parameters for e in plan.parameter(name).effects)
    return {*plan.parameters, *(e.coefficient.id for e in effects)}


def fixed(model: Model, own: Collection[str] = (), estimated: Collection[str] = ()) -> tuple[Lever, ...]:
    """Levers in the model's order; `own` are names that the user set, `estimated` those that draws speak for."""
    plan, out = layout(model), {*own, *estimated}
    names: dict[str, list[str]] = {}
    facts: dict[str, Fact] = {}
    shares: set[str] = set()
    for name in plan.parameters:
        parameter = plan.parameter(name)
        value = parameter.fact.number * units.factor(parameter.fact.unit, parameter.unit)
        if name not in out and not _replaced(parameter, value):
            names.setdefault(parameter.fact.id, []).append(name)
            facts[parameter.fact.id] = parameter.fact
            shares |= {parameter.fact.id} if _passes(value, parameter.unit, sd_log(parameter.fact)) else set()
        for one in (effect.coefficient for effect in parameter.effects):
            if one.id not in out and one.id not in names.get(one.id, []):
                names.setdefault(one.id, []).append(one.id)
                facts[one.id] = one
                shares |= {one.id} if _passes(one.number, one.unit, sd_log(one)) else set()
    return tuple(
        Lever(tuple(names[key]), one, sd_log(one), -MOVE if key in shares else MOVE)
        for key, one in facts.items()
        if sd_log(one) > 0.0
    )


def _replaced(parameter: Parameter, value: float) -> bool:
    """Whether a covariate stands for the typical value, which then cancels out: P = p (x / p)¹."""
    return any(e.form == "power" and e.coefficient.number == 1.0 and e.reference == value for e in parameter.effects)


def _passes(value: float, unit: str, sd: float) -> bool:
    """Whether a share would become more than the whole."""
    return unit == "1" and 0.0 < value <= 1.0 < value * float(np.exp(MOVE * sd))
