"""Rival mechanisms weighed by how well each predicts a trial that it has not seen, given the others.

For draws of the posterior of each rival, the log likelihood of every trial is computed; leaving a trial out is
importance sampling
with weights 1 / likelihood of that trial, truncated at the square root of the number of draws (Ionides 2008)::

    elpd = sum over trials of log( sum_s w_s L_s / sum_s w_s )

A difference between two rivals is told with the standard error of its sum over trials. The model itself is weighed
with the posterior that ships. Run with `python -m ketasim.calibration.rivals FOLDER`; it writes `docs/rivals.md` and
goes on where it stopped.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ketasim.calibration.durability import durability, sentence
from ketasim.calibration.parameters import natural
from ketasim.calibration.posterior import posterior
from ketasim.calibration.run import RIVALS, Effort, calibrate, likelihood_of
from ketasim.pharmacology.mood.values import calibrated

F64 = NDArray[np.float64]
SHORT = {"chains": 2, "burn": 3_000, "steps": 20_000, "thin": 50}
PAGE = Path(__file__).parents[3] / "docs" / "rivals.md"


@dataclass(frozen=True, slots=True)
class Weighed:
    """Expected log predictive density of one rival per trial, and how far its chains had converged."""

    name: str
    per_trial: F64
    r_hat: float
    effective: float


def left_out(parts: F64) -> F64:
    """Log predictive density of each trial given the others, from log likelihoods (draws, trials)."""
    raw = -(parts - parts.max(axis=0))
    raw -= raw.max(axis=0)
    weights = np.exp(raw)
    weights = np.minimum(weights, weights.mean(axis=0) * np.sqrt(len(parts)))
    weights /= weights.sum(axis=0)
    top = parts.max(axis=0)
    return np.asarray(top + np.log((weights * np.exp(parts - top)).sum(axis=0)))


def weigh(name: str, folder: Path) -> Weighed:
    """What a rival predicts of each trial: calibrated with short chains in `folder`, the model itself as it ships."""
    if name == RIVALS[0]:
        known = calibrated()["convergence"]
        return _weighed(name, posterior().draws, known["r_hat"], known["effective"])
    effort = Effort(**SHORT, rival=name)
    result = calibrate(folder / name.replace(" ", "-"), effort)
    draws = natural(result.chains.reshape(-1, result.chains.shape[-1])[::2])
    return _weighed(name, draws, float(result.r_hat.max()), float(result.effective.min()))


def _weighed(name: str, draws: F64, r_hat: float, effective: float) -> Weighed:
    likelihood = likelihood_of(name)
    return Weighed(name, left_out(np.array([likelihood.parts(p) for p in draws])), r_hat, effective)


def page(found: Mapping[str, Weighed]) -> str:
    """The rivals beside the model itself, with the standard error of each difference."""
    base = found[RIVALS[0]]
    lines = [
        "# Rival mechanisms", "",
        "How well each predicts a trial of depression not seen, given the others (only those marked `calibrate`).",
        "Higher is better; a difference smaller than about twice its standard error is no reason to prefer one.", "",
        "| rival | elpd | difference | standard error | largest R-hat | smallest effective size |",
        "|---|---|---|---|---|---|",
    ]  # fmt: skip
    told = []
    for one in found.values():
        apart = one.per_trial - base.per_trial
        error = float(np.sqrt(apart.size) * apart.std(ddof=1)) if one is not base else 0.0
        lines.append(
            f"| {one.name} | {one.per_trial.sum():.1f} | {apart.sum():+.1f} | {error:.1f} | {one.r_hat:.3f} | "
            f"{one.effective:.0f} |"
        )
        if one is not base and abs(apart.sum()) > 2 * error:
            told.append(f"{one.name} predicts {'better' if apart.sum() > 0 else 'worse'} than {base.name}")
    verdict = "; ".join(told) if told else "these data cannot tell the rivals apart"
    lines += [
        "", f"By that rule: {verdict}.", "",
        "Written by `python -m ketasim.calibration.rivals FOLDER`. *mixture*: a share of patients responds and the",
        "rest not at all, with the same mean and variance as the broad distribution of the model.", "",
    ]  # fmt: skip
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Weighs every rival and writes the page."""
    folder = Path(arguments[0] if arguments else "ketasim-rivals")
    found = {name: weigh(name, folder) for name in RIVALS}
    text = page(found) + "\n## Does a larger dose last longer?\n\n" + sentence(durability()) + "\n"
    PAGE.write_text(text, encoding="utf-8", newline="\n")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
