"""Chance as a pure function: a draw is keyed by (study seed, patient, purpose), never by position in a batch.

Philox4x32-10 (Salmon, Moraes, Dror and Shaw, SC'11, doi:10.1145/2063384.2063405): the key comes from the seed and the
purpose, the counter from the patient's ID and the number of the draw. So the same patient gets the same numbers in any
batch, order, chunk or count, and two purposes of one patient never share numbers.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ketasim.errors import RequestError

F64 = NDArray[np.float64]
U64 = NDArray[np.uint64]

_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = 0x9E3779B9, 0xBB67AE85
_LOW, _32, _12 = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(12)
ROUNDS = 10


def philox(counter: tuple[U64, U64, U64, U64], key: tuple[int, int]) -> tuple[U64, U64, U64, U64]:
    """Ten rounds of Philox4x32 over arrays of 32-bit words held in uint64; returns four arrays of 32-bit words."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(ROUNDS):
        first, second = _M0 * c0, _M1 * c2
        c0, c1, c2, c3 = (
            (second >> _32) ^ c1 ^ np.uint64(k0),
            second & _LOW,
            (first >> _32) ^ c3 ^ np.uint64(k1),
            first & _LOW,
        )
        k0, k1 = (k0 + _W0) & 0xFFFFFFFF, (k1 + _W1) & 0xFFFFFFFF
    return c0, c1, c2, c3


def key_of(seed: int, purpose: str) -> tuple[int, int]:
    """The two key words of a study seed and a purpose."""
    digest = blake2b(f"{int(seed)}\n{purpose}".encode(), digest_size=8).digest()
    return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:], "little")


def checked(seed: object) -> int:
    """A study seed as the user gave it; RequestError unless it is a whole number."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        raise RequestError(f"The seed must be a whole number, got {seed!r}.")
    return int(seed)


def uniform(seed: int, ids: ArrayLike, purpose: str, k: int = 1) -> F64:
    """Uniform numbers in the open interval (0, 1), shape (len(ids), k), 52 bits each.

    `ids` are integers (patients, or any other thing that has an identity); `k` draws belong to each.
    """
    who = np.asarray(ids, dtype=np.int64).astype(np.uint64).reshape(-1, 1)
    blocks = np.arange((k + 1) // 2, dtype=np.uint64).reshape(1, -1)
    shape = (who.shape[0], blocks.shape[1])
    zero = np.zeros(shape, dtype=np.uint64)
    a, b, c, d = philox((zero + blocks, zero + (who & _LOW), zero + (who >> _32), zero), key_of(seed, purpose))
    words = np.empty((*shape, 2), dtype=np.uint64)
    words[..., 0], words[..., 1] = (b << _32) | a, (d << _32) | c
    numbers = ((words >> _12).astype(np.float64) + 0.5) * 2.0**-52
    return np.ascontiguousarray(numbers.reshape(shape[0], -1)[:, :k])


def normal(seed: int, ids: ArrayLike, purpose: str, k: int = 1) -> F64:
    """Standard normal numbers, shape (len(ids), k): the inverse distribution function of `uniform`."""
    from scipy.special import ndtri

    return np.asarray(ndtri(uniform(seed, ids, purpose, k)), dtype=np.float64)


def correlated(normals: F64, covariance: F64) -> F64:
    """Normal effects (n, k) with a covariance (k, k), from standard normals.

    Sums run in a fixed order, row by row alike, so that a row does not depend on its batch (a matrix product would).
    A singular covariance is allowed: effects of variance 0 are 0.
    """
    factor = _square_root(covariance)
    out = np.zeros_like(normals)
    for row in range(factor.shape[0]):
        for column in range(row + 1):
            if factor[row, column] != 0.0:
                out[:, row] += factor[row, column] * normals[:, column]
    return out


def _square_root(covariance: F64) -> F64:
    """Lower triangular L with L Lᵀ = covariance, for positive semi-definite matrices; ValueError otherwise."""
    n = covariance.shape[0]
    lower = np.zeros((n, n))
    scale = max(float(np.max(np.abs(np.diag(covariance)), initial=0.0)), 1e-300)
    for j in range(n):
        pivot = covariance[j, j] - float(np.dot(lower[j, :j], lower[j, :j]))
        if pivot < -1e-10 * scale:
            raise ValueError("The covariance of random effects is not positive semi-definite.")
        if pivot <= 1e-14 * scale:
            continue
        lower[j, j] = np.sqrt(pivot)
        for i in range(j + 1, n):
            lower[i, j] = (covariance[i, j] - float(np.dot(lower[i, :j], lower[j, :j]))) / lower[j, j]
    return lower
