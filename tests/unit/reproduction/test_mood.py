"""Forecasts: parts of variance, the same alone and again, and what a fixed fact does once calibration follows."""

from dataclasses import replace

import numpy as np
import pytest

from ketasim.calibration import posterior
from ketasim.calibration.data import assemble
from ketasim.calibration.following import by_fact
from ketasim.calibration.parameters import INDEX
from ketasim.calibration.predict import fixed
from ketasim.errors import UnknownName
from ketasim.evidence.certainty import sd_log
from ketasim.evidence.store import fact
from ketasim.reproduction import leaning, mood, speak
from ketasim.simulation.levers import Lever
from ketasim.studies import shelf


@pytest.fixture(scope="module")
def draws():
    found = posterior.prior(120)
    values = found.draws.copy()
    middle = np.median(values, axis=0)
    return posterior.Posterior(found.names, middle * (values / middle) ** 0.3)


@pytest.fixture(scope="module")
def rows():
    return speak.sorted_out([shelf.study("murrough2013")])[0]


@pytest.fixture(scope="module")
def found(rows, draws):
    return mood.forecasts(rows, draws, seed=3)


def test_shares_add_up(found):
    for one in found:
        assert set(one.shares) == set(mood.SHARES)
        assert sum(one.shares.values()) == pytest.approx(1.0)
        assert min(one.shares.values()) >= 0.0


def test_variance_of_the_draws_is_that_of_the_parts(found):
    for one in found:
        chance = one.shares["between-patient"] + one.shares["sampling"]
        assert one.samples.var() == pytest.approx(one.sampling**2 / chance, rel=0.25)
        assert one.expected.var() < one.samples.var()


def test_the_drug_arm_leans_on_facts_and_they_have_grades(found):
    assert found[0].weakest
    for weak in found[0].weakest:
        assert fact(weak.fact).grade == weak.grade
    shares = [weak.share for weak in found[0].weakest]
    assert shares == sorted(shares, reverse=True)


def test_the_same_alone_and_again(rows, draws, found):
    again = mood.forecasts(rows, draws, seed=3)
    other = mood.forecasts(rows, draws, seed=4)
    assert np.array_equal(again[0].samples, found[0].samples)
    assert not np.array_equal(other[0].samples, found[0].samples)
    assert np.median(other[0].samples) == pytest.approx(np.median(found[0].samples), abs=1.0)


def test_one_parameter_vector_and_equal_studies_leave_sampling_only(rows, draws):
    one = np.repeat(np.median(draws.draws, axis=0)[None], 150, axis=0)
    one[:, [INDEX["study_relief"], INDEX["study_drug"]]] = 1e-9
    still = mood.forecasts(rows, posterior.Posterior(draws.names, one), seed=3, grades=False)
    for forecast in still:
        assert forecast.shares["between-patient"] + forecast.shares["sampling"] == pytest.approx(1.0, abs=1e-6)
        assert forecast.samples.std() == pytest.approx(forecast.sampling, rel=0.1)
        assert forecast.row.seen.n * forecast.sampling**2 > 25.0  # people differ by more than 5 points


def test_results_of_one_arm_go_together():
    pairs, _ = speak.sorted_out([shelf.study("canuso2018")])
    rows = [p for p in pairs if p[1].arm == "esketamine 84 mg" and not p[1].versus]
    found = mood.forecasts(rows, posterior.prior(60), seed=1, grades=False)
    change, response = found[0], found[1]
    left = (change.samples - change.expected, response.samples - response.expected)
    inside = (response.samples > 0) & (response.samples < 1)
    assert np.corrcoef(left[0][inside], left[1][inside])[0, 1] < -0.2


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("pk.simons22.VK1", 0.9 / 11.6),
        ("pk.pr21.FRn", 0.15),
        ("pk.fu.ketamine", 0.25),
        ("mood.glutamate.int_half", 0.5),
    ],
)
def test_a_printed_spread_goes_before_that_of_the_grade(name, expected):
    assert sd_log(fact(name)) == pytest.approx(expected)


def test_calibration_follows_a_fact():
    moved = leaning.levers([shelf.study("murrough2013")])
    follow = leaning.following(moved)
    names = [lever.names[0] for lever in moved]
    assert follow.shape == (len(INDEX), len(names)) and np.isfinite(follow).all()
    # interneurons that need more occupancy must be made up for by a stronger drug, a larger first pass too
    for parameter in ("glutamate.int_half", "liver.CLint"):
        k = names.index(parameter)
        gains = [follow[INDEX[n], k] for n in ("weight_fast", "weight_slow", "fast_on", "slow_on")]
        assert sum(gains) > 0.0
    assert np.abs(follow).max() < 5.0


@pytest.mark.parametrize(
    ("study", "there", "absent"),
    [
        ("murrough2013", ("glutamate.gain", "glutamate.least", "receptor.fu_N", "receptor.IC50_R"), ("nose.FRn",)),
        ("canuso2018", ("nose.FRn", "nose.later", "gut.Dsw", "gut.Fgut", "nose.ka"), ("receptor.IC50_R",)),
        ("glue2024", ("gut.Fgut",), ("nose.FRn",)),
    ],
)
def test_every_fact_on_the_way_of_a_study_is_moved_and_no_other(study, there, absent):
    names = {name for lever in leaning.levers([shelf.study(study)]) for name in lever.names}
    assert names >= {*there, "glutamate.int_half", "liver.CLint", "expectancy.on", "oral.rate"}
    silent = {"hydroxynorketamine.CL", "plasticity.bdnf_gain", "glutamate.dopamine_gain", "potentiation.saturation"}
    assert not names & {*absent, *silent, "severity.weight_fast"}


def test_a_name_that_the_model_has_not_is_refused(draws):
    data = assemble(speak.sorted_out([shelf.study("murrough2013")])[0])
    wrong = Lever(("liver.CLnit",), fact("pk.platform.CLint"), 0.25)
    with pytest.raises(UnknownName, match="CLint"):
        by_fact(lambda _: data, data, np.median(draws.draws, axis=0), fixed(), [wrong])


def test_one_paper_reads_the_same_beside_another_of_its_trial(draws):
    one = shelf.study("canuso2018")
    pairs = speak.sorted_out([one, replace(one, id="second")])[0]
    mine = [k for k, (study, _) in enumerate(pairs) if study.id == "second"]
    both, alone = (mood.forecasts(rows, draws, 3, grades=False) for rows in (pairs, [pairs[k] for k in mine]))
    for k, single in zip(mine, alone, strict=True):
        assert np.allclose(both[k].samples, single.samples)
    assert not np.allclose(both[0].samples, both[mine[0]].samples)
