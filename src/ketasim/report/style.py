"""How a figure looks: colours that colour-blind readers can tell apart, fonts, and the marks of evidence grades."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from ketasim.units import counted

# Okabe & Ito's palette, in an order in which neighbours differ in lightness as well as hue
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C7A00")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
DASHES = ("-", (0, (4, 1.2)), (0, (1.4, 1.1)), (0, (6, 1.2, 1.4, 1.2)))
INK, MUTED, RULE = "#1d2733", "#5b6877", "#d5dbe1"

_NUMBER = re.compile(r"[-−]?[\d,.]+ ?%?")
NOTICE = "A research tool, not a medical device: no prediction is advice for a person."

GRADES: Mapping[str, str] = {
    "A": "read in the paper, label or registry record",
    "B": "read in a transcription or citing text",
    "C": "derived from A or B by stated arithmetic",
    "D": "recalled, analogical or assumed",
    "calibrated": "estimated here from published trials, with its posterior interval",
}

RC: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9.5,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9.5,
    "axes.edgecolor": "#8a97a5",
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e7ebef",
    "grid.linewidth": 0.8,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "svg.hashsalt": "ketasim",
    "svg.fonttype": "path",
    "path.simplify": True,
    "figure.dpi": 100,
}


FEW = 20  # people, below which 5 and 95 % lie by the lowest and the highest


def people_in_words(n: int) -> str:
    """How many people: "1 person", "1,000 people"."""
    return f"{n:,} {'person' if n == 1 else 'people'}"


def spread_of(n: int = 0) -> str:
    """What a band of n people is ("5 to 95 % of people"), with the number where it is small."""
    return f"5 to 95 % of only {n} people" if 0 < n < FEW else "5 to 95 % of people"


def few(n: int) -> str:
    """A sentence on percentiles of few people; "" for one person and for many."""
    if not 1 < n < FEW:
        return ""
    return f"There are only {n} people: 5 % and 95 % lie at, or just inside, the lowest and the highest of them."


def people_only(n: int, what: str = "5 % and 95 %", differ: str = "how these people differ") -> str:
    """A sentence on what a band between people holds and what it does not; "" for one person."""
    if n <= 1:
        return ""
    return f"{what} hold {differ}, not how well the model's numbers are known nor how trials differ."


def unit_label(unit: str, *numbers: float) -> str:
    """A unit as a reader writes it: "ng/mL*h" is "ng·h/mL", "1*h" is "h", "dimensionless" is nothing; after numbers
    "day" is "days".
    """
    if unit in {"", "1", "dimensionless"}:
        return ""
    text = (counted(unit, *numbers) if numbers else unit).replace("ug", "µg")
    if text.endswith("*h"):
        over, slash, under = text[:-2].partition("/")
        text = "h" if over in {"", "1"} else f"{over}*h{slash}{under}"
    return text.replace("*", "·")


def brief(hours: float) -> str:
    """A time as a reader says it, to three digits: "1.33 h", "27 days"."""
    return f"{hours:.3g} h" if hours < 72 else f"{float(f'{hours / 24:.3g}'):g} days"


def measure_label(measure: str) -> str:
    """A non-compartmental measure as a reader writes it."""
    return measure.replace("_", "-")


def is_number(cell: object) -> bool:
    """Whether a cell of a table is a number, or text that reads as one ("75%"); a dash or empty text is either."""
    return not isinstance(cell, str) or cell in {"", "\u2013"} or bool(_NUMBER.fullmatch(cell))


def number(value: object, digits: int = 3) -> str:
    """A number with `digits` significant digits and no needless exponent; a dash for what is missing; text as it is."""
    if value is None:
        return "–"
    if isinstance(value, bool | str):
        return str(value)
    if not isinstance(value, int | float):
        try:
            value = float(value)  # type: ignore[arg-type]  # numpy scalars
        except (TypeError, ValueError):
            return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    if not math.isfinite(value):
        return "–" if math.isnan(value) else "∞" if value > 0 else "−∞"
    text = f"{value:.{digits}g}"
    if "e" in text:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        power = int(exponent)
        if 0 <= power < 9:
            return f"{value:,.0f}".replace("-", "−")
        return f"{mantissa}e{power}".replace("-", "−")
    whole = text.split(".", maxsplit=1)[0].lstrip("-")
    padded = f"{value:.{max(0, digits - len(whole))}f}" if abs(value) >= 1 else text
    if abs(value) >= 1000:
        padded = f"{value:,.0f}"
    return padded.replace("-", "−")
