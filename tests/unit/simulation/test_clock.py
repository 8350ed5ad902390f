"""The clock that is told is the clock by which exposure is measured."""

from types import SimpleNamespace

import pytest

from ketasim.dosing.regimen import Regimen
from ketasim.pharmacology import shelf
from ketasim.simulation import clock
from ketasim.simulation.simulate import dosing_span, study_of


@pytest.mark.parametrize(
    ("start", "times"),
    [("day 1 00:00", [0, 1, 48]), ("day 2 09:00", [0, 1, 48]), ("day 1 09:00", [12, 48]), ("day 9 00:00", [0, 1, 48])],
)
def test_exposure_counts_from_where_it_is_said(start, times):
    given = Regimen("mine").dose("ketamine", "iv_bolus", "20 mg", start=start, every="24 h", times=2)
    study = study_of(shelf.model("herd-2007"), None, given, at=times)
    assert clock.begin(study) == dosing_span(study)[0]
    what = "first dose" if start in ("day 1 00:00", "day 2 09:00") else "first time kept"
    assert f"{what} at {clock.begin(study):g} h" in clock.said(study)


def test_without_doses_exposure_counts_from_the_first_time():
    study = study_of(shelf.model("herd-2007"), None, Regimen.none(), at=[3, 4])
    assert clock.begin(study) == dosing_span(study)[0] == 3.0 and "first time kept at 3 h" in clock.said(study)


def test_time_zero_of_a_data_set_is_that_of_each_individual():
    study = study_of(shelf.model("herd-2007"), None, Regimen.none(), at=[3, 4])
    assert clock.zero(study) == clock.ZERO
    assert clock.zero(SimpleNamespace(data=object())) == "TIME 0 of each individual"


def test_a_visit_longer_after_the_last_dose_of_one_regimen_is_told():
    def given(every, times):
        dose = Regimen("mine").dose("ketamine", "iv_bolus", "20 mg", every=every, times=times)
        return study_of(shelf.model("herd-2007"), None, dose, at=[0.0, 1000.0])

    weekly, sparse, once = given("7 days", 5), given("14 days", 3), given("1 day", 1)
    (said,) = clock.unequally_after({"weekly": weekly, "sparse": sparse}, (24.0, 8 * 24.0, 22 * 24.0))
    assert "day 9 lies 1 under weekly, 8 under sparse; day 23 lies 1 under weekly, 8 under sparse" in said
    assert clock.unequally_after({"weekly": weekly, "sparse": sparse}, (24.0, 7 * 24.0, 15 * 24.0)) == ()
    (said,) = clock.unequally_after({"weekly": weekly, "sparse": sparse}, (14 * 24.0,))  # both are given a dose then
    assert "day 15 lies 7 under weekly, 14 under sparse" in said
    assert clock.unequally_after({"weekly": weekly, "once": once}, (22 * 24.0,)) == ()  # that is what differs


def test_days_since_a_session_of_several_devices_are_whole():
    weekly, sparse = (Regimen.preset(f"spravato-24-weeks-{name}") for name in ("weekly", "sparse"))
    studies = {r.name: study_of(shelf.model("perez-ruixo-2021"), None, r, at=[0.0, 4000.0]) for r in (weekly, sparse)}
    (said,) = clock.unequally_after(studies, (112 * 24.0,))
    assert "day 113 lies 7 under spravato-24-weeks-weekly, 14 under spravato-24-weeks-sparse" in said
