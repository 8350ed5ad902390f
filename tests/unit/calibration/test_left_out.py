"""Predicting each trial from all others by one pool of weighted points, against answers that are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import logsumexp

from ketasim.calibration import left_out, processes
from ketasim.calibration.left_out import (
    ERROR,
    Found,
    LeftOut,
    Search,
    all_targets,
    answers,
    claim,
    each,
    effective,
    pareto_shape,
    searching,
)  # fmt: skip

F64 = np.ndarray
SHORT = Search(first=300, each=100, targets=4, most=4_000, full=1_500, rounds=9)
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

    def exact(self, index: int) -> float:
        """Log predictive density of one row given all others."""
        mean, cover = self.posterior(np.arange(len(self.y)) != index)
        x = self.x[index]
        variance = x @ cover @ x + self.sd**2
        return float(-0.5 * (self.y[index] - x @ mean) ** 2 / variance - 0.5 * np.log(2 * np.pi * variance))

    def draws(self, count: int = 400) -> F64:
        mean, cover = self.posterior(np.ones(len(self.y), dtype=bool))
        return np.random.default_rng(1).multivariate_normal(mean, cover, count)


def linear(parameters: int = 6, trials: int = 8, loud: float = 2.0, sd: float = 0.7) -> Linear:
    """The first trial says what all the others do; the last far more and something else, by `loud`."""
    rng = np.random.default_rng(8)
    x = rng.normal(0.0, 1.0, (trials, parameters))
    x[0] *= 0.2
    x[-1] *= 3.0
    y = x @ rng.standard_normal(parameters) + sd * rng.standard_normal(trials)
    y[-1] += loud
    return Linear(x, y, sd)


class Bent:
    """Two parameters, three trials: what is known of u₂ is known of u₂ + u₁² alone."""

    y = np.array([0.5, -1.0, 1.5])

    def __call__(self, u: F64) -> tuple[float, F64]:
        means = np.array([u[1] + u[0] ** 2, u[1] + u[0] ** 2, u[0]])
        sd = np.array([0.3, 0.5, 0.4])
        return float(-0.5 * u @ u), -0.5 * ((self.y - means) / sd) ** 2 - np.log(sd)

    def exact(self) -> tuple[F64, F64]:
        """Log predictive density of each trial given the others, and draws of the whole, by a grid."""
        a, b = np.meshgrid(np.linspace(-4, 4, 301), np.linspace(-9, 4, 301), indexing="ij")
        u = np.stack([a.ravel(), b.ravel()], axis=1)
        found = [self(one) for one in u]
        prior, parts = np.array([p for p, _ in found]), np.array([q for _, q in found])
        whole = prior + parts.sum(axis=1)
        weight = np.exp(whole - logsumexp(whole))
        drawn = u[np.random.default_rng(2).choice(len(u), 300, p=weight)]
        return np.array([logsumexp(whole) - logsumexp(whole - parts[:, k]) for k in range(3)]), drawn


class Half(Bent):
    """The same where the first parameter is above 0; elsewhere nothing is known to be."""

    def __call__(self, u: F64) -> tuple[float, F64]:
        return super().__call__(u) if u[0] > 0.0 else (-np.inf, np.zeros(3))

    @staticmethod
    def drawn() -> F64:
        return Half().exact()[1]


@pytest.fixture(autouse=True)
def near(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads in place of processes."""

    @contextmanager
    def several(workers: int) -> Iterator[ThreadPoolExecutor]:
        with ThreadPoolExecutor(workers) as pool:
            yield pool

    monkeypatch.setattr(processes, "several", several)


def quiet(_: str) -> None:
    pass


def held(found: Found, exact: F64) -> float:
    """Root mean square of how far answers lie from the exact ones, in their own standard errors."""
    apart = densities(found) - exact
    return float(np.sqrt(np.mean((apart / np.array([one.error for one in found.trials])) ** 2)))


def densities(found: Found) -> F64:
    return np.array([one.density for one in found.trials])


@pytest.mark.parametrize("model", [linear(), linear(28, 25, 8.0, 2.5)])
def test_each_trial_is_predicted_as_it_is_by_all_others(model: Linear, tmp_path: Path) -> None:
    names, said = [f"trial {k}" for k in range(len(model.y))], []
    found = each(lambda: model, model.draws(), names, tmp_path, SHORT, 2, said.append)
    exact = np.array([model.exact(k) for k in range(len(names))])
    assert [one.trial for one in found.trials] == names and said and found.effective > 100.0
    assert found.known and held(found, exact) < 1.6


def test_so_it_is_where_the_posterior_is_bent(tmp_path: Path) -> None:
    exact, drawn = Bent().exact()
    found = each(Bent, drawn, TRIALS[:3], tmp_path, SHORT, 2, quiet)
    assert found.known and held(found, exact) < 2.0


def test_draws_that_lie_too_close_together_are_no_harm(tmp_path: Path) -> None:
    """Where the posterior without a trial goes far beyond them too: what moved draws could not see."""
    model = linear()
    close = model.draws().mean(axis=0) + 0.4 * (model.draws() - model.draws().mean(axis=0))
    found = each(lambda: model, close, TRIALS, tmp_path, SHORT, 2, quiet)
    assert held(found, np.array([model.exact(k) for k in range(8)])) < 2.0


def test_a_trial_that_too_few_points_tell_of_is_told_as_not_known(tmp_path: Path) -> None:
    """Where every trial says what no other does, normals cannot be found so soon, and answers are wrong."""
    model = linear(28, 25, 4.0)
    short = replace(SHORT, most=0, full=600, rounds=1)
    found = each(lambda: model, model.draws(), [*map(str, range(25))], tmp_path, short, 2, quiet)
    apart = densities(found) - [model.exact(k) for k in range(25)]
    unknown = np.array([not one.known for one in found.trials])
    assert not found.known
    assert unknown.sum() > 15 and np.abs(apart[unknown]).max() > ERROR
    assert np.abs(apart[~unknown]).max(initial=0.0) < 0.5


def test_the_error_of_the_sum_counts_what_all_densities_share(tmp_path: Path) -> None:
    """Z(all trials) goes into each; errors in quadrature would tell three quarters of what sums differ by."""
    model, apart, told = linear(), [], []
    exact = sum(model.exact(k) for k in range(8))
    for seed in range(40):
        (folder := tmp_path / str(seed)).mkdir()
        found = each(lambda: model, model.draws(), TRIALS, folder, replace(SHORT, rounds=1, seed=seed), 1, quiet)
        apart.append(densities(found).sum() - exact)
        told.append([found.error, np.sqrt(sum(one.error**2 for one in found.trials))])
    joint, alone = np.sqrt(np.mean(np.square(told), axis=0))
    assert 0.75 < np.sqrt(np.mean(np.square(apart))) / joint < 1.3 and alone < 0.85 * joint


def test_answers_are_read_from_points_that_no_normal_was_fitted_to(tmp_path: Path) -> None:
    model = linear()
    found = each(lambda: model, model.draws(), TRIALS, tmp_path, SHORT, 2, quiet)
    pool = left_out._read(tmp_path / left_out.POOL)
    assert pool is not None
    assert answers(pool.judged(), TRIALS) == found
    first = pool.full_rounds[0]
    assert first == pool.rounds[~pool.full].max() + 1 and pool.judged().shape[1] == pool.counts[pool.full].sum()
    own = pool.of(first)
    assert pool.judged()[:, : len(own.points)] == pytest.approx(own.log_weights())
    for k, (mean, root) in enumerate(zip(own.means[::2], own.roots[::2], strict=True)):
        exact, cover = model.posterior(np.arange(8) != k - 1)
        assert np.sqrt((mean - exact) @ np.linalg.solve(cover, mean - exact)) < 1.0
        assert np.linalg.slogdet(root @ root.T)[1] == pytest.approx(np.linalg.slogdet(cover)[1], abs=3.0)


def test_the_targets_that_fewest_points_stand_for_get_most_normals_and_points(tmp_path: Path) -> None:
    model = linear()
    each(lambda: model, model.draws(), TRIALS, tmp_path, replace(SHORT, rounds=1), 2, quiet)
    pool = left_out._read(tmp_path / left_out.POOL)
    assert pool is not None
    start = pool.of(0)
    standing = effective(start.log_weights())
    counts = [count for _, _, count in all_targets(start, SHORT)][::2]
    assert np.argmax(counts) == standing.argmin() and SHORT.full <= 2 * sum(counts) < SHORT.full + 18
    (poorest, _, _), *_ = searching(start, replace(SHORT, targets=1, enough=1e9))
    exact, cover = model.posterior(np.arange(8) != standing.argmin() - 1)
    assert np.sqrt((poorest - exact) @ np.linalg.solve(cover, poorest - exact)) < 1.0
    assert searching(start, replace(SHORT, enough=0.0)) == [] == searching(start, replace(SHORT, most=600))


def test_full_rounds_go_on_until_answers_count(tmp_path: Path) -> None:
    model = linear()
    found = each(lambda: model, model.draws(), TRIALS, tmp_path, replace(SHORT, most=0, full=150, rounds=40), 2, quiet)
    pool = left_out._read(tmp_path / left_out.POOL)
    assert pool is not None and 1 < len(pool.full_rounds) < 40 and found.known
    before = np.hstack([pool.of(number).log_weights() for number in pool.full_rounds[:-1]])
    assert not answers(before, TRIALS).known


def test_a_stop_goes_on_to_the_same_points_however_many_work(tmp_path: Path) -> None:
    model = linear()

    def of(folder: str, workers: int, say: Callable[[str], None] = quiet) -> Found:
        (tmp_path / folder).mkdir(exist_ok=True)
        return each(lambda: model, model.draws(), TRIALS, tmp_path / folder, SHORT, workers, say)

    def stop(_: str) -> None:
        raise SystemExit

    whole = of("a", 2)
    with pytest.raises(SystemExit):
        of("b", 1, stop)
    assert of("b", 1) == whole
    model.calls = 0
    assert of("b", 2) == whole and model.calls == 0


def test_where_nothing_is_known_weighs_nothing(tmp_path: Path) -> None:
    """Of two parameters the first is above 0 alone: by a grid, exactly."""
    found = each(Half, Half.drawn(), TRIALS[:3], tmp_path, SHORT, 2, quiet)
    assert found.known and held(found, Half().exact()[0]) < 2.0
    pool = left_out._read(tmp_path / left_out.POOL)
    assert pool is not None and (pool.points[:, 0] <= 0.0).any()
    assert (pool.log_weights()[:, pool.points[:, 0] <= 0.0] == -np.inf).all()


@pytest.mark.parametrize("shape", [0.2, 0.5, 0.9])
def test_the_shape_of_weights_is_that_of_their_tail(shape: float) -> None:
    u = np.random.default_rng(3).random((20, 20_000))
    found = [pareto_shape(np.log1p((row**-shape - 1.0) / shape)) for row in u]
    assert np.mean(found) == pytest.approx(shape, abs=0.05)


def test_other_draws_effort_or_model_begin_anew_and_nothing_else_is_touched(tmp_path: Path) -> None:
    draws, folder = np.ones((3, 2)), tmp_path / "left out"
    changes = (
        (draws, SHORT, "a", True), (draws, replace(SHORT, rounds=99), "a", True),
        (draws, SHORT, "b", False), (2.0 * draws, SHORT, "b", False),
        (2.0 * draws, replace(SHORT, each=3), "b", False),
    )  # fmt: skip
    for u, search, code, stays in changes:
        claim(folder, draws, SHORT, {"code": "a"})
        for name in (left_out.POOL, "notes.txt"):
            (folder / name).write_text("kept")
        claim(folder, u, search, {"code": code})
        assert (folder / left_out.POOL).exists() == stays and (folder / "notes.txt").exists()


def test_for_machines_there_is_no_number_that_is_none() -> None:
    record = left_out.as_record(LeftOut("one", -1.0, 0.1, 60.0, float("inf")))
    assert record == {"trial": "one", "density": -1.0, "error": 0.1, "effective": 60.0, "shape": None, "known": False}
