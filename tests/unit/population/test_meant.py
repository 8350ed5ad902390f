"""A column that probably is a covariate under another name."""

import pytest

from ketasim.pharmacology import shelf
from ketasim.population.meant import meant
from ketasim.population.table import CAPITALS

WANTED = ("AGE", "WT", "ANCESTRY", "MADRS0")


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("weight", "WT"),
        ("Weight (kg)", "WT"),
        ("wt_kg", "WT"),
        ("body_weight", "WT"),
        ("age_years", "AGE"),
        ("madrs", "MADRS0"),
        ("MADRS_baseline", "MADRS0"),
        ("race", "ANCESTRY"),
        ("ancestery", "ANCESTRY"),
        ("AGE2", ""),
        ("madrs_1", ""),
        ("site", ""),
        ("stage", ""),
        ("note", ""),
        ("height", ""),
        ("", ""),
    ],
)
def test_what_a_column_means(name, other):
    assert meant(name, WANTED) == other


def test_a_covariate_of_ones_own_is_found_whatever_its_capitals():
    assert meant("CRCL", ["crCl"]) == "crCl" and meant("weight", []) == ""


@pytest.mark.parametrize("name", shelf.names())
def test_every_covariate_of_the_shelf_may_be_written_small(name):
    assert {covariate.name for covariate in shelf.model(name).covariates} - {"CONTROL_LATER"} <= CAPITALS
