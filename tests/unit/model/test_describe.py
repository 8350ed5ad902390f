from types import ModuleType

import pytest

from ketasim.model import describe
from ketasim.model.model import Model
from ketasim.model.variability import CovariateEffect, Variability


def test_the_text_of_a_model_has_all_that_it_is_made_of(chain: Model) -> None:
    text = describe.text(chain)
    for part in ("d/dt(A) = inflow - CL * C * 10 [dL/L]", "inflow = gut.uptake", "(not linked)", "mouth > gut.A",
                 "conc = body.C, in ng/mL", "body.CL ~ body.V: 0.5", "lag 0.25 [h]"):  # fmt: skip
        assert part in text


def test_the_latex_balances_and_shows_the_rates(chain: Model) -> None:
    latex = describe.latex(chain)
    assert latex.count("{") == latex.count("}")
    assert latex.count(r"\begin{align}") == latex.count(r"\end{align}") == 3
    assert r"\frac{\mathrm{d} A}{\mathrm{d} t} &= -\mathrm{uptake}" in latex


def test_the_table_prints_spread_as_variance_and_as_cv(chain: Model) -> None:
    row = {r.parameter: r for r in describe.parameter_table(chain)}["body.CL"]
    assert (row.value, row.unit, row.grade) == (2.0, "L/h", "D")
    assert row.between == "ω² 0.09 (CV 30.7 %)"
    assert row.covariates == "· (WT/70)^0.75"
    lines = describe.parameters_text(chain).splitlines()
    assert len(lines) == 2 + 7
    assert lines[0].split()[:3] == ["parameter", "typical", "unit"]


def test_the_cv_of_a_variance() -> None:
    assert describe.cv_percent(Variability("lognormal", 0.09)) == pytest.approx(30.688, abs=1e-3)


@pytest.mark.parametrize(
    ("form", "unit", "says"),
    [
        ("power", "1", "· (WT/70)^2"),
        ("exponential", "1/kg", "· exp(2 1/kg · (WT − 70))"),
        ("linear", "L/h/kg", "+ 2 L/h/kg · (WT − 70)"),
        ("linear_above", "L/h/kg", "+ 2 L/h/kg · max(0, WT − 70)"),
        ("categorical", "1", "· 2 if WT is a or b"),
        ("maturation", "1", "· WT^2/(WT^2 + 70^2)"),
    ],
)
def test_every_effect_reads_as_a_formula(make: ModuleType, form: str, unit: str, says: str) -> None:
    effect = CovariateEffect("WT", form, make.fact(2.0, unit), 70.0, ("a", "b"))  # type: ignore[arg-type]
    assert describe.effect_text(effect) == says


def test_a_column_without_content_is_left_out() -> None:
    assert describe.table([["a", ""], ["b", ""]], ["x", "y"]).splitlines() == ["x", "-", "a", "b"]
