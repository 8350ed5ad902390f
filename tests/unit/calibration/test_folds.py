"""Leaving out trials fold by fold, against a linear normal model whose answers are known."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from ketasim.calibration import folds, processes
from ketasim.calibration.folds import LeftOut, Refit, chain_without, claim, dealt, each, told_by

F64 = np.ndarray
SHORT = Refit(folds=4, burn=300, steps=(2000, 6000), thin=4)
TRIALS = [f"trial {k}" for k in range(8)]


@dataclass
class Linear:
    """y_i ~ N(x_i · u, s²), u ~ N(0, 1) each: log posterior in pieces, and what is exact."""

    x: F64
    y: F64
    sd: float
    calls: int = 0

    def __call__(self, u: F64) -> tuple[float, F64]:
        self.calls += 1
        apart = (self.y - self.x @ u) / self.sd
        return float(-0.5 * u @ u), -0.5 * apart**2 - np.log(self.sd) - 0.5 * np.log(2 * np.pi)

    def posterior(self, rows: F64) -> tuple[F64, F64]:
        x = self.x[rows]
        cover = np.linalg.inv(np.eye(x.shape[1]) + x.T @ x / self.sd**2)
        return cover @ x.T @ self.y[rows] / self.sd**2, cover

    def exact(self, index: int, out: F64) -> float:
        """Log predictive density of one row given those that are not left `out`."""
        mean, cover = self.posterior(~np.isin(np.arange(len(self.y)), out))
        x = self.x[index]
        variance = x @ cover @ x + self.sd**2
        return float(-0.5 * (self.y[index] - x @ mean) ** 2 / variance - 0.5 * np.log(2 * np.pi * variance))

    def draws(self, count: int = 400) -> F64:
        mean, cover = self.posterior(np.ones(len(self.y), dtype=bool))
        return np.random.default_rng(1).multivariate_normal(mean, cover, count)


@pytest.fixture
def linear() -> Linear:
    """Six parameters, eight trials: the first says what all the others do, the last far more and something else."""
    rng = np.random.default_rng(8)
    x = rng.normal(0.0, 1.0, (8, 6))
    x[0] *= 0.2
    x[-1] *= 3.0
    y = x @ rng.standard_normal(6) + 0.7 * rng.standard_normal(8)
    y[-1] += 2.0
    return Linear(x, y, 0.7)


@pytest.fixture
def near(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads in place of processes."""

    @contextmanager
    def several(workers: int) -> Iterator[ThreadPoolExecutor]:
        with ThreadPoolExecutor(workers) as pool:
            yield pool

    monkeypatch.setattr(processes, "several", several)


def test_trials_are_dealt_alike_whatever_their_order() -> None:
    found = dict(zip(TRIALS, dealt(TRIALS, 3).tolist(), strict=True))
    other = TRIALS[::-1]
    assert dict(zip(other, dealt(other, 3).tolist(), strict=True)) == found
    assert sorted(np.bincount(list(found.values())).tolist()) == [2, 3, 3]


@pytest.mark.usefixtures("near")
def test_each_trial_is_predicted_as_it_is_by_those_of_the_other_folds(linear: Linear, tmp_path: Path) -> None:
    said: list[str] = []
    found = each(lambda: linear, linear.draws(), TRIALS, tmp_path, SHORT, 2, said.append)
    fold = dealt(TRIALS, SHORT.folds)
    exact = [linear.exact(k, np.flatnonzero(fold == fold[k])) for k in range(8)]
    assert [one.trial for one in found] == TRIALS and [one.fold for one in found] == fold.tolist()
    for one, value in zip(found, exact, strict=True):
        assert one.density == pytest.approx(value, abs=4.0 * one.error + 0.02), one
    assert sum(one.known for one in found) >= 7 and len(said) == SHORT.folds
    errors = np.array([one.error for one in found])
    assert np.sqrt(np.mean(((np.array([one.density for one in found]) - exact) / errors) ** 2)) < 2.5


def test_a_fold_is_sampled_longer_until_its_trials_are_known(
    linear: Linear, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, near: None
) -> None:
    asked: list[int] = []

    def chain(make: object, u: F64, out: F64, folder: Path, refit: Refit, fold: int, number: int, steps: int) -> F64:
        asked.append(steps)
        spread = 5.0 if steps == refit.steps[0] else 0.1
        return np.random.default_rng([fold, number]).normal(-1.0, spread, (200, len(out)))

    monkeypatch.setattr(folds, "_chain", chain)
    found = each(lambda: linear, linear.draws(), TRIALS, tmp_path, SHORT, 2, lambda _: None)
    assert sorted(asked) == [2000] * 8 + [6000] * 8 and all(one.known for one in found)


@pytest.mark.usefixtures("near")
def test_what_is_known_is_read_and_a_stopped_chain_goes_on_to_the_same_draws(linear: Linear, tmp_path: Path) -> None:
    u, out = linear.draws(), np.array([2, 7])
    whole = chain_without(linear, u, out, tmp_path / "a", SHORT, 1, 0, 2000) if (tmp_path / "a").mkdir() is None else 0

    def stop(step: int) -> None:
        if step >= 750:
            raise SystemExit

    (tmp_path / "b").mkdir()
    with pytest.raises(SystemExit):
        chain_without(linear, u, out, tmp_path / "b", SHORT, 1, 0, 2000, stop)
    assert np.array_equal(chain_without(linear, u, out, tmp_path / "b", SHORT, 1, 0, 2000), whole)
    found = each(lambda: linear, u, TRIALS, tmp_path, SHORT, 2, lambda _: None)
    linear.calls = 0
    assert each(lambda: linear, u, TRIALS, tmp_path, SHORT, 2, lambda _: None) == found and linear.calls == 0


def test_an_answer_is_the_mean_likelihood_and_its_error_that_of_as_many_independent_draws() -> None:
    rng = np.random.default_rng(3)
    z = rng.standard_normal((2, 4000, 1))
    (one,) = told_by(-0.5 * (z - 1.0) ** 2, ["one"], 0)  # E exp(-(z - 1)² / 2) = exp(-1/4) / sqrt(2)
    assert one.density == pytest.approx(-0.25 - 0.5 * np.log(2.0), abs=4.0 * one.error) and one.known
    assert one.error == pytest.approx(
        np.std(np.exp(-0.5 * (z - 1) ** 2)) / np.mean(np.exp(-0.5 * (z - 1) ** 2)) / 8000**0.5, rel=0.2
    )
    apart = z + np.array([[[0.0]], [[3.0]]])
    (lost,) = told_by(-0.5 * (apart - 1.0) ** 2 * 4.0, ["one"], 0)
    assert not lost.known and lost.r_hat > 1.1


def test_other_draws_effort_or_model_begin_anew_and_nothing_else_is_touched(tmp_path: Path) -> None:
    own = ("fold-3.json", "fold-3-chain-0.npz")
    draws, folder = np.ones((3, 2)), tmp_path / "folds"
    changes = (
        (draws, SHORT, "a", True), (draws, SHORT, "b", False), (2.0 * draws, SHORT, "b", False),
        (2.0 * draws, replace(SHORT, folds=3), "b", False),
    )  # fmt: skip
    for u, refit, code, stays in changes:
        claim(folder, draws, SHORT, {"code": "a"})
        for name in (*own, "notes.txt"):
            (folder / name).write_text("kept")
        claim(folder, u, refit, {"code": code})
        assert [(folder / name).exists() for name in own] == [stays] * 2 and (folder / "notes.txt").exists()


def test_for_machines_there_is_no_number_that_is_none() -> None:
    record = folds.as_record(LeftOut("one", 2, -1.0, float("nan"), 1.0))
    assert record == {"trial": "one", "fold": 2, "density": -1.0, "error": None, "r_hat": 1.0, "known": False}
