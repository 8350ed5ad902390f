"""The sampler and its diagnostics, on targets whose answer is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special

from ketasim.calibration import diagnose, mode, sample

F64 = NDArray[np.float64]
COVER = np.array([[1.0, 0.8, 0.0], [0.8, 2.0, 0.3], [0.0, 0.3, 0.5]])
MEAN = np.array([1.0, -1.0, 0.5])
PRECISION = np.linalg.inv(COVER)


def normal(u: F64) -> float:
    return float(-0.5 * (u - MEAN) @ PRECISION @ (u - MEAN))


def plan(chain: int, steps: int = 24_000) -> sample.Plan:
    return sample.Plan(3_000, steps, 4, 11, chain, np.zeros(3), 0.2 * np.eye(3))


@pytest.fixture(scope="module")
def chains() -> F64:
    return np.stack([sample.run(normal, 3, plan(k))[0] for k in range(4)])


def test_draws_have_the_mean_and_covariance_of_the_target(chains: F64) -> None:
    flat = chains.reshape(-1, 3)
    assert np.abs(flat.mean(axis=0) - MEAN).max() < 0.08
    assert np.abs(np.cov(flat.T) - COVER).max() < 0.16


def test_chains_that_agree_are_seen_as_converged(chains: F64) -> None:
    assert diagnose.r_hat(chains).max() < 1.01
    assert diagnose.effective_size(chains).min() > 400


def test_a_chain_that_is_lost_is_seen(chains: F64) -> None:
    lost = chains.copy()
    lost[0] += 3.0
    assert diagnose.r_hat(lost).min() > 1.1
    assert diagnose.effective_size(lost).max() < diagnose.effective_size(chains).min()


def test_effective_size_of_an_autoregressive_chain_is_what_theory_says() -> None:
    rng, rho = np.random.default_rng(3), 0.9
    chains = np.empty((4, 20_000, 1))
    for c in range(4):
        noise = rng.standard_normal(20_000)
        x = noise[0] / np.sqrt(1 - rho**2)
        for k in range(20_000):
            x = rho * x + noise[k]
            chains[c, k, 0] = x
    wanted = 80_000 * (1 - rho) / (1 + rho)
    assert diagnose.effective_size(chains)[0] == pytest.approx(wanted, rel=0.2)


def test_a_stopped_chain_goes_on_with_the_same_draws(tmp_path: Path) -> None:
    whole = sample.run(normal, 3, plan(0, 2_000))[0]
    calls = 0

    def failing(u: F64) -> float:
        nonlocal calls
        calls += 1
        if calls > 2_600:
            raise KeyboardInterrupt
        return normal(u)

    keep = tmp_path / "chain.npz"
    with pytest.raises(KeyboardInterrupt):
        sample.run(failing, 3, plan(0, 2_000), keep)
    assert keep.exists()
    assert np.array_equal(sample.run(normal, 3, plan(0, 2_000), keep)[0], whole)


def test_mode_and_curvature_of_a_normal_target() -> None:
    at = mode.mode(normal, np.zeros(3))
    assert np.abs(at - MEAN).max() < 1e-3
    wide = np.clip(np.linalg.eigvalsh(COVER), None, 1.0)
    assert np.linalg.eigvalsh(mode.covariance(normal, at)) == pytest.approx(wide, rel=0.02)


def test_overlap_is_one_when_the_data_said_nothing() -> None:
    rng = np.random.default_rng(5)
    assert diagnose.overlap(0.0, 1.0, rng.standard_normal(40_000)) > 0.98
    assert diagnose.overlap(0.0, 1.0, 4.0 + 0.1 * rng.standard_normal(40_000)) < 0.05


def test_a_chain_may_be_made_longer(tmp_path: Path) -> None:
    keep = tmp_path / "chain.npz"
    short = sample.run(normal, 3, plan(0, 1_000), keep)[0]
    longer = sample.run(normal, 3, plan(0, 2_000), keep)[0]
    assert np.array_equal(longer, sample.run(normal, 3, plan(0, 2_000))[0])
    assert np.array_equal(longer[: len(short)], short)
    assert len(sample.run(normal, 3, plan(0, 500), keep)[0]) == len(short) // 2  # a shorter one begins anew


@pytest.mark.parametrize("wanted", [0.1, 0.6])
def test_steps_get_as_long_as_the_wanted_acceptance_asks(wanted: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "WANTED", wanted)
    monkeypatch.setattr(sample, "ANEW", 0.0)  # what is drawn anew is taken as often as it is
    found = [sample.run(normal, 3, plan(k, 2_000))[2] for k in range(3)]
    assert np.mean(found) == pytest.approx(wanted, abs=0.1)


def test_steps_drawn_anew_keep_the_target_where_it_is_no_normal() -> None:
    """Of the logarithm of a gamma variable, skewed to the left: its mean and variance are known."""
    shape = 0.7

    def skewed(u: F64) -> float:
        return float((shape * u - np.exp(np.minimum(u, 30.0))).sum())

    plans = [sample.Plan(3_000, 30_000, 3, 5, k, np.zeros(2), np.eye(2)) for k in range(3)]
    drawn = np.concatenate([sample.run(skewed, 2, one)[0] for one in plans])
    assert drawn.mean(axis=0) == pytest.approx(float(special.digamma(shape)), abs=0.06)
    assert drawn.var(axis=0) == pytest.approx(float(special.polygamma(1, shape)), rel=0.1)


def test_steps_drawn_anew_forget_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    cover = np.diag(np.linspace(0.5, 2.0, 20)) + 0.3

    def wide(u: F64) -> float:
        return float(-0.5 * u @ np.linalg.solve(cover, u))

    def effective() -> float:
        plans = [sample.Plan(2_000, 6_000, 2, 5, k, np.zeros(20), 0.5 * cover) for k in range(2)]
        return float(diagnose.effective_size(np.stack([sample.run(wide, 20, one)[0] for one in plans])).min())

    found = effective()
    monkeypatch.setattr(sample, "ANEW", 0.0)
    assert found > 3.0 * effective()
