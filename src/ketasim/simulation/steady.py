"""Steady states: the fixed point of one dosing interval, by one mechanism for closed forms and integrated models.

With Φ the flow over one interval with its doses, the state x at a steady-state dose solves x = Φ(x). Where the model is
linear, Φ(x) = M x + b: n + 2 runs of one interval give M and b, and the answer is exact. Otherwise Newton's method uses
the same runs as finite differences. An eigenvalue of M near 1 belongs to a state that never settles, or takes hundreds
of intervals: asked of such a model, a steady state is refused and that state is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ketasim.dosing.steady import SteadyRequests
from ketasim.engine.abi import F64, Batch, CompiledModel, Op, Settings, State, Status
from ketasim.errors import RegimenError

_SLOWEST: Final = 1 - 1e-9  # linear: what keeps more than this of itself over an interval never settles
_SLOWEST_INTERVALS: Final = 1000.0  # otherwise: settles to one per cent within so many intervals
_FOREVER_H: Final = 24.0  # interval over which an infusion without end is looked at
_NEWTON: Final = 40
_WARM_UP: Final = 8


def steady_states(
    compiled: CompiledModel,
    p_rows: F64,
    requests: SteadyRequests,
    settings: Settings,
    state_names: Sequence[str] = (),
) -> F64:
    """States (requests, states) at the record of each steady-state dose, just before that dose itself enters.

    `p_rows` (requests, parameters) holds each request's parameters. For SS = 2 what comes back is what the regimen adds
    to the state the model has without any dose. Each request is solved as if it were alone; NaN where an interval of it
    could not be computed. RegimenError names the state that does not settle.
    """
    n, nx = requests.n, compiled.n_states
    out = np.full((n, nx), np.nan)
    fine = np.flatnonzero(np.isfinite(p_rows).all(axis=1) & np.isfinite(requests.amount) & np.isfinite(requests.rate))
    if not fine.size:
        return out
    p, asked = p_rows[fine], _Asked(requests, fine)
    names = list(state_names) or [f"state {k + 1}" for k in range(nx)]
    if compiled.linear:
        exact = replace(settings, method="closed") if settings.method == "auto" else settings
        out[fine] = _affine(compiled, p, asked, exact, names)
        return out
    dosed = _newton(compiled, p, asked, settings, names, True)
    adds = requests.kind[fine] == 2
    if adds.any():
        dosed[adds] -= _newton(compiled, p[adds], _Asked(requests, fine[adds]), settings, names, False)
    out[fine] = dosed
    return out


class _Asked:
    """One interval of each request: the operations in it, the input rate at its start, and its length."""

    def __init__(self, r: SteadyRequests, at: np.ndarray) -> None:
        self.requests, self.at = r, at
        endless = r.ii[at] <= 0
        self.interval = np.where(endless, _FOREVER_H, r.ii[at])
        self.adds = r.kind[at] == 2
        self.state = r.state[at]
        self.running = np.where(endless, r.rate[at], r.running[at] * r.rate[at])
        bolus = ~endless & (r.length[at] == 0)
        infusion = ~endless & (r.length[at] > 0)
        stop = r.phase[at] + r.length[at] - r.running[at] * r.ii[at]
        ends = infusion & (stop < self.interval * (1 - 1e-12))
        k = np.arange(at.size)
        kind = np.where(bolus, Op.ADD, Op.RATE)
        value = np.where(bolus, r.amount[at], r.rate[at])
        begin = bolus | infusion
        who = np.concatenate([k[begin], k[ends]])
        time = np.concatenate([r.phase[at][begin], stop[ends]])
        order = np.lexsort((time, who))
        self.who, self.t = who[order], time[order]
        self.kind = np.concatenate([kind[begin], np.full(int(ends.sum()), Op.RATE)])[order].astype(np.int8)
        self.value = np.concatenate([value[begin], -r.rate[at][ends]])[order]

    def flow(self, compiled: CompiledModel, p: F64, x: F64, dosed: np.ndarray, settings: Settings) -> F64:
        """Φ(x) for x (requests, probes, states); `dosed` (probes,) says which probes get the doses."""
        n, m, nx = x.shape
        count = np.bincount(self.who, minlength=n)
        ptr = np.concatenate([[0], np.cumsum(count)])
        wide = np.repeat(count, m) * np.tile(dosed, n)
        first = np.repeat(np.repeat(ptr[:-1], m), wide)
        ops = first + np.arange(int(wide.sum())) - np.repeat(np.cumsum(wide) - wide, wide)
        owner = np.repeat(np.arange(n), m)
        rate = np.zeros((n * m, nx))
        rate[np.arange(n * m), self.state[owner]] = np.where(np.tile(dosed, n), self.running[owner], 0.0)
        zero, none = np.zeros(n * m), np.empty(0)
        start = State(zero, x.reshape(n * m, nx).copy(), rate, np.zeros(n * m, np.int64), zero.copy())
        batch = Batch(
            start=start,
            p=np.ascontiguousarray(p[owner]),
            p_ptr=np.arange(n * m + 1),
            op_t=self.t[ops],
            op_k=self.kind[ops],
            op_i=self.state[self.who[ops]].astype(np.int32),
            op_v=self.value[ops],
            op_ptr=np.concatenate([[0], np.cumsum(wide)]).astype(np.int64),
            out_t=none,
            out_after=none.astype(np.int32),
            out_ptr=np.zeros(n * m + 1, np.int64),
            t_end=self.interval[owner],
        )
        solved = compiled.solve(batch, settings)
        return np.where((solved.status == Status.FINISHED)[:, None], solved.end.x, np.nan).reshape(n, m, nx)

    def take(self, at: np.ndarray) -> _Asked:
        """The requests at `at` alone."""
        return _Asked(self.requests, self.at[at])


def _affine(compiled: CompiledModel, p: F64, asked: _Asked, settings: Settings, names: list[str]) -> F64:
    """Linear models: M and b from n + 2 probes of one interval, then (I − M) x = b."""
    n, nx = p.shape[0], compiled.n_states
    probes = np.zeros((n, nx + 2, nx))
    probes[:, 2:] = np.eye(nx)
    dosed = np.zeros(nx + 2, dtype=bool)
    dosed[1] = True
    ends = asked.flow(compiled, p, probes, dosed, settings)
    still, given = ends[:, 0], ends[:, 1]
    matrix = np.swapaxes(ends[:, 2:] - still[:, None], 1, 2)
    b = np.where(asked.adds[:, None], given - still, given)
    known = np.isfinite(matrix).all(axis=(1, 2)) & np.isfinite(b).all(axis=1)
    _refuse_slow(matrix[known], _SLOWEST, asked.interval[known], names)
    x = np.full((n, nx), np.nan)
    x[known] = np.linalg.solve(np.eye(nx) - matrix[known], b[known][..., None])[..., 0]
    return x


def _newton(compiled: CompiledModel, p: F64, asked: _Asked, settings: Settings, names: list[str], dosed: bool) -> F64:
    """Other models: a few intervals as they come, then Newton's method on x − Φ(x) with finite differences.

    A request that has converged, or is lost, is left alone, so that its answer does not depend on those beside it.
    """
    tight = Settings(min(settings.rtol, 1e-8), min(settings.atol, 1e-10), settings.max_steps, settings.method)
    x = compiled.initial(p)
    for _ in range(_WARM_UP):
        x = asked.flow(compiled, p, x[:, None], np.array([dosed]), tight)[:, 0]
    scale = np.maximum(np.abs(x), np.abs(x).max(axis=1, keepdims=True) * 1e-3) + 1e-12
    left = np.flatnonzero(np.isfinite(x).all(axis=1))
    for _ in range(_NEWTON):
        if not left.size:
            return x
        move, lost = _move(compiled, p[left], asked.take(left), tight, names, dosed, x[left], scale[left])
        x[left] = np.where(lost[:, None], np.nan, x[left] + move)
        scale[left] = np.maximum(scale[left], np.abs(x[left]))
        going = (np.abs(move) > 10 * tight.rtol * scale[left]).any(axis=1)
        left = left[going & ~lost]
    raise RegimenError(
        "The steady state was not found: the model's response to the regimen does not settle. Simulate the doses one "
        "by one (ADDL and II, or a regimen that starts earlier) instead of SS."
    )


def _move(
    compiled: CompiledModel, p: F64, asked: _Asked, tight: Settings, names: list[str], dosed: bool, x: F64, scale: F64
) -> tuple[F64, np.ndarray]:
    """One step of Newton's method (requests, states), and which requests are lost; refuses what settles too slowly."""
    nx = x.shape[1]
    probes = np.repeat(x[:, None], nx + 1, axis=1)
    step = 1e-4 * scale
    probes[:, 1:][:, np.arange(nx), np.arange(nx)] += step
    ends = asked.flow(compiled, p, probes, np.full(nx + 1, dosed), tight)
    matrix = np.swapaxes((ends[:, 1:] - ends[:, :1]) / step[:, :, None], 1, 2)
    lost = np.asarray(~np.isfinite(ends).all(axis=(1, 2)))
    _refuse_slow(matrix[~lost], 0.01 ** (1 / _SLOWEST_INTERVALS), asked.interval[~lost], names)
    move = np.zeros_like(x)
    move[~lost] = np.linalg.solve(np.eye(nx) - matrix[~lost], (ends[:, 0] - x)[~lost][..., None])[..., 0]
    return move, lost


def _refuse_slow(matrix: F64, limit: float, interval: F64, names: list[str]) -> None:
    """Refuse where a state keeps more than `limit` of itself from one interval to the next."""
    if not matrix.size:
        return
    value, vector = np.linalg.eig(matrix)
    size = np.abs(value)
    patient, which = np.unravel_index(int(size.argmax()), size.shape)
    if size[patient, which] < limit:
        return
    name = names[int(np.abs(vector[patient, :, which]).argmax())]
    raise RegimenError(
        f"A steady state needs a model that settles from dose to dose, but {name!r} keeps "
        f"{100 * size[patient, which]:.4g} % of itself over {interval[patient]:g} h: it drifts, or takes hundreds of "
        "intervals. Simulate the doses one by one (ADDL and II, or a regimen that starts earlier) instead of SS."
    )
