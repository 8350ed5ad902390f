"""A compiled model that integrates step by step on a CUDA device, one patient per thread. Untested on a real device.

Needs the extra ketasim[cuda] and NVIDIA's driver; nothing of them is imported before a device is asked for. With
NUMBA_ENABLE_CUDASIM=1 plain Python stands in for the device: very slow, and what our tests run on.
"""

from __future__ import annotations

import warnings
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from ketasim.engine.abi import Batch, Settings, Solution
from ketasim.engine.loader import load
from ketasim.engine.ode import OdeModel, solution
from ketasim.errors import RequestError, WorkError

WORKSPACE = 512 * 2**20  # bytes at most; more patients than this has room for wait their turn
TOOLS = {"numba", "numba_cuda", "cuda"}  # whose errors are the device's
_ONE = Lock()


@dataclass(frozen=True, slots=True)
class CudaModel:
    """A generated file for a device, the model for this processor that it is the twin of, and its grid.

    `threads` form a block (a multiple of the lanes, else rounded down to one); `blocks` is how many there are at most,
    by default as many as the workspace has room for. Neither changes a result.
    """

    path: Path
    ode: OdeModel
    threads: int = 64
    blocks: int | None = None

    def solve(self, batch: Batch, settings: Settings) -> Solution:
        """Integrate every patient of a batch on the device, one batch at a time.

        RequestError where there is no device, WorkError where it fails, as with too little memory.
        """
        cuda = device()
        with _ONE, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a small batch is told to be one
            try:
                return self._solved(cuda, batch, settings)
            except Exception as error:
                if type(error).__module__.split(".")[0] not in TOOLS:
                    raise
                said = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
                raise WorkError(
                    f"A result was expected of the CUDA device for {len(batch.t_end)} patients, and it said: {said}; "
                    "try fewer at a time (--chunk), or --device cpu."
                ) from error

    def _solved(self, cuda: Any, batch: Batch, settings: Settings) -> Solution:
        kernel, ends = load(self.path), self.ode.ends(batch)
        lists = kernel.Lists(*map(cuda.to_device, self.ode.inputs(batch)))
        back = kernel.Ends(*map(cuda.to_device, ends))
        blocks, threads = self._grid(len(batch.t_end), kernel.ROWS, kernel.LANES)
        groups = blocks * threads // kernel.LANES
        w = cuda.device_array((groups, kernel.ROWS * kernel.LANES), np.float64)
        at = cuda.device_array((groups, 6 * kernel.LANES), np.int64)
        x = cuda.device_array((blocks * threads, self.ode.n_states), np.float64)
        limits = (float(settings.rtol), float(settings.atol), float(settings.max_steps))
        kernel.run[blocks, threads](*limits, lists, back, kernel.Room(w, at, x, 0))
        for here, there in zip(ends, back, strict=True):
            there.copy_to_host(here)
        return solution(ends)

    def _grid(self, n: int, rows: int, lanes: int) -> tuple[int, int]:
        """Blocks, and threads in each: a thread per patient while the workspace has room."""
        threads = lanes * max(1, self.threads // lanes)
        most = self.blocks or max(1, WORKSPACE // (8 * rows * threads))
        return max(1, min(-(-n // threads), most)), threads


def device() -> Any:
    """Numba's `cuda` where a device can be used, real or simulated; else RequestError."""
    cuda, why = _looked()
    if why:
        raise RequestError(
            f"A CUDA device was expected and none can be used here: {why}; install ketasim[cuda] and NVIDIA's driver "
            "on a machine with such a device, or take --device cpu."
        )
    return cuda


def seen() -> str:
    """The device that would be used and what drives it, or why there is none; never fails."""
    try:
        cuda, why = _looked()
        if why:
            return f"none: {why}"
        if _simulated():
            return "simulated by Numba (NUMBA_ENABLE_CUDASIM)"
        found = cuda.get_current_device()
        name = found.name.decode() if isinstance(found.name, bytes) else found.name
        return f"{name}, compute capability {'.'.join(map(str, found.compute_capability))}, {_tool()}"
    except Exception as error:
        return f"none: {type(error).__name__}"


def _tool() -> str:
    """What compiles for the device, with its version."""
    with suppress(PackageNotFoundError):
        return f"numba-cuda {version('numba-cuda')}"
    return f"numba {version('numba')}"


def _looked() -> tuple[Any, str]:
    """Numba's `cuda`, and why it cannot be used, empty where it can."""
    try:
        from numba import cuda

        if _simulated() or cuda.is_available():
            return cuda, ""
    except Exception as error:
        return None, f"Numba's CUDA part does not start ({type(error).__name__})"
    return cuda, "Numba finds no device, no driver, or not NVIDIA's compiler"


def _simulated() -> bool:
    from numba.core import config

    return bool(config.ENABLE_CUDASIM)
