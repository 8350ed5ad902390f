import pytest

from ketasim.model.expression import parse
from ketasim.model.typeset import latex_name, latex_unit, to_latex, to_text


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("a-(b-c)", "a - (b - c)"),
        ("(a-b)-c", "a - b - c"),
        ("a/(b*c)", "a / (b * c)"),
        ("(a*b)/c", "a * b / c"),
        ("-(a+b)", "-(a + b)"),
        ("(-a)**2", "(-a)**2"),
        ("-a**2", "-a**2"),
        ("(a**b)**c", "(a**b)**c"),
        ("a**-b", "a**(-b)"),
        ("(2[h])**2", "(2 [h])**2"),
        ("if_else(t<2[h],a,b)", "if_else(t < 2 [h], a, b)"),
        ("a*-b", "a * (-b)"),
        ("1.50", "1.5"),
    ],
)
def test_text_has_no_more_brackets_than_it_needs(written: str, printed: str) -> None:
    assert to_text(parse(written)) == printed


@pytest.mark.parametrize(
    ("written", "latex"),
    [
        ("a / b", r"\frac{a}{b}"),
        ("CL * (a + b)", r"\mathrm{CL} \cdot \left(a + b\right)"),
        ("a - (b - c)", r"a - \left(b - c\right)"),
        ("(a / b)**n", r"\left(\frac{a}{b}\right)^{n}"),
        ("a**2", r"a^{2}"),
        ("sqrt(a)", r"\sqrt{a}"),
        ("abs(a)", r"\left|a\right|"),
        ("log(a)", r"\ln\left(a\right)"),
        ("a * -b", r"a \cdot \left(-b\right)"),
        ("2e-9 [mg/L]", r"2\cdot 10^{-9}\,\mathrm{mg/L}"),
        ("if_else(a <= b, 1, 0)", r"\begin{cases} 1 & \text{if } a \le b \\ 0 & \text{otherwise} \end{cases}"),
    ],
)
def test_latex(written: str, latex: str) -> None:
    assert to_latex(parse(written)) == latex


def test_names_and_units() -> None:
    assert latex_name("pk_oral.CL_R") == r"\mathrm{CL\_R}^{\mathrm{pk oral}}"
    assert latex_unit("%/h") == r"\mathrm{\%/h}"
