"""Results read back from a run folder's zarr group."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ketasim.engine.abi import F64, I8
from ketasim.simulation.kept import Part


@dataclass(frozen=True)
class InZarr:
    """Trajectories on disk, (patient, time) per output; what is small is held."""

    path: Path
    outputs: tuple[str, ...]
    status: I8
    measures: F64
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
        return np.asarray(self.measures[output, which])
