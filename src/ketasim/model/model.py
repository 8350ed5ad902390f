"""A model: components, the links between their ports, where doses enter, what is read out."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from textwrap import wrap
from typing import Literal

from ketasim.evidence.fact import Fact, Grade
from ketasim.model.component import Component
from ketasim.model.variability import Correlation, Residual


@dataclass(frozen=True, slots=True)
class Link:
    """Joins an output port to an input port, both "component.port"; several links into one input add up."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Inlet:
    """Where a dose enters: a state ("component.state"), and expressions in the model's parameters, evaluated at the
    dose with that patient's values.

    Names in an expression are qualified parameters ("absorption.F") or `nth`, the ordinal of the device within
    one session. `duration` or `rate` given: doses into this inlet are zero-order with that duration or rate
    (unless the record carries its own).
    """

    name: str
    state: str
    fraction: str = "1"
    lag: str = "0"
    duration: str | None = None
    rate: str | None = None


@dataclass(frozen=True, slots=True)
class DoseRoute:
    """How one drug by one route enters: the inlets it feeds, each with a share of the dose.

    `parts` are (inlet name, share): a racemate feeds two inlets with 0.5 each; a nasal dose may feed nose and gut with
    1 each where the inlets' own fractions split it. `largest_mg` is the largest single dose in its sources; where they
    give it by weight, `largest_per_kg` is that dose in mg/kg and `largest_mg` what it is in someone of 70 kg.
    `largest_hourly` is the fastest infusion that was kept up for hours, in mg/kg/h (mg/h without `largest_per_kg`): an
    infusion may bring more than the largest dose if it is no faster. `facts` say where these numbers come from.
    """

    drug: str
    route: str
    parts: tuple[tuple[str, float], ...]
    grade: Grade
    largest_mg: float
    citation: tuple[str, ...] = ()
    note: str = ""
    largest_per_kg: float | None = None
    largest_hourly: float | None = None
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Output:
    """What is read out: a port, state or assignment ("component.symbol"), shown in `unit` under `name`."""

    name: str
    symbol: str
    unit: str
    meaning: str = ""
    site: str = ""
    residual: Residual | None = None


@dataclass(frozen=True, slots=True)
class Covariate:
    """A property of a patient that the model reads: continuous with unit and the range of the data, or levels.

    `facts` say where range and default come from. What is not `above` and `below` (both excluded) the equations cannot
    take, whatever the data. A default that is `usual` is taken without a word.
    """

    name: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    levels: tuple[str, ...] = ()
    default: float | str | None = None
    meaning: str = ""
    facts: tuple[Fact, ...] = ()
    above: float = -math.inf
    below: float = math.inf
    usual: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """The data behind a model: who, how many, which site; a request outside runs and says so.

    `facts` say where the largest numbers of dosing sessions of one person, in all and within 7 days, come from.
    `watched` is how long (h) after the last dose scores were read in trials behind it, `untreated` after the start
    without a dose, and `oldest` the age (years) beyond which none of these trials was.
    """

    population: str
    n: int | None = None
    site: str = ""
    largest_sessions: int | None = None
    note: str = ""
    facts: tuple[Fact, ...] = ()
    watched: float | None = None
    untreated: float | None = None
    oldest: float | None = None
    largest_weekly: int | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """Components joined into one system; printed, checked and compiled from here. Time in hours.

    `note` is for its page; `caution` a sentence that every run with it says.
    """

    name: str
    title: str
    components: tuple[Component, ...]
    outputs: tuple[Output, ...]
    links: tuple[Link, ...] = ()
    inlets: tuple[Inlet, ...] = ()
    routes: tuple[DoseRoute, ...] = ()
    covariates: tuple[Covariate, ...] = ()
    correlations: tuple[Correlation, ...] = ()
    limits: Limits = Limits("")
    status: Literal["examined", "unexamined"] = "unexamined"
    citations: tuple[str, ...] = ()
    note: str = ""
    dose_unit: str = "mg"
    caution: str = ""

    def __repr__(self) -> str:
        counts = {"component": len(self.components), "state": 0, "parameter": 0, "output": len(self.outputs)}
        counts["state"] = sum(len(c.states) for c in self.components)
        counts["parameter"] = sum(len(c.parameters) for c in self.components)
        counted = ", ".join(f"{n} {what}{'' if n == 1 else 's'}" for what, n in counts.items())
        return f"Model {self.name!r} ({self.status}): {counted}"

    def __str__(self) -> str:
        rows = {
            "components": ", ".join(c.name for c in self.components),
            "doses": _doses(self.routes),
            "outputs": ", ".join(map(_shown, self.outputs)),
            "covariates": ", ".join(c.name for c in self.covariates),
            "data": self.limits.population,
            "sources": ", ".join(self.citations),
        }
        lines = [repr(self), *wrap(self.title, 80, initial_indent="  ", subsequent_indent="  ")]
        for name, text in rows.items():
            lines += wrap(text, 80, initial_indent=f"  {name:<12}", subsequent_indent=" " * 14)
        return "\n".join(lines)


def _doses(routes: tuple[DoseRoute, ...]) -> str:
    """Drugs with their routes; drugs that have the same routes stand together."""
    drugs: dict[tuple[str, ...], list[str]] = {}
    for drug in dict.fromkeys(r.drug for r in routes):
        drugs.setdefault(tuple(r.route for r in routes if r.drug == drug), []).append(drug)
    return "; ".join(f"{', '.join(names)} by {', '.join(taken)}" for taken, names in drugs.items())


def _shown(output: Output) -> str:
    return output.name if output.unit in ("", "1", "dimensionless") else f"{output.name} ({output.unit})"


def spelled(model: Model) -> str:
    """Every field of a model as text, equal for equal models: what fingerprints are taken of."""
    return f"Model({', '.join(f'{f.name}={getattr(model, f.name)!r}' for f in fields(model))})"
