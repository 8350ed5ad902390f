"""The platform model: its routes, its parts, its liver, its switches."""

import numpy as np
import pytest

from ketasim.errors import UnknownName
from ketasim.model.compose import compose
from ketasim.model.individual import layout
from ketasim.pharmacology import shelf
from ketasim.pharmacology.parts import ENANTIOMERS
from ketasim.pharmacology.routes import WAYS
from ketasim.reproduction.exact import Given, solve

MAN = {"WT": 70.0, "AGE": 40.0}
INFUSION = [Given("esketamine", "iv_infusion", 35.0, 0.0, 2 / 3)]
DAY = np.unique(np.round(np.r_[np.linspace(0, 4, 481), np.linspace(4, 120, 1161)], 6)).tolist()


def test_every_route_for_every_drug():
    declared = {(r.drug, r.route) for r in shelf.model("platform").routes}
    assert declared == {(drug, route) for drug in ENANTIOMERS for route in WAYS}
    assert set(WAYS) == {
        "iv_bolus", "iv_infusion", "im", "sc", "nasal", "oral", "oral_prolonged", "sublingual", "rectal", "inhaled",
    }  # fmt: skip


def test_routes_without_a_source_are_graded_d():
    grades = {(r.drug, r.route): r for r in shelf.model("platform").routes}
    assert {grades[d, "sc"].grade for d in ENANTIOMERS} == {"D"}
    assert "no sourced parameter" in grades["ketamine", "sc"].note
    assert grades["esketamine", "nasal"].grade == "B"


def test_outputs_of_the_contract():
    names = {o.name for o in shelf.model("platform").outputs}
    for site in ("plasma", "arterial"):
        for what in ("esketamine", "arketamine", "ketamine", "S-norketamine", "R-norketamine", "norketamine"):
            assert f"{site} {what}" in names
    assert {"plasma hydroxynorketamine", "NMDA occupancy"} <= names


@pytest.mark.parametrize("route", list(WAYS))
def test_a_part_gives_the_same_numbers_as_the_whole(route):
    doses = [Given("ketamine", route, 30.0, 0.0)]
    times = [0.1, 0.5, 1.0, 4.0, 12.0]
    whole = solve(shelf.model("platform"), doses, MAN, times)
    part = solve(shelf.model("platform", [("ketamine", route)]), doses, MAN, times)
    assert part.names == whole.names
    assert np.allclose(part.values, whole.values, rtol=1e-9, atol=1e-12)


def test_a_part_is_small_and_cached():
    part = shelf.model("platform", [("esketamine", "nasal")])
    assert len(compose(part).states) == 15
    assert shelf.model("platform", [("esketamine", "nasal")]) is part


def test_unknown_drug_and_route():
    with pytest.raises(UnknownName, match="esketamine"):
        shelf.model("platform", [("eskitamine", "nasal")])
    with pytest.raises(UnknownName, match="nasal"):
        shelf.model("platform", [("esketamine", "nose")])


def auc(output: str, doses, people=None, overrides=None) -> float:
    model = shelf.model("platform", [(d.drug, d.route) for d in doses])
    y = solve(model, doses, people or MAN, DAY, overrides)[output]
    return float(np.trapezoid(y, DAY))


def test_arterial_over_venous_at_the_end_of_an_infusion():
    curves = solve(shelf.model("platform"), INFUSION, MAN, [2 / 3, 3.0])
    ratio = curves["arterial esketamine"] / curves["plasma esketamine"]
    assert 1.5 < ratio[0] < 1.8
    assert ratio[1] < 1.0


def test_both_sites_have_one_auc():
    assert auc("arterial esketamine", INFUSION) == pytest.approx(auc("plasma esketamine", INFUSION), rel=2e-3)


def test_oral_bioavailability_is_gut_times_liver():
    drink = [Given("esketamine", "oral", 84.0, 0.0)]
    vein = [Given("esketamine", "iv_bolus", 84.0, 0.0)]
    share = auc("plasma esketamine", drink) / auc("plasma esketamine", vein)
    assert share == pytest.approx(0.64 * (1 - 0.7218), rel=5e-3)


def test_later_devices_absorb_less():
    first, later = ([Given("esketamine", "nasal", 28.0, 0.0, nth=n)] for n in (1, 2))
    ratio = auc("plasma esketamine", later) / auc("plasma esketamine", first)
    swallowed = 0.64 * (1 - 0.7218)
    direct = 0.54 * np.array([0.62, 1.0])
    expected = direct + (1 - direct) * swallowed
    assert ratio == pytest.approx(expected[0] / expected[1], rel=5e-3)


def test_inhibiting_the_liver_matters_more_by_mouth_than_in_a_vein():
    half = {"liver.enzyme": 0.5}
    mouth, vein = [Given("esketamine", "oral", 84.0, 0.0)], [Given("esketamine", "iv_bolus", 20.0, 0.0)]
    by_mouth = auc("plasma esketamine", mouth, overrides=half) / auc("plasma esketamine", mouth)
    by_vein = auc("plasma esketamine", vein, overrides=half) / auc("plasma esketamine", vein)
    assert by_mouth > by_vein > 1
    assert by_mouth == pytest.approx(2.0, rel=0.03)  # well stirred: oral AUC goes with 1 / intrinsic clearance


def test_gut_wall_switch_cannot_absorb_more_than_everything():
    mouth = [Given("esketamine", "oral", 84.0, 0.0)]
    more = auc("plasma esketamine", mouth, overrides={"gut.wall": 5.0}) / auc("plasma esketamine", mouth)
    assert more == pytest.approx(1 / 0.64, rel=5e-3)


def test_interaction_is_off_and_slows_s_alone():
    both = [Given("ketamine", "iv_bolus", 70.0, 0.0)]
    slowed = {"liver.interaction": 0.563}
    assert auc("plasma esketamine", both, overrides=slowed) > 1.1 * auc("plasma esketamine", both)
    assert auc("plasma arketamine", both, overrides=slowed) == pytest.approx(auc("plasma arketamine", both))


def test_age_and_ancestry_slow_the_liver():
    vein = [Given("esketamine", "iv_bolus", 20.0, 0.0)]
    base = auc("plasma esketamine", vein)
    assert auc("plasma esketamine", vein, {"WT": 70.0, "AGE": 60.0}) == pytest.approx(base)
    assert auc("plasma esketamine", vein, {"WT": 70.0, "AGE": 80.0}) > 1.15 * base
    assert auc("plasma esketamine", vein, {**MAN, "ANCESTRY": "japanese"}) > 1.02 * base


def test_weight_scales_clearance_by_three_quarters():
    vein = [Given("esketamine", "iv_bolus", 20.0, 0.0)]
    light = auc("plasma esketamine", vein, {"WT": 35.0, "AGE": 40.0})
    assert light / auc("plasma esketamine", vein) == pytest.approx(2**0.75, rel=5e-3)


def test_occupancy_is_one_site_competition():
    curves = solve(shelf.model("platform"), [Given("ketamine", "iv_infusion", 35.0, 0.0, 2 / 3)], MAN, [2 / 3])
    names = {"plasma esketamine": (0.56, 237.73, 862), "plasma arketamine": (0.56, 237.73, 4023),
             "plasma S-norketamine": (0.5, 223.70, 5151), "plasma R-norketamine": (0.5, 223.70, 39387)}  # fmt: skip
    x = sum(fu * curves[n][0] / mass / (ic50 * 1e-3) for n, (fu, mass, ic50) in names.items())
    assert curves["NMDA occupancy"][0] == pytest.approx(x / (1 + x), rel=1e-9)
    assert 0.18 < curves["NMDA occupancy"][0] < 0.32


def test_sums_are_sums():
    curves = solve(shelf.model("platform"), [Given("ketamine", "im", 35.0, 0.0)], MAN, [0.5, 2.0])
    for site in ("plasma", "arterial"):
        assert np.allclose(curves[f"{site} ketamine"], curves[f"{site} esketamine"] + curves[f"{site} arketamine"])
        parts = curves[f"{site} S-norketamine"] + curves[f"{site} R-norketamine"]
        assert np.allclose(curves[f"{site} norketamine"], parts)


def test_enantiomers_share_their_random_effects():
    effects = layout(shelf.model("platform")).effects
    assert "body.V1" in effects
    assert not any(name.endswith(("_S", "_R")) for name in effects)
