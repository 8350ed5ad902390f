"""A model of one's own, from its facts to a comparison with published data: theophylline, one oral dose, twelve people.

Run it with `python examples/theophylline.py`; docs/tutorials/own-model.md walks through it. The data are those of
R. A. Upton in the NONMEM Users Guide, Part V (Boeckmann, Sheiner and Beal 1994); see theophylline.units.toml.
The sources of its numbers stand in theophylline.bib.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ketasim.evidence import bibliography
from ketasim.evidence.fact import Fact, Spread
from ketasim.model import describe
from ketasim.model.component import Component, Parameter, Port, StateVar
from ketasim.model.model import Covariate, DoseRoute, Inlet, Limits, Link, Model, Output
from ketasim.model.variability import CovariateEffect, Residual, from_fact
from ketasim.simulation.dataset import read
from ketasim.simulation.simulate import simulate

DATA = Path(__file__).with_name("theophylline.csv")
bibliography.add(DATA.with_suffix(".bib"))  # what the facts below cite
NLMIXED = {"citation": ("pinheiro1995", "sas_nlmixed"), "grade": "B", "population": "12 volunteers", "n": 12}

# 1. Facts: what was printed, in the printed unit, with its spread, source and grade.
CLEARANCE = Fact(
    id="theophylline.CL",
    quantity="apparent clearance of theophylline per kg, exp(-3.22)",
    value=float(np.exp(-3.22)) * 70,
    unit="L/h",
    spread=(Spread("between patients", "omega2", 0.03),),
    where="PARMS of example 1: beta1, s2b1",
    note="exp(-3.22) L/h/kg times 70 kg",
    **NLMIXED,
)
ABSORPTION = Fact(
    id="theophylline.ka",
    quantity="rate constant of absorption, exp(0.47)",
    value=float(np.exp(0.47)),
    unit="1/h",
    spread=(Spread("between patients", "omega2", 0.4),),
    where="PARMS of example 1: beta2, s2b2",
    **NLMIXED,
)
ELIMINATION = Fact(
    id="theophylline.ke",
    quantity="rate constant of elimination, exp(-2.45)",
    value=float(np.exp(-2.45)),
    unit="1/h",
    where="PARMS of example 1: beta3",
    **NLMIXED,
)
PER_KG = Fact(
    "theophylline.WT", "exponent of weight on clearance", 1.0, "1", ("sas_nlmixed",), "B", note="doses per kg"
)
ERROR = Fact("theophylline.error", "residual variance", 0.5, "(mg/L)**2", meaning="variance", **NLMIXED)

# 2. Components: each knows its own symbols only; ports say what crosses its border, and in which unit.
GUT = Component(
    name="gut",
    doc="First-order absorption.",
    parameters=(Parameter("ka", "1/h", ABSORPTION, between=from_fact(ABSORPTION)),),
    states=(StateVar("A", "mg", meaning="theophylline still in the gut"),),
    outputs=(Port("uptake", "mg/h", "flow of theophylline"),),
    equations=("uptake = ka * A", "d/dt(A) = -uptake"),
)
BODY = Component(
    name="body",
    doc="One compartment with first-order elimination.",
    parameters=(
        Parameter(
            "CL",
            "L/h",
            CLEARANCE,
            between=from_fact(CLEARANCE),
            effects=(CovariateEffect("WT", "power", PER_KG, reference=70.0),),
        ),
        Parameter("ke", "1/h", ELIMINATION),
    ),
    states=(StateVar("A", "mg", meaning="theophylline in the body"),),
    inputs=(Port("inflow", "mg/h", "flow of theophylline"),),
    outputs=(Port("C", "mg/L", "concentration of theophylline"),),
    equations=("V = CL / ke", "C = A / V", "d/dt(A) = inflow - CL * C"),
)

# 3. The model: ports linked, the place where doses enter, what is read out and with which error.
MODEL = Model(
    name="theophylline",
    title="Theophylline by mouth, one compartment",
    components=(GUT, BODY),
    links=(Link("gut.uptake", "body.inflow"),),
    inlets=(Inlet("mouth", "gut.A"),),
    routes=(DoseRoute("theophylline", "oral", (("mouth", 1.0),), "B", largest_mg=320.0),),
    outputs=(
        Output(
            "theophylline",
            "body.C",
            "mg/L",
            site="venous serum",
            residual=Residual(additive=float(np.sqrt(ERROR.number)), facts=(ERROR,)),
        ),
    ),
    covariates=(Covariate("WT", "kg", low=54.6, high=86.4),),
    limits=Limits("healthy adults, one oral dose of 3.1 to 5.9 mg/kg", n=12),
)


def main(draws: int = 50) -> dict[str, float]:
    """Predict the twelve people, lay the data beside, and say how much of it lies in the 90 % interval."""
    print(describe.text(MODEL))
    data = read(DATA, MODEL)
    typical = simulate(MODEL, None, data, typical=True).observed()
    drawn = np.stack([simulate(MODEL, None, data, seed=k).observed()["SIM"] for k in range(draws)])
    noise = np.random.default_rng(1).normal(0.0, np.sqrt(ERROR.number), drawn.shape)
    low, high = np.quantile(drawn + noise, [0.05, 0.95], axis=0)
    after = (typical["TIME"] > 0).to_numpy()
    observed, predicted = typical["DV"].to_numpy()[after], typical["PRED"].to_numpy()[after]
    inside = (low[after] <= observed) & (observed <= high[after])
    found = {
        "observations": float(observed.size),
        "bias": float(np.mean(predicted - observed)),
        "typical error": float(np.sqrt(np.mean((predicted - observed) ** 2))),
        "inside 90 %": float(inside.mean()),
    }
    for name, value in found.items():
        print(f"{name:>15}: {value:.3g}")
    return found


if __name__ == "__main__":
    main()
