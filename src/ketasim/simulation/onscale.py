"""Observations of a data set that cannot be: scores that a rating scale does not have, concentrations below 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ketasim.measurement import scale
from ketasim.simulation import nca

if TYPE_CHECKING:
    from ketasim.dosing.dataset import Columns
    from ketasim.engine.abi import F64, I64
    from ketasim.model.model import Model


def refuse_beyond(columns: Columns, rows: I64, output: I64, dv: F64, model: Model) -> None:
    """DataError for the first DV (observations,) of an output named as a rating scale that lies outside that scale.

    `rows` (observations,) are the rows of the file, `output` counts the model's outputs from 0; NaN is not looked at.
    """
    low, high = np.full(len(model.outputs), -np.inf), np.full(len(model.outputs), np.inf)
    for k, one in enumerate(model.outputs):
        if one.name in scale.names():
            low[k], high[k] = scale.scale(one.name).low, scale.scale(one.name).high
    wrong = (dv < low[output]) | (dv > high[output])
    if wrong.any():
        k = int(np.argmax(wrong))
        name, of = model.outputs[int(output[k])].name, int(output[k])
        why = f"{name} goes from {low[of]:g} to {high[of]:g}, but {dv[k]:g} came"
        columns.refuse(int(rows[k]), "DV", f"{why}; check the score, and by DVID or CMT that it is {name}")


def below_nothing(path: str, output: I64, dv: F64, model: Model) -> tuple[str, ...]:
    """A sentence on observations (observations,) of each concentration that lie below 0."""
    found = []
    for k in np.unique(output[dv < 0.0]).tolist():
        one, count = model.outputs[k], int((dv[output == k] < 0.0).sum())
        if nca.says_exposure(one.name, one.unit):
            what = "observation lies" if count == 1 else "observations lie"
            found.append(
                f"{path}: {count} {what} below 0 in {one.name}, which no concentration does; if DV holds logarithms, "
                "give the concentrations."
            )
    return tuple(found)
