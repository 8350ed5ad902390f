"""What a compiled model may be asked to be."""

from __future__ import annotations

from dataclasses import dataclass

from ketasim.errors import ModelError


@dataclass(frozen=True, slots=True)
class Options:
    """Choices of code generation; each one changes the text and so the name of the generated file.

    `lanes` patients share a loop (a multiple of 8, 16 or more, so that the loop is vectorised). `contract` lets a
    product and a sum become one fused operation.
    """

    lanes: int = 16
    contract: bool = True

    def __post_init__(self) -> None:
        if self.lanes < 8 or self.lanes % 8:
            raise ModelError(f"The number of lanes must be a multiple of 8, got {self.lanes}; try 16.")
