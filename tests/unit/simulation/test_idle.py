"""A coefficient that was set and moves nobody is told."""

from __future__ import annotations

import pytest

from ketasim.dosing.regimen import Regimen
from ketasim.pharmacology.shelf import model
from ketasim.population.people import listed
from ketasim.simulation.simulate import simulate

HERE = "concerns none of these people"


def said(name: str, overrides: dict[str, float], **columns) -> list[str]:
    people = listed({"ID": [1, 2], **{"WT": [70.0, 80.0], **columns}}, "two")
    run = simulate(model(name), people, Regimen.preset("spravato-28-single"), days=1.0, overrides=overrides)
    return [line for line in run.warnings if HERE in line]


@pytest.mark.parametrize(
    ("name", "changed", "nobody", "somebody", "when"),
    [
        ("pathway", "mood.open_drug", {"CONTROL": ["none", "saline"]}, {"CONTROL": ["none", "open"]}, "CONTROL open"),
        ("platform", "pk.platform.Qh_age", {"AGE": [30.0, 60.0]}, {"AGE": [30.0, 61.0]}, "AGE above 60"),
        ("platform", "pk.allometry.flow", {"WT": [70.0, 70.0]}, {"WT": [70.0, 80.0]}, "WT other than 70"),
    ],
)
def test_a_coefficient_of_nobody(name, changed, nobody, somebody, when) -> None:
    (line,) = said(name, {changed: 0.5}, **nobody)
    assert line.startswith(f"{changed} is set") and when in line
    assert not said(name, {changed: 0.5}, **somebody) and not said(name, {}, **nobody)
