from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from ketasim.errors import ModelError, UnitError, UnknownName
from ketasim.model.compose import compose
from ketasim.model.layout import layout
from ketasim.model.model import Model
from ketasim.model.variability import Correlation, Variability


def test_the_order_is_that_of_the_system(chain: Model) -> None:
    plan = layout(chain)
    assert plan.parameters == tuple(str(p) for p in compose(chain).parameters)
    assert plan.effects == ("body.CL", "body.V")
    assert plan.occasion_effects == ("body.CL",)
    assert plan.unit("body.V") == "dL"


def test_typical_values_are_in_the_units_of_the_model(make: ModuleType, chain: Model) -> None:
    body = replace(make.BODY, parameters=(make.BODY.parameters[0], make.parameter("V", 50.0, "dL", printed="L")))
    model = replace(chain, components=(make.GUT, body, make.EFFECT), correlations=())
    assert layout(model).typical()[layout(model).parameters.index("body.V")] == 500.0


def test_overrides_by_qualified_or_bare_name_and_with_units(chain: Model) -> None:
    plan = layout(chain)
    at = plan.parameters.index("body.CL")
    assert plan.typical({"body.CL": 3.0})[at] == plan.typical({"CL": 3.0})[at] == 3.0
    assert plan.typical({"CL": "50 mL/min"})[at] == 3.0
    np.testing.assert_array_equal(np.delete(plan.typical({"CL": 3.0}), at), np.delete(plan.typical(), at))
    assert plan.split({"test.wt_on_CL": 1.0}) == ({}, {"test.wt_on_CL": 1.0})


@pytest.mark.parametrize(
    ("overrides", "error", "says"),
    [
        ({"body.CLx": 1.0}, UnknownName, "body.CL"),
        ({"gut.A": 1.0}, UnknownName, "Unknown parameter"),
        ({"CL": "3 mg"}, UnitError, "dimensions differ"),
        ({"CL": float("nan")}, ModelError, "finite"),
        ({"CL": 1.0, "body.CL": 2.0}, ModelError, "set twice"),
    ],
)
def test_wrong_overrides(chain: Model, overrides: dict[str, float], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        layout(chain).typical(overrides)


def test_a_bare_name_that_several_components_have(chain: Model, make: ModuleType) -> None:
    model = replace(chain, components=(*chain.components, replace(make.GUT, name="skin")))
    with pytest.raises(UnknownName, match=r"gut\.ka.*skin\.ka.*say which"):
        layout(model).resolve("ka")


def test_covariance(chain: Model) -> None:
    np.testing.assert_allclose(layout(chain).covariance(), [[0.09, 0.03], [0.03, 0.04]])
    np.testing.assert_allclose(layout(chain).occasion_covariance(), [[0.01]])


def test_an_effect_without_variance_is_no_effect(chain: Model, make: ModuleType) -> None:
    clearance = replace(make.BODY.parameters[0], between=Variability("lognormal", 0.0))
    body = replace(make.BODY, parameters=(clearance, make.BODY.parameters[1]))
    plan = layout(replace(chain, components=(make.GUT, body, make.EFFECT)))
    assert plan.effects == ("body.V",)
    np.testing.assert_allclose(plan.covariance(), [[0.04]])


def test_correlations_that_contradict_each_other_are_named(chain: Model, make: ModuleType) -> None:
    gut = replace(
        make.GUT, parameters=tuple(replace(p, between=Variability("lognormal", 0.1)) for p in make.GUT.parameters)
    )
    links = (
        Correlation("body.CL", "body.V", 0.9),
        Correlation("body.V", "gut.ka", 0.9),
        Correlation("body.CL", "gut.ka", -0.9),
    )
    model = replace(chain, components=(gut, make.BODY, make.EFFECT), correlations=links)
    with pytest.raises(ModelError, match=r"gut\.ka, body\.CL, body\.V contradict") as caught:
        layout(model).covariance()
    assert "gut.F" not in str(caught.value)
