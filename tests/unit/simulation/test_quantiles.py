"""Exact quantiles by blocks."""

import numpy as np
import pytest

from ketasim.errors import RequestError
from ketasim.simulation import kept, quantiles


def test_as_numpy_says_and_without_those_who_failed():
    values = np.random.default_rng(2).lognormal(size=(7, 101))
    levels = (0.0, 0.05, 0.5, 0.973, 1.0)
    assert np.allclose(quantiles.along_people(values, levels), np.quantile(values, levels, axis=1).T, rtol=1e-14)
    values[:, ::3] = np.nan
    assert np.allclose(quantiles.along_people(values, levels), np.nanquantile(values, levels, axis=1).T, rtol=1e-14)
    values[2] = np.nan
    assert np.isnan(quantiles.along_people(values, levels)[2]).all()


def test_blocks_do_not_matter(monkeypatch):
    store, y = kept.InMemory(50, 2, 9), np.random.default_rng(3).normal(size=(2, 9, 50))
    for a, b in ((0, 20), (20, 50)):
        who = np.zeros(b - a, np.int64)
        store.put(kept.Part(a, b, y[:, :, a:b], who.astype(np.int8), who, np.zeros((2, 6, b - a)), np.empty(0)))
    whole = quantiles.of(store, 2, 9, (0.1, 0.5))
    monkeypatch.setattr(quantiles, "BLOCK_BYTES", 8 * 50 * 2)
    assert np.array_equal(quantiles.of(store, 2, 9, (0.1, 0.5), workers=2), whole)
    assert np.array_equal(quantiles.of_output(store, 1, 9, (0.1, 0.5)), whole[1])


@pytest.mark.parametrize("bad", [[], [-0.1], [1.1], [float("nan")]])
def test_levels(bad):
    with pytest.raises(RequestError, match="between 0 and 1"):
        quantiles.checked(bad)
    assert quantiles.checked([0.5, 0.1, 0.5]) == (0.1, 0.5)
