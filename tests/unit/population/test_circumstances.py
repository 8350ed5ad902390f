"""Columns that hold for everybody, and the score at baseline of people with depression."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.errors import PeopleError
from ketasim.evidence.store import fact
from ketasim.population import named
from ketasim.population.people import listed, with_columns


def test_baseline_has_the_printed_mean_and_sd_within_what_trials_admit():
    score = named.population("trd-adults", 20_000, 1).table.MADRS0
    printed, (least, most) = fact("mood.baseline"), fact("people.madrs_trd_range").value
    assert score.mean() == pytest.approx(printed.number, abs=0.15)
    assert score.std() == pytest.approx(printed.spread[0].value, abs=0.15)
    assert score.between(least, most).all() and (score == np.rint(score)).all()


def test_a_baseline_of_its_own_draw_leaves_the_rest_as_it_was():
    table = named.population("trd-adults", 5000, 3).table
    assert (
        abs(np.corrcoef(table.MADRS0, table.WT)[0, 1]) < 0.05 and abs(np.corrcoef(table.MADRS0, table.AGE)[0, 1]) < 0.05
    )
    assert "MADRS0" not in named.population("healthy-adults", 3, 3).names


def test_everybody_gets_the_same_column_in_every_piece():
    people = with_columns(named.population("trd-adults", 10, 1), {"CONTROL": "midazolam"})
    assert people.names[-1] == "CONTROL" and people.source["everybody"] == {"CONTROL": "midazolam"}
    assert people.chunk(3, 7)["CONTROL"].tolist() == ["midazolam"] * 4
    assert np.array_equal(people.chunk(3, 7)["WT"], named.population("trd-adults", 10, 1).chunk(3, 7)["WT"])


def test_a_column_that_people_have_is_not_given_again():
    with pytest.raises(PeopleError, match="CONTROL"):
        with_columns(listed({"ID": [1], "CONTROL": ["open"]}, "one"), {"CONTROL": "none"})
