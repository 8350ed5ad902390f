"""What run.json says of a finished run, or of several that were compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ketasim.simulation import fingerprint
from ketasim.simulation.machine import device, machine

if TYPE_CHECKING:
    from ketasim.simulation.run import Run


def of_run(run: Run, request: Mapping[str, Any], whole: str) -> dict[str, Any]:
    """Request and its whole fingerprint, seed, fingerprints, versions, machine, how people's runs ended, warnings."""
    return {**_result(run, request, whole), **_ground(run)}


def of_runs(runs: Mapping[str, Run], words: Mapping[str, Any]) -> dict[str, Any]:
    """The same of runs by name, with the request in `words`.

    What is true of one run stands under `runs`; there is no fingerprint of the whole, so that it is no run folder.
    """
    first = next(iter(runs.values()))
    each = {}
    for name, run in runs.items():
        each[name] = _result(run, fingerprint.request(run.study, run.levels), fingerprint.whole(run.study, run.levels))
    return {"request": dict(words), "runs": each, **_ground(first)}


def _result(run: Run, request: Mapping[str, Any], whole: str) -> dict[str, Any]:
    return {
        "request": request,
        "fingerprint": whole,
        "status": run.status,
        "warnings": list(run.warnings),
        "seconds": round(run.seconds, 3),
    }


def _ground(run: Run) -> dict[str, Any]:
    return {
        "seed": int(run.study.seed),
        "fingerprints": fingerprint.fingerprints(run.study),
        "versions": fingerprint.versions(),
        "machine": machine() | (device() if run.study.settings.method == "cuda" else {}),
    }
