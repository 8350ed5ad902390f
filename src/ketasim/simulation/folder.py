"""The run folder: opened, filled part by part, finished by renaming; a killed run goes on where it stopped.

While a run is under way its parts lie in `.parts`; finished files are made there too and renamed into place, `run.json`
last, so that nothing in the folder is ever half-written. Layout of arrays on disk does not follow the chunks of a run.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ketasim.errors import FolderError, NobodyFinished
from ketasim.simulation import fingerprint
from ketasim.simulation.kept import InFiles
from ketasim.simulation.lock import LOCK, alone
from ketasim.simulation.note import of_run
from ketasim.simulation.place import names_in, refuse_earlier, refuse_foreign, told
from ketasim.simulation.stored import InZarr, finished
from ketasim.simulation.write import write_all

if TYPE_CHECKING:
    from ketasim.simulation.plan import Study
    from ketasim.simulation.run import Run

PARTS = ".parts"
FOREIGN = "not ours"
_IN_PARTS = re.compile(r"\d{12}-\d{12}\.\w+|finished|(request|run)\.json(\.tmp)?")
OURS = (
    "run.json", "patients.parquet", "events.parquet", "trajectories.zarr", "visits.zarr", "quantiles.parquet",
    "nca.parquet", "observed.parquet", "summary.csv", "scores.csv", "report.html", PARTS,
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

    def finished(self, study: Study, visits: Study | None = None) -> Run | None:
        """The run, if it is finished already, with these `visits` where they are asked for."""
        done = _read(self.path / "run.json") == self.fingerprint
        return finished(self.path, study, self.levels, visits) if done else None

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
        note.write_text(
            json.dumps(of_run(run, self.request, self.fingerprint), indent=1, sort_keys=True) + "\n", encoding="utf-8"
        )
        note.replace(self.path / "run.json")
        kept = InZarr(self.path / "trajectories.zarr", run.outputs, status, predicted)
        return replace(run, kept=kept)


@contextmanager
def opened(path: Path, study: Study, levels: tuple[float, ...], force: bool = False) -> Iterator[Folder]:
    """A folder for this request: new, empty, or holding this very request, killed or finished; else FolderError.

    `force` clears the files of another run of ours; what is not ours is never touched. What the disk refuses once the
    run is under way becomes DiskError. After NobodyFinished nothing of the run is left.
    """
    with ExitStack() as held:
        with told(path):
            asked = fingerprint.request(study, levels)
            folder = Folder(path, asked, fingerprint.whole(study, levels), levels)
            _admit(folder, force)
            if folder.finished(study) is None:
                enough(path, study, bool(levels))
            held.callback(_leave, path, new=not os.path.lexists(path))  # once the lock is gone
            path.mkdir(parents=True, exist_ok=True)
            held.enter_context(alone(path))
            _prepare(folder)
        with told(path, begun=True):
            try:
                yield folder
            except NobodyFinished:
                for name in OURS:
                    _remove(path / name)
                raise
            shutil.rmtree(folder.work, ignore_errors=True)


def _leave(path: Path, new: bool) -> None:
    """Take away a folder that this run made, where nothing lies in it."""
    if new:
        with suppress(OSError):
            path.rmdir()


def _admit(folder: Folder, force: bool) -> None:
    """Refuse a folder that is not ours to fill; nothing in it is touched."""
    path = folder.path
    there = names_in(path)
    begun, done = _begun(path), _read(path / "run.json")
    foreign = there - {PARTS, LOCK, "report.html"} if begun is None and done is None else set()
    foreign |= {name for name, ours in (("run.json", done), (PARTS, begun)) if ours == FOREIGN}
    refuse_foreign(path, foreign)
    if not force and (begun or done) not in (None, folder.fingerprint):
        refuse_earlier(path, "another run (or one by another version)")


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
    """Fingerprint of the run under way in a folder, FOREIGN where its parts are not ours."""
    work = path / PARTS
    found = _read(work / "request.json")
    if found in (None, FOREIGN) and os.path.lexists(work):
        ours = work.is_dir() and all(_IN_PARTS.fullmatch(entry.name) for entry in work.iterdir())
        return None if ours else FOREIGN
    return found


def _held(path: Path) -> str | None:
    """Fingerprint of the run in a folder: the one under way, else the finished one."""
    return _begun(path) or _read(path / "run.json")


def _read(path: Path) -> str | None:
    """The fingerprint in a note of ours, None where there is none, FOREIGN in what is no note of ours."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, IsADirectoryError):
        return FOREIGN
    mark = found.get("fingerprint") if isinstance(found, dict) else None
    return mark if isinstance(mark, str) else FOREIGN


def enough(path: Path, study: Study, quantiles_only: bool) -> None:
    """Refuse what cannot fit on the disk before any work is done; what lies there of a run is used or replaced."""
    from ketasim.simulation.nca import MEASURES

    size = 8 * study.people.n * len(study.outputs) * study.times.size
    rest = study.people.n * (8 * len(study.outputs) * len(MEASURES) + 9)
    need = rest + (size if quantiles_only else 2 * size)
    nearest = next(place for place in (path, *path.absolute().parents) if place.is_dir())
    total, _, free = shutil.disk_usage(nearest)
    there = sum(_size(path / name) for name in OURS)
    if total > 0 and need - there > free:  # some do not say how large they are
        raise FolderError(
            f"This run needs about {_bytes(need)} in {str(path)!r}, where {_bytes(free + there)} are free or its own; "
            "take fewer people, keep fewer outputs or times, keep quantiles only, or choose another disk."
        )


def _size(path: Path) -> int:
    """Bytes of a file, or of the files in a folder."""
    return sum(entry.stat().st_size for entry in (path, *path.rglob("*")) if entry.is_file())


def _bytes(size: float) -> str:
    return f"{size / 2**30:,.1f} GiB" if size >= 2**30 / 10 else f"{size / 2**20:,.1f} MiB"


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
