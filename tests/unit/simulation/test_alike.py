"""A model in which nothing differs between people at random says so, and rounding is no spread."""

import pytest

from ketasim.dosing.regimen import Regimen
from ketasim.pharmacology import shelf
from ketasim.population.named import population
from ketasim.simulation.simulate import simulate

INFUSION = Regimen.preset("iv-ketamine-0.5mgkg-single")


def test_people_of_a_model_without_variability_do_not_differ_and_are_said_to_be_alike():
    people = population("healthy-adults", 60, 0)
    run = simulate(shelf.model("domino-1982"), people, INFUSION)
    table = run.summary()
    assert set(table["cv_percent"]) == {0.0} and set(table["sd"]) == {0.0}
    (said,) = [line for line in run.warnings if "no variability" in line]
    assert said.startswith("Model 'domino-1982' has no variability between people: they are all alike, apart from")


@pytest.mark.parametrize(("n", "how"), [(1, {}), (5, {"typical": True})])
def test_nothing_is_said_of_one_person_or_of_typical_ones(n, how):
    run = simulate(shelf.model("domino-1982"), population("healthy-adults", n, 0), INFUSION, **how)
    assert not any("no variability" in line for line in run.warnings)


def test_people_of_other_models_differ():
    run = simulate(shelf.model("perez-ruixo-2021"), population("healthy-adults", 5, 0), Regimen.preset("spravato-56"))
    assert not any("no variability" in line for line in run.warnings)
    peaks = run.summary().query("measure == 'Cmax'")
    assert (peaks["cv_percent"] > 1.0).all()
