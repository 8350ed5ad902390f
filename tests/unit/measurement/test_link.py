import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketasim.errors import UnknownName
from ketasim.measurement.link import convert, convert_change, curve, links
from ketasim.measurement.scale import scale

PAIRS = [(a, b) for a, b, kind, _ in links() if kind == "score"]
CHANGES = [(a, b) for a, b, kind, _ in links() if kind == "change"]


def test_printed_anchors_come_back():
    assert convert([10, 20, 30, 40], "HAM-D17", "MADRS").tolist() == [13, 26, 39, 52.5]
    assert convert([0, 5, 10, 20, 26], "QIDS-SR16", "HAM-D17").tolist() == [0, 7, 13, 25, 34]
    assert convert([5, 10, 21], "QIDS-SR16", "MADRS").tolist() == [7.5, 17, 34]
    assert convert_change([-10, -20, -25], "HAM-D17", "MADRS").tolist() == [-12, -26, -34]
    assert convert_change([-3, 6], "PHQ-9", "MADRS").tolist() == [-6, 12]


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_links_rise_and_stay_on_both_scales(source, target):
    x, y = curve(source, target)
    assert (np.diff(x) > 0).all()
    assert (np.diff(y) > 0).all()
    whole = np.linspace(scale(source).low, scale(source).high, 200)
    out = convert(whole, source, target)
    assert out.min() >= scale(target).low and out.max() <= scale(target).high
    assert out[0] == 0


@pytest.mark.parametrize(("source", "target"), PAIRS)
@given(share=st.floats(0, 1))
def test_there_and_back_is_the_same_score(source, target, share):
    x, _ = curve(source, target)
    score = x[0] + share * (x[-1] - x[0])
    assert convert(convert(score, source, target), target, source) == pytest.approx(score, abs=1e-9)


@pytest.mark.parametrize(("source", "target"), CHANGES)
@given(share=st.floats(-1, 1))
def test_changes_keep_their_sign_and_come_back(source, target, share):
    x, _ = curve(source, target, "change")
    change = share * x[-1]
    there = convert_change(change, source, target)
    assert np.sign(there) == np.sign(change)
    assert convert_change(there, target, source) == pytest.approx(change, abs=1e-9)


def test_two_ways_to_the_madrs_agree_within_a_few_points():
    direct = convert([5, 10, 15, 20], "QIDS-SR16", "MADRS")
    detour = convert(convert([5, 10, 15, 20], "QIDS-SR16", "HAM-D17"), "HAM-D17", "MADRS")
    assert np.abs(direct - detour).max() <= 2.0


def test_remission_lies_where_another_paper_puts_it():
    assert 8 <= convert(7, "HAM-D17", "MADRS") <= 9.5


def test_a_link_nobody_published_is_refused():
    with pytest.raises(UnknownName, match="QIDS-SR16 to HAM-D17"):
        convert(10, "PHQ-9", "HAM-D17")


def test_a_scale_is_itself():
    assert convert([1.5], "MADRS", "MADRS").tolist() == [1.5]
    assert convert_change([-1.5], "MADRS", "MADRS").tolist() == [-1.5]
