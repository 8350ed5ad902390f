"""Rival mechanisms weighed by how well each predicts a trial that it has not seen, given the others.

Each trial is left out in turn, and points stand for the posterior without it (`left_out`)::

    elpd = sum over trials of log p(trial | the others)

A difference between two rivals is told with the standard error of its sum over trials, to which the Monte-Carlo errors
of both are added (in quadrature). No verdict is given on chains that have not converged, and none of better or worse
where a trial is not known. The search begins at the posterior that ships, or at the draws of a rival that are
installed, unless it is calibrated anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ketasim.calibration import fingerprint
from ketasim.calibration.data import calibration_data
from ketasim.calibration.left_out import ERROR, LEAST, SHAPE, Found, LeftOut, Search, as_record, claim, each
from ketasim.calibration.likelihood import Likelihood
from ketasim.calibration.parameters import estimated, log_prior, natural
from ketasim.calibration.posterior import posterior
from ketasim.calibration.run import MARK, RIVALS, Effort, Say, calibrate, likelihood_of
from ketasim.calibration.write import write
from ketasim.pharmacology.mood.values import MECHANISMS, calibrated

F64 = NDArray[np.float64]
SHORT = Effort(chains=2, burn=5_000, steps=20_000, thin=50)
R_HAT, EFFECTIVE = 1.05, 100.0  # short chains: less is asked than of a posterior that ships


@dataclass(frozen=True, slots=True)
class Weighed:
    """Log predictive density of each trial under one rival, and how far the chains had converged that it began at."""

    name: str
    found: Found
    r_hat: float
    effective: float

    @property
    def trials(self) -> tuple[LeftOut, ...]:
        """Each trial given the others."""
        return self.found.trials

    @property
    def per_trial(self) -> F64:
        """Log predictive density of each trial given the others (trials,)."""
        return np.array([one.density for one in self.trials])

    @property
    def error(self) -> float:
        """Monte-Carlo standard error of the sum."""
        return self.found.error

    @property
    def converged(self) -> bool:
        """Whether its chains can bear a verdict."""
        return self.r_hat <= R_HAT and self.effective >= EFFECTIVE

    @property
    def unknown(self) -> tuple[str, ...]:
        """Trials whose density given the others is not known; all where too few points stand for the posterior."""
        return tuple(one.trial for one in self.trials if not one.known or self.found.effective < LEAST)


class Apart:
    """Log posterior of standardised logarithms, in pieces: the prior, and each trial marked `calibrate`."""

    def __init__(self, likelihood: Likelihood) -> None:
        self.likelihood = likelihood

    def __call__(self, u: F64) -> tuple[float, F64]:
        """(log prior, log likelihoods (trials,)) at u (parameters,); -inf where nothing is known to be."""
        try:
            parts = self.likelihood.parts(natural(u)) if np.abs(u).max() <= 6.0 else np.array([-np.inf])
        except np.linalg.LinAlgError:
            parts = np.array([-np.inf])
        if not np.isfinite(parts).all():
            return -np.inf, np.full(len(self.likelihood.data.trials), -np.inf)
        return log_prior(u), parts


@lru_cache(maxsize=1)
def apart(rival: str, middle: tuple[float, ...]) -> Apart:
    """The log posterior of a rival in pieces; trials are looked for where they are under the parameters `middle`."""
    likelihood = likelihood_of(rival)
    likelihood.settle(np.array(middle))
    return Apart(likelihood)


def folder_of(folder: Path, name: str) -> Path:
    """Where a rival is calibrated."""
    return folder / name.replace(" ", "-")


def weigh(
    name: str, folder: Path, effort: Effort = SHORT, workers: int = 2, say: Say = lambda _: None, force: bool = False,
    again: bool = False, rounds: int | None = None,
) -> Weighed:  # fmt: skip
    """What a rival predicts of each trial: with draws that are installed, or calibrated in a folder of its own in
    `folder`, where that was begun or where `again` or `force` ask for it; the model itself as it ships.

    FolderError as `run.calibrate`.
    """
    own = folder_of(folder, name)
    draws = None if (own / MARK).exists() or again or force else installed(name)
    if draws is None and name != RIVALS[0]:
        say(f"{name}: calibrating")
        result = calibrate(own, replace(effort, rival=name), workers, say, force)
        write(result, own)
        posterior.cache_clear()
        draws = Draws(posterior(own).draws, float(result.r_hat.max()), float(result.effective.min()))
    elif name != RIVALS[0]:
        say(f"{name}: weighed with the draws that are installed; --again calibrates it anew")
    search = Search() if rounds is None else replace(Search(), rounds=rounds)
    return _weighed(name, draws or _shipped(), folder, workers, say, search)


@dataclass(frozen=True, slots=True)
class Draws:
    """Draws (draws, parameters) in natural units, with what their chains say of themselves."""

    draws: F64
    r_hat: float
    effective: float


def _standard(draws: F64) -> F64:
    """Standardised logarithms of parameter values (draws, parameters), the inverse of `natural`."""
    rows = estimated()
    return np.asarray(np.log(draws / np.array([e.median for e in rows])) / np.array([e.sd_log for e in rows]))


def _shipped() -> Draws:
    known = calibrated()["convergence"]
    return Draws(posterior().draws, known["r_hat"], known["effective"])


def installed(name: str) -> Draws | None:
    """The draws of a rival that is installed, if they are of today's model, evidence and code."""
    for one in MECHANISMS:
        found = calibrated(one) if one == name and name != RIVALS[0] else {}
        if found and found["fingerprints"] == fingerprint.current() and found["own"]["model"] == _own(name):
            known = found["convergence"]
            return Draws(posterior(mechanism=one).draws, known["r_hat"], known["effective"])
    return None


def _own(name: str) -> str:
    """Fingerprint of the model of a rival, or of the model itself where no model has it."""
    return fingerprint.of_model(next((one for one in MECHANISMS if one == name), MECHANISMS[0]))


def _weighed(name: str, draws: Draws, folder: Path, workers: int, say: Say, search: Search) -> Weighed:
    make = partial(apart, name, tuple(np.median(draws.draws, axis=0).tolist()))
    u, own = _standard(draws.draws), folder / f"left-out-{name.replace(' ', '-')}"
    claim(own, u, search, {**fingerprint.current(), "own": _own(name), "rival": name})
    say(f"{name}: leaving out each trial, about 12 minutes")
    found = each(make, u, trial_names(name), own, search, workers, lambda word: say(f"{name}: {word}"))
    return Weighed(name, found, draws.r_hat, draws.effective)


def trial_names(name: str) -> tuple[str, ...]:
    """The trials that are read, in the order of the log likelihoods."""
    return tuple(calibration_data(MECHANISMS[0] if name == "mixture" else name).trials)


HEAD = (
    "rival", "elpd", "difference", "standard error", "largest R-hat", "smallest effective size", "converged",
    "largest error of a trial", "trials not known",
)  # fmt: skip


def page(found: Mapping[str, Weighed], prints: Mapping[str, str], shipped: Mapping[str, str], lasts: str = "") -> str:
    """The rivals beside the model itself, with the standard error of each difference, then trial by trial.

    `prints` are the fingerprints of today, `shipped` those under which the posterior of the model itself was made;
    `lasts` says whether a larger dose lasts longer (`durability`).
    """
    lines = [
        "# Rival mechanisms", "", _stamped(prints, shipped), "", *EXPLAINED, "", *_table(HEAD, rows(found)), "",
        f"By that rule: {verdict(found)}.", "",
    ]  # fmt: skip
    missing = [name for name in RIVALS if name not in found]
    lines += [
        *([f"Not weighed here: {', '.join(missing)}.", ""] if missing else []),
        "Written by `ketasim rivals --out DIR` as DIR/rivals.md. *mixture*: a share of patients responds and the rest",
        "not at all, with the same mean and variance as the broad distribution of the model. Each rival can be run,",
        "with `--model pathway-direct-inhibition`, `pathway-metabolite` and `pathway-mixture`, and `ketasim reproduce`",
        "`--rival NAME` lays published studies beside it.", "",
        "## Trial by trial", "", *BY_TRIAL, "", *_table(("trial", *found), by_trial(found)), "",
        *(["## Does a larger dose last longer?", "", lasts, ""] if lasts else []),
    ]  # fmt: skip
    return "\n".join(lines)


def _table(head: tuple[str, ...], body: list[tuple[str, ...]]) -> list[str]:
    return [f"| {' | '.join(head)} |", "|" + "---|" * len(head), *(f"| {' | '.join(cells)} |" for cells in body)]


EXPLAINED = (
    "How well each predicts a trial of depression not seen, given the others (only those marked `calibrate`): elpd is",
    "the sum of log predictive densities; higher is better. A rival predicts better or worse where the difference is",
    "more than twice its standard error, which counts how trials differ and Monte-Carlo errors, and each is known.",
    f"No verdict is given where R-hat is above {R_HAT} or the effective size below {EFFECTIVE:.0f}.",
    "Trials are left out one by one, by weighted points that stand for the posterior without it; a trial is known",
    f"where its Monte-Carlo error is below {ERROR}, {LEAST:.0f} effective points or more stand for that posterior, and",
    f"the Pareto shape of their weights is at most {SHAPE}.",
)
BY_TRIAL = (
    "Log predictive density given the others, and in brackets its Monte-Carlo error. A question mark: not known.",
)


def _stamped(prints: Mapping[str, str], shipped: Mapping[str, str]) -> str:
    def short(all_of: Mapping[str, str]) -> str:
        return ", ".join(f"{name} `{text[:8]}`" for name, text in sorted(all_of.items()))

    text = f"Computed under {short(prints)}."
    same = dict(prints) == dict(shipped)
    return text if same else f"{text} The posterior that ships: {short(shipped)}."


def apart_from(one: Weighed, base: Weighed) -> tuple[float, float]:
    """Difference of elpd and its standard error: of the sum over trials, and of Monte Carlo in both."""
    if one is base:
        return 0.0, 0.0
    apart = one.per_trial - base.per_trial
    return float(apart.sum()), float(np.sqrt(apart.size * apart.var(ddof=1) + one.error**2 + base.error**2))


def rows(found: Mapping[str, Weighed]) -> list[tuple[str, ...]]:
    """A row per rival under HEAD."""
    base = found[RIVALS[0]]
    made: list[tuple[str, ...]] = []
    for one in found.values():
        difference, error = apart_from(one, base)
        largest = max(trial.error for trial in one.trials)
        made.append(
            (one.name, f"{one.per_trial.sum():.1f}", f"{difference:+.1f}", f"{error:.1f}", f"{one.r_hat:.3f}",
             f"{one.effective:.0f}", "yes" if one.converged else "not converged", f"{largest:.2f}",
             str(len(one.unknown)))
        )  # fmt: skip
    return made


def by_trial(found: Mapping[str, Weighed]) -> list[tuple[str, ...]]:
    """A row per trial: what each rival says of it, as BY_TRIAL explains."""

    def cell(one: LeftOut) -> str:
        return f"{one.density:.2f}{'' if one.known else '?'} ({one.error:.2f})"

    return [(group[0].trial, *map(cell, group)) for group in zip(*(one.trials for one in found.values()), strict=True)]


def record(found: Mapping[str, Weighed]) -> list[dict[str, object]]:
    """The same for machines, with the log predictive density of each trial and how it was found."""
    base = found[RIVALS[0]]
    made: list[dict[str, object]] = []
    for one in found.values():
        difference, error = apart_from(one, base)
        made.append({
            "rival": one.name, "elpd": float(one.per_trial.sum()), "difference": difference, "standard_error": error,
            "monte_carlo_error": one.error, "points": one.found.effective, "per_trial": one.per_trial.tolist(),
            "r_hat": one.r_hat, "effective": one.effective, "converged": one.converged,
            "trials": [as_record(trial) for trial in one.trials],
        })  # fmt: skip
    return made


def verdict(found: Mapping[str, Weighed]) -> str:
    """Which rivals predict better or worse than the model itself, and of which that cannot be said.

    What is not known of a trial only adds to what cannot be told: it keeps a rival from being better or worse.
    """
    base = found[RIVALS[0]]
    if not base.converged:
        return f"no verdict, for {base.name} has not converged"
    told, close, vague = [], [], set()
    for one in found.values():
        difference, error = apart_from(one, base)
        unknown = sorted({*base.unknown, *one.unknown})
        if one is base:
            continue
        word = "better" if difference > 0 else "worse"
        if not one.converged:
            told.append(f"no verdict on {one.name}, which has not converged")
        elif abs(difference) <= 2 * error:
            close.append(one.name)
            vague |= set(unknown)
        elif unknown:
            why = f"it is not known how one of the two predicts {', '.join(unknown)}"
            told.append(f"no verdict on {one.name}, which comes out {word}, for {why}")
        else:
            told.append(f"{one.name} predicts {word} than {base.name}")
    if close:
        of = f" ({len(vague)} of {len(base.trials)} trials are not known as well as asked)" if vague else ""
        *others, last = close
        names = f"{', '.join(others)} and {last}" if others else last
        told.insert(0, f"these data cannot tell {names} from {base.name}{of}")
    return "; ".join(told)
