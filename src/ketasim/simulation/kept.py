"""What a run keeps: trajectories by chunk, in memory or in files, each chunk written whole or not at all.

A part is the file `<start>-<stop>.y` with trajectories (outputs, times, people), `<start>-<stop>.m` with measures
(outputs, measures, people), then `<start>-<stop>.npz` with the rest; the last is renamed into place last, so that its
presence says that the part is whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np

from ketasim.engine.abi import F64, I8, I64, Status
from ketasim.simulation.nca import MEASURES

BLOCK_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Part:
    """The results of the people at positions start ≤ k < stop.

    `y` (outputs, times, people), `status` and `steps` (people,), `measures` (outputs, measures, people); `predicted`
    (columns, observations) what stands beside a data set's observations, in its order (`seen.COLUMNS`).
    """

    start: int
    stop: int
    y: F64
    status: I8
    steps: I64
    measures: F64
    predicted: F64


class Kept(Protocol):
    """Results of n people, wherever they lie. Parts may be put by several threads at once."""

    @property
    def n(self) -> int:
        """Number of people."""

    @property
    def status(self) -> I8:
        """How each person's run ended: (people,)."""

    @property
    def predicted(self) -> F64:
        """What stands beside a data set's observations, in its order: (`seen.COLUMNS`, observations)."""

    def put(self, part: Part) -> None:
        """Keep a part."""

    def missing(self) -> list[tuple[int, int]]:
        """Ranges of people that are not there yet."""

    def block(self, output: int, first: int, last: int) -> F64:
        """Values (times, people) of one output at times first ≤ k < last."""

    def people(self, start: int, stop: int) -> F64:
        """Values (outputs, times, people) of some people."""

    def measure(self, output: int, which: int) -> F64:
        """One measure of one output: (people,)."""


@dataclass(frozen=True)
class InMemory:
    """Parts as they came, each in the memory in which it was solved: nothing is copied while people are run."""

    n: int
    outputs: int
    times: int
    parts: dict[tuple[int, int], Part] = field(default_factory=dict)

    def put(self, part: Part) -> None:
        """Keep a part."""
        self.parts[part.start, part.stop] = part

    def missing(self) -> list[tuple[int, int]]:
        """Ranges of people that are not there yet."""
        return gaps(list(self.parts), self.n)

    @property
    def status(self) -> I8:
        """How each person's run ended."""
        out = np.full(self.n, Status.NOT_RUN, np.int8)
        for part in self.parts.values():
            out[part.start : part.stop] = part.status
        return out

    @property
    def predicted(self) -> F64:
        """What stands beside a data set's observations."""
        return np.concatenate([self.parts[at].predicted for at in sorted(self.parts)], axis=-1)

    def block(self, output: int, first: int, last: int) -> F64:
        """Values (times, people) of one output."""
        out = np.full((last - first, self.n), np.nan)
        for part in self.parts.values():
            out[:, part.start : part.stop] = part.y[output, first:last]
        return out

    def people(self, start: int, stop: int) -> F64:
        """Values (outputs, times, people) of some people."""
        out = np.full((self.outputs, self.times, stop - start), np.nan)
        for part in self.parts.values():
            a, b = max(part.start, start), min(part.stop, stop)
            if a < b:
                out[:, :, a - start : b - start] = part.y[:, :, a - part.start : b - part.start]
        return out

    def measure(self, output: int, which: int) -> F64:
        """One measure of one output."""
        out = np.full(self.n, np.nan)
        for part in self.parts.values():
            out[part.start : part.stop] = part.measures[output, which]
        return out


@dataclass(frozen=True)
class InFiles:
    """Parts in a folder; what a killed run left there is found again."""

    folder: Path
    n: int
    outputs: int
    times: int

    def put(self, part: Part) -> None:
        """Keep a part: whole, or not at all."""
        self.__dict__.pop("_whole", None)
        name = f"{part.start:012d}-{part.stop:012d}"
        for raw, values in ((self.folder / f"{name}.y", part.y), (self.folder / f"{name}.m", part.measures)):
            with raw.with_suffix(".tmp").open("wb") as file:
                file.write(np.ascontiguousarray(values).data)  # tofile does not say that a disk is full
            raw.with_suffix(".tmp").replace(raw)
        rest = self.folder / f"{name}.npz"
        with rest.with_suffix(".tmp").open("wb") as file:
            np.savez(file, status=part.status, steps=part.steps, predicted=part.predicted)
        rest.with_suffix(".tmp").replace(rest)

    def ranges(self) -> list[tuple[int, int]]:
        """(start, stop) of the whole parts, in order of people, none overlapping."""
        return self._whole

    @cached_property
    def _whole(self) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        for path in sorted(self.folder.glob("*.npz")):
            start, stop = (int(word) for word in path.stem.split("-"))
            sizes = ((".y", self.times), (".m", len(MEASURES)))
            whole = all(
                path.with_suffix(end).exists()
                and path.with_suffix(end).stat().st_size == 8 * self.outputs * each * (stop - start)
                for end, each in sizes
            )
            if whole and (not found or start >= found[-1][1]):
                found.append((start, stop))
        return found

    def missing(self) -> list[tuple[int, int]]:
        """Ranges of people that are not there yet."""
        return gaps(self.ranges(), self.n)

    @property
    def status(self) -> I8:
        """How each person's run ended."""
        return np.concatenate([np.load(self._rest(*at))["status"] for at in self.ranges()])

    @property
    def predicted(self) -> F64:
        """What stands beside a data set's observations."""
        return np.concatenate([np.load(self._rest(*at))["predicted"] for at in self.ranges()], axis=-1)

    def block(self, output: int, first: int, last: int) -> F64:
        """Values (times, people) of one output at times first ≤ k < last."""
        out = np.full((last - first, self.n), np.nan)
        for start, stop in self.ranges():
            width = stop - start
            begin = 8 * width * (output * self.times + first)
            piece = np.fromfile(self._raw(start, stop), np.float64, (last - first) * width, offset=begin)
            out[:, start:stop] = piece.reshape(last - first, width)
        return out

    def people(self, start: int, stop: int) -> F64:
        """Values (outputs, times, people) of some people."""
        out = np.full((self.outputs, self.times, stop - start), np.nan)
        for first, last in self.ranges():
            a, b = max(first, start), min(last, stop)
            if a < b:
                raw = np.memmap(self._raw(first, last), np.float64, "r", shape=(self.outputs, self.times, last - first))
                out[:, :, a - start : b - start] = raw[:, :, a - first : b - first]
        return out

    def measure(self, output: int, which: int) -> F64:
        """One measure of one output."""
        out = np.full(self.n, np.nan)
        for start, stop in self.ranges():
            begin = 8 * (stop - start) * (output * len(MEASURES) + which)
            out[start:stop] = np.fromfile(self._raw(start, stop, ".m"), np.float64, stop - start, offset=begin)
        return out

    def _raw(self, start: int, stop: int, end: str = ".y") -> Path:
        return self.folder / f"{start:012d}-{stop:012d}{end}"

    def _rest(self, start: int, stop: int) -> Path:
        return self.folder / f"{start:012d}-{stop:012d}.npz"


def gaps(done: Sequence[tuple[int, int]], n: int) -> list[tuple[int, int]]:
    """What is left of 0 … n after the ranges in `done`."""
    found, at = [], 0
    for start, stop in sorted(done):
        if start > at:
            found.append((at, start))
        at = max(at, stop)
    return [*found, (at, n)] if at < n else found
