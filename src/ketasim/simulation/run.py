"""A finished run: results by output name, with units; quantiles, exposure, summary. The way back from arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from ketasim.engine.abi import F64, I8, Status
from ketasim.errors import RequestError, UnknownName
from ketasim.measurement import scale
from ketasim.simulation import nca, quantiles, seen
from ketasim.simulation.clock import exposure_from
from ketasim.simulation.kept import Kept
from ketasim.simulation.times import sessions

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    import xarray as xr

    from ketasim.dosing.regimen import Regimen
    from ketasim.model.model import Model
    from ketasim.population.people import People
    from ketasim.simulation.plan import Study

SUMMARY_LEVELS = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class Run:
    """What came out of a study. `run["plasma esketamine"]` is an xarray.DataArray (patient, time) with its unit.

    Where only quantiles were kept, `table` holds them (outputs, times, levels) and trajectories are gone, but for those
    in `visits`, a run of everybody's score at the hours that are told.
    """

    study: Study
    kept: Kept = field(repr=False)
    warnings: tuple[str, ...] = ()
    levels: tuple[float, ...] = ()
    table: F64 | None = field(default=None, repr=False)
    seconds: float = 0.0
    visits: Run | None = field(default=None, repr=False)
    keeper: Any = field(default=None, repr=False, compare=False)  # holds a temporary folder alive

    @property
    def model(self) -> Model:
        """The model that was run."""
        return self.study.model

    @property
    def people(self) -> People:
        """Who was treated."""
        return self.study.people

    @property
    def regimen(self) -> Regimen | None:
        """What was given; None where a data set says it."""
        return self.study.regimen

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the outputs that were kept."""
        return self.study.names

    @property
    def times(self) -> F64:
        """Hours at which results were kept."""
        return self.study.times

    @property
    def n(self) -> int:
        """Number of people."""
        return self.study.people.n

    @cached_property
    def codes(self) -> I8:
        """How each person's run ended, as `engine.abi.Status`: (people,)."""
        return self.kept.status

    @property
    def status(self) -> dict[str, int]:
        """How many people's runs ended how."""
        found, counts = np.unique(self.codes, return_counts=True)
        return {Status(int(k)).name.lower(): int(c) for k, c in zip(found, counts, strict=True)}

    def position(self, output: str) -> int:
        """Where an output stands among those kept; UnknownName if it is not."""
        if output not in self.outputs:
            hint = "These were kept in this run."
            if output in scale.names():
                hint += " Scores come from a model of mood, such as 'pathway'."
            raise UnknownName("output", output, self.outputs, hint)
        return self.outputs.index(output)

    def unit(self, output: str) -> str:
        """The unit of an output."""
        return self.study.units[self.position(output)]

    def array(self, output: str) -> F64:
        """Values (patient, time) of one output, NaN for people who were not solved."""
        where = self.position(output)
        if self.table is not None:
            raise RequestError("Only quantiles were kept in this run; run again without quantiles for trajectories.")
        return self.kept.block(where, 0, self.times.size).T

    def __getitem__(self, output: str) -> xr.DataArray:
        """One output as xarray.DataArray (patient, time); UnknownName if it was not kept."""
        import xarray as xr

        coordinates = {
            "patient": self.people.chunk(0, self.n)["ID"],
            "time": ("time", self.times, {"units": "h", "long_name": "time"}),
        }
        chosen = self.model.outputs[self.study.outputs[self.position(output)]]
        about = {"units": chosen.unit, "long_name": chosen.name, "meaning": chosen.meaning, "site": chosen.site}
        return xr.DataArray(self.array(output), coordinates, ("patient", "time"), output, about)

    def quantiles(self, levels: Sequence[float] | None = None) -> xr.Dataset:
        """Quantiles over people of every output, as xarray.Dataset with dimensions (quantile, time).

        Where only quantiles were kept, `levels` must be among those.
        """
        import xarray as xr

        asked = quantiles.checked(levels if levels is not None else self.levels or quantiles.LEVELS)
        values = self._quantiles(asked)
        coordinates = {"quantile": list(asked), "time": ("time", self.times, {"units": "h"})}
        return xr.Dataset(
            {
                name: (("quantile", "time"), values[k].T, {"units": unit})
                for k, (name, unit) in enumerate(zip(self.outputs, self.study.units, strict=True))
            },
            coordinates,
        )

    def _quantiles(self, levels: tuple[float, ...]) -> F64:
        if self.table is None:
            return quantiles.of(self.kept, len(self.outputs), self.times.size, levels)
        if missing := [level for level in levels if level not in self.levels]:
            raise RequestError(
                f"This run kept the quantiles {list(self.levels)} only; {missing} would need another run."
            )
        return self.table[:, :, [self.levels.index(level) for level in levels]]

    def band(self, output: str, levels: Sequence[float] = SUMMARY_LEVELS) -> F64:
        """Quantiles (levels, times) of one output."""
        where, asked = self.position(output), quantiles.checked(levels)
        if self.table is not None:
            return np.ascontiguousarray(self._quantiles(asked)[where].T)
        return quantiles.of_output(self.kept, where, self.times.size, asked).T

    def nca(self, *, by_session: bool = False) -> pd.DataFrame:
        """Non-compartmental measures per person and output, from the first dose on; NaN where they cannot be said.

        `by_session`: a row per dosing session too, from its first dose to the next session (needs trajectories).
        """
        import pandas as pd

        ids = self.people.chunk(0, self.n)["ID"]
        frames = []
        for k, (name, unit) in enumerate(zip(self.outputs, self.study.units, strict=True)):
            about = {"ID": ids, "output": name, "unit": unit}
            if not by_session:
                measured = {m: self.kept.measure(k, j) for j, m in enumerate(nca.MEASURES)}
                frames.append(pd.DataFrame(about | measured))
                continue
            for number, (start, stop) in enumerate(self.windows(), 1):
                found = nca.exposure(self.times, self.array(name), start, stop)
                frames.append(pd.DataFrame(about | {"session": number, "start": start, **found}))
        return pd.concat(frames, ignore_index=True)

    def windows(self) -> list[tuple[float, float]]:
        """From each dosing session to the next, the last to the end (hours)."""
        given = [] if self.regimen is None else [g.time for g in self.regimen.schedule()]
        begins = [*sessions([t for t in given if t < self.times[-1]])] or [float(self.times[0])]
        return list(zip(begins, [*begins[1:], float(self.times[-1])], strict=True))

    def summary(self) -> pd.DataFrame:
        """Exposure over people: a row per output and measure with n, mean, SD, CV, geometric mean and percentiles.

        AUCinf and half-life are told of concentrations and occupancy alone, Tmax where there is one dosing session (of
        several it would say in which of them the peak lies; `nca(by_session=True)` tells each).
        `counted_from` says from when Tmax and areas count, `extrapolated_percent` how much of AUCinf lies beyond the
        last time (the median of the people; NaN for other measures).
        """
        import pandas as pd

        rows, begin, several = [], exposure_from(self.study), len(self.windows()) > 1
        for k, (name, unit) in enumerate(zip(self.outputs, self.study.units, strict=True)):
            for j, measure in enumerate(nca.MEASURES):
                if (measure == "Tmax" and several) or not (measure in nca.OF_ALL or nca.says_exposure(name, unit)):
                    continue
                about: dict[str, Any] = {"output": name, "measure": measure, "unit": nca.unit_of(measure, unit)}
                beyond = self._extrapolated(k) if measure == "AUCinf" else float("nan")
                about |= dict(_statistics(self.kept.measure(k, j)))
                rows.append(about | {"counted_from": begin, "extrapolated_percent": beyond})
        return pd.DataFrame(rows)

    def _extrapolated(self, output: int) -> float:
        """The median share of AUCinf beyond the last time, in %, of the people who have one."""
        seen, whole = (self.kept.measure(output, nca.MEASURES.index(name)) for name in ("AUClast", "AUCinf"))
        known = np.isfinite(whole) & (whole > 0)
        return float(100 * np.median(1 - np.minimum(seen[known] / whole[known], 1))) if known.any() else float("nan")

    def observed(self) -> pd.DataFrame:
        """Where a data set was run: its observations beside what the model says of that person at that time.

        Columns ID, TIME (h, as in the file), output, unit, DV, CENS, LIMIT, then as in `seen.at_observations`: PRED
        (the typical person with these covariates), SIM (the virtual person of this run), PI5 and PI95 (of `draws`).
        """
        import pandas as pd

        if self.study.data is None:
            raise RequestError("This run has no observations: a regimen was given, not a data set.")
        table = self.study.data.observed
        ids = self.people.chunk(0, self.n)["ID"]
        return pd.DataFrame(
            {
                "ID": ids[table.patient],
                "TIME": table.clock,
                "output": [self.model.outputs[k].name for k in table.output],
                "unit": [self.model.outputs[k].unit for k in table.output],
                "DV": table.dv,
                "CENS": table.cens,
                "LIMIT": table.limit,
                **dict(zip(seen.COLUMNS, self.kept.predicted, strict=True)),
            }
        )

    def plot(self, *outputs: str, path: str | Path | None = None) -> Any:
        """A matplotlib Figure of these outputs (all, where none is named), median and band; see `report.plot.plot`.

        `path` saves it too, as .png, .svg or .pdf. UnknownName for an output that was not kept.
        """
        drawing = import_module("ketasim.report.plot")  # lies above this folder: found by name, when it is asked for
        return drawing.plot(self, *outputs, path=path)

    def __repr__(self) -> str:
        given = "a data set" if self.regimen is None else f"{self.regimen.name!r}"
        ended = ", ".join(f"{count} {what}" for what, count in self.status.items())
        hours = f"{self.times[0]:g} to {self.times[-1]:g} h"
        who = f"{self.n} {'person' if self.n == 1 else 'people'}"
        return (
            f"Run of {given} in {who} ({self.people.label}), model {self.model.name!r}, {hours}: "
            f"{', '.join(self.outputs)}; {ended}"
        )


def _statistics(values: F64) -> Mapping[str, float | int]:
    """n, mean, SD, CV %, geometric mean and percentiles of the finite values."""
    known = values[np.isfinite(values)]
    n = int(known.size)
    none = float("nan")
    low, middle, high = quantiles.along_people(known[None, :], SUMMARY_LEVELS)[0] if n else (none, none, none)
    mean = float(known.mean()) if n else none
    sd = quantiles.spread(known)
    positive = n > 0 and bool(np.all(known > 0))
    return {
        "n": n,
        "mean": mean,
        "sd": sd,
        "cv_percent": 100.0 * sd / mean if n > 1 and mean else none,
        "geometric_mean": float(np.exp(np.log(known).mean())) if positive else none,
        "p5": float(low),
        "median": float(middle),
        "p95": float(high),
    }
