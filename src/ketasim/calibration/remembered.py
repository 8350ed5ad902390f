"""What the posterior that ships says of the observations it was made from, kept to see whether the model still says it.

Fingerprints cover what calibration is written of; predictions cover whatever they come from: facts that stay fixed,
dosing, disposition, the engine, links between scales, how records are read.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ketasim.calibration.data import calibration_data
from ketasim.calibration.likelihood import predictions
from ketasim.calibration.posterior import FOLDER, posterior
from ketasim.calibration.predict import fixed

F64 = NDArray[np.float64]
FILE = FOLDER / "predicted.csv"
COLUMNS = ("study", "arm", "phase", "endpoint", "statistic", "time", "predicted", "error")
CLOSE = 1e-3  # of the larger of prediction and error


def rows() -> list[dict[str, str]]:
    """Predictions at the posterior median in a trial like the others, and their sampling errors, as text by column."""
    data = calibration_data()
    values, errors = predictions(data, np.median(posterior().draws, axis=0), fixed())
    return [
        {
            "study": row.study.id, "arm": row.seen.arm, "phase": row.seen.phase, "endpoint": row.seen.endpoint.name,
            "statistic": row.seen.statistic, "time": row.seen.time.text, "predicted": f"{value:.8g}",
            "error": f"{error:.8g}",
        }
        for row, value, error in zip(data.rows, values[0], errors[0], strict=True)
    ]  # fmt: skip


def write() -> Path:
    """Write the predictions of the posterior on disk beside it."""
    posterior.cache_clear()
    with FILE.open("w", encoding="utf-8", newline="") as text:
        table = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows())
    return FILE


def changed() -> list[str]:
    """The observations of which the model now says something else than when it was calibrated, a line each."""
    if not FILE.exists():
        return [f"{FILE.name} is not there"]
    with FILE.open(encoding="utf-8", newline="") as text:
        then = {_name(row): row for row in csv.DictReader(text)}
    now = {_name(row): row for row in rows()}
    return [
        f"{name}: {_told(then.get(name))}, now {_told(now.get(name))}"
        for name in sorted(then.keys() | now.keys())
        if name not in then or name not in now or not _close(then[name], now[name])
    ]


def _name(row: dict[str, str]) -> str:
    return " / ".join(row[name] for name in COLUMNS[:6] if row[name])


def _told(row: dict[str, str] | None) -> str:
    return f"{row['predicted']} ± {row['error']}" if row else "nothing"


def _close(one: dict[str, str], two: dict[str, str]) -> bool:
    scale = max(abs(float(one["predicted"])), float(one["error"]))
    return all(abs(float(one[name]) - float(two[name])) <= CLOSE * scale for name in COLUMNS[6:])
