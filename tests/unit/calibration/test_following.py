"""What follows a fixed fact: the shipped table stands on today's posterior and facts, and says what it should."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.calibration import following, known
from ketasim.calibration.parameters import names
from ketasim.calibration.posterior import posterior
from ketasim.pharmacology import shelf
from ketasim.pharmacology.mood.values import MECHANISMS, between_trials, file_of

AGAIN = "stale: run 'python -m ketasim.calibration.following'"


@pytest.mark.parametrize("mechanism", [one for one in MECHANISMS if file_of(one).exists()])
def test_the_table_is_of_todays_posterior_and_facts(mechanism):
    assert following.written_for(mechanism) == following.stamp(mechanism), AGAIN
    table = following.shipped(mechanism)
    assert set(table) == {lever.fact.id for lever in following.pathway_levers(mechanism)}, AGAIN
    assert all(tuple(row) == names() for row in table.values()), AGAIN


def test_what_follows_is_known_of_a_rival_as_of_the_model_itself_and_of_no_negative_control():
    for model, mechanism in (("pathway", "disinhibition"), ("pathway-metabolite", "metabolite")):
        found, table = known.estimates(shelf.model(model)), following.shipped(mechanism)
        assert set(found.follows) == set(table)
        at = found.names.index("severity.weight_slow")
        key = "mood.metabolite.half" if mechanism == "metabolite" else "mood.glutamate.int_half"
        assert found.follows[key][at] == table[key]["weight_slow"] != 0.0
    assert known.estimates(shelf.model("pathway-memantine")).follows == {}


def test_neurons_that_need_more_drug_are_made_up_for_by_a_stronger_drug():
    row = following.shipped()["mood.glutamate.int_half"]
    assert sum(row[name] for name in ("weight_fast", "weight_slow", "fast_on", "slow_on")) > 0.0
    assert max(abs(v) for row in following.shipped().values() for v in row.values()) < 3.0


def test_estimates_go_where_their_facts_stand_in_the_unit_of_the_model():
    found = known.estimates(shelf.model("pathway"))
    assert found is not None and found.draws.shape == (len(posterior().draws), len(found.names))
    medians = dict(zip(found.names, np.median(found.draws, axis=0), strict=True))
    told = posterior().median()
    assert medians["relapse.rate"] == pytest.approx(told["relapse_rate"] / 24.0)
    assert medians["severity.weight_fast"] == pytest.approx(told["weight_fast"])
    assert medians["mood.expect.saline"] == pytest.approx(told["saline"])
    assert medians["mood.open_drug"] == pytest.approx(told["open_drug"])
    assert not {"small_drug", "trial.small_drug"} & set(found.names)
    low, high = found.between["severity.trial_drug"]
    assert 0.0 < low < 1.0 < high < 1.0 + 1.5 * (1.0 - low)


def test_a_model_without_mood_has_none():
    assert known.estimates(shelf.model("platform")) is None


def test_between_open_trials_relief_differs_by_a_factor_of_its_own():
    one = shelf.model("pathway")
    blinded, openly = (known.estimates(one, openly=told) for told in (False, True))
    low, high = openly.between["expectancy.trial"]
    assert (
        -low == high == pytest.approx(blinded.between["expectancy.trial"][1] * between_trials("open_relief"), rel=0.25)
    )
    assert openly.between["severity.trial_drug"] == blinded.between["severity.trial_drug"]
