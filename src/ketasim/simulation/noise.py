"""Residual error: what an assay or a rater adds to a true value, drawn per person, output and time kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ketasim.engine.abi import F64
from ketasim.model.residual import apply
from ketasim.population import chance
from ketasim.population.people import keys

if TYPE_CHECKING:
    from ketasim.simulation.plan import Study


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
