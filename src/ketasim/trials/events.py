"""When things happen to patients: relapse by a hazard of their own, drop-out, the arm that chance gives them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ketasim.population import chance
from ketasim.trials.design import Dropout

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
LEAST = 1e-300


def hazard(survival: F64) -> F64:
    """Cumulative hazard of a survival between 1 and 0."""
    return np.asarray(-np.log(np.maximum(survival, LEAST)))


def time_to_event(cumulative: F64, times: F64, u: F64) -> F64:
    """Hours at which a cumulative hazard (n, t), counted from times[0], passes -log u (n,); inf if it does not.

    Between two times the hazard is constant.
    """
    risen = cumulative - cumulative[:, :1]
    level = -np.log(u)
    passed = risen >= level[:, None]
    at = np.argmax(passed, axis=1)
    found = np.full(u.size, np.inf)
    for who in np.flatnonzero(passed.any(axis=1)):
        k = at[who]
        if k == 0:
            found[who] = times[0]
            continue
        low, high = risen[who, k - 1], risen[who, k]
        share = (level[who] - low) / (high - low)
        found[who] = times[k - 1] + share * (times[k] - times[k - 1])
    return found


def leaving(dropout: Dropout, ids: I64, seed: int, what: str) -> F64:
    """Hours until each patient would leave by the constant hazard; inf without one."""
    if dropout.hazard <= 0.0:
        return np.full(ids.size, np.inf)
    return np.asarray(-np.log(chance.uniform(seed, ids, f"leaving {what}")[:, 0]) / dropout.hazard)


def lacking(dropout: Dropout, scores: F64, baseline: F64, visits: F64, ids: I64, seed: int, what: str) -> F64:
    """Hours of the first visit after which a patient leaves for lack of effect; scores (n, visits); inf if none."""
    found = np.full(ids.size, np.inf)
    if dropout.lack is None:
        return found
    u = chance.uniform(seed, ids, f"leaving for lack of effect {what}", visits.size)
    for k in range(visits.size - 1, -1, -1):
        met = dropout.lack.met(scores[:, k : k + 1], baseline) & (u[:, k] < dropout.of_those)
        found[met] = visits[k]
    return found


def allotted(ratios: Sequence[F64], ids: I64, seed: int, what: str) -> I64:
    """The arm that chance gives each patient: ratios per arm (n,), 0 where a patient may not enter; -1 if none."""
    weight = np.stack(ratios, axis=1)
    ends = np.cumsum(weight, axis=1)
    total = ends[:, -1]
    u = chance.uniform(seed, ids, f"allotted {what}")[:, 0] * total
    arm = np.minimum((u[:, None] >= ends).sum(axis=1), weight.shape[1] - 1)
    return np.asarray(np.where(total > 0.0, arm, -1), dtype=np.int64)
