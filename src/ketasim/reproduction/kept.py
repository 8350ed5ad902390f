"""Slow derivatives kept in the cache folder from run to run, under a name made of all that they depend on."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ketasim.compiler import cache
from ketasim.simulation import fingerprint

F64 = NDArray[np.float64]
FOLDERS = (
    "calibration", "studies", "trials", "pharmacology", "simulation", "engine", "compiler", "model", "dosing",
    "population",
)  # fmt: skip


@lru_cache(maxsize=1)
def ground() -> str:
    """Fingerprint of the facts and of the code that predictions come from."""
    code = [fingerprint.of_files(folder, "*.py") for folder in FOLDERS]
    own = (Path(__file__).parent / "leaning.py").read_text(encoding="utf-8")
    return cache.digest("".join([*code, fingerprint.of_files("evidence", "*.toml"), own]))


def kept(what: str, depends: Iterable[object], make: Callable[[], F64]) -> F64:
    """The array `what`, made if no earlier run has made it from the same facts, code and `depends`."""
    name = f"{what}_{cache.digest(repr((ground(), tuple(depends))))}.npy"
    path = cache.folder() / name
    try:
        return np.asarray(np.load(path, allow_pickle=False), dtype=np.float64)
    except (OSError, ValueError, EOFError):
        found = make()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=path.parent, prefix=name, suffix=".part")
        with os.fdopen(handle, "wb") as out:
            np.save(out, found)
        Path(partial).replace(path)
    except OSError:
        pass  # a folder that cannot be written costs time only
    return found
