import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from ketasim.errors import KetasimError, ModelError, UnknownName
from ketasim.model.expression import evaluate, names, parse, symbol, to_sympy
from ketasim.model.typeset import to_text

VALUES = {"a": np.array([0.5, 2.0, 3.7]), "b": np.array([1.5, 0.25, 2.0]), "pk.c": np.array([4.0, 0.1, 1.0])}

numbers = st.one_of(st.integers(0, 50), st.floats(0.01, 50, allow_nan=False)).map(repr)
leaves = st.one_of(numbers, st.sampled_from(list(VALUES)), numbers.map(lambda n: f"{n} [mg/L]"))


def _grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    two = st.tuples(inner, inner)
    return st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"),
        inner.map(lambda x: f"-({x})"),
        inner.map(lambda x: f"sqrt(abs({x}))"),
        inner.map(lambda x: f"log(1 + abs({x}))"),
        inner.map(lambda x: f"exp(-abs({x}))"),
        inner.map(lambda x: f"abs({x})**2"),
        two.map(lambda t: f"min({t[0]}, {t[1]})"),
        two.map(lambda t: f"max({t[0]}, {t[1]})"),
        st.tuples(inner, st.sampled_from(["<", ">="]), inner, inner).map(
            lambda t: f"if_else({t[0]} {t[1]} {t[2]}, {t[3]}, {t[0]})"
        ),
    )


expressions = st.recursive(leaves, _grow, max_leaves=8)


@settings(max_examples=150, deadline=None)
@given(expressions)
def test_text_comes_back_from_text(text: str) -> None:
    again = to_text(parse(text))
    assert to_text(parse(again)) == again
    np.testing.assert_array_equal(evaluate(again, VALUES), evaluate(text, VALUES))


@settings(max_examples=60, deadline=None)
@given(expressions)
def test_sympy_and_numpy_give_the_same_numbers(text: str) -> None:
    direct = np.broadcast_to(evaluate(text, VALUES), 3)
    if not np.isfinite(direct).all() or np.abs(direct).max() > 1e12:
        return
    try:
        symbolic = to_sympy(parse(text))
    except ModelError:
        return
    for i in range(3):
        value = complex(symbolic.subs({symbol(k): sp.Float(v[i]) for k, v in VALUES.items()}).evalf(30))
        scale = max(1.0, float(np.abs(direct).max()))
        if "if_else" in text:  # a tie may fall to either side
            continue
        assert abs(value - direct[i]) <= 1e-6 * scale


HOSTILE = [
    "__import__('os').system('x')", "(lambda: 1)()", "x if y else z", "a < b", "1e999", "1" * 400,
    "(" * 300 + "1" + ")" * 300, "-" * 5000 + "1", "+".join(["a"] * 5000), "2 []", "a[0]", "\u00b5 + 1", "x\ny",
    "a.b.c", "'s'", "True", "1j", "x; y", "x # c", "if_else(a, b, c)", "a := 3", "2 [h][h]",
    "if_else(a < b < c, 1, 2)", "*a", "a ==", "max(1)", "x^2", "a and b", "not a", "f(x)", "exp(x, y)", "exp(x=1)",
    "exp(*x)", "", "  ", "[h]", "a [h]", "f'{a}'", "...", "{a}", "a\0b", "a % b", "a // b", "a @ b", "a << 2", "~a",
    "await a", "yield", "2 [h", "2 h]", "(2) [h]]", "a,b", "None", "x" * 30000,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_not_the_language_is_a_model_error(text: str) -> None:
    with pytest.raises(ModelError):
        parse(text, "here")


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab1.5()+-*/<>=[], \n\t'\"{}:^%_e\u00b5\0\\", max_size=30))
def test_any_text_parses_or_is_a_model_error(text: str) -> None:
    try:
        parse(text)
    except ModelError:
        return


@pytest.mark.parametrize("text", ["10**10**10", "9**9**9**9", "0**-1", "(-8)**0.3", "(10**300)**(10**300)"])
def test_constant_powers_that_have_no_value(text: str) -> None:
    with pytest.raises(ModelError, match="constant power"):
        to_sympy(parse(text))


def test_towers_of_powers_do_not_grow() -> None:
    text = "(" * 40 + "2*a" + ")**16" * 40
    assert len(str(to_sympy(parse(text)))) < 500


def test_errors_name_the_equation_and_the_column() -> None:
    with pytest.raises(ModelError, match=r"here: cannot read 'a \+ f\(x\)' at column 5: Unknown function 'f'"):
        parse("a + f(x)", "here")
    with pytest.raises(ModelError, match=r"column 4.*\*\*"):
        parse("   x^2", "here")


def test_numbers_with_units_keep_both() -> None:
    node = parse("  0.5 [\u00b5g/mL] + 3e-2[%]")
    assert [(n.value, n.unit) for n in node.args] == [(0.5, "\u00b5g/mL"), (0.03, "%")]


def test_names_in_order() -> None:
    assert [n.name for n in names(parse("a + pk.c * a - if_else(t < 1, b, 0)"))] == ["a", "pk.c", "a", "t", "b"]


def test_the_precedence_of_python() -> None:
    assert evaluate("-2**2", {}) == -4
    assert evaluate("2**3**2", {}) == 512
    assert evaluate("8 / 4 / 2", {}) == 1
    assert evaluate("1 - 2 - 3", {}) == -4
    assert evaluate("min(3, 1, 2) + max(3, 1, 2)", {}) == 4


def test_values_that_do_not_exist_are_not_errors() -> None:
    assert np.isinf(evaluate("1 / a", {"a": np.zeros(1)}))[0]
    assert np.isnan(evaluate("log(a)", {"a": -np.ones(1)}))[0]


def test_an_unknown_name_lists_the_nearest() -> None:
    with pytest.raises(UnknownName, match=r"pk\.c"):
        evaluate("pk.cc * 2", VALUES)
    assert issubclass(UnknownName, KetasimError)


def test_piecewise_and_limits_reach_sympy() -> None:
    made = to_sympy(parse("if_else(t < 2 [h], max(a, 0), abs(b))"))
    assert isinstance(made, sp.Piecewise)
    assert made.subs({symbol("t"): 3, symbol("b"): -4}) == 4
