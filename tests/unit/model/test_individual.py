from dataclasses import replace
from itertools import pairwise
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketasim.errors import ModelError, PeopleError
from ketasim.model.individual import apply_effect, individual_parameters, wrong
from ketasim.model.layout import layout
from ketasim.model.model import Covariate, Model
from ketasim.model.variability import CovariateEffect, Variability

SEX = Covariate("SEX", levels=("female", "male"))


def column(model: Model, name: str, **more: object) -> np.ndarray:
    rows = len(next(iter(more["covariates"].values())))  # type: ignore[attr-defined]
    plan = layout(model)
    eta = more.pop("eta", np.zeros((rows, len(plan.effects))))
    kappa = more.pop("kappa", np.zeros((rows, len(plan.occasion_effects))))
    made = individual_parameters(model, more.pop("covariates"), eta, kappa, more.pop("overrides", None))  # type: ignore[arg-type]
    return made[:, plan.parameters.index(name)]


def test_covariates_and_effects_on_the_log_scale(chain: Model) -> None:
    wt = np.array([70.0, 35.0, 70.0, 70.0])
    eta = np.array([[0, 0], [0, 0], [0.3, -0.2], [0, 0]], dtype=float)
    kappa = np.array([[0.0], [0.0], [0.0], [-0.1]])
    got = column(chain, "body.CL", covariates={"WT": wt}, eta=eta, kappa=kappa)
    np.testing.assert_allclose(got, 2.0 * np.array([1, 0.5**0.75, np.exp(0.3), np.exp(-0.1)]), rtol=1e-14)
    got = column(chain, "body.V", covariates={"WT": wt}, eta=eta, kappa=kappa)
    np.testing.assert_allclose(got, 500 * np.array([1, 1, np.exp(-0.2), 1]), rtol=1e-14)


def test_overrides_of_values_and_of_coefficients(chain: Model) -> None:
    people = {"WT": np.array([140.0])}
    assert column(chain, "body.CL", covariates=people, overrides={"CL": 3.0})[0] == pytest.approx(3.0 * 2**0.75)
    assert column(chain, "body.CL", covariates=people, overrides={"test.wt_on_CL": 1.0})[0] == pytest.approx(4.0)


def one_parameter(chain: Model, make: ModuleType, effect: CovariateEffect, *covariates: Covariate) -> Model:
    body = replace(make.BODY, parameters=(replace(make.BODY.parameters[0], effects=(effect,)), make.BODY.parameters[1]))
    return replace(chain, components=(make.GUT, body, make.EFFECT), covariates=covariates)


@pytest.mark.parametrize(
    ("form", "value", "unit", "reference", "x", "expected"),
    [
        ("power", 0.75, "1", 70.0, 35.0, 2 * 0.5**0.75),
        ("exponential", -0.01, "1/year", 40.0, 60.0, 2 * np.exp(-0.2)),
        ("linear", 60.0, "mL/h/year", 40.0, 50.0, 2.6),
        ("linear_above", 0.06, "L/h/year", 40.0, 30.0, 2.0),
        ("linear_above", 0.06, "L/h/year", 40.0, 50.0, 2.6),
        ("maturation", 3.4, "1", 47.7, 47.7, 1.0),
        ("maturation", 3.4, "1", 47.7, 60.0, 2 * 60**3.4 / (60**3.4 + 47.7**3.4)),
    ],
)
def test_every_form(
    chain: Model, make: ModuleType, form: str, value: float, unit: str, reference: float, x: float, expected: float
) -> None:
    covariate = Covariate("AGE", "year")
    effect = CovariateEffect("AGE", form, make.fact(value, unit), reference)  # type: ignore[arg-type]
    model = one_parameter(chain, make, effect, covariate)
    assert column(model, "body.CL", covariates={"AGE": np.array([x])})[0] == pytest.approx(expected, rel=1e-12)


def test_levels(chain: Model, make: ModuleType) -> None:
    effect = CovariateEffect("SEX", "categorical", make.fact(80.0, "%"), levels=("female",))
    model = one_parameter(chain, make, effect, SEX)
    got = column(model, "body.CL", covariates={"SEX": np.array(["male", "female"], dtype=object)})
    np.testing.assert_allclose(got, [2.0, 1.6])
    with pytest.raises(PeopleError, match=r"SEX of patient row 1 is 'f'.*female, male"):
        column(model, "body.CL", covariates={"SEX": np.array(["male", "f"])})
    with pytest.raises(PeopleError, match="patient row 0"):
        column(model, "body.CL", covariates={"SEX": np.array([None, "male"], dtype=object)})
    model = one_parameter(chain, make, effect, replace(SEX, default="female"))
    np.testing.assert_allclose(column(model, "body.CL", covariates={"AGE": np.ones(2)}), [1.6, 1.6])
    got = column(model, "body.CL", covariates={"SEX": np.array([float("nan"), "male"], dtype=object)})
    np.testing.assert_allclose(got, [1.6, 2.0])


@pytest.mark.parametrize(
    ("covariates", "says"),
    [
        ({"AGE": np.ones(3)}, r"needs the covariate WT \(kg\).*AGE"),
        ({"WT": np.array([70, np.nan, 70.0])}, "WT .kg. of patient row 1"),
        ({"WT": np.array([70, 70.0, np.inf])}, "patient row 2"),
        ({"WT": np.array([70, -1.0, 70.0])}, "above 0.*patient row 1 has -1"),
        ({"WT": np.array(["a", "b", "c"])}, "must be a number in kg"),
        ({"WT": np.array([70.0])}, "shape"),
    ],
)
def test_covariates_that_cannot_be_used(chain: Model, covariates: dict[str, np.ndarray], says: str) -> None:
    with pytest.raises(PeopleError, match=says):
        individual_parameters(chain, covariates, np.zeros((3, 2)), np.zeros((3, 1)))


def test_what_the_equations_cannot_take(chain: Model) -> None:
    weight = replace(chain.covariates[0], above=10.0, below=300.0)
    model = replace(chain, covariates=(weight,))
    unfit, expected = wrong(model, weight, np.array([10.0, 10.1, 299.0, 300.0, np.nan]))
    assert unfit.tolist() == [True, False, False, True, False] and expected == "a number above 10 and below 300 kg"
    with pytest.raises(PeopleError, match=r"above 10 and below 300 kg.*patient row 1 has 300"):
        column(model, "body.CL", covariates={"WT": np.array([70.0, 300.0])})
    assert wrong(model, weight, np.array(["light"]))[0].all() and not wrong(model, SEX, np.array(["male"]))[0].any()


def test_random_effects_of_another_shape(chain: Model) -> None:
    with pytest.raises(ModelError, match=r"eta \(3, 2\)"):
        individual_parameters(chain, {"WT": np.ones(3)}, np.zeros((3, 1)), np.zeros((3, 1)))


def test_natural_and_logit_scales(chain: Model, make: ModuleType) -> None:
    ka, F = make.GUT.parameters
    gut = replace(
        make.GUT,
        parameters=(
            replace(ka, between=Variability("normal", 0.04)),
            replace(F, between=Variability("logitnormal", 1.0)),
        ),
    )
    model = replace(chain, components=(gut, make.BODY, make.EFFECT))
    eta = np.array([[0.1, 0.0, 0, 0], [-0.2, 1.3, 0, 0], [0, 800.0, 0, 0]])
    people = {"WT": np.full(3, 70.0)}
    np.testing.assert_allclose(column(model, "gut.ka", covariates=people, eta=eta), [1.6, 1.3, 1.5])
    odds = 4.0 * np.exp(1.3)
    got = column(model, "gut.F", covariates=people, eta=eta)
    np.testing.assert_allclose(got, [0.8, odds / (1 + odds), 1.0], rtol=1e-12)
    np.testing.assert_array_equal(column(model, "gut.F", covariates=people, eta=eta, overrides={"F": 1.0}), 1.0)
    with pytest.raises(ModelError, match=r"gut\.F.*between 0 and 1.*patient row 0 is 1\.2"):
        column(model, "gut.F", covariates=people, eta=eta, overrides={"F": 1.2})


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 70), st.lists(st.integers(0, 70), max_size=6))
def test_rows_do_not_depend_on_the_rows_beside_them(chain: Model, seed: int, rows: int, cuts: list[int]) -> None:
    rng = np.random.default_rng(seed)
    eta, kappa, wt = rng.normal(size=(rows, 2)), rng.normal(size=(rows, 1)), rng.uniform(40, 120, rows)
    whole = individual_parameters(chain, {"WT": wt}, eta, kappa)
    ends = sorted({0, rows, *(c for c in cuts if c < rows)})
    for a, b in pairwise(ends):
        part = individual_parameters(chain, {"WT": wt[a:b]}, eta[a:b], kappa[a:b])
        np.testing.assert_array_equal(part, whole[a:b])
    turned = individual_parameters(chain, {"WT": wt[::-1]}, eta[::-1], kappa[::-1])
    np.testing.assert_array_equal(turned[::-1], whole)


def test_inputs_are_left_as_they_were(chain: Model) -> None:
    wt, eta, kappa = np.full(4, 80.0), np.ones((4, 2)), np.ones((4, 1))
    individual_parameters(chain, {"WT": wt}, eta, kappa)
    assert (wt == 80).all() and (eta == 1).all() and (kappa == 1).all()


def test_a_steep_maturation_does_not_overflow(make: ModuleType) -> None:
    effect = CovariateEffect("PMA", "maturation", make.fact(60.0, "1"), 50.0)
    got = apply_effect(np.ones(2), effect, 60.0, np.array([4000.0, 51.0]))
    assert got[0] == 1.0 and 0.5 < got[1] < 1.0
