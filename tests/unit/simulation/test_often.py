"""Courses that are given more often, or more within a day, than any source behind a model has: said in a sentence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.support.small import small

from ketasim.dosing.regimen import Regimen
from ketasim.pharmacology import shelf
from ketasim.population.people import listed
from ketasim.simulation.dataset import read
from ketasim.simulation.often import begun, each_day, within
from ketasim.simulation.simulate import simulate

PERSON = listed({"ID": [1], "WT": [70.0], "AGE": [45]}, "one")


def said(amount: str, every: str, times: int, route: str = "nasal", drug: str = "esketamine", **how) -> str:
    """What a run of a platform with one route says of doses."""
    given = Regimen("mine").dose(drug, route, amount, every=every, times=times, **how)
    thin = shelf.model("platform", [(drug, route)])
    return " ".join(simulate(thin, PERSON, given, times=[0, 1], typical=True).warnings)


def test_a_session_that_goes_on_for_days_begins_anew_each_day():
    assert begun([0, 1, 2, 30, 54]).tolist() == [0, 30, 54]
    assert begun(np.arange(0, 50)).tolist() == [0, 24, 48]
    assert begun([]).size == 0
    assert within(np.array([0.0, 23.0, 24.0, 47.0]), 24.0).tolist() == [2, 2, 2, 1]


def test_a_dose_every_hour_for_weeks_is_told():
    told = said("84 mg", "1 h", 21 * 24)
    assert "esketamine nasal adds up to 2,016 mg in 24 doses within 24 h" in told and "(112 mg)" in told
    assert "7 dosing sessions within 7 days asked; the data behind model 'platform' have at most 5." in told
    assert "57 dosing sessions asked" in said("1 mg", "1 h", 56 * 24 + 1)


@pytest.mark.parametrize(
    ("route", "within_data", "above"),
    [
        ("nasal", ("56 mg", "12 h", 2), ("57 mg", "12 h", 2)),
        ("oral", ("42 mg", "2 h", 2), ("43 mg", "2 h", 2)),
        ("im", ("2 mg/kg", "1 h", 2), ("2.1 mg/kg", "1 h", 2)),
        ("nasal", ("112 mg", "24 h", 2), ("112 mg", "23 h", 2)),
    ],
)
def test_what_a_day_adds_up_to(route, within_data, above):
    assert "adds up" not in said(*within_data, route=route)
    assert "adds up" in said(*above, route=route)
    assert "(4.2 mg/kg) in 2 doses" in said("2.1 mg/kg", "1 h", 2, route="im")


def test_a_long_infusion_in_steps_is_within_what_was_kept_up_for_hours():
    hour = {"route": "iv_infusion", "duration": "1 h"}
    assert "adds up" not in said("3 mg/kg", "1 h", 5, **hour)
    assert "adds up" in said("3.1 mg/kg", "1 h", 5, **hour)


def test_sessions_of_a_week_beside_the_most_of_any_study():
    assert "within 7 days" not in said("28 mg", "1 day", 5) and "within 7 days" not in said("28 mg", "33.6 h", 20)
    assert "6 dosing sessions within 7 days" in said("28 mg", "1 day", 6)


def test_a_data_set_is_told_of_the_person_with_most(tmp_path):
    model = small()
    model = replace(model, limits=replace(model.limits, largest_weekly=4))
    often = "2,0,31,vein,40,70,1,4\n" + "3,0,10,vein,40,70,24,3\n"
    (tmp_path / "d.csv").write_text(
        f"ID,TIME,AMT,CMT,AGE,WT,II,ADDL\n1,0,31,vein,40,70,0,0\n1,24,31,vein,40,70,0,0\n{often}"
    )
    told = " ".join(simulate(model, None, read(tmp_path / "d.csv", model), times=[0, 1]).warnings)
    assert "1 of 3 people gets more into inlet 'vein' within 24 h than any source has at once" in told
    assert "(155 mg in 5 doses where 60 mg is the largest)" in told and "within 7 days" not in told
    (tmp_path / "d.csv").write_text("ID,TIME,AMT,CMT,AGE,WT,II,ADDL\n1,0,9,vein,40,70,0,0\n2,0,10,vein,40,70,24,4\n")
    told = " ".join(simulate(model, None, read(tmp_path / "d.csv", model), times=[0, 1]).warnings)
    assert "5 dosing sessions within 7 days asked; the data behind model 'small' have at most 4." in told


def test_an_infusion_of_days_is_a_session_on_each_of_them():
    assert each_day(np.array([0.0, 30.0]), np.array([0.5, 50.0]))[1].tolist() == [0.0, 30.0, 54.0, 78.0]
    told = said("300 mg", "400 days", 1, "iv_infusion", "ketamine", duration="39 days")
    assert "7 dosing sessions within 7 days asked" in told


def test_doses_of_several_people_are_kept_apart_whatever_the_clock(tmp_path):
    rows = ["1,0,35", "1,4,35", "2,-200,350", "2,-198,350", "2,-197,350"]
    told = []
    for shift in (0, 200):
        text = "\n".join(f"{i},{float(t) + shift:g},{mg},1,vein_S,70" for i, t, mg in (row.split(",") for row in rows))
        (tmp_path / "d.csv").write_text(f"ID,TIME,AMT,EVID,CMT,WT\n{text}\n", encoding="utf-8")
        model = shelf.model("platform", [("ketamine", "iv_bolus")])
        found = simulate(model, None, read(tmp_path / "d.csv", model), times=[0, 1], typical=True).warnings
        told.append([w for w in found if "within 24 h" in w])
    assert told[0] == told[1] and told[0]
