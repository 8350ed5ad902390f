"""Residual error: what an assay or a rater adds to a true value, drawn per person, output and time kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ketasim.engine.abi import F64
from ketasim.measurement import scale
from ketasim.model.residual import apply
from ketasim.population import chance
from ketasim.population.people import keys

if TYPE_CHECKING:
    from ketasim.simulation.plan import Study

NAMED = 5  # outputs that a sentence names


def with_residual(study: Study, ids: NDArray[Any], y: F64) -> F64:
    """Trajectories (outputs, times, people) with each output's residual error; outputs that declare none stay."""
    out, whose = y.copy(), keys(ids)
    for k, where in enumerate(study.outputs):
        output = study.model.outputs[where]
        if output.residual is None:
            continue
        z = chance.normal(study.seed, whose, f"residual: {output.name}", study.times.size)
        out[k] = apply(output.residual, y[k], np.ascontiguousarray(z.T))
    return out


def added(study: Study) -> tuple[str, ...]:
    """Names of the kept outputs to which residual error is added."""
    kept = [study.model.outputs[where] for where in study.outputs]
    return tuple(output.name for output in kept if study.residual and output.residual is not None)


def warnings_of(study: Study) -> tuple[str, ...]:
    """What residual error was added to, and that exposure is read before it is added."""
    if not study.residual:
        return ()
    if not (noisy := added(study)):
        return (f"Model {study.model.name!r} has no residual error for what is kept, so none was added.",)
    others = [name for name in study.names if name not in noisy]
    more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
    lack = f" The model has none for {', '.join(others[:NAMED])}{more}." if others else ""
    levels = any(name not in scale.names() for name in study.names)
    exposure = "; Cmax, Tmax, AUC and half-life are of values without residual error" if levels else ""
    return (f"Residual error was added to the values over time{exposure}.{lack}",)
