"""ADDL and II: additional doses written out."""

from __future__ import annotations

import numpy as np

from ketasim.dosing.table import Evid, Records
from ketasim.engine.abi import F64


def expand(table: Records) -> Records:
    """Write out additional doses: ADDL further doses every II hours after each dose record.

    They are ordinary doses (EVID 1, not steady state) that remember when they were `recorded`: a later reset or
    steady-state dose (SS = 1) cancels those still to come. Each stands right after its own record.
    """
    dose = (table.evid == Evid.DOSE) | (table.evid == Evid.RESET_AND_DOSE)
    more = np.where(dose & (table.ii > 0), np.maximum(table.addl, 0), 0).astype(np.int64)
    if not more.any():
        return table.replace(addl=0)
    source = np.repeat(np.arange(table.n), more + 1)
    k = np.arange(source.size) - np.repeat(np.cumsum(more + 1) - more - 1, more + 1)
    out = table.take(source)
    extra = k > 0
    return out.replace(
        time=np.where(extra, tidy(out.recorded + k * out.ii), out.time),
        evid=np.where(extra, Evid.DOSE, out.evid),
        ss=np.where(extra, 0, out.ss),
        addl=0,
    )


def tidy(time: F64) -> F64:
    """Times with the noise of floating-point sums removed: 3 · 0.1 h is 0.3 h, so that it meets a record at 0.3 h."""
    near = np.rint(time * 1e9) / 1e9
    return np.where(np.abs(time - near) <= 8e-16 * np.abs(time), near, time)
