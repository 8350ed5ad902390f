"""What a model rests on: every fact it reads with what it is there, and the sources to cite."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, overload

from ketasim.errors import ModelError
from ketasim.evidence import bibliography

if TYPE_CHECKING:
    from ketasim.evidence.bibliography import Entry
    from ketasim.evidence.fact import Fact
    from ketasim.model.component import Parameter
    from ketasim.model.model import Model

ASSUMED = "assumed"  # what stands in place of a citation where there is no source


def parameters_of(model: Model) -> Iterator[tuple[str, Parameter]]:
    """Every parameter by its full name, "component.name"."""
    for component in model.components:
        for parameter in component.parameters:
            yield f"{component.name}.{parameter.name}", parameter


def uses_of(model: Model) -> Iterator[tuple[str, Fact]]:
    """What each fact is to a model that reads it, and the fact; one that is read twice comes twice."""
    for full, parameter in parameters_of(model):
        yield full, parameter.fact
        for effect in parameter.effects:
            yield f"effect of {effect.covariate} on {full}", effect.coefficient
        for kind, spread in (("between patients", parameter.between), ("between occasions", parameter.occasion)):
            if spread is not None and spread.fact is not None:
                yield f"spread of {full} {kind}", spread.fact
    for pair in model.correlations:
        if pair.fact is not None:
            yield f"correlation of {pair.first} and {pair.second}", pair.fact
    for output in model.outputs:
        for fact in output.residual.facts if output.residual else ():
            yield f"residual error of {output.name}", fact
    yield from _limits_of(model)


def _limits_of(model: Model) -> Iterator[tuple[str, Fact]]:
    for route in model.routes:
        for fact in route.facts:
            yield f"largest dose of {route.drug} {route.route}", fact
    for covariate in model.covariates:
        for fact in covariate.facts:
            yield f"range or default of {covariate.name}", fact
    for fact in model.limits.facts:
        yield "most dosing sessions", fact


def keys_of(model: Model) -> list[str]:
    """Bibliography keys of a model, its own papers first, each once; what is assumed has none."""
    parts = [key for component in model.components for key in component.citations]
    routes = [key for route in model.routes for key in route.citation]
    numbers = [key for _, fact in uses_of(model) for key in fact.citation]
    return [key for key in dict.fromkeys([*model.citations, *parts, *routes, *numbers]) if key != ASSUMED]


def check_sources(model: Model) -> None:
    """ModelError for the first key that no bibliography has, with the fact that cites it."""
    known = bibliography.keys()
    missing = next((key for key in keys_of(model) if key not in known), None)
    if missing is None:
        return
    whose = next((f"fact {fact.id!r}" for _, fact in uses_of(model) if missing in fact.citation), "it")
    raise ModelError(
        f"Model {model.name!r}: {whose} cites {missing!r}, which is not in the bibliography; give your own BibTeX file "
        "with ketasim.evidence.bibliography.add('papers.bib'), or cite 'assumed' with grade D."
    )


@overload
def cite(what: str) -> Entry: ...
@overload
def cite(what: Model) -> tuple[Entry, ...]: ...
def cite(what: str | Model) -> Entry | tuple[Entry, ...]:
    """The publication with this key; or of a model every source, its own papers first.

    UnknownName with the nearest keys, or ModelError for a model that cites what no bibliography has.
    """
    if isinstance(what, str):
        return bibliography.entry(what)
    check_sources(what)
    return tuple(bibliography.entry(key) for key in keys_of(what))
