"""A fact: one published number with all that makes it usable, and its spread as printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Grade = Literal["A", "B", "C", "D", "calibrated"]
PRINTED: tuple[Grade, ...] = ("A", "B", "C", "D")  # what a file may say; "calibrated" is given by calibration alone
SpreadKind = Literal[
    "omega2", "sd_log", "cv_percent", "sd", "variance", "se", "rse_percent", "ci90", "ci95", "iqr", "range"
]
SpreadOf = Literal["between patients", "between occasions", "estimate", "residual", "sample"]


@dataclass(frozen=True, slots=True)
class Spread:
    """A printed measure of spread: what it measures (`of`), its kind, its value or (low, high)."""

    of: SpreadOf
    kind: SpreadKind
    value: float | tuple[float, float]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One sourced number.

    `value` is the printed number in the printed `unit`; `meaning` says what was printed ("typical value", "mean",
    "median", "geometric mean", "count", …). `grade`: A read in the paper, label or registry record; B read in a
    transcription or citing text; C derived from A or B by the arithmetic in `note`; D recalled, analogical or assumed.
    `citation` holds keys of the bibliography (a fact of grade D without a source cites "assumed").
    """

    id: str
    quantity: str
    value: float | tuple[float, ...]
    unit: str
    citation: tuple[str, ...]
    grade: Grade
    meaning: str = "typical value"
    spread: tuple[Spread, ...] = ()
    population: str = ""
    n: int | None = None
    site: str = ""
    where: str = ""
    note: str = ""
    rivals: tuple[str, ...] = ()

    @property
    def number(self) -> float:
        """The value of a scalar fact; TypeError for one that holds several numbers."""
        if isinstance(self.value, tuple):
            raise TypeError(f"Fact {self.id!r} holds {len(self.value)} numbers; name one of them.")
        return self.value
