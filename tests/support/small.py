"""A small model with everything a run needs: two compartments, three inlets, people and occasions that vary."""

from __future__ import annotations

from ketasim.dosing.regimen import Regimen
from ketasim.evidence.fact import Fact
from ketasim.model.component import Component, Parameter, StateVar
from ketasim.model.model import Covariate, DoseRoute, Inlet, Limits, Model, Output
from ketasim.model.variability import Correlation, CovariateEffect, Residual, Variability


def fact(name: str, value: float, unit: str) -> Fact:
    return Fact(f"small.{name}", name, value, unit, ("assumed",), "D", note="a number for tests")


def parameter(name, unit, value, between=0.0, occasion=0.0, effects=(), scale="lognormal") -> Parameter:
    return Parameter(
        name,
        unit,
        fact(name, value, unit),
        Variability(scale, between) if between else None,
        Variability(scale, occasion) if occasion else None,
        effects,
    )


def weight(power: float, name: str) -> CovariateEffect:
    return CovariateEffect("WT", "power", fact(name, power, "1"), 70.0)


def small(linear: bool = True) -> Model:
    """Nose and gut into two compartments; `linear=False` makes elimination saturable."""
    loss = "CL * C" if linear else "CL * C / (1 + C / 5 [mg/L])"
    body = Component(
        "body",
        (
            parameter("CL", "L/h", 80.0, 0.09, 0.02, (weight(0.75, "CL_WT"),)),
            parameter("V", "L", 60.0, 0.04, 0.0, (weight(1.0, "V_WT"),)),
            parameter("Q", "L/h", 90.0),
            parameter("W", "L", 150.0),
            parameter("ka", "1/h", 2.0, 0.16),
            parameter("kn", "1/h", 5.0),
            parameter("F", "1", 0.5, 0.25, 0.1, (), "logitnormal"),
            parameter("fall", "1", 0.8),
            parameter("wait", "h", 0.1),
        ),
        (StateVar("nose", "mg"), StateVar("gut", "mg"), StateVar("A", "mg"), StateVar("P", "mg")),
        equations=(
            "C = A / V",
            "d/dt(nose) = -kn * nose",
            "d/dt(gut) = -ka * gut",
            f"d/dt(A) = kn * nose + ka * gut + Q * (P / W - C) - {loss}",
            "d/dt(P) = Q * (C - P / W)",
        ),
    )
    return Model(
        "small" if linear else "small-saturable",
        "A small model for tests",
        (body,),
        (
            Output("plasma esketamine", "body.C", "ng/mL", "total", "venous", Residual(proportional=0.2)),
            Output("gut amount", "body.gut", "mg"),
        ),
        inlets=(
            Inlet("nose", "body.nose", "body.F * body.fall ** (nth - 1)"),
            Inlet("gut", "body.gut", "(1 - body.F) * 0.2", "body.wait"),
            Inlet("vein", "body.A"),
        ),
        routes=(
            DoseRoute("esketamine", "nasal", (("nose", 1.0), ("gut", 1.0)), "A", 84.0),
            DoseRoute("esketamine", "oral", (("gut", 1.0),), "D", 100.0, note="no data"),
            DoseRoute("esketamine", "iv_infusion", (("vein", 1.0),), "A", 60.0),
            DoseRoute("esketamine", "iv_bolus", (("vein", 1.0),), "A", 60.0),
        ),
        covariates=(
            Covariate("WT", "kg", 39.0, 170.0, default=70.0),
            Covariate("AGE", "year", 18.0, 86.0),
        ),
        correlations=(Correlation("body.CL", "body.V", 0.5),),
        limits=Limits("tests", largest_sessions=8),
    )


def nasal(times: int = 2, amount: str = "84 mg") -> Regimen:
    return Regimen("nasal").dose(
        "esketamine", "nasal", amount, product="spravato", start="day 1 09:00", every="3.5 days", times=times
    )
