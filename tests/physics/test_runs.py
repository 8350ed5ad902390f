"""What any run must obey, whatever the model's numbers: linearity, superposition, shifts of time, wash-out, no drug."""

import numpy as np
import pytest
from tests.support.small import small

from ketasim.dosing.regimen import Regimen
from ketasim.population import named
from ketasim.simulation.simulate import simulate

PEOPLE = named.population("trd-adults", 16, seed=1)
HOURS = np.linspace(0, 24, 97)


def infusion(mg, start=0.0, name="dose"):
    return Regimen(name).dose("esketamine", "iv_infusion", f"{mg} mg", duration="40 min", start=start)


def curve(regimen, times=HOURS, model=None):
    return simulate(model or small(), PEOPLE, regimen, times=times, seed=5).array("plasma esketamine")


def test_twice_the_dose_is_twice_the_concentration():
    assert np.allclose(curve(infusion(40)), 2 * curve(infusion(20)), rtol=1e-9)


def test_doses_close_together_add_up():
    both = infusion(20).dose("esketamine", "iv_infusion", "30 mg", duration="40 min", start=2.0)
    assert np.allclose(curve(both), curve(infusion(20)) + curve(infusion(30, 2.0)), rtol=1e-9, atol=1e-12)


def test_a_later_start_shifts_the_curve():
    assert np.allclose(curve(infusion(20, 3.0), HOURS + 3.0), curve(infusion(20)), rtol=1e-9, atol=1e-12)


def test_everything_washes_out_and_nothing_is_negative():
    y = curve(infusion(20), np.linspace(0, 24 * 14, 400))
    assert y.min() >= 0 and y[:, -1].max() < 1e-9 * y.max()


def test_no_drug_no_concentration():
    assert not curve(Regimen.none()).any()


def test_saturation_is_more_than_linear():
    model = small(linear=False)
    low, high = (curve(infusion(mg), model=model).max(axis=1) for mg in (0.02, 60))
    assert np.all(high > 3000 * low)


def test_milligrams_per_kilogram_follow_weight():
    per_kg = Regimen("kg").dose("esketamine", "iv_infusion", "0.25 mg/kg", duration="40 min")
    weight = PEOPLE.chunk(0, 16)["WT"][:, None]
    assert np.allclose(curve(per_kg), curve(infusion(10)) * 0.025 * weight, rtol=1e-9)


@pytest.mark.parametrize("mg", [1e-6, 60])
def test_any_size_of_dose_has_the_same_shape(mg):
    assert np.allclose(curve(infusion(mg)) / mg, curve(infusion(10)) / 10, rtol=1e-9)
