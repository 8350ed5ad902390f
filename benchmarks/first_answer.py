"""The smallest thing that a model can be asked for: one patient, no dose, one hour."""

from __future__ import annotations

from typing import Any

import numpy as np

from ketasim.engine.abi import Batch, CompiledModel, Settings, Solution, State


def batch(n: int, n_parameters: int, n_states: int) -> Batch:
    """Patients whose parameters are all 1."""
    x, none, each = np.zeros((n, n_states)), np.zeros(0), np.arange(n + 1)
    start = State(np.zeros(n), x, x.copy(), np.zeros(n, np.int64), np.zeros(n))
    empty: Any = (none, np.zeros(0, np.int8), np.zeros(0, np.int32), none, np.zeros(n + 1, np.int64))
    return Batch(start, np.ones((n, n_parameters)), each, *empty, np.ones(n), np.zeros(n, np.int32), each, np.ones(n))


def solve(model: CompiledModel, settings: Settings) -> Solution:
    """One patient, everything that is compiled on the way included."""
    return model.solve(batch(1, model.n_parameters, model.n_states), settings)
