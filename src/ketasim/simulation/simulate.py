"""Running a study: chunks of people over threads, kept in memory or in files, the same bits however it is cut."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ketasim.engine.abi import F64, Settings
from ketasim.engine.compiled import on_device
from ketasim.errors import NobodyFinished, RequestError, UnknownName
from ketasim.population import chance
from ketasim.simulation import against, asked, glimpse, nca, outside, quantiles, times
from ketasim.simulation.columns import reference_person
from ketasim.simulation.kept import InFiles, InMemory, Kept, Part
from ketasim.simulation.noise import with_residual
from ketasim.simulation.place import told
from ketasim.simulation.plan import Study, batch
from ketasim.simulation.run import Run
from ketasim.simulation.seen import at_observations
from ketasim.simulation.times import DAY, LONGEST_DAYS

if TYPE_CHECKING:
    from ketasim.dosing.regimen import Regimen
    from ketasim.measurement.reading import Reading
    from ketasim.model.model import Model
    from ketasim.population.people import People
    from ketasim.simulation.dataset import DataSet

Progress = Callable[[int, int], None]
IN_MEMORY_BYTES = 256 * 2**20
CHUNK_BYTES = 16 * 2**20  # larger blocks go back to the system and come again as fresh pages: a tenth more time
DEVICE_CHUNK = 16  # times that for a CUDA device, which takes as many people at once
DAYS_WITHOUT_DOSES = 7.0
SHARED_TIMES = 100


def simulate(
    model: Model,
    people: People | None,
    given: Regimen | DataSet,
    *,
    days: float | None = None,
    times: str | Sequence[float] | F64 | None = None,
    outputs: str | Sequence[str] | None = None,
    seed: int = 0,
    workers: int | None = None,
    chunk: int | None = None,
    settings: Settings | None = None,
    device: str = "cpu",
    typical: bool = False,
    residual: bool = False,
    overrides: Mapping[str, float] | None = None,
    draws: int = 0,
    quantiles: bool | Sequence[float] = False,
    reading: Reading | None = None,
    out: str | Path | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> Run:
    """Simulate what `given` (a regimen or a data set) does in `people` under `model`.

    `times` are hours (or text, "0:24:0.5"), else a grid of `days` (by default to a day after the last dose). `outputs`
    names one or several (by default all) of the model's outputs. `typical`
    leaves out random effects and, unless people are from a file or one named person, takes the model's reference
    person. `overrides` change typical values by parameter name. `draws` virtual people like each individual of a data
    set give the band PI5 to PI95 of `Run.observed`. `quantiles` keeps these levels (True: 5, 25, 50, 75,
    95 %) and not the trajectories, but where `reading` says how a score is read, of a regimen, those of the score at
    the hours that are told (`Run.visits`). `out` names a run folder: a killed run goes on from there. `device="cuda"`
    takes steps on a CUDA device (docs/decisions/0009-cuda.md). Results do not depend on `workers` or `chunk`. Errors:
    UnknownName, RequestError, RegimenError, PeopleError, FolderError, DiskError; NobodyFinished where `out` is given
    and there is nothing to keep.
    """
    begun = time.perf_counter()
    study = study_of(
        model, people, given, days=days, at=times, outputs=outputs, seed=seed, typical=typical, residual=residual,
        overrides=overrides, draws=draws, settings=on_device(device, settings or Settings()),
    )  # fmt: skip
    levels = _levels(quantiles)
    reading = reading if levels else None
    if _many(study):
        from ketasim.simulation.folder import enough

        enough(Path(tempfile.gettempdir()) if out is None else Path(out), study, out is None or bool(levels))
    warnings = outside.warnings_of(study)
    threads = _positive("workers", workers) or cores()
    size = _positive("chunk", chunk) or default_chunk(study, threads)
    if out is None:
        with told(Path(tempfile.gettempdir()), begun=True):
            return _finished(study, *_room(study), levels, warnings, threads, size, progress, begun, reading)
    from ketasim.simulation import folder

    with folder.opened(Path(out), study, levels, force) as place:
        if (done := place.finished(study, glimpse.of_study(study, reading))) is not None:
            return done
        run = _finished(study, place.parts(study), place, levels, warnings, threads, size, progress, begun, reading)
        if "finished" not in run.status:
            raise NobodyFinished(run.warnings[-1:])
        return place.finish(run)


def study_of(
    model: Model,
    people: People | None,
    given: Regimen | DataSet,
    *,
    days: float | None = None,
    at: str | Sequence[float] | F64 | None = None,
    outputs: str | Sequence[str] | None = None,
    seed: int = 0,
    settings: Settings | None = None,
    typical: bool = False,
    residual: bool = False,
    overrides: Mapping[str, float] | None = None,
    draws: int = 0,
) -> Study:
    """The request checked, its model compiled, nothing run yet."""
    from ketasim.compiler.ready import ready
    from ketasim.dosing.regimen import Regimen
    from ketasim.model.layout import layout

    asked.check(model, people, given)
    regimen = given if isinstance(given, Regimen) else None
    data = None if isinstance(given, Regimen) else given
    if data is not None:
        people = data.people
    elif people is None or (typical and people.source.get("kind") == "named"):
        people = reference_person(model)
    made = ready(model)
    return Study(
        model=model,
        layout=layout(model),
        compiled=made.compiled,
        states=made.states,
        people=people,
        regimen=regimen,
        data=data,
        times=times.given(at) if at is not None else _grid(regimen, data, days),
        outputs=_positions(model, outputs),
        seed=chance.checked(seed),
        typical=typical,
        residual=residual,
        overrides=dict(overrides or {}),
        draws=_draws(draws),
        settings=settings or Settings(),
    )


def _grid(regimen: Regimen | None, data: DataSet | None, days: float | None) -> F64:
    if data is not None:
        return _data_grid(data, days)
    doses = () if regimen is None else regimen.schedule()
    last = max((g.time + g.duration for g in doses), default=(DAYS_WITHOUT_DOSES - 1) * 24.0)
    hours = times.hours_of(days if days is not None else float(np.ceil((last + 24.0) / 24.0)))
    return times.default([g.time for g in doses], [g.time + g.duration for g in doses if g.duration], hours)


def _data_grid(data: DataSet, days: float | None) -> F64:
    """A grid for everyone in a data set: as for a regimen where its people share dose times, else 200 even steps."""
    table, seen = data.records, data.observed.time
    last = max(float(np.max(seen, initial=0.0)), float(np.max(table.time, initial=0.0))) or 24.0
    hours = times.hours_of(days) if days is not None else last
    starts = np.unique(table.time)
    if starts.size > SHARED_TIMES or hours > DAY * LONGEST_DAYS:
        return np.linspace(0.0, hours, 201)
    lasts = np.where(table.rate > 0, table.amount / np.where(table.rate > 0, table.rate, 1.0), table.duration)
    return times.default(starts, np.unique((table.time + lasts)[lasts > 0])[:SHARED_TIMES], hours)


def _positions(model: Model, outputs: str | Sequence[str] | None) -> tuple[int, ...]:
    outputs = (outputs,) if isinstance(outputs, str) else outputs
    known = [output.name for output in model.outputs]
    if outputs is None:
        return tuple(range(len(known)))
    for name in outputs:
        if name not in known:
            raise UnknownName("output", name, known, f"Model {model.name!r} was asked.")
    if not outputs:
        raise RequestError(f"Name at least one output of model {model.name!r}: {', '.join(known)}.")
    return tuple(known.index(name) for name in dict.fromkeys(outputs))


def _levels(asked: bool | Sequence[float]) -> tuple[float, ...]:
    if isinstance(asked, bool):
        return quantiles.LEVELS if asked else ()
    return quantiles.checked(asked)


def _draws(value: int) -> int:
    if value < 0:
        raise RequestError(f"draws must be 0 or more, got {value}.")
    return value


def _positive(name: str, value: int | None) -> int | None:
    if value is not None and value < 1:
        raise RequestError(f"{name} must be 1 or more, got {value}.")
    return value


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def default_chunk(study: Study, workers: int) -> int:
    """People per piece of work: what fits the memory meant for one, and as many pieces for each worker."""
    more, workers = (DEVICE_CHUNK, 1) if _on_cuda(study) else (1, workers)
    fits = more * min(int(CHUNK_BYTES // (8 * study.times.size * max(study.compiled.n_outputs, 1))), 4096)
    if fits < 16:
        return max(1, fits)
    rounds = max(2, -(-study.people.n // (workers * (fits // 16 * 16))))
    share = -(-study.people.n // (rounds * workers))
    return min(-(-share // 16), fits // 16) * 16


def _on_cuda(study: Study) -> bool:
    return study.settings.method == "cuda"


def _many(study: Study) -> bool:
    """Whether the trajectories are too many for the memory."""
    return 8 * study.people.n * len(study.outputs) * study.times.size > IN_MEMORY_BYTES


def _room(study: Study) -> tuple[Kept, Any]:
    """Where results go without a run folder: memory, or a temporary folder where they are many."""
    n, sizes = study.people.n, (len(study.outputs), study.times.size)
    if not _many(study):
        return InMemory(n, *sizes), None
    keeper = _Scratch()
    return InFiles(keeper.path, n, *sizes), keeper


class _Scratch:
    """A temporary folder that goes when nobody holds it any more, and at the end of the program."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="ketasim-"))
        weakref.finalize(self, shutil.rmtree, self.path, True)


def _finished(
    study: Study,
    kept: Kept,
    keeper: Any,
    levels: tuple[float, ...],
    warnings: tuple[str, ...],
    workers: int,
    size: int,
    progress: Progress | None,
    begun: float,
    reading: Reading | None,
) -> Run:
    fill(study, kept, workers, size, progress)
    table = quantiles.of(kept, len(study.outputs), study.times.size, levels, workers) if levels else None
    found = warnings + against.warnings_of(study, kept.predicted) + outside.failures(kept.status)
    run = Run(study, kept, found, levels, table, time.perf_counter() - begun, keeper=keeper)
    return replace(run, visits=glimpse.of_run(run, reading))


def fill(study: Study, kept: Kept, workers: int, size: int, progress: Progress | None = None) -> None:
    """Run everyone who is missing in `kept`, `size` people at a time on `workers` threads, one for a CUDA device."""
    workers = 1 if _on_cuda(study) else workers
    todo = [piece for start, stop in kept.missing() for piece in _cut(start, stop, size)]
    if not todo:
        return
    done, total = study.people.n - sum(stop - start for start, stop in todo), study.people.n
    study.compiled.solve(
        batch(study, todo[0][0], todo[0][0] + 1).batch, study.settings
    )  # compiles, once, before threads
    for more in _solved(study, kept, todo, workers):
        done += more
        if progress is not None:
            progress(done, total)


def _cut(start: int, stop: int, size: int) -> Iterator[tuple[int, int]]:
    for first in range(start, stop, size):
        yield first, min(first + size, stop)


def _solved(study: Study, kept: Kept, todo: Iterable[tuple[int, int]], workers: int) -> Iterator[int]:
    """How many people are done, part by part; at most workers + 1 parts wait, so that memory stays bounded."""

    def one(start: int, stop: int) -> int:
        kept.put(part_of(study, start, stop))  # by the thread that solved it, so that no other is needed meanwhile
        return stop - start

    if workers == 1:
        yield from (one(start, stop) for start, stop in todo)
        return
    pool = ThreadPoolExecutor(workers)
    waiting: set[Future[int]] = set()
    try:
        for start, stop in todo:
            waiting.add(pool.submit(one, start, stop))
            if len(waiting) > workers:
                ready, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (each.result() for each in ready)
        while waiting:
            ready, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from (each.result() for each in ready)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def part_of(study: Study, start: int, stop: int) -> Part:
    """Plan, solve and measure the people at positions start ≤ k < stop."""
    planned = batch(study, start, stop)
    solved = study.compiled.solve(planned.batch, study.settings)
    n, t = stop - start, study.times.size
    on_grid = planned.out_index < n * t
    row = np.empty(n * t, np.int64)
    row[planned.out_index[on_grid]] = np.flatnonzero(on_grid)
    y = np.empty((len(study.outputs), t, n))
    for k, output in enumerate(study.outputs):
        y[k] = solved.y[:, output][row.reshape(n, t).T]
    y[:, :, solved.status != 0] = np.nan
    beside = at_observations(study, planned, solved, start, stop)
    begin, end = dosing_span(study)
    measures = np.empty((len(study.outputs), len(nca.MEASURES), n))
    with np.errstate(all="ignore"):
        for k in range(len(study.outputs)):
            found = nca.exposure(study.times, y[k].T, begin, last_dose=end)
            measures[k] = [found[m] for m in nca.MEASURES]
    if study.residual:
        y = with_residual(study, planned.columns["ID"], y)
    return Part(start, stop, y, solved.status, solved.steps, measures, beside)


def dosing_span(study: Study) -> tuple[float, float]:
    """Hours of the first and the last dose that are seen: exposure is measured from the first."""
    given = np.array([g.time for g in study.regimen.schedule()] if study.regimen is not None else [])
    if study.data is not None:
        given = study.data.records.time
    first, last = float(study.times[0]), float(study.times[-1])
    seen = np.maximum(given[given < last], first) if np.any(given < last) else np.array([first])
    return float(seen.min()) if study.data is None else first, float(seen.max())


__all__ = ["Progress", "Run", "simulate", "study_of"]
