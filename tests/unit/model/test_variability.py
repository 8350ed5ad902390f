import math

import pytest

from ketasim.errors import EvidenceError
from ketasim.evidence.fact import Fact, Spread
from ketasim.model.variability import from_fact

FACT = Fact(
    "x.CL", "clearance", 10.0, "L/h", ("assumed",), "D",
    spread=(Spread("estimate", "rse_percent", 5.0), Spread("between patients", "cv_percent", 30.0),
            Spread("between occasions", "sd", 2.0)),
)  # fmt: skip


def test_the_spread_of_the_right_kind_is_taken() -> None:
    made = from_fact(FACT)
    assert (made.scale, made.fact) == ("lognormal", FACT)
    assert made.variance == pytest.approx(math.log(1.09))
    assert from_fact(FACT, "normal", "between occasions").variance == 4.0


def test_the_natural_scale_follows_the_unit_of_the_parameter() -> None:
    assert from_fact(FACT, "normal", "between occasions", "mL/h").variance == pytest.approx(4e6)
    assert from_fact(FACT, unit="mL/h").variance == from_fact(FACT).variance


def test_a_fact_without_that_spread_says_what_it_has() -> None:
    with pytest.raises(EvidenceError, match=r"x\.CL.*residual.*rse_percent estimate"):
        from_fact(FACT, of="residual")
