"""The run folder: opened, filled part by part, finished by renaming; a killed run goes on where it stopped.

While a run is under way its parts lie in `.parts`; finished files are made there too and renamed into place, `run.json`
last, so that nothing in the folder is ever half-written. Layout of arrays on disk does not follow the chunks of a run.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ketasim.errors import FolderError
from ketasim.simulation import fingerprint
from ketasim.simulation.kept import InFiles
from ketasim.simulation.lock import LOCK, alone
from ketasim.simulation.stored import InZarr, finished
from ketasim.simulation.write import write_all

if TYPE_CHECKING:
    from ketasim.simulation.plan import Study
    from ketasim.simulation.run import Run

PARTS = ".parts"
OURS = (
    "run.json", "patients.parquet", "events.parquet", "trajectories.zarr", "quantiles.parquet", "nca.parquet",
    "observed.parquet", "summary.csv", "scores.csv", "report.html", PARTS,
)  # fmt: skip


@dataclass(frozen=True)
class Folder:
    """A run folder that is ours to fill."""

    path: Path
    request: dict[str, Any]
    fingerprint: str
    levels: tuple[float, ...]

    @property
    def work(self) -> Path:
        """Where parts and files in the making lie."""
        return self.path / PARTS

    def finished(self, study: Study) -> Run | None:
        """The run, if it is finished already."""
        done = _read(self.path / "run.json") == self.fingerprint
        return finished(self.path, study, self.levels) if done else None

    def parts(self, study: Study) -> InFiles:
        """Room for the parts of a run; those of a killed run are there already."""
        return InFiles(self.work, study.people.n, len(study.outputs), study.times.size)

    def finish(self, run: Run) -> Run:
        """Write every file of a finished run, put them in place, and drop the parts."""
        made = self.work / "finished"
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir()
        write_all(run, made)
        status, predicted = run.codes, run.kept.predicted
        for name in sorted(path.name for path in made.iterdir()):
            _remove(self.path / name)
            (made / name).replace(self.path / name)
        note = self.work / "run.json"
        note.write_text(json.dumps(self.note(run), indent=1, sort_keys=True) + "\n", encoding="utf-8")
        note.replace(self.path / "run.json")
        kept = InZarr(self.path / "trajectories.zarr", run.outputs, status, predicted)
        return replace(run, kept=kept)

    def note(self, run: Run) -> dict[str, Any]:
        """What run.json says."""
        from ketasim.simulation.machine import machine

        return {
            "request": self.request,
            "seed": self.request["seed"],
            "fingerprint": self.fingerprint,
            "fingerprints": fingerprint.fingerprints(run.study),
            "versions": fingerprint.versions(),
            "machine": machine(),
            "status": run.status,
            "warnings": list(run.warnings),
            "seconds": round(run.seconds, 3),
        }


@contextmanager
def opened(path: Path, study: Study, levels: tuple[float, ...], force: bool = False) -> Iterator[Folder]:
    """A folder for this request: new, empty, or holding this very request, killed or finished; else FolderError.

    `force` clears the files of another run of ours; what is not ours is never touched. Errors of the disk become
    FolderError.
    """
    with told(path):
        asked = fingerprint.request(study, levels)
        folder = Folder(path, asked, fingerprint.whole(study, levels), levels)
        _admit(folder, force)
        with alone(path):
            _prepare(folder)
            if folder.finished(study) is None:
                enough(path, study, bool(levels))
            yield folder
            shutil.rmtree(folder.work, ignore_errors=True)


def _admit(folder: Folder, force: bool) -> None:
    """Refuse a folder that is not ours to fill; nothing in it is touched."""
    path = folder.path
    if path.exists() and not path.is_dir():
        raise FolderError(f"{str(path)!r} is a file; --out takes the name of a folder.")
    path.mkdir(parents=True, exist_ok=True)
    there = {entry.name for entry in path.iterdir()}
    if there - {PARTS, LOCK, "report.html"} and "run.json" not in there and not _begun(path):
        raise FolderError(f"The folder {str(path)!r} holds files that are no run of ketasim; choose another folder.")
    if not force and _held(path) not in (None, folder.fingerprint):
        raise FolderError(
            f"The folder {str(path)!r} holds another run (or one by another version); choose another folder, or "
            "give --force to replace it."
        )


def _prepare(folder: Folder) -> None:
    path = folder.path
    if _held(path) not in (None, folder.fingerprint):
        for name in OURS:
            _remove(path / name)
    if _begun(path) != folder.fingerprint:
        _remove(folder.work)
    folder.work.mkdir(exist_ok=True)
    note = folder.work / "request.json.tmp"
    note.write_text(json.dumps({"fingerprint": folder.fingerprint}), encoding="utf-8")
    note.replace(folder.work / "request.json")


def _begun(path: Path) -> str | None:
    return _read(path / PARTS / "request.json")


def _held(path: Path) -> str | None:
    """Fingerprint of the run in a folder: the one under way, else the finished one."""
    return _begun(path) or _read(path / "run.json")


def _read(path: Path) -> str | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8")).get("fingerprint")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, AttributeError):
        return "unreadable"
    return str(found)


def enough(path: Path, study: Study, quantiles_only: bool) -> None:
    """Refuse what cannot fit on the disk before any work is done; parts of a killed run there count."""
    from ketasim.simulation.nca import MEASURES

    size = 8 * study.people.n * len(study.outputs) * study.times.size
    rest = study.people.n * (8 * len(study.outputs) * len(MEASURES) + 9)
    need = rest + (size if quantiles_only else 2 * size)
    nearest = next(place for place in (path, *path.absolute().parents) if place.is_dir())
    free = shutil.disk_usage(nearest).free
    there = sum(entry.stat().st_size for entry in (path / PARTS).glob("*.*"))
    if need - there > free:
        raise FolderError(
            f"This run needs about {need / 2**30:,.1f} GiB in {str(path)!r}, where {free / 2**30:,.1f} GiB are free; "
            "take fewer people, keep fewer outputs or times, keep quantiles only, or choose another disk."
        )


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Errors of the disk under `path` as one sentence each."""
    try:
        yield
    except OSError as why:
        if why.errno in (errno.ENOSPC, errno.EDQUOT):
            text = "The disk is full"
            hint = "free some room and give the same command again to go on from there"
        elif why.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            text, hint = "It may not be written", "choose a folder of your own"
        else:
            text, hint = os.strerror(why.errno) if why.errno else str(why), "look at the folder and its disk"
        raise FolderError(f"Cannot write the run folder {str(path)!r}: {text}; {hint}.") from why
