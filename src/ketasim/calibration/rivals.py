"""Rival mechanisms weighed by how well each predicts a trial that it has not seen, given the others.

For draws of the posterior of each rival, the log likelihood of every trial is computed; leaving a trial out is
importance sampling with weights 1 / likelihood of that trial, truncated at the square root of the number of draws
(Ionides 2008)::

    elpd = sum over trials of log( sum_s w_s L_s / sum_s w_s )

A difference between two rivals is told with the standard error of its sum over trials, and no verdict is given on
chains that have not converged. How many draws the weights of a trial are worth is 1 / sum of squares of them, truncated
and normalised. The model itself is weighed with the posterior that ships.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ketasim.calibration.parameters import natural
from ketasim.calibration.posterior import posterior
from ketasim.calibration.run import RIVALS, Effort, Say, calibrate, likelihood_of
from ketasim.calibration.write import write
from ketasim.pharmacology.mood.values import calibrated

F64 = NDArray[np.float64]
SHORT = Effort(chains=2, burn=5_000, steps=20_000, thin=50)
R_HAT, EFFECTIVE = 1.05, 100.0  # short chains: less is asked than of a posterior that ships
WORTH = 10.0  # draws that weights are worth below which a mean over them is hardly one


@dataclass(frozen=True, slots=True)
class Weighed:
    """Expected log predictive density of one rival per trial, and how far its chains had converged.

    `weights` is the smallest effective number of draws over trials when each is left out.
    """

    name: str
    per_trial: F64
    r_hat: float
    effective: float
    weights: float

    @property
    def converged(self) -> bool:
        """Whether its chains can bear a verdict."""
        return self.r_hat <= R_HAT and self.effective >= EFFECTIVE

    @property
    def known(self) -> bool:
        """Whether its elpd is known: no trial is left out by a few draws alone."""
        return self.weights >= WORTH


def _weights(parts: F64) -> F64:
    """Normalised truncated weights (draws, trials) that leave each trial out."""
    raw = -(parts - parts.max(axis=0))
    raw -= raw.max(axis=0)
    weights = np.exp(raw)
    weights = np.minimum(weights, weights.mean(axis=0) * np.sqrt(len(parts)))
    return np.asarray(weights / weights.sum(axis=0))


def left_out(parts: F64) -> F64:
    """Log predictive density of each trial given the others, from log likelihoods (draws, trials)."""
    weights = _weights(parts)
    top = parts.max(axis=0)
    return np.asarray(top + np.log((weights * np.exp(parts - top)).sum(axis=0)))


def worth(parts: F64) -> F64:
    """How many independent draws the weights that leave each trial out are worth (trials,)."""
    return np.asarray(1.0 / (_weights(parts) ** 2).sum(axis=0))


def folder_of(folder: Path, name: str) -> Path:
    """Where a rival is calibrated."""
    return folder / name.replace(" ", "-")


def weigh(
    name: str, folder: Path, effort: Effort = SHORT, workers: int = 2, say: Say = lambda _: None, force: bool = False
) -> Weighed:
    """What a rival predicts of each trial: calibrated in a folder of its own in `folder`, or going on with what is
    there; the model itself as it ships. FolderError as `run.calibrate`.
    """
    if name == RIVALS[0]:
        draws = posterior().draws
        known = calibrated()["convergence"]
        return _weighed(name, draws, known["r_hat"], known["effective"])
    say(f"{name}: calibrating")
    own = folder_of(folder, name)
    result = calibrate(own, replace(effort, rival=name), workers, say, force)
    write(result, own)
    draws = natural(result.chains.reshape(-1, result.chains.shape[-1])[::2])
    return _weighed(name, draws, float(result.r_hat.max()), float(result.effective.min()))


def _weighed(name: str, draws: F64, r_hat: float, effective: float) -> Weighed:
    likelihood = likelihood_of(name)
    likelihood.settle(np.median(draws, axis=0))
    parts = np.array([likelihood.parts(p) for p in draws])
    return Weighed(name, left_out(parts), r_hat, effective, float(worth(parts).min()))


HEAD = (
    "rival", "elpd", "difference", "standard error", "largest R-hat", "smallest effective size", "converged",
    "smallest size of weights",
)  # fmt: skip


def page(found: Mapping[str, Weighed], prints: Mapping[str, str], shipped: Mapping[str, str], lasts: str = "") -> str:
    """The rivals beside the model itself, with the standard error of each difference.

    `prints` are the fingerprints of today, `shipped` those under which the posterior of the model itself was made;
    `lasts` says whether a larger dose lasts longer (`durability`).
    """
    lines = [
        "# Rival mechanisms", "", _stamped(prints, shipped), "", *EXPLAINED, "",
        f"| {' | '.join(HEAD)} |", "|" + "---|" * len(HEAD),
        *(f"| {' | '.join(cells)} |" for cells in rows(found)),
    ]  # fmt: skip
    missing = [name for name in RIVALS if name not in found]
    lines += [
        "", f"By that rule: {verdict(found)}.", "",
        *([f"Not weighed here: {', '.join(missing)}.", ""] if missing else []),
        "Written by `ketasim rivals --out DIR` as DIR/rivals.md. *mixture*: a share of patients responds and the rest",
        "not at all, with the same mean and variance as the broad distribution of the model.", "",
        *(["## Does a larger dose last longer?", "", lasts, ""] if lasts else []),
    ]  # fmt: skip
    return "\n".join(lines)


EXPLAINED = (
    "How well each predicts a trial of depression not seen, given the others (only those marked `calibrate`).",
    "Higher is better; a difference smaller than about twice its standard error is no reason to prefer one.",
    f"No verdict is given where R-hat is above {R_HAT} or the effective size below {EFFECTIVE:.0f}, nor where the",
    f"weights that leave a trial out are worth fewer than {WORTH:.0f} draws (last column: the fewest over trials).",
)


def _stamped(prints: Mapping[str, str], shipped: Mapping[str, str]) -> str:
    def short(all_of: Mapping[str, str]) -> str:
        return ", ".join(f"{name} `{text[:8]}`" for name, text in sorted(all_of.items()))

    text = f"Computed under {short(prints)}."
    same = dict(prints) == dict(shipped)
    return text if same else f"{text} The posterior that ships: {short(shipped)}."


def _apart(one: Weighed, base: Weighed) -> tuple[float, float]:
    """Difference of elpd and its standard error."""
    apart = one.per_trial - base.per_trial
    return float(apart.sum()), float(np.sqrt(apart.size) * apart.std(ddof=1)) if one is not base else 0.0


def rows(found: Mapping[str, Weighed]) -> list[tuple[str, ...]]:
    """A row per rival under HEAD."""
    base = found[RIVALS[0]]
    made: list[tuple[str, ...]] = []
    for one in found.values():
        difference, error = _apart(one, base)
        made.append(
            (one.name, f"{one.per_trial.sum():.1f}", f"{difference:+.1f}", f"{error:.1f}", f"{one.r_hat:.3f}",
             f"{one.effective:.0f}", "yes" if one.converged else "not converged", f"{one.weights:.0f}")
        )  # fmt: skip
    return made


def record(found: Mapping[str, Weighed]) -> list[dict[str, object]]:
    """The same for machines, with the log predictive density of each trial."""
    base = found[RIVALS[0]]
    made: list[dict[str, object]] = []
    for one in found.values():
        difference, error = _apart(one, base)
        made.append({
            "rival": one.name, "elpd": float(one.per_trial.sum()), "difference": difference, "standard_error": error,
            "per_trial": one.per_trial.tolist(), "r_hat": one.r_hat, "effective": one.effective,
            "converged": one.converged, "weights": one.weights,
        })  # fmt: skip
    return made


def verdict(found: Mapping[str, Weighed]) -> str:
    """Which rivals predict better or worse than the model itself, and of which that cannot be said."""
    base = found[RIVALS[0]]
    if not base.converged:
        return f"no verdict, for {base.name} has not converged"
    if not base.known:
        return f"no verdict, for a trial is left out of {base.name} by {base.weights:.0f} draws alone"
    told, close = [], []
    for one in found.values():
        difference, error = _apart(one, base)
        if one is base:
            continue
        if not one.converged:
            told.append(f"no verdict on {one.name}, which has not converged")
        elif not one.known:
            told.append(f"no verdict on {one.name}, of which a trial is left out by {one.weights:.0f} draws alone")
        elif abs(difference) > 2 * error:
            told.append(f"{one.name} predicts {'better' if difference > 0 else 'worse'} than {base.name}")
        else:
            close.append(one.name)
    if close:
        told.insert(0, f"these data cannot tell {' and '.join(close)} from {base.name}")
    return "; ".join(told)
