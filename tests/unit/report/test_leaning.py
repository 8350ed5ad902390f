"""What predictions lean on, in words and as bars."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ketasim.report import leaning as told
from ketasim.report.figures import svg
from ketasim.simulation.leaning import SOURCES, Leaning, Own, Weak
from ketasim.simulation.relapsing import RELAPSE

WEAK = (
    Weak("x.half", "half effect", "D", 0.06, "brain.half", 0.24, "1", ("assumed", "moore1990")),
    Weak("x.rate", "rate", "C", 0.0001, "brain.rate", 2.0, "1/h", ("moore1990",)),
)


def shares(**given):
    return dict.fromkeys(SOURCES, 0.0) | {name.replace("_", "-"): share for name, share in given.items()}


CHANGE = Leaning("", "MADRS", "change, day 28", "point", "one patient", 40, -15.2, 9.0, False,
                 shares(between_patient=0.62, calibration=0.2, visit=0.114, D=0.062, sampling=0.004), WEAK)  # fmt: skip


def test_a_sentence_says_the_shares_and_the_weakest_numbers():
    assert told.sentence(CHANGE) == (
        "MADRS change, day 28, one patient (−15.2 points): 62 % between patients, 20 % calibration, 11 % from visit to "
        "visit, 6 % facts of grade D. Leans most on brain.half 0.24 (D, assumed and moore1990: 6.0 %)."
    )


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"of": "mean", "n": 1000}, "MADRS change, day 28, mean of 1,000 (−15.2 points)"),
        ({"measure": "response, day 28", "unit": "1", "of": "share", "value": 0.614},
         "MADRS response, day 28, share of 40 (61 %)"),
        ({"output": "plasma ketamine", "measure": "peak", "unit": "ng/mL", "value": 97.96},
         "Plasma ketamine, peak, one patient (98.0 ng/mL)"),
        ({"of": "difference", "treatment": "b", "versus": "a", "value": 3.0},
         "MADRS change, day 28: difference, b against a (3.00 points)"),
        ({"of": "difference", "treatment": "b", "versus": "a", "value": 1.5, "unit": "fold", "logarithmic": True},
         "MADRS change, day 28: ratio, b against a (1.50-fold)"),
        ({"measure": "response, day 8", "of": "difference", "treatment": "b", "versus": "a", "value": -0.17,
          "unit": "1"}, "MADRS response, day 8: difference, b against a (−17 % points)"),
    ],
)  # fmt: skip
def test_what_is_predicted_of_whom(changed, expected):
    assert told.sentence(replace(CHANGE, **changed)).startswith(f"{expected}: ")


def test_numbers_of_ones_own_are_named_once():
    mine = replace(CHANGE, own=(Own("liver.CL", 50.0, "L/h"),))
    assert told.lines([mine, replace(mine, of="mean")])[-1] == (
        "Your own numbers, taken as exact and not graded: liver.CL = 50.0 L/h."
    )


def test_where_nothing_varies_it_says_so():
    assert "nothing that varies" in told.sentence(replace(CHANGE, shares=shares(), weakest=()))
    assert told.section(()) == ()


def test_a_difference_of_nothing_leans_on_nothing():
    none = replace(CHANGE, of="difference", treatment="b", versus="a", value=-0.004, sd=0.01)
    assert "less than 0.1 points whatever varies" in told.sentence(none) and "%" not in told.sentence(none)
    assert "62 % between patients" in told.sentence(replace(none, sd=0.3))
    assert "62 % between patients" in told.sentence(replace(none, of="mean"))
    share = replace(none, unit="1", value=-0.001, sd=0.001)
    assert "less than 1 % point whatever varies" in told.sentence(share)
    ratio = replace(none, unit="fold", value=1.001, sd=0.001, logarithmic=True)
    assert "less than 1 % whatever varies" in told.sentence(ratio)
    assert "(1.01-fold)" in told.sentence(replace(ratio, value=1.01))
    assert "(nan % points)" in told.sentence(replace(share, value=float("nan")))
    assert "(0 % points)" in told.sentence(replace(share, sd=0.1))


def test_of_relapse_one_week_stands_for_all():
    weeks = [replace(CHANGE, output=RELAPSE, measure=f"responders, week {k} after the last dose") for k in (1, 4, 8)]
    assert told.shown([CHANGE, *weeks]) == (CHANGE, weeks[1])
    assert told.shown([CHANGE, weeks[2]]) == (CHANGE, weeks[2])
    assert told.chief([CHANGE, *weeks]) == told.chief([CHANGE])


def test_the_section_has_bars_numbers_and_sources():
    (section,) = told.section([CHANGE, replace(CHANGE, treatment="b", versus="a", of="difference", unsolved=("x.y",))])
    assert "<svg" in section.pictures[0].svg and "x.y" in section.text
    assert [t.title for t in section.details] == ["Shares as numbers", "The weakest numbers"]
    assert "assumed, moore1990" in section.details[1].rows[0]
    assert svg(told.bars([CHANGE])) == svg(told.bars([CHANGE]))
    assert set(told.COLOURS) == set(told.WORDS) == set(SOURCES)
