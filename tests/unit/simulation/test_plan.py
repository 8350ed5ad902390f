"""From names to arrays: rows per occasion, fractions by device, draws by name."""

import numpy as np
import pytest
from tests.support.small import nasal, small

from ketasim.engine.abi import Op
from ketasim.population import named
from ketasim.population.people import one
from ketasim.simulation import plan
from ketasim.simulation.simulate import study_of

PEOPLE = named.population("trd-adults", 6, seed=4)


@pytest.fixture(scope="module")
def study():
    return study_of(small(), PEOPLE, nasal(3), days=12, seed=2)


def test_a_row_per_occasion_and_where_it_changes(study):
    batch = plan.batch(study, 0, 6).batch
    assert batch.p_ptr.tolist() == [0, 3, 6, 9, 12, 15, 18]
    change = batch.op_k == Op.ROW
    assert change.sum() == 6 * 2 and batch.op_t[change][:2].tolist() == [9 + 84, 9 + 168]
    clearance = batch.p[:, study.layout.parameters.index("body.CL")].reshape(6, 3)
    assert np.ptp(clearance, axis=1).min() > 0
    volume = batch.p[:, study.layout.parameters.index("body.V")].reshape(6, 3)
    assert np.ptp(volume, axis=1).max() == 0


def test_fraction_of_each_device_follows_its_ordinal():
    typical = study_of(small(), one(WT=70, AGE=40), nasal(1), days=1, typical=True)
    batch = plan.batch(typical, 0, 1).batch
    nose = batch.op_v[(batch.op_k == Op.ADD) & (batch.op_i == 0)]
    assert np.allclose(nose, 28 * 0.5 * np.array([1, 0.8, 0.64]))
    gut = (batch.op_k == Op.ADD) & (batch.op_i == 1)
    assert np.allclose(batch.op_v[gut], 28 * 0.5 * 0.2) and np.allclose(batch.op_t[gut][0], 9.1)


def test_effects_have_the_declared_spread_and_correlation():
    study = study_of(small(), named.population("trd-adults", 20_000, 1), nasal(1), days=1, seed=3)
    ids = np.arange(1, 20_001)
    eta, kappa = plan.effects(study, ids, np.arange(20_000), np.zeros(20_000, np.int32))
    assert np.allclose(np.cov(eta.T), study.layout.covariance(), atol=0.006)
    assert np.allclose(np.cov(kappa.T), study.layout.occasion_covariance(), atol=0.006)
    both = np.corrcoef(eta.T, kappa.T)[: eta.shape[1], eta.shape[1] :]
    assert np.abs(both).max() < 0.03  # a person's own effect says nothing of an occasion's


def test_effects_follow_the_name_of_the_parameter_not_its_place(study):
    linear, other = (study_of(m, PEOPLE, nasal(1), days=1, seed=2) for m in (small(), small(linear=False)))
    who, first = np.arange(6), np.zeros(6, np.int32)
    ids = PEOPLE.chunk(0, 6)["ID"]
    for a, b in zip(plan.effects(linear, ids, who, first), plan.effects(other, ids, who, first), strict=True):
        assert np.array_equal(a, b)


def test_occasions_keep_their_draws_when_more_follow(study):
    longer = study_of(small(), PEOPLE, nasal(5), days=20, seed=2)
    few, many = plan.batch(study, 0, 6).batch, plan.batch(longer, 0, 6).batch
    assert np.array_equal(many.p.reshape(6, 5, -1)[:, :3], few.p.reshape(6, 3, -1))


def test_outputs_at_the_time_of_a_dose_come_after_it():
    from ketasim.dosing.regimen import Regimen
    from ketasim.simulation.simulate import simulate

    bolus = Regimen("b").dose("esketamine", "iv_bolus", "12 mg", start=1.0)
    run = simulate(small(), one(WT=70, AGE=40), bolus, typical=True, times=[0, 0.999, 1, 2])
    assert run.array("plasma esketamine")[0, :3].tolist() == pytest.approx([0, 0, 12 / 60 * 1000])
