"""The order of a model's parameters and random effects, their typical values and covariance, and overrides by name."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ketasim import units
from ketasim.errors import ModelError, UnknownName
from ketasim.model.checks import check_people, coefficient
from ketasim.model.component import Parameter
from ketasim.model.compose import wired
from ketasim.model.model import Model
from ketasim.model.variability import CovariateEffect

F64 = NDArray[np.float64]
Overrides = Mapping[str, float | str]


class Layout:
    """Positions of a model: P parameters, E between-patient effects, O between-occasion effects.

    `parameters` are "component.name" in the order of System.parameters; `effects` and `occasion_effects` name the
    parameters with a variance above 0 of that kind, in the same order. Frozen by use: nothing writes to it.
    """

    def __init__(self, model: Model) -> None:
        """Note a model's order; ModelError where its names, or what it says of people, do not fit.

        Equations and their units are looked at by `compose`.
        """
        found = wired(model)
        check_people(model, found)
        self.model = model
        self._parameters: Mapping[str, Parameter] = found.parameters
        self._covariates = {c.name: c for c in model.covariates}
        self.parameters: tuple[str, ...] = tuple(self._parameters)
        self.effects: tuple[str, ...] = tuple(
            name for name, p in self._parameters.items() if p.between and p.between.variance > 0
        )
        self.occasion_effects: tuple[str, ...] = tuple(
            name for name, p in self._parameters.items() if p.occasion and p.occasion.variance > 0
        )

    def parameter(self, name: str) -> Parameter:
        """The declaration of a parameter, by qualified name."""
        return self._parameters[name]

    def unit(self, name: str) -> str:
        """The unit of a parameter, by qualified name."""
        return self._parameters[name].unit

    def resolve(self, name: str) -> str:
        """The qualified name for a qualified or unique bare name; UnknownName with the nearest otherwise."""
        if name in self._parameters:
            return name
        found = [p for p in self.parameters if p.rpartition(".")[2] == name]
        if len(found) == 1:
            return found[0]
        if found:
            raise UnknownName("parameter", name, found, "Several components have one: say which.")
        bare = {p.rpartition(".")[2] for p in self.parameters}
        hint = f"`ketasim equations {self.model.name}` lists the parameters."
        raise UnknownName("parameter", name, {*self.parameters, *bare, *self._coefficients()}, hint)

    def _coefficients(self) -> dict[str, str]:
        """Units of the coefficients of covariate effects, by fact id."""
        return {e.coefficient.id: e.coefficient.unit for p in self._parameters.values() for e in p.effects}

    def _override(self, name: str, value: float | str, unit: str) -> float:
        number = units.quantity(value, unit)
        if not math.isfinite(number):
            raise ModelError(f"Parameter {name!r} must be a finite number in {unit}; {value!r} came.")
        return number

    def split(self, overrides: Overrides) -> tuple[dict[str, float], dict[str, float]]:
        """Overrides of parameters (in parameter units) and of coefficients (in the units of their facts)."""
        parameters: dict[str, float] = {}
        coefficients: dict[str, float] = {}
        known = self._coefficients()
        for name, value in overrides.items():
            if name in known and name not in self._parameters:
                coefficients[name] = self._override(name, value, known[name])
                continue
            full = self.resolve(name)
            if full in parameters:
                raise ModelError(f"Parameter {full!r} is set twice, once as {name!r}.")
            parameters[full] = self._override(full, value, self.unit(full))
        return parameters, coefficients

    def typical(self, overrides: Overrides | None = None) -> F64:
        """Typical values (P,) in parameter units, covariates at their references."""
        chosen, _ = self.split(overrides or {})
        return np.array([chosen.get(name, self._typical(p)) for name, p in self._parameters.items()], dtype=np.float64)

    @staticmethod
    def _typical(parameter: Parameter) -> float:
        return parameter.fact.number * units.factor(parameter.fact.unit, parameter.unit)

    def coefficient(self, name: str, effect: CovariateEffect, chosen: Mapping[str, float | F64]) -> float | F64:
        """The coefficient of a covariate effect in the units of its parameter and covariate, overrides applied."""
        covariate = self._covariates[effect.covariate]
        scale = coefficient(effect, self._parameters[name], covariate, f"Parameter {name!r}")
        return chosen.get(effect.coefficient.id, effect.coefficient.number) * scale

    def covariance(self) -> F64:
        """Covariance (E, E) of the between-patient effects; ModelError naming the block that is not one."""
        sds = np.sqrt([_between(self._parameters[name]) for name in self.effects])
        made = np.diag(np.ones(len(self.effects)))
        for link in self.model.correlations:
            if link.first in self.effects and link.second in self.effects:
                i, j = self.effects.index(link.first), self.effects.index(link.second)
                made[i, j] = made[j, i] = link.value
        for block in _blocks(made):
            if np.linalg.eigvalsh(made[np.ix_(block, block)]).min() <= 1e-12:
                named = ", ".join(self.effects[i] for i in block)
                raise ModelError(
                    f"Model {self.model.name!r}: the correlations of {named} contradict each other "
                    "(the matrix is not positive definite); no people vary like this."
                )
        return np.asarray(made * np.outer(sds, sds), dtype=np.float64)

    def occasion_covariance(self) -> F64:
        """Covariance (O, O) of the between-occasion effects, which are independent of each other."""
        kept = [self._parameters[name].occasion for name in self.occasion_effects]
        return np.diag(np.array([v.variance for v in kept if v is not None], dtype=np.float64))


def _between(parameter: Parameter) -> float:
    return parameter.between.variance if parameter.between else 0.0


def _blocks(matrix: F64) -> list[list[int]]:
    """Indices that are joined by correlations, group by group."""
    left, found = set(range(len(matrix))), []
    while left:
        block, edge = set[int](), {min(left)}
        while edge:
            block |= edge
            edge = {j for i in edge for j in np.flatnonzero(matrix[i]).tolist()} - block
        left -= block
        found.append(sorted(block))
    return found


@lru_cache(maxsize=64)
def layout(model: Model) -> Layout:
    """The Layout of a model, kept per model."""
    return Layout(model)
