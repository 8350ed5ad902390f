"""How patients differ and chance within each, apart: together the error of the likelihood, and each alone."""

import numpy as np
import pytest

from ketasim.calibration.data import assemble
from ketasim.calibration.likelihood import predictions
from ketasim.calibration.parameters import INDEX, estimated
from ketasim.calibration.predict import below, expected, fixed, ground, scene
from ketasim.reproduction import apart, speak
from ketasim.studies import shelf


@pytest.fixture(scope="module")
def data():
    return assemble(speak.sorted_out([shelf.study("canuso2018")])[0])


@pytest.fixture
def middle():
    return np.array([one.median for one in estimated()])


def rows_of(data, kind, versus=False):
    return [k for k, r in enumerate(data.rows) if r.seen.endpoint.kind == kind and (r.versus >= 0) == versus]


def test_the_parts_of_an_arm_add_up_to_what_the_likelihood_takes(data, middle):
    views = [scene(ground(on, middle, fixed())) for on in data.stages]
    errors = predictions(data, middle, fixed())[1][0]
    for k, row in enumerate(data.rows):
        parts = np.array(apart._parts(row.seen, views[row.arm], row.column, row.origin)) / row.seen.n
        if row.versus >= 0:
            other = apart._parts(row.seen, views[row.versus], row.column_versus)
            parts += np.array(other) / (row.seen.n_versus or row.seen.n)
        assert parts.sum() == pytest.approx(errors[k] ** 2, rel=1e-3) and (parts > 0.0).all()


def test_a_change_and_a_share_by_hand(data, middle):
    views = [scene(ground(on, middle, fixed())) for on in data.stages]
    change, response = data.rows[rows_of(data, "change")[0]], data.rows[rows_of(data, "response")[0]]
    view = views[change.arm]
    z = view.z[0, :, change.column]
    mean = expected(z, view.noise)
    slope = (expected(z + 0.001, view.noise) - expected(z - 0.001, view.noise)) / 0.002
    found = apart._parts(change.seen, view, change.column)
    assert found == pytest.approx((np.var(mean - view.baseline), np.mean((slope * view.noise) ** 2)))
    view = views[response.arm]
    chance = below(view.z[0, :, response.column], 0.5 * view.baseline, view.noise)
    found = apart._parts(response.seen, view, response.column)
    assert found == pytest.approx((np.var(chance), np.mean(chance * (1.0 - chance))), rel=1e-3)


def test_without_variation_within_patients_they_are_all_that_differs(data, middle):
    still = middle.copy()
    still[INDEX["noise"]] = 1e-6
    shares, usual = (apart.between_patients(data, p, fixed()) for p in (still, middle))
    for k in (*rows_of(data, "change"), *rows_of(data, "change", versus=True)):
        assert shares[k] == pytest.approx(1.0, abs=1e-6) and 0.0 < usual[k] < 1.0


def test_relapses_are_counted():
    data = assemble(speak.sorted_out([shelf.study("daly2019")])[0])
    shares = apart.between_patients(data, np.array([one.median for one in estimated()]), fixed())
    ratios = [k for k, r in enumerate(data.rows) if r.seen.statistic == "hazard_ratio"]
    assert ratios and all(shares[k] == 0.0 for k in ratios)
