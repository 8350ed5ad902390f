"""What a data set observed against what the model predicts, output by output."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from ketasim.engine.abi import F64
from ketasim.simulation.beside import fold_error
from ketasim.simulation.seen import COLUMNS
from ketasim.units import many

if TYPE_CHECKING:
    from ketasim.simulation.dataset import DataSet
    from ketasim.simulation.plan import Study
    from ketasim.simulation.run import Run

FAR: Final = 100.0  # times the prediction, from which observations are probably in another unit
FAR_OF_NUMBERS: Final = 30.0  # the same of a number without a unit: per cent are 100 times a share
OTHERS: Final = {("ng/mL", True): "ng/L", ("ng/mL", False): "mg/L", ("1", True): "%"}
ENOUGH: Final = 3  # observations from which that is said


@dataclass(frozen=True, slots=True, eq=False)
class Against:
    """The n observations of one output that are not censored, and what stands beside each; shapes (n,), in `unit`.

    `pred`, `sim`, `pi5` and `pi95` are as in `seen.at_observations`, `fold` the fold error of `pred` (at least 1).
    `within_1_25` and `within_1_5` are shares of the observations with at most that fold error, `ratio` the median of
    observed / predicted, `inside` the share from `pi5` to `pi95`; NaN where there is nothing to tell.
    """

    label: str
    unit: str
    n: int
    within_1_25: float
    within_1_5: float
    ratio: float
    inside: float
    at: tuple[str, ...]
    observed: F64
    pred: F64
    sim: F64
    pi5: F64
    pi95: F64
    fold: F64


def of_data_set(run: Run) -> tuple[Against, ...]:
    """Every output that a data set observed. Empty for a run of a regimen."""
    if run.study.data is None:
        return ()
    table = run.observed()
    table = table[np.isfinite(table["DV"]) & (table["CENS"] == 0)]
    found = []
    for output, rows in table.groupby("output", sort=False):
        at = tuple(f"ID {who}, {hours:.6g} h" for who, hours in zip(rows["ID"], rows["TIME"], strict=True))
        dv = rows["DV"].to_numpy()
        pred, sim, low, high = (rows[name].to_numpy() for name in COLUMNS)
        fold = fold_error(pred, dv)
        close, near = (float(np.mean(fold <= limit)) for limit in (1.25, 1.5))
        inside = float(np.mean((low <= dv) & (dv <= high))) if np.isfinite(low).any() else float("nan")
        unit, middle = str(rows["unit"].iloc[0]), ratio(dv, pred)
        found.append(
            Against(str(output), unit, dv.size, close, near, middle, inside, at, dv, pred, sim, low, high, fold)
        )
    return tuple(found)


def ratio(observed: F64, predicted: F64) -> float:
    """The median of observed / predicted, where the prediction is above 0; NaN where it never is."""
    known = np.isfinite(observed) & (predicted > 0)
    return float(np.median(observed[known] / predicted[known])) if known.any() else float("nan")


def warnings_of(study: Study, beside: F64) -> tuple[str, ...]:
    """What to tell of `beside` (columns, observations): PRED that was not solved, and DV far from it."""
    if study.data is None:
        return ()
    predicted, simulated = beside[:2]
    lost = int(np.sum(np.isnan(predicted) & np.isfinite(simulated)))
    told = f"PRED of {lost} of {many(predicted.size, 'observation')} is NaN: their typical person was not solved."
    return ((told,) if lost else ()) + _doubtful_units(study, study.data, predicted)


def _doubtful_units(study: Study, data: DataSet, predicted: F64) -> tuple[str, ...]:
    """A sentence for each output whose DV is so far from `predicted` (observations,) that its unit may be another."""
    seen, found = data.observed, []
    for where in np.unique(seen.output).tolist():
        mine = (seen.output == where) & np.isfinite(seen.dv) & (seen.cens == 0) & (predicted > 0)
        middle, output, path = ratio(seen.dv[mine], predicted[mine]), study.model.outputs[where], data.path
        high = FAR_OF_NUMBERS if output.unit in ("", "1") else FAR
        if mine.sum() < ENOUGH or middle <= 0 or 1 / FAR <= middle <= high:
            continue
        whole = output.residual is not None and output.residual.logit_sd > 0  # on a scale of its own
        other = "" if whole else OTHERS.get((output.unit or "1", middle > 1), "")
        here = f"what it is here ({output.meaning})" if output.unit in ("", "1") else f"in {output.unit}"
        lines = f'a line [units] and a line such as DV = "{other}"' if other else "a line [units]"
        found.append(
            f"{path}: the DV of {output.name} are {middle:.2g} times the predictions (median of {mine.sum()}), so DV "
            f"may not be {here}; a file {Path(path).stem}.units.toml beside it says the unit, with {lines}."
        )
    return tuple(found)
