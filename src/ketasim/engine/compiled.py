"""A model ready to run on either path, on this processor or on a CUDA device; which path answers where nobody says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from ketasim.engine import cuda
from ketasim.engine.abi import F64, Batch, Settings, Solution
from ketasim.engine.closed import ClosedModel
from ketasim.engine.cuda import CudaModel
from ketasim.engine.ode import OdeModel
from ketasim.errors import ModelError, RequestError

METHODS = ("auto", "closed", "ode", "cuda")
DEVICES = ("cpu", "cuda")
STEPS_FROM = 20  # states from which stepping was cheaper in all that was measured; docs/decisions/0003-two-paths.md


def on_device(device: str, settings: Settings) -> Settings:
    """The settings with which a device ("cpu", "cuda") answers; RequestError where it is unknown or cannot be used."""
    if device not in DEVICES:
        raise RequestError(f"The device {device!r} is unknown; there are {', '.join(DEVICES)}.")
    if device == "cuda":
        if settings.method == "closed":
            raise RequestError("A CUDA device takes steps only; use method 'auto' with it, or device 'cpu'.")
        settings = replace(settings, method="cuda")
    if settings.method == "cuda":
        cuda.device()
    return settings


@dataclass(frozen=True, slots=True)
class Compiled:
    """A model ready to run: by steps, here or on a CUDA device, or, where it is linear, in closed form."""

    ode: OdeModel
    closed: ClosedModel | None
    cuda: CudaModel

    @property
    def n_states(self) -> int:
        """Number of states."""
        return self.ode.n_states

    @property
    def n_parameters(self) -> int:
        """Number of parameters in a row."""
        return self.ode.n_parameters

    @property
    def n_outputs(self) -> int:
        """Number of outputs."""
        return self.ode.n_outputs

    @property
    def linear(self) -> bool:
        """Whether the closed form applies."""
        return self.closed is not None

    @property
    def path(self) -> Path:
        """The generated file."""
        return self.ode.path

    def initial(self, p: F64) -> F64:
        """Initial states (rows, states) for parameter rows (rows, parameters)."""
        return self.ode.initial(p)

    def solve(self, batch: Batch, settings: Settings) -> Solution:
        """Run a batch on the calling thread, without the GIL."""
        return self._chosen(settings.method).solve(batch, settings)

    def _chosen(self, method: str) -> ClosedModel | OdeModel | CudaModel:
        """The path of a method. It hangs on the model alone, so that nobody's numbers hang on who runs beside."""
        if method not in METHODS:
            raise RequestError(f"The method {method!r} is unknown; there are {', '.join(METHODS)}.")
        if method == "closed" and self.closed is None:
            raise ModelError("The closed form needs a linear model, and this one is not; use method 'auto' or 'ode'.")
        if method == "cuda":
            return self.cuda
        if self.closed is None or method == "ode" or (method == "auto" and self.n_states >= STEPS_FROM):
            return self.ode
        return self.closed
