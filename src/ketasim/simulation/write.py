"""The data files of a run, the same bytes for the same request: parquet, zarr and CSV in fixed pieces and order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ketasim.simulation import clock, nca
from ketasim.simulation.plan import records_of

if TYPE_CHECKING:
    from ketasim.simulation.run import Run

ROWS, EVENT_PEOPLE, ZARR_PEOPLE = 65_536, 4_096, 1_024
Columns = dict[str, NDArray[Any]]


def write_all(run: Run, folder: Path) -> None:
    """Every data file of a run into an empty folder."""
    parquet(folder / "patients.parquet", _patients(run))
    parquet(folder / "events.parquet", _events(run))
    parquet(folder / "nca.parquet", _nca(run))
    if run.study.data is not None:
        seen = run.observed()
        parquet(folder / "observed.parquet", iter([{name: _plain(seen[name]) for name in seen.columns}]))
    if run.table is None:
        trajectories(run, folder / "trajectories.zarr")
    else:
        parquet(folder / "quantiles.parquet", _quantiles(run))
    if run.visits is not None:
        trajectories(run.visits, folder / "visits.zarr")
    run.summary().to_csv(folder / "summary.csv", index=False, lineterminator="\n")


def _plain(values: Any) -> NDArray[Any]:
    array = np.asarray(values)
    return array.astype(np.str_) if array.dtype.kind in "OT" else array


def parquet(path: Path, pieces: Iterator[Columns]) -> None:
    """A parquet file of columns that come in pieces; each piece is a row group."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer = None
    with path.open("wb") as file:  # opened here: pyarrow takes no path that is not Unicode, and some for an address
        for columns in pieces:
            table = pa.table({name: pa.array(_arrow(values)) for name, values in columns.items()})
            if writer is None:
                writer = pq.ParquetWriter(file, table.schema, compression="zstd", store_schema=False)
            writer.write_table(table, row_group_size=max(table.num_rows, 1))
        if writer is not None:
            writer.close()


def _arrow(values: NDArray[Any]) -> Any:
    return values.tolist() if values.dtype.kind == "U" else values


def pieces(n: int, size: int) -> Iterator[tuple[int, int]]:
    """0 … n in pieces of `size`."""
    for start in range(0, n, size):
        yield start, min(start + size, n)


def _patients(run: Run) -> Iterator[Columns]:
    codes = run.codes
    for start, stop in pieces(run.n, ROWS):
        yield {**run.people.chunk(start, stop), "status": codes[start:stop]}


def _events(run: Run) -> Iterator[Columns]:
    inlets = np.asarray([inlet.name for inlet in run.model.inlets] or [""], dtype=np.str_)
    for start, stop in pieces(run.n, EVENT_PEOPLE):
        columns = run.people.chunk(start, stop)
        table = records_of(run.study, columns, start, stop)
        kept = {f.name: getattr(table, f.name) for f in fields(table) if f.name not in ("patient", "inlet", "order")}
        yield {"ID": columns["ID"][table.patient], "inlet": inlets[table.inlet], **kept}


def _nca(run: Run) -> Iterator[Columns]:
    for k, (name, unit) in enumerate(zip(run.outputs, run.study.units, strict=True)):
        measured = [run.kept.measure(k, j) for j in range(len(nca.MEASURES))]
        for start, stop in pieces(run.n, ROWS):
            yield {
                "ID": run.people.chunk(start, stop)["ID"],
                "output": np.full(stop - start, name),
                "unit": np.full(stop - start, unit),
                **{m: values[start:stop] for m, values in zip(nca.MEASURES, measured, strict=True)},
            }


def _quantiles(run: Run) -> Iterator[Columns]:
    if run.table is None:
        return
    for k, (name, unit) in enumerate(zip(run.outputs, run.study.units, strict=True)):
        levels = {f"q{level:g}": np.ascontiguousarray(run.table[k, :, j]) for j, level in enumerate(run.levels)}
        yield {
            "output": np.full(run.times.size, name),
            "unit": np.full(run.times.size, unit),
            "time": run.times,
            **levels,
        }


def trajectories(run: Run, path: Path) -> None:
    """A zarr group: per output an array (patient, time) with its unit, and the coordinates patient and time."""
    import zarr
    from zarr.codecs import ZstdCodec

    group = zarr.open_group(path, mode="w", zarr_format=3)
    group.attrs.update({"model": run.model.name, "dimensions": ["patient", "time", "output"]})
    ids = run.people.chunk(0, run.n)["ID"]
    if ids.dtype.kind == "U":
        group.attrs["note"] = "patient counts the rows of patients.parquet, where the IDs stand"
        ids = np.arange(run.n, dtype=np.int64)
    _coordinate(group, "patient", ids, {})
    _coordinate(group, "time", run.times, {"units": "h", "counted_from": clock.zero(run.study)})
    shape, chunk = (run.n, run.times.size), (min(ZARR_PEOPLE, run.n), run.times.size)
    arrays = []
    for where, name in zip(run.study.outputs, run.outputs, strict=True):
        about = run.model.outputs[where]
        array = group.create_array(
            name, shape=shape, chunks=chunk, dtype="float64", compressors=(ZstdCodec(level=1),), fill_value=np.nan,
            dimension_names=("patient", "time"),
        )  # fmt: skip
        array.attrs.update({"units": about.unit, "meaning": about.meaning, "site": about.site})
        arrays.append(array)
    for start, stop in pieces(run.n, ZARR_PEOPLE):
        values = run.kept.people(start, stop)
        for array, one in zip(arrays, values, strict=True):
            array[start:stop] = np.ascontiguousarray(one.T)


def _coordinate(group: Any, name: str, values: NDArray[Any], attributes: dict[str, str]) -> None:
    array = group.create_array(
        name, shape=values.shape, chunks=values.shape, dtype=values.dtype, dimension_names=(name,)
    )
    array.attrs.update(attributes)
    array[:] = values
