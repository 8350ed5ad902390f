"""What predictions lean on, on the screen and in a run folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ketasim.cli.console import filled, plain, say, table
from ketasim.cli.files import write
from ketasim.errors import ModelError

if TYPE_CHECKING:
    from ketasim.measurement.reading import Reading
    from ketasim.simulation.leaning import Leaning
    from ketasim.simulation.run import Run


def of(runs: Mapping[str, Run], reading: Reading | None, visits: Sequence[float] | None = None) -> tuple[Leaning, ...]:
    """Shares of variance of the headline numbers of some runs; none, and why, where a moved number breaks the model."""
    from ketasim.calibration.known import estimates
    from ketasim.pharmacology.readings import highest, lasting
    from ketasim.report.courses import is_exposure
    from ketasim.simulation.beliefs import all_open
    from ketasim.simulation.leaning import of_runs

    first = next(iter(runs.values()))
    model, peaks = first.model, [name for name in first.outputs if is_exposure(first, name)]
    effects = {"highest": highest(model), "lasting": lasting(model)}
    openly = all(all_open(run.study) for run in runs.values())
    if any(run.regimen is not None for run in runs.values()):
        say("Working out what the predictions lean on (shares of variance) ...")
    try:
        return of_runs(runs, peaks, reading, estimates(model, openly), visits, **effects)
    except ModelError as why:
        told = f"What the predictions lean on cannot be told: a number moved by its spread breaks the model. {why}"
        say(filled(told))
        return ()


def show(found: Sequence[Leaning]) -> None:
    """The chief predictions as sentences."""
    from ketasim.report.leaning import TITLE, lines

    if not found:
        return
    print(f"{TITLE} (shares of variance)")
    for line in lines(found):
        print(filled(line, later="  "))
    print()


def show_trials(found: Sequence[Leaning], letters: Mapping[str, str] | None = None) -> None:
    """What a trial of this size would find, as a table with its note; nothing where no trial is told."""
    from ketasim.report import trials

    mine = trials.told(found)
    if not mine:
        return
    print(trials.title(mine))
    table(trials.HEAD if letters is None else trials.HEAD_OF_SEVERAL, trials.rows(mine, letters))
    print(filled(trials.note(mine)) + "\n")


def note(folder: Path, found: Sequence[Leaning], reading: Reading | None) -> None:
    """Add what the predictions lean on to run.json, and the times (h) that were asked for: when who is followed must be
    well, and further visits.
    """
    from ketasim.report.leaning import record

    path = folder / "run.json"
    told = json.loads(path.read_text(encoding="utf-8")) | {"leaning": [plain(record(one)) for one in found]}
    asked = {} if reading is None else {"well_at_h": list(reading.well_at), "at_h": list(reading.at)}
    told |= {name: hours for name, hours in asked.items() if hours}
    write(path, json.dumps(told, indent=1, sort_keys=True) + "\n")
