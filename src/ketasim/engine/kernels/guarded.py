"""Mathematics for one patient per thread of a CUDA device: its own functions, with the ends that `maths` has.

The guards cost a device next to nothing and keep plain Python, which stands in for a device in tests, from raising
where arithmetic gives infinity or what is not a number. The text below the mark is copied into every file for CUDA.
"""

from __future__ import annotations

import math

import numpy as np

# --- text of the file starts here ---

INF = float("inf")
NAN = float("nan")
ONE = np.float64(1.0)  # a product with it divides by zero as hardware does, in plain Python too


def square(x: float) -> float:
    """x * x."""
    return x * x


def cube(x: float) -> float:
    """x * x * x."""
    return x * x * x


def larger(a: float, b: float) -> float:
    """The larger of two; what is not a number where a is not."""
    return a if (a > b) | math.isnan(a) else b


def smaller(a: float, b: float) -> float:
    """The smaller of two; what is not a number where a is not."""
    return a if (a < b) | math.isnan(a) else b


def root(x: float) -> float:
    """The square root; nan below 0."""
    return ONE * (math.sqrt(x) if x >= 0.0 else NAN)


def expo(x: float) -> float:
    """The exponential."""
    return ONE * (INF if x > 709.78 else math.exp(x))


def logn(x: float) -> float:
    """The natural logarithm: -inf at 0, nan below."""
    if x > 0.0:
        return ONE * math.log(x)
    return -INF if x == 0.0 else NAN


def power(x: float, y: float) -> float:
    """x**y for x >= 0; nan for x < 0."""
    if y == 0.0:
        return 1.0
    if x == 0.0:
        return 0.0 if y > 0.0 else INF
    if not (x >= 0.0):
        return NAN
    return INF if y * math.log(x) > 709.78 else ONE * math.pow(x, y)


def sine(x: float) -> float:
    """The sine."""
    return ONE * (math.sin(x) if abs(x) < INF else NAN)


def cosine(x: float) -> float:
    """The cosine."""
    return ONE * (math.cos(x) if abs(x) < INF else NAN)


def tangent_h(x: float) -> float:
    """The hyperbolic tangent."""
    return ONE * math.tanh(x)
