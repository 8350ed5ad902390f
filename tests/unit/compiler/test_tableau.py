"""The coefficients do what their paper says: order five, dense output of order four, stiff accuracy."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.compiler.tableau import DENSE, GAMMA, NODES, STAGES, A, C, D, linear_rows


def f(t, y):
    return np.array([y[1] * y[0] + np.cos(t), -y[0] * y[0] + 0.3 * t * y[1]])


def jacobian(t, y):
    return np.array([[y[1], y[0]], [-2 * y[0], 0.3 * t]])


def f_time(t, y):
    return np.array([-np.sin(t), 0.3 * y[1]])


def step(t, y, h):
    w = np.eye(2) / GAMMA - h * jacobian(t, y)
    ks = []
    for i in range(STAGES):
        u = y + sum((a * k for a, k in zip(A[i], ks, strict=True)), np.zeros(2))
        b = h * f(t + NODES[i] * h, u) + sum((c * k for c, k in zip(C[i], ks, strict=True)), np.zeros(2))
        ks.append(np.linalg.solve(w, b + h * h * D[i] * f_time(t, y)))
    return u + ks[-1], ks


def run(n, theta=None):
    t, y, h = 0.0, np.array([0.5, 0.2]), 1.0 / n
    for _ in range(n):
        new, ks = step(t, y, h)
        if theta is not None:
            d = [sum(w * k for w, k in zip(row, ks, strict=True)) for row in DENSE]
            r = 1 - theta
            return r * y + theta * (new + r * (d[0] + theta * (d[1] + theta * d[2])))
        t, y = t + h, new
    return y


def exact(t):
    from scipy.integrate import solve_ivp

    return solve_ivp(f, (0, t), [0.5, 0.2], method="DOP853", rtol=1e-13, atol=1e-15).y[:, -1]


def test_steps_have_order_five():
    errors = [np.max(np.abs(run(n) - exact(1.0))) for n in (8, 16, 32)]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert np.all(orders > 4.7), orders


@pytest.mark.parametrize("theta", [0.25, 0.5, 0.8])
def test_dense_output_has_local_order_five(theta):
    errors = [np.max(np.abs(run(n, theta) - exact(theta / n))) for n in (2, 4, 8)]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert np.all(orders > 4.5), orders


def test_stage_sums_agree_with_nodes():
    # h f = h and J = 0 make W k = gamma-free sums: u_i - y must be c_i h
    ks = []
    for i in range(STAGES):
        u = sum(a * k for a, k in zip(A[i], ks, strict=True))
        assert u == pytest.approx(NODES[i], abs=1e-12)
        ks.append(GAMMA * (1.0 + sum(c * k for c, k in zip(C[i], ks, strict=True))))


def test_very_stiff_decay_is_damped_in_one_step():
    z, y, ks = -1e8, 1.0, []
    for i in range(STAGES):
        u = y + sum(a * k for a, k in zip(A[i], ks, strict=True))
        ks.append((z * u + sum(c * k for c, k in zip(C[i], ks, strict=True))) / (1 / GAMMA - z))
    assert abs(u + ks[-1]) < 1e-6


@pytest.mark.parametrize("z", [-0.3, -5.0, -1e4])
def test_linear_rows_need_no_evaluations(z):
    beta, weights = linear_rows()
    full, short = [], []
    for i in range(STAGES):
        u = 1.0 + sum(a * k for a, k in zip(A[i], full, strict=True))
        full.append((z * u + sum(c * k for c, k in zip(C[i], full, strict=True))) / (1 / GAMMA - z))
        short.append((beta[i] * z + sum(w * k for w, k in zip(weights[i], short, strict=True))) / (1 / GAMMA - z))
    assert short == pytest.approx(full, rel=1e-9, abs=1e-12)
