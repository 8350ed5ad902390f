"""Responders and others: who responds, how strongly, and that calibration and simulation take them for the same."""

import numpy as np
import pytest
from scipy.special import ndtr

from ketasim.calibration import known, predict
from ketasim.calibration import people as fixed_people
from ketasim.dosing.regimen import Regimen
from ketasim.model.expression import evaluate
from ketasim.pharmacology import shelf
from ketasim.pharmacology.mood.mixture import mixture
from ketasim.pharmacology.mood.values import calibrated, value
from ketasim.population.named import population
from ketasim.simulation.sensitivity import moved
from ketasim.simulation.simulate import simulate

ONCE = Regimen("once").dose("ketamine", "iv_infusion", "0.5 mg/kg", duration="40 min")
ROUTE = {("ketamine", "iv_infusion")}
DAY, MANY = 24.0, 1500
CVS = (0.3, 0.65, 1.5)
OUTPUTS = ("latent severity", "fast plasticity", "slow plasticity", "MADRS")
POSTERIOR = value("mood.response_cv", "mixture" if calibrated("mixture") else "disinhibition").number


def followed(model="pathway-mixture", **overrides):
    """People a day after ketamine: outputs (people,) by name."""
    given = {f"severity.{name}": number for name, number in overrides.items()}
    run = simulate(
        shelf.model(model, ROUTE), population("trd-adults", MANY, 1), ONCE, times=[DAY], outputs=OUTPUTS, seed=1,
        overrides=given,
    )  # fmt: skip
    return {name: run[name].to_numpy()[:, 0] for name in OUTPUTS}


def fall(drug, without):
    """What the drug takes from the latent severity of each person, and what it would at a response of 1."""
    fast, slow = (value(f"mood.weight_{one}", "mixture" if calibrated("mixture") else "disinhibition") for one in
                  ("fast", "slow"))  # fmt: skip
    full = fast.number * drug["fast plasticity"] + slow.number * drug["slow plasticity"]
    return without["latent severity"] - drug["latent severity"], full


@pytest.fixture(scope="module")
def without():
    """The same people, had plasticity no weight."""
    return followed(weight_fast=0.0, weight_slow=0.0)


def _values(response_z, cv):
    """Everything that the equations define for standard normal numbers, without relief and drug."""
    known = {p.name: np.full(response_z.shape, 0.0) for p in mixture().parameters}
    known |= {name: np.zeros(response_z.shape) for name in ("F", "S", "relief", "common")}
    known |= {"response_z": response_z, "response_cv": cv + 0 * response_z, "trial_drug": 1 + 0 * response_z}
    known["baseline"] = 30 + 0 * response_z
    for line in mixture().equations:
        name, text = line.split(" = ", 1)
        known[name] = evaluate(text, known)
    return known


def test_the_rank_is_that_of_a_normal_distribution():
    z = np.linspace(-6.0, 6.0, 4001)
    assert np.abs(_values(z, 0.6)["rank"] - ndtr(z)).max() < 1e-7


@pytest.mark.parametrize("cv", CVS)
def test_simulated_people_respond_as_those_of_calibration(cv, without):
    drug = followed(response_cv=cv)
    taken, full = fall(drug, without)
    response = taken / full
    share, quadrature = 1.0 / (1.0 + cv**2), predict._response(cv, mixture=True)
    acts = response > 1e-6
    chance = np.sqrt(share * (1.0 - share) / MANY)
    assert response[acts] == pytest.approx(1.0 / share, rel=1e-6)
    assert np.abs(response[~acts]).max() < 1e-9
    assert acts.mean() == pytest.approx(share, abs=3 * chance)
    assert response.mean() == pytest.approx(1.0, abs=3 * chance / share)
    assert response.var() == pytest.approx(cv**2, abs=3 * chance * abs(1.0 - 2.0 * share) / share**2 + 0.02)
    # the 64 patients of calibration: one of them stands at the border and responds in part
    edge = 1.0 / fixed_people.COUNT
    assert quadrature.mean() == pytest.approx(response.mean(), abs=3 * chance / share)
    assert quadrature.var() == pytest.approx(cv**2, abs=edge / share**2)
    assert (quadrature > 0).mean() == pytest.approx(acts.mean(), abs=3 * chance + edge)


def test_those_of_calibration_and_the_model_who_respond_are_the_same():
    z = np.sort(fixed_people.points()[:, fixed_people.RESPONSE])
    for cv in CVS:
        ours, theirs = _values(z, cv)["response"], np.sort(predict._response(cv, mixture=True))
        assert np.count_nonzero((ours > 0) != (theirs > 0)) <= 2


def test_under_the_mixture_the_drug_acts_in_some_and_not_at_all_in_the_rest(without):
    share = 1.0 / (1.0 + POSTERIOR**2)
    taken, _ = fall(drug := followed(), without)
    acts = taken > 1e-9
    assert acts.mean() == pytest.approx(share, abs=3 * np.sqrt(share * (1.0 - share) / MANY))
    np.testing.assert_array_equal(drug["MADRS"][~acts], without["MADRS"][~acts])
    # two humps: between those in whom nothing happens and the least who responds there is nobody
    assert taken[acts].min() > 0.2 * np.median(taken[acts])
    broad = fall(followed("pathway"), followed("pathway", weight_fast=0.0, weight_slow=0.0))[0]
    assert broad.min() > 0.01  # of the broad distribution nobody is left out


@pytest.mark.parametrize(("cv", "response"), [(0.5, 1.25), (0.99, 1.9801), (1.01, 0.0), (2.0, 0.0)])
def test_the_typical_person_responds_where_more_than_half_do(cv, response):
    assert _values(np.zeros(1), cv)["response"] == pytest.approx([response])


def test_a_run_says_what_share_responds_and_who_the_typical_person_is():
    said = shelf.model("pathway-mixture", ROUTE).caution
    assert f"In {1.0 / (1.0 + POSTERIOR**2):.0%} of its people the drug acts" in said
    assert "of the middle rank, is a responder and is not the mean of all" in said and POSTERIOR < 1.0
    assert "acts" not in shelf.model("pathway-metabolite", ROUTE).caution


@pytest.mark.parametrize("cv", CVS)
def test_what_a_prediction_leans_on_is_reckoned_from_people_of_the_mean_response(cv):
    """Two people cannot stand for a share: without care they would respond by 0.7 or 1.6 times the mean."""
    model, people = shelf.model("pathway-mixture", ROUTE), population("trd-adults", 400, 1)
    fallen = {}
    for weight in (1.0, 0.0):
        given = {"severity.response_cv": cv, "severity.weight_fast": weight, "severity.weight_slow": weight}
        run = simulate(model, people, ONCE, times=[DAY], outputs=OUTPUTS, seed=1, overrides=given)
        batch = moved(run, known.estimates(model))
        z = batch.kept.block(0, 0, 1)[0].reshape(-1)
        fallen[weight] = batch.middle(z)[0], run["latent severity"].to_numpy().mean()
    two, everybody = (fallen[0.0][k] - fallen[1.0][k] for k in (0, 1))
    assert two == pytest.approx(everybody, rel=0.1 + 2.0 * cv / np.sqrt(400))
