"""Leaving out a trial, against a linear normal model whose answers are known."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from ketasim.calibration import left_out, moved, pareto, processes
from ketasim.calibration.left_out import Base, Refit, base_of, by_draws, claim, leave_out

F64 = np.ndarray
SHORT = Refit(burn=250, steps=(1500, 3000), thin=5)


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
        mean, cover = self.posterior(np.arange(len(self.y)) != index)
        x = self.x[index]
        variance = x @ cover @ x + self.sd**2
        return float(-0.5 * (self.y[index] - x @ mean) ** 2 / variance - 0.5 * np.log(2 * np.pi * variance))

    def base(self, draws: int, folder: Path, seed: int = 1) -> Base:
        mean, cover = self.posterior(np.ones(len(self.y), dtype=bool))
        u = np.random.default_rng(seed).multivariate_normal(mean, cover, draws)
        return base_of(self, u, draws, folder)


@pytest.fixture
def linear() -> Linear:
    """Five parameters, eight trials: the first says what all the others do, the last far more and something else."""
    rng = np.random.default_rng(8)
    x = rng.normal(0.0, 1.0, (8, 5))
    x[0] *= 0.2
    x[-1] *= 3.0
    y = x @ rng.standard_normal(5) + 0.7 * rng.standard_normal(8)
    y[-1] += 2.0
    return Linear(x, y, 0.7)


def test_what_weights_cannot_leave_out_moved_draws_do(linear: Linear, tmp_path: Path) -> None:
    base = linear.base(400, tmp_path)
    easy, hard = (by_draws(linear, base, k, "one") for k in (0, 7))
    assert easy.way == "weights" and easy.density == pytest.approx(linear.exact(0), abs=4 * easy.error)
    assert hard.k > 0.7 and hard.way == "moved" and hard.known and hard.error < 0.1
    assert hard.density == pytest.approx(linear.exact(7), abs=4 * hard.error)
    assert abs(pareto.left_out(base.parts[:, 7]).density - linear.exact(7)) > 1.0


def test_draws_are_moved_again_until_their_weights_are_good(monkeypatch: pytest.MonkeyPatch) -> None:
    def tried(*moves: tuple[float, float]) -> tuple[int, float]:
        """How often draws are moved, and what the weights of the move taken are worth, if each has such k and worth."""
        made = [moved.Moved(0.0, 0.1, k, worth) for k, worth in moves]
        monkeypatch.setattr(moved, "weighed", lambda *_: made.pop(0))
        draws = np.random.default_rng(1).standard_normal((100, 2))
        found = moved.leave_out(lambda u: 0.0, draws, draws[:, 0], draws[:, 1], 100, 0.6)
        return len(moves) - len(made), found.worth

    assert tried((0.5, 45.0), (0.5, 50.0)) == (1, 45.0)
    assert tried((0.5, 35.0), (0.7, 60.0), (0.5, 30.0), (0.5, 90.0)) == (3, 35.0)
    assert tried((0.7, 90.0), (0.7, 60.0), (0.7, 30.0), (0.5, 20.0), (0.5, 90.0)) == (4, 20.0)
    assert tried(*[(0.7, 10.0), (0.8, 30.0)] * 4) == (6, 30.0)


def test_a_k_hat_that_does_not_see_what_lies_beyond_all_draws_is_not_believed(linear: Linear, tmp_path: Path) -> None:
    """Nine in ten times k-hat sees that such draws are far off; these are of the others."""
    far = Linear(linear.x, linear.y + np.array([*np.zeros(7), 2.0]), linear.sd)
    base = far.base(400, tmp_path, seed=14)
    plain = pareto.left_out(base.parts[:, 7])
    assert plain.k < 0.5 and plain.worth > 90.0 and plain.error < 0.1
    assert abs(plain.density - far.exact(7)) > 3.0
    found = by_draws(far, base, 7, "one")
    assert found.way == "moved" and found.density == pytest.approx(far.exact(7), abs=0.4)


@pytest.mark.parametrize("index", [0, 3, 7])
def test_chains_without_a_trial_say_what_is_exact(linear: Linear, tmp_path: Path, index: int) -> None:
    base = linear.base(400, tmp_path)
    begun = by_draws(linear, base, index, "one")
    found = left_out.by_chains(linear, base, index, begun, tmp_path, SHORT)
    assert found.way == "chains" and found.known and found.r_hat < 1.1
    assert 0.0 < found.error < 0.3 and found.density == pytest.approx(linear.exact(index), abs=4 * found.error)


def test_chains_take_over_where_moved_draws_do_not_do_and_grow_until_the_answer_is_known(
    linear: Linear, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = linear.base(400, tmp_path)
    nothing = moved.Moved(-99.0, 9.0, 2.0, 1.0)
    monkeypatch.setattr(moved, "leave_out", lambda *_: nothing)
    begun = by_draws(linear, base, 7, "one")
    assert (begun.way, begun.known, begun.density, begun.k_moved) == ("moved", False, -99.0, 2.0)
    assert leave_out(linear, base, 7, "one", refit=Refit(steps=())) == begun
    monkeypatch.setattr(left_out, "ERROR", 1e-9)
    short, long = (leave_out(linear, base, 7, "one", refit=replace(SHORT, steps=n)) for n in ((500,), (500, 4000)))
    assert not short.known and not long.known and (short.way, short.k) == ("chains", begun.k)
    assert long.error < short.error
    monkeypatch.setattr(left_out, "ERROR", 9.0)
    for r_hat, known in ((9.0, True), (0.5, False)):
        monkeypatch.setattr(left_out, "R_HAT", r_hat)
        assert left_out.by_chains(linear, base, 7, begun, None, replace(SHORT, steps=(500,))).known is known


def test_what_was_stopped_goes_on_and_comes_to_the_same(linear: Linear, tmp_path: Path) -> None:
    base = linear.base(100, tmp_path)
    begun = replace(by_draws(linear, base, 7, "one"), known=False)
    through, stopped = tmp_path / "through", tmp_path / "stopped"
    for folder in (through, stopped):
        folder.mkdir()
        left_out._write(folder / "trial-7.json", begun)
    refit, seen = replace(SHORT, steps=(1000,)), []

    def stop(step: int) -> None:
        seen.append(step)
        if seen == [250, 500, 750, 1000, 1250, 250, 500]:
            raise KeyboardInterrupt

    whole = leave_out(linear, base, 7, "one", through, refit)
    with pytest.raises(KeyboardInterrupt):
        leave_out(linear, base, 7, "one", stopped, refit, stop)
    seen.clear()
    assert leave_out(linear, base, 7, "one", stopped, refit, seen.append) == whole and seen == [750, 1000, 1250]
    linear.calls = 0
    if whole.known:
        assert leave_out(linear, base, 7, "one", stopped, refit) == whole and linear.calls == 0


def test_draws_are_moved_for_as_long_as_somebody_waits(linear: Linear, tmp_path: Path) -> None:
    def gone(step: int) -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        leave_out(linear, linear.base(400, tmp_path), 7, "one", tmp_path, tick=gone)
    assert not (tmp_path / "trial-7.json").exists()


def test_what_is_known_is_read_and_not_computed_again(linear: Linear, tmp_path: Path) -> None:
    base = linear.base(400, tmp_path)
    found = leave_out(linear, base, 7, "one", tmp_path)
    linear.calls = 0
    again = leave_out(linear, base, 7, "one", tmp_path)
    assert found.known and repr(again) == repr(found) and linear.calls == 0
    assert base_of(linear, base.u, 400, tmp_path).parts == pytest.approx(base.parts) and linear.calls == 0


def test_other_draws_or_another_model_begin_anew_and_nothing_else_is_touched(tmp_path: Path) -> None:
    own = ("trial-3.json", "trial-3-chain-0.npz", "draws.npz")
    draws, folder = np.ones((3, 2)), tmp_path / "left-out"
    for change, stays in (((draws, "a"), True), ((draws, "b"), False), ((2.0 * draws, "b"), False)):
        claim(folder, draws, {"code": "a"})
        for name in (*own, "notes.txt"):
            (folder / name).write_text("kept")
        claim(folder, change[0], {"code": change[1]})
        assert [(folder / name).exists() for name in own] == [stays] * 3 and (folder / "notes.txt").exists()


def test_each_trial_is_left_out_and_what_was_hard_is_told(
    linear: Linear, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def several(workers: int):  # type: ignore[no-untyped-def]
        with ThreadPoolExecutor(workers) as pool:
            yield pool

    monkeypatch.setattr(processes, "several", several)
    said: list[str] = []
    trials = [f"trial {k}" for k in range(8)]
    base = linear.base(400, tmp_path)
    found = left_out.each(lambda: linear, base, trials, tmp_path, SHORT, 2, said.append)
    assert [one.trial for one in found] == trials and all(one.known for one in found)
    assert [one.density for one in found] == pytest.approx([linear.exact(k) for k in range(8)], abs=0.35)
    assert any(line.startswith("trial 7 left out by moved draws: ") for line in said)
    assert len(said) == sum(one.way != "weights" for one in found) < 8


def test_a_bridge_joins_two_normal_distributions_of_known_constants() -> None:
    """L = exp(-(u - 1)² / 2), u ~ N(0, 1) without it: p = exp(-1/4) / sqrt(2)."""
    rng = np.random.default_rng(5)
    without, whole = rng.standard_normal((2, 2000)), 0.5 + rng.standard_normal(1500) / np.sqrt(2.0)
    density, error, r_hat = left_out.bridge(-0.5 * (without - 1.0) ** 2, -0.5 * (whole - 1.0) ** 2, 1500)
    assert density == pytest.approx(-0.25 - 0.5 * np.log(2.0), abs=4 * error) and 0.0 < error < 0.02
    assert r_hat < 1.01
    assert left_out.bridge(-0.5 * (without - 1.0) ** 2, -0.5 * (whole - 1.0) ** 2, 50)[1] > 1.05 * error


def test_for_machines_there_is_no_number_that_is_none() -> None:
    one = left_out.LeftOut("one", -1.0, 0.1, "weights", True, float("-inf"), 300.0)
    assert left_out.as_record(one) == {**asdict(one), "k": None, "k_moved": None, "r_hat": None}
