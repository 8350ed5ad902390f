"""One compartment with first-order absorption, by every way there is of solving it."""

from dataclasses import dataclass
from typing import Any

from tests.support.linear import absorption_model

from ketasim.engine.abi import Settings


@dataclass(frozen=True)
class Solver:
    compiled: Any
    settings: Settings


def absorption_models():
    """Makers of a Solver with parameters (CL, V, KA), as parameters of a fixture."""
    import pytest

    return [pytest.param(lambda: Solver(absorption_model(), Settings()), id="reference")]
