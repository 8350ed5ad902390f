"""How well a posterior predicts trials that it has not seen: they are left out fold by fold, and it is sampled anew.

Trials are dealt into folds in the order of a hash of their names. Chains of the posterior without a fold, begun at
draws of the whole posterior, give for each trial of it

    log p(trial | the other folds) = log mean of its likelihood L along the chains

with the Monte-Carlo standard error of that mean, SD(L) / mean(L) / sqrt(effective size of L). An answer counts where
that error is below 0.3 and R-hat of the log likelihood at most 1.1; chains of a fold are lengthened until all of its
trials count, or to the end. What is found is kept in a folder at once, and chains after every block of steps, so that a
stop goes on. Folds in place of weights of the draws at hand: some trials move the posterior too far for weights
(docs/decisions/0013-folds.md).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from ketasim.calibration import diagnose, processes, sample
from ketasim.simulation.place import told

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Say = Callable[[str], None]
ERROR = 0.3  # Monte-Carlo standard error of a log predictive density from which on it is not known
R_HAT = 1.1  # of the log likelihood of the trial left out, over short chains
MARK = "folds.txt"
OURS = re.compile(r"folds\.txt|fold-\d+(\.json|(-chain-\d+(\.part)?)?\.npz)")


class Pieces(Protocol):
    """A log posterior in pieces; both are -inf where nothing is known to be."""

    def __call__(self, u: F64, /) -> tuple[float, F64]:
        """Log prior and log likelihood of each trial (trials,) at u (parameters,)."""


@dataclass(frozen=True, slots=True)
class Refit:
    """Folds, and the chains without each: steps left out and kept, every `thin`-th stored.

    They are lengthened to the next of `steps` until the answers count.
    """

    folds: int = 5
    chains: int = 2
    burn: int = 500
    steps: tuple[int, ...] = (3_000, 6_000, 12_000, 24_000)
    thin: int = 15
    seed: int = 20261129


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Log predictive density of a trial given the other folds, and whether it is known.

    `error` is its Monte-Carlo standard error, `r_hat` that of its log likelihood over the chains.
    """

    trial: str
    fold: int
    density: float
    error: float
    r_hat: float

    @property
    def known(self) -> bool:
        """Whether the answer counts."""
        return self.error < ERROR and self.r_hat <= R_HAT


def dealt(trials: Sequence[str], folds: int) -> I64:
    """The fold of each trial (trials,): in the order of a hash of their names, in turn."""
    order = sorted(range(len(trials)), key=lambda k: hashlib.sha256(trials[k].encode()).hexdigest())
    found = np.empty(len(trials), dtype=np.int64)
    found[order] = np.arange(len(trials)) % folds
    return found


def each(
    make: Callable[[], Pieces], u: F64, trials: Sequence[str], folder: Path, refit: Refit, workers: int, say: Say
) -> tuple[LeftOut, ...]:
    """Leaves out every fold in turn, on several processes, where `make` gives the log posterior (built once each).

    `u` (draws, parameters) are draws of the whole posterior. Goes on from what `folder` holds.
    """
    fold = dealt(trials, refit.folds)
    found = {k: kept for k in range(refit.folds) if (kept := _read(folder / f"fold-{k}.json"))}
    with processes.several(workers) as pool:
        open_: dict[Future[F64], tuple[int, int, int]] = {}

        def begin(k: int, rung: int) -> None:
            out = np.flatnonzero(fold == k)
            for chain in range(refit.chains):
                job = pool.submit(_chain, make, u, out, folder, refit, k, chain, refit.steps[rung])
                open_[job] = (k, chain, rung)

        with processes.unheard():
            for k in range(refit.folds):
                if k not in found:
                    begin(k, 0)
        parts: dict[tuple[int, int], dict[int, F64]] = {}
        while open_:
            for job in wait(open_, return_when=FIRST_COMPLETED)[0]:
                k, chain, rung = open_.pop(job)
                mine = parts.setdefault((k, rung), {})
                mine[chain] = job.result()
                if len(mine) < refit.chains:
                    continue
                names = [trials[i] for i in np.flatnonzero(fold == k).tolist()]
                answers = told_by(np.stack([mine[c] for c in range(refit.chains)]), names, k)
                if all(one.known for one in answers) or rung + 1 == len(refit.steps):
                    found[k] = answers
                    _write(folder / f"fold-{k}.json", answers)
                    say(f"fold {k + 1} of {refit.folds} left out, chains of {refit.steps[rung]:,} steps")
                else:
                    begin(k, rung + 1)
    by_name = {one.trial: one for answers in found.values() for one in answers}
    return tuple(by_name[name] for name in trials)


def _chain(
    make: Callable[[], Pieces], u: F64, out: I64, folder: Path, refit: Refit, fold: int, chain: int, steps: int
) -> F64:
    return chain_without(make(), u, out, folder, refit, fold, chain, steps, processes.not_alone)


def chain_without(
    pieces: Pieces, u: F64, out: I64, folder: Path, refit: Refit, fold: int, chain: int, steps: int,
    tick: Callable[[int], None] | None = None,
) -> F64:  # fmt: skip
    """Log likelihoods (draws, trials left out) along one chain of the posterior without these trials."""

    def without(at: F64) -> float:
        prior, parts = pieces(at)
        value = prior + float(np.delete(parts, out).sum())
        return value if np.isfinite(value) else -np.inf

    start = u[np.random.default_rng([refit.seed, fold, chain]).integers(len(u))]
    cover = np.cov(u.T).reshape(u.shape[1], -1)
    plan = sample.Plan(refit.burn, steps, refit.thin, refit.seed + fold, chain, start, cover, scatter=(1.0, 0.5, 0.0))
    draws = sample.run(without, start.size, plan, folder / f"fold-{fold}-chain-{chain}.npz", tick)[0]
    return np.array([pieces(at)[1][out] for at in draws])


def told_by(parts: F64, trials: Sequence[str], fold: int) -> tuple[LeftOut, ...]:
    """What log likelihoods (chains, draws, trials) along chains without these trials say of each."""
    found = []
    for k, trial in enumerate(trials):
        mine = parts[..., k]
        density = float(logsumexp(mine) - np.log(mine.size))
        likelihood = np.exp(mine - mine.max())
        independent = float(diagnose.effective_size(likelihood[..., None])[0])
        error = float(likelihood.std() / likelihood.mean() / np.sqrt(independent))
        r_hat = float(diagnose.r_hat(mine[..., None])[0])
        found.append(LeftOut(trial, fold, density, error, r_hat))
    return tuple(found)


def as_record(found: LeftOut) -> dict[str, object]:
    """For machines; None where a number is not finite."""
    record = {**asdict(found), "known": found.known}
    return {k: None if isinstance(v, float) and not np.isfinite(v) else v for k, v in record.items()}


def _read(path: Path) -> tuple[LeftOut, ...] | None:
    if not path.exists():
        return None
    return tuple(LeftOut(**one) for one in json.loads(path.read_text(encoding="utf-8")))


def _write(path: Path, found: Sequence[LeftOut]) -> None:
    partial = path.with_suffix(".part")
    partial.write_text(json.dumps([asdict(one) for one in found], indent=1) + "\n", encoding="utf-8")
    partial.replace(path)


def claim(folder: Path, u: F64, refit: Refit, prints: Mapping[str, str]) -> None:
    """Makes the folder that of these draws under these fingerprints; what it holds of others is found anew."""
    digest = hashlib.sha256(np.ascontiguousarray(u).tobytes()).hexdigest()[:32]
    text = "\n".join([f"draws {digest}", repr(refit), *(f"{k} {v}" for k, v in sorted(prints.items()))]) + "\n"
    mark = folder / MARK
    with told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if mark.exists() and mark.read_text(encoding="utf-8", errors="replace") == text:
            return
        for path in [path for path in folder.iterdir() if OURS.fullmatch(path.name)]:
            path.unlink()
        mark.write_text(text, encoding="utf-8")
