"""The keyed generator: published vectors, independence of batch and order, and the shape of its distributions."""

import numpy as np
import pytest

from ketasim.population import chance

KNOWN = [  # counter, key, output: known-answer vectors published with the Random123 library for philox4x32, 10 rounds
    ([0, 0, 0, 0], (0, 0), [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
    ([0xFFFFFFFF] * 4, (0xFFFFFFFF, 0xFFFFFFFF), [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
    (
        [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
        (0xA4093822, 0x299F31D0),
        [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
    ),
]


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN)
def test_published_vectors(counter, key, expected):
    words = tuple(np.array([c], dtype=np.uint64) for c in counter)
    assert [int(w[0]) for w in chance.philox(words, key)] == expected


def test_a_patient_is_the_same_in_any_batch_order_and_count():
    ids = np.arange(1, 1001)
    whole = chance.normal(7, ids, "eta", 5)
    shuffled = np.random.default_rng(1).permutation(1000)
    assert np.array_equal(chance.normal(7, ids[shuffled], "eta", 5), whole[shuffled])
    assert np.array_equal(chance.normal(7, [437], "eta", 5)[0], whole[436])
    assert np.array_equal(chance.normal(7, ids, "eta", 3), whole[:, :3])


def test_seed_patient_and_purpose_each_change_the_draw():
    base = chance.uniform(1, [1], "a", 4)
    for other in (chance.uniform(2, [1], "a", 4), chance.uniform(1, [2], "a", 4), chance.uniform(1, [1], "b", 4)):
        assert not np.any(base == other)
    assert not np.any(chance.uniform(1, [5], "a", 2) == chance.uniform(1, [5 + 2**32], "a", 2))


def test_uniform_is_open_and_flat():
    u = chance.uniform(3, np.arange(50_000), "flat", 2).ravel()
    assert u.min() > 0 and u.max() < 1
    counts = np.histogram(u, 50, (0, 1))[0]
    chi2 = np.sum((counts - 2000.0) ** 2 / 2000.0)
    assert chi2 < 100  # 49 degrees of freedom: beyond 1e-5


def test_normal_moments_and_independence():
    z = chance.normal(11, np.arange(100_000), "moments", 3)
    assert np.all(np.abs(z.mean(axis=0)) < 0.015)
    assert np.all(np.abs(z.std(axis=0) - 1) < 0.01)
    assert np.all(np.abs(np.corrcoef(z.T) - np.eye(3)) < 0.015)
    assert abs(np.corrcoef(z[1:, 0], z[:-1, 0])[0, 1]) < 0.015


def test_correlated_effects_have_the_covariance_and_allow_zero_variance():
    covariance = np.array([[0.09, 0.03, 0.0], [0.03, 0.04, 0.0], [0.0, 0.0, 0.0]])
    z = chance.normal(5, np.arange(200_000), "block", 3)
    eta = chance.correlated(z, covariance)
    assert np.allclose(np.cov(eta.T), covariance, atol=8e-4)
    assert np.all(eta[:, 2] == 0)
    assert np.array_equal(chance.correlated(z[7:8], covariance)[0], eta[7])


def test_a_covariance_that_is_none_is_refused():
    with pytest.raises(ValueError, match="positive semi-definite"):
        chance.correlated(np.zeros((1, 2)), np.array([[1.0, 2.0], [2.0, 1.0]]))
