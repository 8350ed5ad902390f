"""A reference for linear models, independent of the engine: the matrix exponential between operations, one by one."""

from collections.abc import Callable

import numpy as np
from scipy.linalg import expm

from ketasim.engine.abi import Batch, Op, Settings, Solution, State, Status


class LinearReference:
    """x' = A(p) x + c(p) + rates, y = C(p) x, one patient after the other. Fits `engine.abi.CompiledModel`."""

    linear = True

    def __init__(self, matrix: Callable, output: Callable, n_states: int, n_parameters: int, constant=None, first=None):
        self.matrix, self.output = matrix, output
        self.constant = constant or (lambda p: np.zeros(n_states))
        self.first = first or (lambda p: np.zeros(n_states))
        self.n_states, self.n_parameters = n_states, n_parameters
        self.n_outputs = 1
        self.calls = 0
        self.seen = {}

    def initial(self, p):
        return np.array([self.first(row) for row in np.atleast_2d(p)])

    def step(self, p, x, rate, dt):
        if dt == 0:
            return x
        n = self.n_states
        key = (p.tobytes(), float(dt))
        if key not in self.seen:
            m = np.zeros((2 * n, 2 * n))
            m[:n, :n], m[:n, n:] = self.matrix(p), np.eye(n)
            self.seen[key] = expm(m * dt)[:n]
        e = self.seen[key]
        return e[:, :n] @ x + e[:, n:] @ (self.constant(p) + rate)

    def solve(self, batch: Batch, settings: Settings) -> Solution:
        self.calls += 1
        n = len(batch.op_ptr) - 1
        y = np.full((batch.out_t.size, self.n_outputs), np.nan)
        end_x, end_rate = np.array(batch.start.x, float), np.array(batch.start.rate, float)
        end_row, end_t = batch.start.row.copy(), batch.start.t.copy()
        for k in range(n):
            rows = batch.p[batch.p_ptr[k] : batch.p_ptr[k + 1]]
            x, rate, t, row = end_x[k].copy(), end_rate[k].copy(), batch.start.t[k], int(batch.start.row[k])
            out, last = batch.out_ptr[k], batch.out_ptr[k + 1]
            for done in range(batch.op_ptr[k + 1] - batch.op_ptr[k] + 1):
                while out < last and batch.out_after[out] == done:
                    x = self.step(rows[row], x, rate, batch.out_t[out] - t)
                    t = batch.out_t[out]
                    y[out] = self.output(rows[row], x)
                    out += 1
                op = batch.op_ptr[k] + done
                if op == batch.op_ptr[k + 1]:
                    break
                assert batch.op_t[op] >= t, "the times of operations and outputs must not decrease"
                x = self.step(rows[row], x, rate, batch.op_t[op] - t)
                t = batch.op_t[op]
                i, v = int(batch.op_i[op]), batch.op_v[op]
                match Op(batch.op_k[op]):
                    case Op.ADD:
                        x[i] += v
                    case Op.RATE:
                        rate[i] += v
                    case Op.SET:
                        x[i] = v
                    case Op.RESET:
                        x, rate = self.first(rows[row]).copy(), np.zeros(self.n_states)
                    case Op.ROW:
                        row = i
            assert out == last
            if batch.t_end[k] > t:
                x = self.step(rows[row], x, rate, batch.t_end[k] - t)
                t = batch.t_end[k]
            end_x[k], end_rate[k], end_row[k], end_t[k] = x, rate, row, t
        status = np.full(n, Status.FINISHED, np.int8)
        return Solution(y, status, np.zeros(n, np.int64), State(end_t, end_x, end_rate, end_row, np.zeros(n)))


def absorption_model() -> LinearReference:
    """One compartment with first-order absorption, p = (CL, V, KA): states depot, central; output central / V."""

    def matrix(p):
        return np.array([[-p[2], 0.0], [p[2], -p[0] / p[1]]])

    return LinearReference(matrix, lambda p, x: x[1] / p[1], 2, 3)
