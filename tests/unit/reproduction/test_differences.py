"""Differences of drug and control: one for each moment, endpoint and control, as printed or else from both arms."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from ketasim.measurement.endpoint import endpoint
from ketasim.reproduction.reproduce import _differences
from ketasim.studies.load import read

STUDY = read(Path(__file__).parents[3] / "examples" / "studies" / "parallel.toml")
STUDY = replace(STUDY, arms=(*STUDY.arms, replace(STUDY.arms[0], name="half dose")))
KETAMINE, MIDAZOLAM = STUDY.observations[:2]
VERSUS = replace(KETAMINE, versus="midazolam", statistic="difference")


class Result(SimpleNamespace):
    """As much of a result as differences look at."""

    madrs = True


def differences(*observations, study=STUDY):
    seen = [replace(one, line=k) for k, one in enumerate(observations)]
    own = [
        SimpleNamespace(result=Result(group="difference" if o.versus else "arm", arm=o.arm, printed=o.endpoint.name))
        for o in seen
    ]
    return _differences([(study, o) for o in seen], own, {(study.id, o.line) for o in seen})


@pytest.fixture(autouse=True)
def less(monkeypatch):
    def made(drug, control):
        return Result(arm=f"{drug.arm} less {control.arm}", printed=drug.printed)

    monkeypatch.setattr("ketasim.reproduction.reproduce._less", made)


def test_a_printed_difference_goes_before_the_same_one_computed():
    assert [r.arm for r in differences(KETAMINE, MIDAZOLAM)] == ["ketamine less midazolam"]
    assert [r.arm for r in differences(KETAMINE, MIDAZOLAM, VERSUS)] == ["ketamine"]


def test_a_difference_of_another_endpoint_or_phase_does_not_hide_it():
    score = endpoint("MADRS")
    for other in (replace(VERSUS, endpoint=score), replace(VERSUS, phase="later")):
        assert [r.arm for r in differences(KETAMINE, MIDAZOLAM, other)] == ["ketamine", "ketamine less midazolam"]


def test_a_difference_from_another_dose_is_none_and_hides_nothing():
    between_doses = replace(VERSUS, versus="half dose")
    assert [r.arm for r in differences(KETAMINE, MIDAZOLAM, between_doses)] == ["ketamine less midazolam"]
