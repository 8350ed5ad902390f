"""The studies of the demonstration: which numbers are used, and who the people are."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.errors import PeopleError
from ketasim.reproduction import whole_path
from ketasim.reproduction.demonstration import STRATA, adults_of_70_kg, infusion, kamp_curves, people_of
from ketasim.reproduction.reproduce import reproduce


def test_kamps_curves_leave_out_time_zero_zeros_and_what_the_model_has_no_output_for():
    curves = kamp_curves()
    assert [(analyte, name) for _, analyte, name, _, _ in curves] == [
        ("S-ketamine", "esketamine"),
        ("S-ketamine", "racemate"),
        ("R-ketamine", "racemate"),
        ("S-norketamine", "esketamine"),
        ("S-norketamine", "racemate"),
        ("R-norketamine", "racemate"),
    ]
    for *_, values, hours in curves:
        assert values.shape == hours.shape and values.min() > 0 and hours.min() > 0


def test_amounts_of_substance_become_mass():
    (_, _, _, values, hours), *_ = kamp_curves()
    assert values[hours == 3.0] == pytest.approx(1.0335 * 237.73, rel=1e-4)


def test_everybody_in_the_infusion_study_weighs_70_kg():
    assert set(adults_of_70_kg(5, 1).table["WT"]) == {70.0}


@pytest.mark.parametrize("stratum", STRATA)
def test_people_of_a_stratum(stratum):
    _, (low, high), ancestry, _ = STRATA[stratum]
    table = people_of(stratum, 40, 3).table
    assert len(table) == 40 and table["AGE"].between(low, high).all() and set(table["ANCESTRY"]) == {ancestry}


def test_results_of_mood_are_predicted_for_their_own_arm_as_a_reproduction_does():
    study = whole_path.used_in_calibration("chen2023china")
    rows = [(study, seen) for seen in study.observations if not seen.versus and seen.endpoint.kind == "change"]
    found = whole_path.predicted(rows, 0)
    told = {(r.arm, r.endpoint, r.time): r.quantile(0.5) for r in reproduce([study]).results}
    for (_, seen), one in zip(rows, found, strict=True):
        assert np.median(one.samples) == pytest.approx(told[seen.arm, seen.endpoint.name, seen.time.text], abs=0.3)


def test_a_stratum_that_cannot_be_filled_says_so(monkeypatch):
    monkeypatch.setitem(STRATA, "nobody", ("trd-adults", (64.99, 65.0), "white", "nobody"))
    with pytest.raises(PeopleError, match="ask for fewer"):
        people_of("nobody", 4, 0)


def test_the_infusion_runs_at_every_published_time():
    run = infusion("esketamine", 2, 0)
    for _, _, name, _, hours in kamp_curves():
        if name == "esketamine":
            assert np.abs(run.times[:, None] - hours).min(axis=0).max() < 1e-6
    assert run.outputs == ("arterial esketamine", "arterial S-norketamine")
