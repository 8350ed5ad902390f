"""The default grid of times, and times as users give them."""

import numpy as np
import pytest

import ketasim as ks
from ketasim.errors import RequestError
from ketasim.simulation import nca, times


def test_dosing_days_are_hourly_and_the_others_daily():
    t = times.default([0.0, 84.0], [], 14 * 24.0)
    assert t[0] == 0 and t[-1] == 14 * 24
    for start in (0.0, 84.0):
        assert np.isin(start + np.arange(25.0), t).all()
    quiet = t[(t > 120) & (t < 330)]
    assert np.array_equal(quiet, np.arange(144, 330, 24.0))
    assert np.min(np.abs(t - (84 - 1 / 60))) < 1e-6
    assert np.sum((t >= 84) & (t <= 85)) == 16
    assert np.all(np.diff(t) > 0)


def test_after_a_single_session_the_curve_has_no_long_straight_stretch():
    t = times.default([9.0], [9.67], 14 * 24.0)
    followed = t[(t >= 9.0) & (t <= 9.0 + 96.0)]
    assert np.diff(followed).max() <= 3.0 + 1e-9
    assert np.array_equal(t[t > 108.0], np.arange(120, 337, 24.0))
    assert times.default([9.0], [], 24.0)[-1] == 24.0


def test_no_doses_give_days():
    assert np.array_equal(times.default([], [], 72.0), [0, 24, 48, 72])


def test_the_end_of_an_infusion_is_a_time():
    assert np.isin(40 / 60, times.default([0.0], [40 / 60], 24.0).round(9)) or np.any(
        np.abs(times.default([0.0], [40 / 60], 24.0) - 40 / 60) < 1e-6
    )


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("0,1,2", [0, 1, 2]),
        ("0:2:0.5", [0, 0.5, 1, 1.5, 2]),
        ("0, 30 min, 1 day", [0, 0.5, 24]),
        ("day 1, Week 4", [0, 672]),
    ],
)
def test_text(text, hours):
    assert np.allclose(times.given(text), hours)


@pytest.mark.parametrize("bad", [[], [-1, 2], [0, 2, 1], [0, np.nan], "", "0:5:0", "5:0:1", [0, 0]])
def test_times_that_cannot_be_are_refused(bad):
    with pytest.raises(RequestError, match=r"[Tt]imes|grid"):
        times.given(bad)


def test_a_grid_longer_than_a_century_is_refused_before_it_fills_the_memory():
    with pytest.raises(RequestError, match=r"36,525 days.*1e\+09"):
        times.default([], [], 24e9)


def test_a_grid_of_too_many_times_says_so():
    with pytest.raises(RequestError, match="more than 1,000,000 times"):
        times.given("0:1e6:0.001")


def test_doses_of_which_no_peak_is_kept_are_told():
    from ketasim.dosing.regimen import Regimen
    from ketasim.pharmacology import shelf
    from ketasim.population.people import one
    from ketasim.simulation.simulate import simulate

    thin = shelf.model("platform", [("ketamine", "iv_bolus")])

    def said(times: int, at: object = None) -> str:
        given = Regimen("hourly").dose("ketamine", "iv_bolus", "1 mg", every="1 h", times=times)
        found = simulate(thin, one(AGE=40, WT=70), given, times=at, outputs="plasma ketamine", typical=True)
        return " ".join(found.warnings)

    assert "results are not kept soon after each" in said(450) and "name the times" in said(450)
    assert "not kept soon" not in said(30) and "not kept soon" not in said(450, "0:450:0.1")


@pytest.mark.parametrize("output", ["plasma esketamine", "arterial esketamine"])
@pytest.mark.parametrize("route", ["iv_bolus", "im"])
def test_the_usual_grid_sees_the_area_of_what_peaks_within_minutes(route, output):
    regimen = ks.Regimen.from_text(f'[[dose]]\ndrug = "ketamine"\nroute = "{route}"\namount = "70 mg"\nat = ["day 1"]')

    def area(at):
        run = ks.simulate(ks.model("platform"), None, regimen, days=1, times=at, outputs=output, typical=True)
        return run.times, nca.exposure(run.times, run[output].to_numpy())["AUClast"][0]

    usual, found = area(None)
    exact = area(np.union1d(usual, np.arange(0, 4, 1 / 600)))[1]
    assert found == pytest.approx(exact, rel=0.01)
