"""A calibration from start to end: mode, chains on several processes, diagnostics, files. Goes on after a stop."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from concurrent.futures import wait
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from ketasim.calibration import data, diagnose, fingerprint, parameters, predict, processes, sample
from ketasim.calibration import mode as modes
from ketasim.calibration.likelihood import Likelihood
from ketasim.simulation.place import names_in, refuse_earlier, refuse_foreign, told

F64 = NDArray[np.float64]
Say = Callable[[str], None]
R_HAT, EFFECTIVE = 1.01, 400.0
MARK, MODE, MODE_PART = "calibration.txt", "mode.npz", "mode.part.npz"
OURS = re.compile(r"calibration\.(txt|md)|draws\.csv|calibrated\.toml|(mode|chain-\d+)(\.part)?\.npz")
MODES = 2  # the second time where trials were found the first
LOOK = 20.0  # seconds between two words on how far it is


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to sample: chains, steps left out and kept per chain, every `thin`-th kept."""

    chains: int = 4
    burn: int = 5_000
    steps: int = 60_000
    thin: int = 20
    seed: int = 20261121
    rival: str = "disinhibition"


@dataclass(frozen=True, slots=True)
class Result:
    """Chains (chains, draws, parameters) of standardised logarithms, with what they say of themselves."""

    chains: F64
    values: F64
    acceptance: tuple[float, ...]
    r_hat: F64
    effective: F64
    seconds: float

    @property
    def converged(self) -> bool:
        """Whether every parameter has R-hat at most 1.01 and an effective size of at least 400."""
        return bool(self.r_hat.max() <= R_HAT and self.effective.min() >= EFFECTIVE)


RIVALS = ("disinhibition", "direct inhibition", "metabolite", "mixture")
QUICK = Effort(chains=2, burn=300, steps=600, thin=5)


def likelihood_of(rival: str) -> Likelihood:
    """The likelihood of the studies marked `calibrate` under a mechanism, or a mixture of responders and others."""
    mechanism = "disinhibition" if rival == "mixture" else rival
    return Likelihood(data.calibration_data(mechanism), predict.fixed(rival == "mixture"))


class LogPosterior:
    """Log posterior of standardised logarithms for the studies marked `calibrate`."""

    def __init__(self, likelihood: Likelihood) -> None:
        self.likelihood = likelihood

    def __call__(self, u: F64) -> float:
        """At u (parameters,); -inf where nothing is known to be."""
        if np.abs(u).max() > 6.0:
            return -np.inf
        return parameters.log_prior(u) + self.likelihood(parameters.natural(u))


@lru_cache(maxsize=4)
def target(rival: str = "disinhibition") -> LogPosterior:
    """The log posterior under a mechanism, or a mixture of responders and others."""
    return LogPosterior(likelihood_of(rival))


def calibrate(
    folder: Path, effort: Effort = Effort(), workers: int = 2, say: Say = lambda _: None, force: bool = False
) -> Result:
    """Runs or goes on with a calibration whose checkpoints are in `folder`.

    FolderError if the folder holds a calibration of another model, evidence, code or effort, which `force` replaces,
    or anything else.
    """
    begun = time.perf_counter()
    _claim(folder, effort, force)
    start, cover = _mode(folder, effort.rival, say)
    plans = [
        sample.Plan(effort.burn, effort.steps, effort.thin, effort.seed, k, start, cover) for k in range(effort.chains)
    ]
    found: dict[int, tuple[F64, F64, float]] = {}
    earlier, since = _steps(folder), time.perf_counter()
    with processes.several(workers) as pool:
        with processes.unheard():
            jobs = {pool.submit(_chain, plan, folder, effort.rival): plan.chain for plan in plans}
        left = set(jobs)
        while left:
            done, left = wait(left, timeout=LOOK)
            for job in done:
                found[jobs[job]] = job.result()
                say(f"chain {jobs[job] + 1} of {effort.chains} done after {time.perf_counter() - begun:.0f} s")
            if left:
                say(_how_far(folder, effort, time.perf_counter() - since, earlier))
    chains = np.stack([found[k][0] for k in range(effort.chains)])
    values = np.stack([found[k][1] for k in range(effort.chains)])
    return Result(
        chains, values, tuple(found[k][2] for k in range(effort.chains)),
        diagnose.r_hat(chains), diagnose.effective_size(chains), time.perf_counter() - begun,
    )  # fmt: skip


def _steps(folder: Path) -> int:
    """Steps done over all chains, as their checkpoints say."""
    steps = 0
    for path in folder.glob("chain-[0-9]*.npz"):
        if not path.name.endswith(".part.npz"):
            # a worker may be replacing it just now: the next word will know
            with (
                suppress(OSError, EOFError, ValueError, KeyError, BadZipFile),
                path.open("rb") as file,
                np.load(file) as saved,
            ):
                steps += int(saved["step"])
    return steps


def _how_far(folder: Path, effort: Effort, seconds: float, earlier: int = 0) -> str:
    """Steps done, and the time that is left at the pace since there were as many as `earlier`, some seconds ago."""
    steps, total = _steps(folder), effort.chains * (effort.burn + effort.steps)
    pace = (steps - earlier) / seconds
    rest = f", about {(total - steps) / pace / 60:.0f} min left" if pace > 0 else ""
    return f"{steps:,} of {total:,} steps{rest}"


def _chain(plan: sample.Plan, folder: Path, rival: str) -> tuple[F64, F64, float]:
    over = target(rival)
    over.likelihood.settle(parameters.natural(plan.start))
    return sample.run(over, len(parameters.names()), plan, folder / f"chain-{plan.chain}.npz", processes.not_alone)


def _mode(folder: Path, rival: str, say: Say) -> tuple[F64, F64]:
    path, partial = folder / MODE, folder / MODE_PART
    if not path.exists():
        say("exposure of every arm, then the mode of the posterior: about two minutes")
        start, over = np.zeros(len(parameters.names())), target(rival)
        over.likelihood.around = None
        for _ in range(MODES):
            start = modes.mode(over, start)
            over.likelihood.settle(parameters.natural(start))
        cover = modes.covariance(over, start)
        np.savez(partial, start=start, cover=cover)
        partial.replace(path)
    with np.load(path) as saved:
        return np.asarray(saved["start"]), np.asarray(saved["cover"])


def _longer(text: str, begun: str) -> bool:
    """Whether a calibration differs from the one begun in that its chains are to be longer, and in nothing else."""
    steps = re.compile(r"(?<=\bsteps=)\d+")
    one, two = steps.search(text), steps.search(begun)
    return bool(one and two and int(one[0]) > int(two[0]) and steps.sub("", text) == steps.sub("", begun))


def _claim(folder: Path, effort: Effort, force: bool) -> None:
    """Makes the folder that of this calibration; what is of this calibration already goes on."""
    text = "\n".join([repr(effort), *(f"{k} {v}" for k, v in sorted(fingerprint.current().items()))]) + "\n"
    there, mark = names_in(folder), folder / MARK
    begun = mark.read_text(encoding="utf-8", errors="replace") if MARK in there else ""
    if begun == text:
        return
    if _longer(text, begun):
        with told(folder):
            mark.write_text(text, encoding="utf-8")
        return
    ours = {name for name in there if OURS.fullmatch(name)}
    refuse_foreign(folder, there - ours)
    if MARK in ours and not begun.startswith("Effort("):
        refuse_foreign(folder, {MARK})
    if ours and not force:
        refuse_earlier(folder, "a calibration of another model, evidence, code or length" if begun else "results")
    with told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name in ours:
            (folder / name).unlink()
        mark.write_text(text, encoding="utf-8")
