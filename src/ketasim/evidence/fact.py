"""A fact: one published number with all that makes it usable, and its spread as printed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real
from typing import Literal

from ketasim.errors import EvidenceError

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

    def __post_init__(self) -> None:
        """EvidenceError for a fact without id, unit, source or grade; composing a model looks each of them up."""
        here = f"Fact {self.id!r}"
        for field in ("id", "quantity", "unit"):
            value = getattr(self, field)
            if not isinstance(value, str) or not value.strip():
                more = "; a pure number has the unit '1'" if field == "unit" else ""
                raise EvidenceError(f"{here}: {field!r} must be text that is not empty{more}; {value!r} came.")
        numbers: tuple[object, ...] = self.value if isinstance(self.value, tuple) else (self.value,)
        if not numbers or not all(isinstance(one, Real) and not isinstance(one, bool) for one in numbers):
            raise EvidenceError(f"{here}: 'value' must be a number or a tuple of numbers; {self.value!r} came.")
        if not all(isinstance(one, Real) and _finite(one) for one in numbers):
            raise EvidenceError(f"{here}: 'value' must be finite; {self.value!r} came.")
        if self.grade not in (*PRINTED, "calibrated"):
            raise EvidenceError(f"{here}: the grade must be one of {', '.join(PRINTED)}; {self.grade!r} came.")
        cited = self.citation
        if not cited or not isinstance(cited, tuple) or not all(isinstance(key, str) and key for key in cited):
            raise EvidenceError(
                f"{here}: 'citation' must be a tuple of one key of the bibliography or more, as in ('smith2001',), or "
                f"('assumed',) with grade D; {cited!r} came."
            )
        if "assumed" in cited and self.grade not in ("D", "calibrated"):
            raise EvidenceError(f"{here} is 'assumed' but graded {self.grade}; what is assumed has grade D.")

    @property
    def number(self) -> float:
        """The value of a scalar fact; TypeError for one that holds several numbers."""
        if isinstance(self.value, tuple):
            raise TypeError(f"Fact {self.id!r} holds {len(self.value)} numbers; name one of them.")
        return self.value


def _finite(number: Real) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # a whole number beyond any float
        return False
