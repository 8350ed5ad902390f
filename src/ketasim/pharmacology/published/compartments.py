"""The mammillary body that most published models share: a sampled compartment, peripheral ones, linear elimination."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ketasim.model.component import Component, Parameter, Port, StateVar
from ketasim.model.model import DoseRoute, Inlet, Model, Output
from ketasim.model.variability import Residual
from ketasim.pharmacology.parts import cited, on_volume, parameter
from ketasim.pharmacology.reach import dose_route, limits, weight

INTO_VEIN = ("iv_bolus", "iv_infusion")
Data = tuple[str, int | None, str]  # who, how many, a note
Status = Literal["examined", "unexamined"]


def mammillary(
    name: str,
    substance: str,
    central: Parameter | Port,
    clearance: Parameter,
    around: Sequence[Parameter],
    doc: str,
    key: str,
) -> Component:
    """Amounts A1 (sampled), A2, A3 … in mg; `around` holds flow and volume of each peripheral compartment in turn.

    C = A1/V1; the flow into compartment i is Q_i (C − A_i/V_i); elimination is CL · C. Volumes L, flows L/h. A central
    volume given as a port is that of another body.
    """
    pairs = [(around[i], around[i + 1]) for i in range(0, len(around), 2)]
    to = [f"{q.name} * (C - A{i} / {v.name})" for i, (q, v) in enumerate(pairs, 2)]
    equations = [
        f"volume = {central.name}",
        f"C = A1 / {central.name}",
        f"eliminated = {clearance.name} * C",
        "d/dt(A1) = inflow - eliminated - " + " - ".join(to),
        *(f"d/dt(A{i}) = {flow}" for i, flow in enumerate(to, 2)),
    ]
    return Component(
        name,
        parameters=(*((central,) if isinstance(central, Parameter) else ()), clearance, *around),
        states=tuple(
            StateVar(f"A{i}", "mg", meaning=f"{substance}, compartment {i}") for i in range(1, len(pairs) + 2)
        ),
        inputs=(
            Port("inflow", "mg/h", f"flow of {substance}", default=0.0),
            *((central,) if isinstance(central, Port) else ()),
        ),
        outputs=(
            Port("C", "mg/L", f"concentration of {substance}"),
            Port("eliminated", "mg/h", f"flow of {substance}", "what leaves by elimination"),
            Port("volume", "L", "central volume"),
        ),
        equations=tuple(equations),
        doc=doc,
        citations=(key,),
    )


def per_kg(name: str, substance: str, prefix: str, arms: Sequence[str], doc: str, key: str) -> Component:
    """A body printed as a central volume per kg and rate constants k10, k1i, ki1 (1/min): fully proportional to weight.

    `arms` are the numbers of the peripheral compartments ("2", "3").
    """
    rates = ["k10", *(k for i in arms for k in (f"k1{i}", f"k{i}1"))]
    out = " - ".join(f"(k1{i} * A1 - k{i}1 * A{i})" for i in arms)
    return Component(
        name,
        parameters=(
            parameter("weight", "kg", "pk.standard_weight", on_volume()),
            parameter("V1", "L/kg", f"{prefix}.V1"),
            *(parameter(k, "1/h", f"{prefix}.{k}") for k in rates),
        ),
        states=tuple(StateVar(f"A{i}", "mg", meaning=f"{substance}, compartment {i}") for i in ("1", *arms)),
        outputs=(
            Port("C", "mg/L", f"concentration of {substance}"),
            Port("eliminated", "mg/h", f"flow of {substance}", "what leaves by elimination"),
        ),
        equations=(
            "C = A1 / (V1 * weight)",
            "eliminated = k10 * A1",
            f"d/dt(A1) = -eliminated - {out}",
            *(f"d/dt(A{i}) = k1{i} * A1 - k{i}1 * A{i}" for i in arms),
        ),
        doc=doc,
        citations=(key,),
    )


def into_vein(
    state: str, drugs: tuple[str, ...], key: str, largest: str = "", hourly: str = ""
) -> tuple[tuple[Inlet, ...], tuple[DoseRoute, ...]]:
    """The inlet "vein" and a bolus and an infusion of each drug into it.

    `largest` and `hourly` are facts with the largest dose and the fastest long infusion behind the model; where its
    doses were not seen, those of any source hold.
    """
    routes = tuple(
        dose_route(
            drug, route, (("vein", 1.0),), "B",
            largest or f"dose.largest.iv.{drug}", (key,), hourly=hourly or ("" if largest else f"dose.rate.iv.{drug}"),
        )
        for drug in drugs
        for route in INTO_VEIN
    )  # fmt: skip
    return (Inlet("vein", state),), routes


def from_rate_constants(
    name: str,
    title: str,
    key: str,
    prefix: str,
    arms: Sequence[str],
    doc: str,
    largest: str,
    data: Data,
    status: Status = "unexamined",
) -> Model:
    """A whole model of racemate into a vein from what was printed: a central volume per kg and rate constants.

    `prefix` names its facts (`pk.domino82`), `largest` that of its largest dose ("" if none was seen), `data` the
    people behind it, `status` whether an exam lays it beside its paper.
    """
    body = per_kg("ketamine", "ketamine", prefix, arms, doc, key)
    inlets, routes = into_vein("ketamine.A1", ("ketamine",), key, largest)
    population, n, note = data
    return Model(
        name=name,
        title=title,
        components=(body,),
        outputs=(read_out("plasma ketamine", "ketamine.C", "not stated"),),
        inlets=inlets,
        routes=routes,
        covariates=(weight("range.weight.adults"),),
        limits=limits(population, n, "not stated", note=note),
        status=status,
        citations=cited((body,), routes),
    )


def read_out(name: str, symbol: str, site: str, residual: Residual | None = None) -> Output:
    """A concentration in ng/mL."""
    return Output(name, symbol, "ng/mL", site=site, residual=residual)


def own_mass(doc: str, key: str) -> Component:
    """Concentrations of metabolites that a model counts in mg of S-ketamine, in their own mass."""
    masses = ("ketamine", "norketamine", "hydroxynorketamine")
    return Component(
        "own_mass",
        parameters=tuple(parameter(f"M_{m}", "g/mol", f"pk.mass.{m}") for m in masses),
        inputs=tuple(Port(f"C_{m}", "mg/L", "concentration of S-ketamine") for m in masses[1:]),
        outputs=tuple(Port(m, "mg/L", f"concentration of {m}") for m in masses[1:]),
        equations=tuple(f"{m} = C_{m} * M_{m} / M_ketamine" for m in masses[1:]),
        doc=doc,
        citations=(key,),
    )
