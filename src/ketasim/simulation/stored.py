"""Results read back from a run folder."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ketasim.engine.abi import F64, I8
from ketasim.simulation import nca, seen
from ketasim.simulation.kept import Part
from ketasim.simulation.write import ROWS

if TYPE_CHECKING:
    from ketasim.simulation.plan import Study
    from ketasim.simulation.run import Run


def finished(folder: Path, study: Study, levels: tuple[float, ...], visits: Study | None = None) -> Run | None:
    """The run that a folder holds finished, read back, with these `visits` where they are asked for; None where a file
    is missing or broken, or the visits are others.
    """
    import json

    from ketasim.simulation.run import Run

    try:
        note = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        status = _column(folder / "patients.parquet", "status").astype(np.int8)
        if _column(folder / "nca.parquet", "output").size != len(study.outputs) * study.people.n:
            return None
        predicted = np.empty((len(seen.COLUMNS), 0))
        if study.data is not None:
            predicted = np.stack([_column(folder / "observed.parquet", name) for name in seen.COLUMNS])
        bands = _bands(folder / "quantiles.parquet", study, levels) if levels else None
        seconds, said = float(note["seconds"]), tuple(note["warnings"])
        if not levels and not (folder / "trajectories.zarr").is_dir():
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    kept = InZarr(folder / "trajectories.zarr", study.names, status, predicted)
    run = Run(study, kept, said, levels, bands, seconds)
    if visits is None:
        return run
    there = folder / "visits.zarr"
    if not _holds(there, visits):
        return None
    kept = InZarr(there, visits.names, status, predicted)
    return replace(run, visits=replace(run, study=visits, kept=kept, levels=(), table=None))


def _holds(path: Path, study: Study) -> bool:
    """Whether a zarr group holds these outputs at these times."""
    import zarr

    try:
        group: Any = zarr.open_group(path, mode="r")
        return set(study.names) < set(group) and np.array_equal(group["time"][:], study.times)
    except (OSError, ValueError, KeyError):
        return False


def _bands(path: Path, study: Study, levels: tuple[float, ...]) -> F64:
    shape = (len(study.outputs), study.times.size)
    return np.stack([_column(path, f"q{level:g}").reshape(shape) for level in levels], axis=2)


def _column(path: Path, name: str, groups: list[int] | None = None) -> NDArray[Any]:
    """A column of a parquet file, or of some of its row groups; opened here, since pyarrow knows Unicode paths only."""
    import pyarrow.parquet as pq

    with path.open("rb") as raw:
        file = pq.ParquetFile(raw)
        table = file.read(columns=[name]) if groups is None else file.read_row_groups(groups, columns=[name])
        return np.asarray(table.column(0).to_numpy())


@dataclass(frozen=True)
class InZarr:
    """Trajectories, (patient, time) per output, and measures on disk; what is small is held."""

    path: Path
    outputs: tuple[str, ...]
    status: I8
    predicted: F64
    _open: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def n(self) -> int:
        """Number of people."""
        return int(self.status.size)

    def put(self, part: Part) -> None:
        """Nothing is added to a finished run."""
        raise TypeError(f"The run in {self.path.parent} is finished; part {part.start} to {part.stop} came.")

    def missing(self) -> list[tuple[int, int]]:
        """Nobody."""
        return []

    def _array(self, output: int) -> Any:
        name = self.outputs[output]
        if name not in self._open:
            import zarr

            self._open[name] = zarr.open_group(self.path, mode="r")[name]
        return self._open[name]

    def block(self, output: int, first: int, last: int) -> F64:
        """Values (times, people) of one output at times first ≤ k < last."""
        return np.asarray(self._array(output)[:, first:last], dtype=np.float64).T

    def people(self, start: int, stop: int) -> F64:
        """Values (outputs, times, people) of some people."""
        return np.stack([np.asarray(self._array(k)[start:stop]).T for k in range(len(self.outputs))])

    def measure(self, output: int, which: int) -> F64:
        """One measure of one output."""
        each = -(-self.n // ROWS)  # row groups of an output
        groups = list(range(output * each, (output + 1) * each))
        return _column(self.path.parent / "nca.parquet", nca.MEASURES[which], groups)
