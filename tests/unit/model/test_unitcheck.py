import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketasim import units
from ketasim.errors import ModelError
from ketasim.model.expression import parse
from ketasim.model.unitcheck import unit_of

UNITS = {"A": "mg", "V": "L", "C": "mg/L", "n": "1", "p": "%", "CL": "L/h", "t": "h", "EC50": "ng/mL", "W": "kg"}


def unit(text: str) -> str | None:
    found = unit_of(parse(text), lambda name: units.measure(UNITS[name]), "here")
    return None if found is None else found.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A / V", "mg/L"),
        ("A / V + C", "mg/L"),
        ("CL * C", "mg/h"),
        ("(V / CL)**2", "h^2"),
        ("sqrt(V**2)", "L"),
        ("exp(-CL / V * t)", "dimensionless"),
        ("log(A / (C * V))", "dimensionless"),
        ("n**n", "dimensionless"),
        ("C**(1/2)", "mg^0.5/L^0.5"),
        ("max(C, 0)", "mg/L"),
        ("if_else(A > 3 [mg], C, 0)", "mg/L"),
        ("if_else(A > 0, 0, 0)", None),
        ("0 * C", None),
        ("0", None),
        ("2", "dimensionless"),
        ("-A", "mg"),
        ("abs(A - 1 [mg])", "mg"),
        ("(C / (0.001 [mg/L/(ng/mL)] * EC50))**n", "dimensionless"),
    ],
)
def test_units_that_fit(text: str, expected: str | None) -> None:
    assert unit(text) == expected


@pytest.mark.parametrize(
    "text",
    ["A + V", "A + 1", "C - EC50", "max(C, 1)", "if_else(A > V, 1, 2)", "if_else(A > 0, A, V)", "if_else(t > 2, A, A)",
     "exp(A)", "exp(p)", "log(C)", "C**n", "n**A", "n**p", "n + p", "A + 1 [kg]", "A + 1 [nounit]", "W - A"],
)  # fmt: skip
def test_units_that_do_not_fit(text: str) -> None:
    with pytest.raises(ModelError, match=r"^here: "):
        unit(text)


def test_a_scale_that_is_wrong_comes_with_its_remedy() -> None:
    with pytest.raises(ModelError, match=r"multiply by 0\.001 \[mg/L/\(ng/mL\)\]") as caught:
        unit("C - EC50")
    remedy = str(caught.value).partition("multiply by ")[2].removesuffix(").")
    assert unit(f"C - EC50 * {remedy}") == "mg/L"


@given(st.sampled_from(["mg", "g", "ug", "kg", "ng", "L", "h"]))
def test_a_sum_fits_only_its_own_unit(other: str) -> None:
    if other == "mg":
        assert unit(f"A + 1 [{other}]") == "mg"
    else:
        with pytest.raises(ModelError):
            unit(f"A + 1 [{other}]")
