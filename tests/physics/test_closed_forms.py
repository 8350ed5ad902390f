"""Textbook closed forms, written out here, against the closed path.

One to three compartments; bolus, infusion, first-order input; single, repeated, steady state. A disposition is a sum of
A_i exp(-l_i t) (Gibaldi and Perrier, Pharmacokinetics, 2nd ed., 1982); each input is its convolution, written out.
"""

import numpy as np
import pytest
from tests.support.closed import parameters, patient, reference, run, whole

from ketasim.engine.abi import Op

CL, V1, KA, DOSE = 8.0, 25.0, 1.1, 70.0
Q2, V2, Q3, V3 = 12.0, 60.0, 1.5, 200.0
LENGTH, EVERY = 0.7, 12.0
TIMES = np.concatenate([np.linspace(0.05, 11.5, 20), np.linspace(12.1, 71.0, 30)])


def disposition(n):
    """Coefficients and rates of the concentration after a unit bolus, from the characteristic polynomial."""
    k10, k12, k21, k13, k31 = CL / V1, Q2 / V1, Q2 / V2, Q3 / V1, Q3 / V3
    if n == 1:
        return np.array([1.0 / V1]), np.array([k10])
    if n == 2:
        s = k10 + k12 + k21
        root = np.sqrt(s * s - 4.0 * k10 * k21)
        alpha, beta = (s + root) / 2.0, 2.0 * k10 * k21 / (s + root)
        return np.array([alpha - k21, k21 - beta]) / (alpha - beta) / V1, np.array([alpha, beta])
    c2 = k10 + k12 + k13 + k21 + k31
    c1 = k10 * k21 + k10 * k31 + k12 * k31 + k13 * k21 + k21 * k31
    c0 = k10 * k21 * k31
    p, q = c1 - c2 * c2 / 3.0, 2.0 * c2**3 / 27.0 - c1 * c2 / 3.0 + c0  # depressed cubic, three real roots
    angle = np.arccos(-q / 2.0 / np.sqrt(-(p**3) / 27.0)) / 3.0
    rates = np.array([c2 / 3.0 - 2.0 * np.sqrt(-p / 3.0) * np.cos(angle + 2.0 * np.pi * k / 3.0) for k in range(3)])
    others = [np.prod([rates[j] - rates[i] for j in range(3) if j != i]) for i in range(3)]
    return (k21 - rates) * (k31 - rates) / np.array(others) / V1, rates


def matrix(n, ka):
    """Depot, centre and peripheral compartments as amounts."""
    a = np.zeros((n + 1, n + 1))
    a[0, 0], a[1, 0], a[1, 1] = -ka, ka, -CL / V1
    for i, (q, v) in enumerate([(Q2, V2), (Q3, V3)][: n - 1], start=2):
        a[1, 1] -= q / V1
        a[i, 1], a[1, i], a[i, i] = q / V1, q / v, -q / v
    return a


def bolus(t, n, ka):
    return sum(a * np.exp(-lam * t) for a, lam in zip(*disposition(n), strict=True)) * DOSE


def infusion(t, n, ka):
    on, off = np.minimum(t, LENGTH), np.maximum(t - LENGTH, 0.0)
    return sum(
        a / lam * -np.expm1(-lam * on) * np.exp(-lam * off) for a, lam in zip(*disposition(n), strict=True)
    ) * (DOSE / LENGTH)  # fmt: skip


def first_order(t, n, ka):
    """ka equal to an eigenvalue is the limit ka t exp(-ka t)."""
    total = 0.0
    for a, lam in zip(*disposition(n), strict=True):
        gap = lam - ka
        shape = t if abs(gap) < 1e-13 else -np.expm1(-gap * t) / gap
        total = total + a * ka * np.exp(-ka * t) * shape
    return DOSE * total


def at_steady_state(single, t, n, ka):
    """Doses every EVERY hours for ever: each exponential is a geometric series."""
    tau = np.mod(t, EVERY)
    total = 0.0
    for a, lam in zip(*disposition(n), strict=True):
        e, left = np.exp(-lam * tau), -np.expm1(-lam * EVERY)
        if single is bolus:
            total = total + DOSE * a * e / left
        elif single is infusion:
            after = np.exp(-lam * np.maximum(tau - LENGTH, 0.0)) * -np.expm1(-lam * np.minimum(tau, LENGTH))
            before = np.where(tau < LENGTH, np.exp(-lam * (tau + EVERY - LENGTH)) * -np.expm1(-lam * LENGTH) / left,
                              after * np.exp(-lam * EVERY) / left)  # fmt: skip
            total = total + DOSE / LENGTH * a / lam * (after + before)
        elif abs(lam - ka) < 1e-13:
            kept = np.exp(-ka * EVERY)
            total = total + DOSE * a * ka * np.exp(-ka * tau) * (tau / (1 - kept) + EVERY * kept / (1 - kept) ** 2)
        else:
            total = total + DOSE * a * ka / (lam - ka) * (np.exp(-ka * tau) / -np.expm1(-ka * EVERY) - e / left)
    return total


def operations(single, starts):
    if single is infusion:
        rate = DOSE / LENGTH
        return [op for s in starts for op in ((s, Op.RATE, 1, rate), (s + LENGTH, Op.RATE, 1, -rate))]
    return [(s, Op.ADD, 1 if single is bolus else 0, DOSE) for s in starts]


CASES = [
    pytest.param(single, n, ka, id=f"{single.__name__}-{n}-{name}")
    for n in (1, 2, 3)
    for single, name, ka in (
        (bolus, "", KA), (infusion, "", KA), (first_order, "free", KA),
        (first_order, "equal", float(disposition(n)[1].max())), (first_order, "slow", float(disposition(n)[1].min())),
    )
]  # fmt: skip


def close(y, exact):
    assert np.max(np.abs(y - exact)) <= 1e-8 * np.max(np.abs(exact))


@pytest.mark.parametrize(("single", "n", "ka"), CASES)
def test_single_and_repeated_doses(single, n, ka):
    a = matrix(n, ka)
    for starts in ([0.0], [EVERY * k for k in range(5)]):
        ops = operations(single, starts)
        y = run(whole(n + 1, a != 0), patient(parameters(a), ops, TIMES)).y
        exact = sum(np.where(s <= TIMES, single(np.maximum(TIMES - s, 0.0), n, ka), 0.0) for s in starts)
        close(y[:, 1] / V1, exact)
        close(y, reference(parameters(a), ops, TIMES))


@pytest.mark.parametrize(("single", "n", "ka"), CASES)
def test_steady_state_after_many_doses(single, n, ka):
    """1,500 doses: the slowest half-life of the cases is under 110 h, so what is missing is below 1e-30."""
    a = matrix(n, ka)
    doses = 1500
    times = EVERY * (doses - 1) + np.linspace(0.01, 11.9, 25)
    y = run(whole(n + 1, a != 0), patient(parameters(a), operations(single, EVERY * np.arange(doses)), times)).y
    close(y[:, 1] / V1, at_steady_state(single, np.linspace(0.01, 11.9, 25), n, ka))
