import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketasim.errors import EvidenceError
from ketasim.evidence.fact import Fact, Spread
from ketasim.evidence.spread import omega2, variance


def fact(value: float = 10.0, unit: str = "L/h", meaning: str = "mean", n: int | None = 20) -> Fact:
    return Fact("f", "f", value, unit, ("assumed",), "D", meaning=meaning, n=n)


def of(kind: str, value: float | tuple[float, float]) -> Spread:
    return Spread("between patients", kind, value)  # type: ignore[arg-type]


def test_the_forms_of_one_spread_agree() -> None:
    w = 0.09
    cv = 100 * math.sqrt(math.expm1(w))
    assert omega2(of("omega2", w), fact()) == w
    assert omega2(of("sd_log", 0.3), fact()) == pytest.approx(w)
    assert omega2(of("cv_percent", cv), fact()) == pytest.approx(w)
    assert omega2(of("sd", cv / 10), fact(10.0)) == pytest.approx(w)
    assert omega2(of("variance", (cv / 10) ** 2), fact(10.0)) == pytest.approx(w)
    assert omega2(of("se", cv / 10 / math.sqrt(20)), fact(10.0)) == pytest.approx(w)
    assert omega2(of("rse_percent", cv / math.sqrt(20)), fact(10.0)) == pytest.approx(w)


@given(st.floats(0.001, 1.5), st.floats(0.1, 100))
def test_the_sd_of_a_lognormal_with_a_known_median(w: float, median: float) -> None:
    sd = median * math.sqrt(math.exp(w) * math.expm1(w))
    assert omega2(of("sd", sd), fact(median, meaning="median")) == pytest.approx(w, rel=1e-9)


def test_intervals_and_ranges_against_draws() -> None:
    drawn = np.exp(np.random.default_rng(3).normal(2.0, 0.4, (4000, 20)))
    low, high = np.quantile(drawn, [0.05, 0.95])
    assert omega2(of("ci90", (low, high)), fact()) == pytest.approx(0.16, rel=0.03)
    low, high = np.quantile(drawn, [0.25, 0.75])
    assert omega2(of("iqr", (low, high)), fact()) == pytest.approx(0.16, rel=0.03)
    low, high = np.exp(np.log([drawn.min(1), drawn.max(1)]).mean(1))
    assert omega2(of("range", (low, high)), fact(n=20)) == pytest.approx(0.16, rel=0.03)


def test_the_natural_and_the_logit_scale() -> None:
    assert variance(of("sd", 2.0), fact(), "normal") == 4.0
    assert variance(of("cv_percent", 20.0), fact(10.0), "normal") == pytest.approx(4.0)
    half = fact(50.0, "%")
    assert variance(of("sd", 5.0), half, "logitnormal") == pytest.approx((0.05 / 0.25) ** 2)
    ends = tuple(100 / (1 + math.exp(-x * 1.959963984540054 * 0.3)) for x in (-1, 1))
    assert variance(of("ci95", (ends[0], ends[1])), half, "logitnormal") == pytest.approx(0.09)


@pytest.mark.parametrize(
    ("spread", "behind", "says"),
    [
        (Spread("estimate", "se", 1.0), fact(), "how well it is known"),
        (of("se", 1.0), fact(n=None), "number of people"),
        (of("range", (1.0, 2.0)), fact(n=None), "number of people"),
        (of("sd", 1.0), fact(-1.0), "above 0"),
        (of("ci95", (-1.0, 2.0)), fact(), "above 0"),
    ],
)
def test_what_cannot_be_converted_says_why(spread: Spread, behind: Fact, says: str) -> None:
    with pytest.raises(EvidenceError, match=says):
        omega2(spread, behind)
