"""Studies outside the data behind the model are predicted, and the result says so."""

from dataclasses import replace
from pathlib import Path

import pytest

from ketasim.errors import StudyError
from ketasim.reproduction.beyond import beyond
from ketasim.studies import shelf
from ketasim.studies.load import read

DOSE = {"drug": "ketamine", "route": "iv_infusion", "duration": "40 min", "start": "day 1 09:00"}
PARALLEL = Path(__file__).parents[3] / "examples" / "studies" / "parallel.toml"


def test_people_over_65_are_told() -> None:
    (said,) = beyond([shelf.study("ochsross2020")])
    assert said.startswith("ochsross2020: its people are about")
    assert "older than 65 years calibration read one open series" in said
    assert beyond([shelf.study("fedgchin2019"), shelf.study("crtce-older"), read(PARALLEL)]) == ()


def test_a_dose_above_any_source_is_told_and_one_far_above_refused(tmp_path: Path) -> None:
    one = read(PARALLEL)
    drug = next(arm for arm in one.arms if arm.active)
    for amount, told in (("1 mg/kg", 0), ("40 mg/kg", 1)):
        dose = {
            "drug": "ketamine",
            "route": "iv_infusion",
            "amount": amount,
            "duration": "40 min",
            "start": "day 1 09:00",
        }
        arms = tuple(replace(a, regimen="inline", doses=(dose,)) if a is drug else a for a in one.arms)
        said = beyond([replace(one, arms=arms)])
        assert len(said) == told and all("above the largest dose" in text for text in said)
    dose["amount"] = "40 g/kg"
    with pytest.raises(StudyError, match="100 times"):
        beyond([replace(one, arms=arms)])


@pytest.mark.parametrize("use", ["judge", "calibrate"])
def test_a_score_long_after_any_dose_that_calibration_read_is_told(use) -> None:
    """Of a study of the user's also where its file is marked `calibrate`, for calibration did not read it."""
    one = replace(read(PARALLEL), use=use)
    seen = next(o for o in one.observations if o.endpoint.kind == "response" and one.arm(o.arm).active)
    late = replace(seen, time=replace(seen.time, hours=80.0 * 168.0, text="week 80"))
    assert beyond([one]) == ()
    (said,) = beyond([replace(one, observations=(late,))])
    assert "week 80 lies 560 days after a dose" in said and "none more than 14 days after one" in said


def test_what_calibration_read_is_not_called_unread() -> None:
    assert beyond([shelf.study("pmc9656070")]) == ()  # nine people a month after their last dose
