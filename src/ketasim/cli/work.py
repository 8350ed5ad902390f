"""Running a simulation from the command line: the bar, Ctrl-C, and what counts as failed work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ketasim.cli.failure import Interrupted
from ketasim.cli.progress import bar
from ketasim.errors import NobodyFinished

if TYPE_CHECKING:
    from ketasim.model.model import Model
    from ketasim.population.people import People
    from ketasim.simulation.run import Run


def perform(
    model: Model, people: People | None, given: Any, *, label: str, settings: Mapping[str, Any], again: str = ""
) -> Run:
    """Simulate with a progress bar; Ctrl-C says how to go on, or `again`; NobodyFinished where nobody did."""
    from ketasim.simulation.dataset import DataSet
    from ketasim.simulation.seen import draws_for
    from ketasim.simulation.simulate import simulate

    with going_on(settings.get("out"), again), bar(label) as step:
        draws = draws_for(given) if isinstance(given, DataSet) else 0
        run = simulate(model, people, given, progress=step, draws=draws, **settings)
    check(run)
    return run


@contextmanager
def going_on(out: Path | None, again: str = "") -> Iterator[None]:
    """Ctrl-C in here says how to go on with what lies in `out`, or `again`."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(again or resume_hint(out)) from None


def resume_hint(out: Path | None) -> str:
    """What to do after Ctrl-C."""
    if out is None:
        return "Interrupted; nothing was written (with --out DIR an interrupted run can be resumed)."
    if not out.exists():
        return "Interrupted before anything was written; give the same command again."
    return f"Interrupted; what was done is kept in {str(out)!r}: give the same command again to go on from there."


def check(run: Run) -> None:
    """NobodyFinished where no patient finished."""
    if "finished" not in run.status:
        raise NobodyFinished(run.warnings[-1:])


def provenance(run: Run) -> dict[str, str]:
    """Fingerprints and versions for a report."""
    from ketasim.simulation import fingerprint

    prints = {f"{what} fingerprint": text for what, text in fingerprint.fingerprints(run.study).items()}
    versions = ", ".join(f"{name} {version}" for name, version in fingerprint.versions().items())
    return {"run fingerprint": fingerprint.whole(run.study, run.levels), **prints, "versions": versions}
