"""Rules on scores: the words of protocols, at their borders."""

import numpy as np
import pytest

from ketasim.errors import RequestError
from ketasim.measurement.scale import scale
from ketasim.trials.rules import EVERYONE, rule

MADRS = scale("MADRS")
BASE = np.full(5, 40.0)
SCORE = np.array([[20.0], [21.0], [12.0], [13.0], [np.nan]])


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("all", [1, 1, 1, 1, 1]),
        ("responders", [1, 0, 1, 1, 0]),
        ("MADRS fall >= 50 %", [1, 0, 1, 1, 0]),
        ("non-responders", [0, 1, 0, 0, 0]),
        ("remitters", [0, 0, 1, 0, 0]),
        ("responders without remission", [1, 0, 0, 1, 0]),
        ("MADRS score <= 13", [0, 0, 1, 1, 0]),
        ("MADRS fall < 20", [0, 1, 0, 0, 0]),
    ],
)
def test_who_meets_a_rule(text: str, met: list[int]) -> None:
    assert rule(text, MADRS).met(SCORE, BASE).astype(int).tolist() == met


def test_stable_means_three_of_four_weekly_visits() -> None:
    stable = rule("stable remitters", MADRS)
    assert stable.looks == (0.0, 168.0, 336.0, 504.0)
    scores = np.array([[10, 10, 10, 30], [10, 10, 30, 30]], dtype=float)
    assert stable.met(scores, np.full(2, 40.0)).tolist() == [True, False]


@pytest.mark.parametrize("text", ["somebody", "HAM-D17 fall >= 50 %", "MADRS score <= 50 %"])
def test_what_is_no_rule(text: str) -> None:
    with pytest.raises(RequestError, match="rule"):
        rule(text, MADRS)


def test_everyone_is_the_empty_rule() -> None:
    assert rule("", MADRS) is EVERYONE
