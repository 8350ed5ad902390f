"""Files of a finished calibration: values for the model, posterior draws, and a report of what the data said."""

from __future__ import annotations

from pathlib import Path
from shutil import copyfile

import numpy as np
from numpy.typing import NDArray

from ketasim.calibration import diagnose, fingerprint, following, remembered
from ketasim.calibration.data import calibration_data
from ketasim.calibration.parameters import estimated, fact_ids, names, natural
from ketasim.calibration.posterior import DRAWS, VALUES, draws_of, posterior
from ketasim.calibration.posterior import FOLDER as HOME
from ketasim.calibration.run import Result
from ketasim.errors import WorkError
from ketasim.pharmacology.mood import pathway, values
from ketasim.pharmacology.mood.glutamate import Mechanism

F64 = NDArray[np.float64]
KEPT = 400
REPORT = "calibration.md"


def write(result: Result, folder: Path) -> tuple[Path, ...]:
    """Writes calibrated.toml, draws.csv and calibration.md into `folder`; the same result gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    flat = result.chains.reshape(-1, result.chains.shape[-1])
    draws = natural(flat)
    kept = draws[np.linspace(0, len(draws) - 1, min(KEPT, len(draws))).round().astype(int)]
    texts = {VALUES: _values(draws, result), DRAWS: _draws(kept), REPORT: report(result)}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return tuple(folder / name for name in texts)


def install(folder: Path) -> tuple[Path, ...]:
    """Copies a finished calibration into the package, where the model and reproduction read it.

    With it go what it says of the studies it read, and what follows each fixed fact, computed here (minutes).
    """
    HOME.mkdir(parents=True, exist_ok=True)
    places = {VALUES: values.FILE, DRAWS: HOME / DRAWS, REPORT: HOME / REPORT}
    for name, place in places.items():
        copyfile(folder / name, place)
    _forget()
    return (*places.values(), remembered.write(), following.write())


def install_rival(folder: Path, mechanism: Mechanism) -> tuple[Path, ...]:
    """Copies the finished calibration of a rival mechanism to where its model reads it, from now on.

    With it goes what follows each fixed fact, computed here (minutes). WorkError where the calibration that ships is of
    another model, evidence or code than today's: a rival counts beside its own only.
    """
    if values.calibrated().get("fingerprints") != fingerprint.current():
        raise WorkError("The calibration that ships is not of today's model, evidence and code; calibrate that first.")
    HOME.mkdir(parents=True, exist_ok=True)
    places = {VALUES: values.file_of(mechanism), DRAWS: HOME / draws_of(mechanism)}
    for name, place in places.items():
        copyfile(folder / name, place)
    own = f'\n[own]\nmodel = "{fingerprint.of_model(mechanism)}"\n'
    with values.file_of(mechanism).open("a", encoding="utf-8", newline="\n") as text:
        text.write(own)
    _forget()
    return (*places.values(), following.write(mechanism))


def _forget() -> None:
    """Read values, models and draws anew from now on."""
    for kept in (values.calibrated, pathway.built, posterior):
        kept.cache_clear()


def _draws(draws: F64) -> str:
    rows = [",".join(f"{v:.6g}" for v in row) for row in draws]
    return ",".join(names()) + "\n" + "\n".join(rows) + "\n"


def _values(draws: F64, result: Result) -> str:
    trials = len({row.study.trial for row in calibration_data().rows})
    lines = ["# Written by `ketasim calibrate`; do not edit.", f"trials = {trials}", "", "[fingerprints]"]
    lines += [f'{k} = "{v}"' for k, v in sorted(fingerprint.current().items())]
    lines += ["", "[convergence]", f"r_hat = {result.r_hat.max():.4f}", f"effective = {result.effective.min():.0f}"]
    ids = fact_ids()
    for k, one in enumerate(estimated()):
        low, median, high = np.quantile(draws[:, k], [0.05, 0.5, 0.95])
        table = f'estimate."{ids[one.name]}"' if one.name in ids else f"trial.{one.name}"
        lines += ["", f"[{table}]", f"median = {median:.6g}", f"interval = [{low:.6g}, {high:.6g}]"]
    return "\n".join(lines) + "\n"


def report(result: Result) -> str:
    """A page: convergence, prior against posterior, what the data could not say."""
    chains = result.chains
    draws = natural(chains.reshape(-1, chains.shape[-1]))
    rows = calibration_data().rows
    lines = [
        "# Calibration", "",
        f"{len(rows)} observations of {len({r.study.trial for r in rows})} trials marked `calibrate`; "
        f"{chains.shape[0]} chains of {chains.shape[1]} kept draws.", "",
        f"Convergence: largest R-hat {result.r_hat.max():.4f} (at most 1.01 wanted), smallest effective size "
        f"{result.effective.min():.0f} (at least 400 wanted), acceptance "
        + ", ".join(f"{a:.2f}" for a in result.acceptance) + ".", "",
        "| parameter | prior median | posterior median | 90 % interval | overlap | R-hat | effective size | meaning |",
        "|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    silent = []
    for k, one in enumerate(estimated()):
        q = np.quantile(draws[:, k], [0.05, 0.5, 0.95])
        shared = diagnose.overlap(0.0, 1.0, chains[..., k].ravel())
        silent += [one.name] if shared > 0.8 else []
        lines.append(
            f"| {one.name} | {one.median:.3g} | {q[1]:.3g} | {q[0]:.3g} to {q[2]:.3g} | {shared:.2f} | "
            f"{result.r_hat[k]:.3f} | {result.effective[k]:.0f} | {one.meaning} |"
        )
    told = ", ".join(silent) or "none"
    lines += ["", f"Hardly identified by these data (prior and posterior overlap by more than 0.8): {told}.", ""]
    return "\n".join(lines)
