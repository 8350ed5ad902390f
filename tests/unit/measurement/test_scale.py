import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketasim.errors import UnknownName
from ketasim.evidence import store
from ketasim.measurement.endpoint import endpoint, known
from ketasim.measurement.scale import names, scale, scales


def test_numbers_of_a_scale_are_those_of_its_facts():
    for one in scales():
        low, high = store.fact(one.facts[0]).value
        assert (one.low, one.high) == (low, high), one.name
    assert set(scale("MADRS").remission) == {
        store.fact("scale.madrs.remission_12").number,
        store.fact("scale.madrs.remission_10").number,
    }
    assert scale("MADRS").relapse == store.fact("scale.madrs.relapse").number
    for name, fact in (
        ("HAM-D17", "scale.hamd17.remission"),
        ("HAM-D6", "scale.hamd6.remission"),
        ("QIDS-SR16", "scale.qids.remission"),
        ("PHQ-9", "scale.phq9.remission"),
        ("HAM-A", "scale.hama.remission"),
    ):
        assert scale(name).remission[0] == store.fact(fact).number
    assert scale("MADRS").response * 100 == store.fact("scale.response.half").number
    assert scale("CAPS-5").response * 100 == store.fact("scale.caps5.response").number
    assert scale("Y-BOCS").response * 100 == store.fact("scale.ybocs.response").number


def test_every_fact_of_a_scale_exists():
    for one in scales():
        for name in (*one.facts, *((one.rater_icc,) if one.rater_icc else ())):
            assert store.fact(name).id == name


@pytest.mark.parametrize("name", names())
@given(st.floats(-200, 200))
def test_a_rounded_score_is_one_a_clinic_can_write(name, score):
    one = scale(name)
    written = float(one.rounded(score))
    assert one.low <= written <= one.high
    assert (written - one.low) / one.step == round((written - one.low) / one.step)
    assert written == one.rounded(written)
    assert abs(written - np.clip(score, one.low, one.high)) <= one.step / 2 + 1e-9


def test_response_and_remission():
    madrs = scale("MADRS")
    assert madrs.responded([18, 19, 37], [36, 37, 37]).tolist() == [True, False, False]
    assert not madrs.responded(0, 0)
    assert madrs.remitted([12, 13]).tolist() == [True, False]
    assert madrs.remitted([10, 11, 12], cutoff=10).tolist() == [True, False, False]
    with pytest.raises(UnknownName, match="MADRS"):
        scale("PCL-5").remitted(3)


def test_unknown_names_get_the_nearest():
    with pytest.raises(UnknownName, match="MADRS"):
        scale("MADSR")
    with pytest.raises(UnknownName, match="MADRS change"):
        endpoint("MADRS chnage")


def test_an_unknown_endpoint_is_told_all_scales_and_kinds():
    with pytest.raises(UnknownName) as caught:
        endpoint("nausea")
    said = str(caught.value)
    assert "…" not in said and "'change', 'response', 'remission', 'response and remission'" in said
    assert all(one.name in said for one in scales())
    assert "time to relapse" in said and "plasma, serum or arterial with one of ketamine" in said


def test_endpoints():
    assert endpoint("MADRS change").kind == "change"
    assert endpoint("HAM-D17").scale == "HAM-D17"
    assert endpoint("HAM-D17").kind == "score"
    assert endpoint("QIDS-SR16 response").binary
    assert endpoint("relapse").mood and endpoint("relapse").binary
    assert endpoint("time to relapse").unit == "day"
    assert not endpoint("CAPS-5 change").mood
    assert not endpoint("discontinuation").mood
    assert endpoint("plasma esketamine").unit == "ng/mL"
    for name in known():
        assert endpoint(name).name == name
