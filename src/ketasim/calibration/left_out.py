"""How well a posterior predicts each trial given the others, one way after another until the answer is known.

1. *weights*: draws that have seen all trials, weighed by 1 / likelihood of the trial, Pareto-smoothed (`pareto`).
2. *moved*: the same draws moved to where the posterior without the trial is, and weighed there (`moved`).
3. *chains*: the posterior without the trial sampled anew from such draws. With draws of both posteriors the density is
   the ratio of their constants by the optimal bridge (Bennett 1976; Meng and Wong 1996)::

       p = E_without[ L / (a L + b p) ] / E_whole[ 1 / (a L + b p) ]

   L is the likelihood of the trial, a and b are the shares of independent draws of the whole posterior and the other.

An answer counts where the tail of its weights can be relied on: k-hat at most `pareto.limit` (0.62 for 400 draws), and
plain weights worth half of the draws (k-hat does not see what lies beyond all draws), those of moved draws worth 10;
or, of chains, where R-hat of the log likelihood is at most 1.1. In any case its Monte-Carlo standard error must be
below 0.3.
What is found of a trial is kept in a folder at once, and chains after every block of steps, so that a stop goes on.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import as_completed
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from ketasim.calibration import diagnose, moved, pareto, processes, sample
from ketasim.simulation.place import told

F64 = NDArray[np.float64]
Say = Callable[[str], None]
Way = Literal["weights", "moved", "chains"]
ERROR = 0.3  # Monte-Carlo standard error of a log predictive density from which on it is not known
NEAR = 0.5  # of the draws that plain weights are worth: the posterior without the trial lies where the draws do
WORTH = 10.0  # draws that weights are worth below which a mean over them is hardly one
R_HAT = 1.1  # of the log likelihood of the trial left out, over short chains
MARK, DRAWS = "left-out.txt", "draws.npz"
OURS = re.compile(r"left-out\.txt|draws(\.part)?\.npz|trial-\d+(\.json|(-chain-\d+(\.part)?)?\.npz)")


class Pieces(Protocol):
    """A log posterior in pieces; both are -inf where nothing is known to be."""

    def __call__(self, u: F64, /) -> tuple[float, F64]:
        """Log prior and log likelihood of each trial (trials,) at u (parameters,)."""


@dataclass(frozen=True, slots=True)
class Base:
    """Draws of the whole posterior: u (draws, parameters), log prior (draws,), log likelihoods (draws, trials).

    `effective` is how many independent draws these are worth.
    """

    u: F64
    prior: F64
    parts: F64
    effective: float

    @property
    def values(self) -> F64:
        """Log posterior of each draw (draws,)."""
        return np.asarray(self.prior + self.parts.sum(axis=1))


@dataclass(frozen=True, slots=True)
class Refit:
    """Chains without a trial: steps left out and kept of each, every `thin`-th stored.

    They are lengthened to the next of `steps` until the answer is known.
    """

    chains: int = 2
    burn: int = 500
    steps: tuple[int, ...] = (3_000, 6_000, 12_000)
    thin: int = 15
    seed: int = 20261129


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Log predictive density of a trial given the others, how it was found, and whether it is known.

    `error` is its Monte-Carlo standard error; `k` is k-hat of plain weights and `worth` the draws that they are worth,
    also where another way was taken; `k_moved` and `r_hat` belong to those ways.
    """

    trial: str
    density: float
    error: float
    way: Way
    known: bool
    k: float
    worth: float
    k_moved: float = float("nan")
    r_hat: float = float("nan")


def leave_out(
    pieces: Pieces, base: Base, index: int, trial: str, folder: Path | None = None, refit: Refit = Refit(),
    tick: Callable[[int], None] | None = None,
) -> LeftOut:  # fmt: skip
    """Leaves out the trial with this index, in the first way whose answer is known, else in the last.

    Goes on from what `folder` holds of it.
    """
    kept = folder / f"trial-{index}.json" if folder is not None else None
    found = _read(kept) or by_draws(pieces, base, index, trial, tick)
    _write(kept, found)
    if not found.known and refit.steps:
        found = by_chains(pieces, base, index, found, folder, refit, tick)
        _write(kept, found)
    return found


def by_draws(pieces: Pieces, base: Base, index: int, trial: str, tick: Callable[[int], None] | None = None) -> LeftOut:
    """By weights of the draws at hand; where those are no good, by weights of the draws moved."""
    parts = base.parts[:, index]
    reliable = pareto.limit(parts.size)

    def good(one: pareto.Left | moved.Moved, least: float) -> bool:
        return one.k <= reliable and one.worth >= least and one.error < ERROR

    def without(u: F64) -> float:
        if tick is not None:
            tick(0)
        return _less(*pieces(u), index)

    plain = pareto.left_out(parts, base.effective)
    if good(plain, NEAR * min(base.effective, parts.size)):
        return LeftOut(trial, plain.density, plain.error, "weights", True, plain.k, plain.worth)
    near = moved.leave_out(without, base.u, base.values, parts, base.effective, reliable)
    return LeftOut(trial, near.density, near.error, "moved", good(near, WORTH), plain.k, plain.worth, near.k)


def _less(prior: float, each: F64, index: int) -> float:
    """Log posterior without a trial; -inf where there is none."""
    value = prior + float(np.delete(each, index).sum())
    return value if np.isfinite(value) else -np.inf


def by_chains(
    pieces: Pieces, base: Base, index: int, sofar: LeftOut, folder: Path | None, refit: Refit,
    tick: Callable[[int], None] | None = None,
) -> LeftOut:  # fmt: skip
    """By chains of the posterior without the trial, begun at draws at hand as their weights have it."""
    weights = pareto.left_out(base.parts[:, index], base.effective).weights
    rng = np.random.default_rng([refit.seed, index])
    starts = base.u[rng.choice(len(base.u), refit.chains, p=weights)]
    cover = np.cov(base.u.T).reshape(base.u.shape[1], -1)
    found = sofar
    for steps in refit.steps:
        parts = []
        for chain, start in enumerate(starts):
            keep = folder / f"trial-{index}-chain-{chain}.npz" if folder is not None else None
            plan = sample.Plan(refit.burn, steps, refit.thin, refit.seed + index, chain, start, cover, scatter=(0.0,))
            draws = sample.run(lambda u: _less(*pieces(u), index), start.size, plan, keep, tick)[0]
            parts.append([pieces(u)[1][index] for u in draws])
        density, error, r_hat = bridge(np.array(parts), base.parts[:, index], base.effective)
        known = error < ERROR and r_hat <= R_HAT
        found = replace(sofar, density=density, error=error, way="chains", known=known, r_hat=r_hat)
        if known:
            break
    return found


def bridge(chains: F64, whole: F64, effective: float) -> tuple[float, float, float]:
    """(log predictive density, its Monte-Carlo standard error, R-hat of the chains).

    From log likelihoods of the trial along chains without it (chains, draws) and under draws of the whole posterior
    (draws,), of which `effective` are independent.
    """
    r_hat = float(diagnose.r_hat(chains[..., None])[0])
    sizes = np.array([min(effective, whole.size), diagnose.effective_size(chains[..., None])[0]])
    a, b = np.log(sizes / sizes.sum())
    flat = chains.ravel()
    density = float(np.mean([np.median(flat), np.median(whole)]))
    for _ in range(1000):
        before = density
        over, under = flat - np.logaddexp(a + flat, b + before), -np.logaddexp(a + whole, b + before)
        density = float(logsumexp(over) - np.log(flat.size) - logsumexp(under) + np.log(whole.size))
        if abs(density - before) < 1e-8:
            break
    tops = np.exp(over - over.max()).reshape(chains.shape)
    lows = np.exp(under - under.max())
    independent = diagnose.effective_size(tops[..., None])[0]
    square = tops.var() / tops.mean() ** 2 / independent + lows.var() / lows.mean() ** 2 / sizes[0]
    return density, float(np.sqrt(square)), r_hat


def as_record(found: LeftOut) -> dict[str, object]:
    """For machines; None where a way was not taken, or a number is not finite."""
    return {k: v if not isinstance(v, float) or np.isfinite(v) else None for k, v in asdict(found).items()}


def _read(path: Path | None) -> LeftOut | None:
    if path is None or not path.exists():
        return None
    return LeftOut(**json.loads(path.read_text(encoding="utf-8")))


def _write(path: Path | None, found: LeftOut) -> None:
    if path is not None:
        partial = path.with_suffix(".part")
        partial.write_text(json.dumps(asdict(found), indent=1) + "\n", encoding="utf-8")
        partial.replace(path)


def claim(folder: Path, u: F64, prints: Mapping[str, str]) -> None:
    """Makes the folder that of these draws under these fingerprints; what it holds of others is left out anew."""
    digest = hashlib.sha256(np.ascontiguousarray(u).tobytes()).hexdigest()[:32]
    text = "\n".join([f"draws {digest}", *(f"{k} {v}" for k, v in sorted(prints.items()))]) + "\n"
    mark = folder / MARK
    with told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if mark.exists() and mark.read_text(encoding="utf-8", errors="replace") == text:
            return
        for path in [path for path in folder.iterdir() if OURS.fullmatch(path.name)]:
            path.unlink()
        mark.write_text(text, encoding="utf-8")


def base_of(pieces: Pieces, u: F64, effective: float, folder: Path) -> Base:
    """The draws with what each trial says under them, kept in `folder`."""
    path = folder / DRAWS
    if not path.exists():
        each = [pieces(one) for one in u]
        partial = path.with_suffix(".part.npz")
        np.savez(partial, prior=np.array([one[0] for one in each]), parts=np.array([one[1] for one in each]))
        partial.replace(path)
    with np.load(path) as saved:
        return Base(u, np.asarray(saved["prior"]), np.asarray(saved["parts"]), effective)


def each(
    make: Callable[[], Pieces], base: Base, trials: Sequence[str], folder: Path, refit: Refit, workers: int, say: Say
) -> tuple[LeftOut, ...]:
    """Leaves out every trial in turn, on several processes, where `make` gives the log posterior (built once each)."""
    found: dict[int, LeftOut] = {}
    with processes.several(workers) as pool:
        with processes.unheard():
            jobs = {pool.submit(_job, make, base, k, trial, folder, refit): k for k, trial in enumerate(trials)}
        for job in as_completed(jobs):
            one = found[jobs[job]] = job.result()
            if one.way != "weights":
                say(f"{one.trial} left out by {NAMES[one.way]}: {one.density:.2f}, error {one.error:.2f}")
    return tuple(found[k] for k in range(len(trials)))


NAMES: Mapping[Way, str] = {"weights": "weights", "moved": "moved draws", "chains": "chains without it"}


def _job(make: Callable[[], Pieces], base: Base, index: int, trial: str, folder: Path, refit: Refit) -> LeftOut:
    return leave_out(make(), base, index, trial, folder, refit, processes.not_alone)
