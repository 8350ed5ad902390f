from dataclasses import replace
from types import ModuleType

import pytest

from ketasim.errors import ModelError
from ketasim.model.compose import compose
from ketasim.model.model import Covariate, DoseRoute, Inlet, Model
from ketasim.model.variability import Correlation, CovariateEffect, Residual, Variability

SEX = Covariate("SEX", levels=("female", "male"))


@pytest.mark.parametrize(
    ("inlet", "says"),
    [
        (Inlet("mouth", "gut.B"), r"no state 'gut\.B'.*gut\.A"),
        (Inlet("mouth", "effect.Ce"), "fraction '1' is in dimensionless, not in 1/dL"),
        (Inlet("mouth", "gut.A", fraction="gut.ka"), "fraction 'gut.ka' is in 1/h"),
        (Inlet("mouth", "gut.A", fraction="gut.G"), r"'gut\.G' is not a parameter.*gut\.F"),
        (Inlet("mouth", "gut.A", fraction="gut.A"), "is not a parameter"),
        (Inlet("mouth", "gut.A", lag="3"), "lag '3' is in dimensionless, not in h"),
        (Inlet("mouth", "gut.A", lag="20 [min]"), "lag.*is in min, not in h"),
        (Inlet("mouth", "gut.A", duration="gut.F"), "duration"),
        (Inlet("mouth", "gut.A", rate="1 [mg]"), "rate"),
        (Inlet("mouth", "gut.A", rate="1 [mg/h]", duration="1 [h]"), "not both"),
        (Inlet("vein", "body.A"), "two inlets"),
    ],
)
def test_wrong_inlets(chain: Model, inlet: Inlet, says: str) -> None:
    with pytest.raises(ModelError, match=says):
        compose(replace(chain, inlets=(inlet, chain.inlets[1])))


def test_an_inlet_may_read_the_ordinal_of_the_device(chain: Model) -> None:
    inlet = Inlet("mouth", "gut.A", fraction="gut.F * if_else(nth > 1, 0.9, 1)", rate="2 [mg/h]")
    assert compose(replace(chain, inlets=(inlet,))).name == "chain"


@pytest.mark.parametrize(
    ("parts", "says"),
    [((("nose", 1.0),), "no inlet 'nose'"), ((("mouth", -1.0),), "share"), ((("mouth", float("nan")),), "share")],
)
def test_wrong_routes(chain: Model, parts: tuple[tuple[str, float], ...], says: str) -> None:
    with pytest.raises(ModelError, match=says):
        compose(replace(chain, routes=(DoseRoute("theophylline", "oral", parts, "D", 300.0),)))


def with_parameter(chain: Model, **change: object) -> Model:
    body = chain.components[1]
    changed = replace(body.parameters[0], **change)  # type: ignore[arg-type]
    body = replace(body, parameters=(changed, *body.parameters[1:]))
    return replace(chain, components=(chain.components[0], body, chain.components[2]))


@pytest.mark.parametrize(
    ("effect", "says"),
    [
        (("AGE", "power", 1.0, "1", 40.0, ()), "no covariate 'AGE'"),
        (("WT", "power", 1.0, "kg", 70.0, ()), "coefficient"),
        (("WT", "power", 1.0, "1", 0.0, ()), "must be above 0"),
        (("WT", "exponential", 1.0, "1", 70.0, ()), "coefficient"),
        (("WT", "linear", 1.0, "L/h", 70.0, ()), "coefficient"),
        (("WT", "categorical", 1.0, "1", 0.0, ("x",)), "with levels"),
        (("SEX", "power", 1.0, "1", 1.0, ()), "without levels"),
        (("SEX", "categorical", 1.0, "1", 0.0, ("man",)), "no level 'man'"),
        (("SEX", "categorical", 1.0, "1", 0.0, ()), "which levels"),
    ],
)
def test_wrong_covariate_effects(chain: Model, make: ModuleType, effect: tuple[object, ...], says: str) -> None:
    name, form, value, unit, reference, levels = effect
    made = CovariateEffect(name, form, make.fact(value, unit), reference, levels)  # type: ignore[arg-type]
    model = replace(with_parameter(chain, effects=(made,)), covariates=(*chain.covariates, SEX))
    with pytest.raises(ModelError, match=says) as caught:
        compose(model)
    assert "body.CL" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"between": Variability("lognormal", -0.1)}, "variance must be 0 or more"),
        ({"between": Variability("lognormal", float("nan"))}, "variance must be 0 or more"),
        ({"between": Variability("logitnormal", 0.1)}, "between 0 and 1"),
        ({"between": Variability("normal", 0.1)}, "one scale"),
    ],
)
def test_wrong_variability(chain: Model, change: dict[str, object], says: str) -> None:
    with pytest.raises(ModelError, match=says):
        compose(with_parameter(chain, **change))


def test_a_typical_value_that_does_not_suit_its_variability(chain: Model, make: ModuleType) -> None:
    with pytest.raises(ModelError, match="above 0"):
        compose(with_parameter(chain, fact=make.fact(0.0, "L/h")))
    with pytest.raises(ModelError, match="not one finite number"):
        compose(with_parameter(chain, fact=make.fact((1.0, 2.0), "L/h")))
    with pytest.raises(ModelError, match="dimensions differ"):
        compose(with_parameter(chain, fact=make.fact(1.0, "mg")))


@pytest.mark.parametrize(
    ("link", "says"),
    [
        (Correlation("body.CL", "gut.ka", 0.5), "has no between-patient"),
        (Correlation("body.CL", "body.W", 0.5), "has no between-patient"),
        (Correlation("body.CL", "body.V", 1.0), "between -1 and 1"),
        (Correlation("body.CL", "body.CL", 0.5), "between -1 and 1"),
    ],
)
def test_wrong_correlations(chain: Model, link: Correlation, says: str) -> None:
    with pytest.raises(ModelError, match=says):
        compose(replace(chain, correlations=(link,)))


@pytest.mark.parametrize(
    "residual",
    [
        Residual(additive=-1),
        Residual(proportional=float("nan")),
        Residual(0.1, 0, 0.1),
        Residual(log_sd=0.1, logit_sd=0.1),
        Residual(logit_sd=0.1, low=60, high=0),
    ],
)
def test_wrong_residuals(chain: Model, residual: Residual) -> None:
    with pytest.raises(ModelError, match="residual"):
        compose(replace(chain, outputs=(replace(chain.outputs[0], residual=residual),)))


def test_covariates_are_declared_once(chain: Model) -> None:
    with pytest.raises(ModelError, match="two covariates"):
        compose(replace(chain, covariates=chain.covariates * 2))
