"""What predictions lean on, in words, as bars and as tables: shares of variance and the weakest numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from ketasim.report.figures import house_style, svg
from ketasim.report.page import Picture, Section, Table
from ketasim.report.style import INK, number, unit_label
from ketasim.simulation.relapsing import RELAPSE

if TYPE_CHECKING:
    from ketasim.simulation.leaning import Leaning, Weak

WORDS: Final[Mapping[str, str]] = {
    "between-patient": "between patients",
    "visit": "from visit to visit",
    "sampling": "sampling of those simulated",
    "between-study": "between trials",
    "calibration": "calibration",
    **{grade: f"facts of grade {grade}" for grade in "ABCD"},
}
# hues that colour-blind readers tell apart; one hue that darkens from grade A to D
COLOURS: Final[Mapping[str, str]] = {
    "between-patient": "#0072B2",
    "visit": "#8CC4E8",
    "sampling": "#DDE2E7",
    "between-study": "#00775A",
    "calibration": "#E6B3D2",
    "A": "#FBE9BD",
    "B": "#F2BF4B",
    "C": "#DB7A12",
    "D": "#8A2F05",
}
DARK: Final = ("between-patient", "between-study", "D")
SHOWN: Final = 0.005  # shares below this are not said
LEAST: Final = 0.0005  # nor are numbers that contribute less
WEEK: Final = 4  # after the last dose, at which it is said what relapse leans on
LABELLED: Final = 0.055
TITLE: Final = "What the predictions lean on"
TEXT: Final = (
    "How the variance of each prediction splits. Of one patient: how patients differ, and for a score how it varies "
    "from visit to visit. Of a mean or a share: the n simulated. Of both: how trials of one design differ, what "
    "calibration leaves open, and fixed facts by evidence grade (A read in the source, D assumed), each moved by its "
    "printed spread, or by 10, 15, 25, 50 % for A to D where none is printed."
)
CAPTION: Final = "Share of the variance of each prediction by where it comes from; shares below 5.5 % carry no number."
WEAK_HEAD: Final = ("prediction", "parameter", "value", "grade", "source", "share", "what it is")


def name_of(one: Leaning, whole: bool = True) -> str:
    """The prediction in words, without the treatment; `whole` says what a difference is from."""
    output = one.output if one.output[1:2].isupper() else one.output[:1].upper() + one.output[1:]
    what = f"{output} {one.measure}" if "," in one.measure else f"{output}, {one.measure}"
    if one.of == "difference":
        how = f": {'ratio' if one.logarithmic else 'difference'}"
        return f"{what}{how}, {group_of(one)}" if whole else f"{what}{how}"
    if one.of == "one patient":
        return f"{what}, one patient"
    if one.output == RELAPSE:
        group, _, when = one.measure.partition(", ")
        return f"{output} {when}, share of the {group} among {one.n:,}"
    return f"{what}, {one.of} of {one.n:,}"


def group_of(one: Leaning) -> str:
    """What a prediction is of: the treatment, or one against another; "" where there is but one."""
    return f"{one.treatment} against {one.versus}" if one.versus else one.treatment


def value_of(one: Leaning) -> str:
    """What is predicted, with its unit."""
    if one.unit == "1":
        points = " points" if one.of == "difference" else ""
        text = f"{100 * one.value:.0f}"
        return f"{text.lstrip('-') if text == '-0' else text} %{points}".replace("-", "\u2212")
    unit = {"point": "points", "fold": "-fold"}.get(one.unit, unit_label(one.unit, one.value))
    return f"{number(one.value)} {unit}".strip().replace(" -fold", "-fold")


def split(one: Leaning) -> str:
    """Shares in words, the largest first: "64 % between patients, 20 % from visit to visit"."""
    kept = sorted(((v, k) for k, v in one.shares.items() if v >= SHOWN), key=lambda pair: -pair[0])
    return ", ".join(f"{100 * v:.0f} % {WORDS[k]}" for v, k in kept) or "nothing that varies"


def weakest(one: Leaning) -> str:
    """The weakest numbers in words."""
    told = [w for w in one.weakest if w.share >= LEAST]
    return ", ".join(f"{_number(w)} ({w.grade}, {_first(w)}: {_percent(w.share)})" for w in told)


def nothing(one: Leaning) -> bool:
    """Whether a prediction is a difference too small to be told, with all that varies in it."""
    if one.of != "difference":
        return False
    value = math.log(one.value) if one.logarithmic and one.value > 0 else one.value
    return abs(value) + 2.0 * one.sd < {"point": 0.05}.get(one.unit, 0.005)


def sentence(one: Leaning) -> str:
    """One prediction, what its variance is made of, and the weakest numbers that it leans on."""
    if nothing(one):
        least = {"point": "0.1 points", "1": "1 % point"}.get(one.unit, "1 %")
        return f"{name_of(one)}: less than {least} whatever varies, so there is nothing to lean on."
    numbers = weakest(one)
    lean = f" Leans most on {numbers}." if numbers else ""
    return f"{name_of(one)} ({value_of(one)}): {split(one)}.{lean}"


def own(found: Sequence[Leaning]) -> str:
    """What the user set, in a sentence; "" for nothing."""
    numbers = dict.fromkeys(f"{o.parameter} = {number(o.value)} {unit_label(o.unit, o.value)}".strip() for one in found
                            for o in one.own)  # fmt: skip
    if not numbers:
        return ""
    return f"Your own numbers, taken as exact and not graded: {', '.join(numbers)}."


def chief(found: Sequence[Leaning]) -> tuple[Leaning, ...]:
    """The few that a terminal shows: of each treatment the first and the last peak and the scores of the last visit.

    Of a comparison the differences alone.
    """
    found = [one for one in found if one.output != RELAPSE]
    gaps = [one for one in found if one.of == "difference"]
    kept: list[Leaning] = []
    for name in dict.fromkeys(one.treatment for one in found):
        mine = [one for one in gaps or found if one.treatment == name]
        peaks = [one for one in mine if one.measure == "peak"]
        scores = [one for one in mine if ", " in one.measure]
        last = scores[-1].measure.rpartition(", ")[2] if scores else ""
        kept += [*peaks[:1], *peaks[1:][-1:], *(s for s in scores if s.measure == f"change, {last}")]
        kept += [s for s in scores if s.measure == f"response, {last}"]
    return tuple(kept)


def shown(found: Sequence[Leaning]) -> tuple[Leaning, ...]:
    """The predictions that stand in bars and tables: of relapse at one week alone, the others are like it."""
    weeks = dict.fromkeys(one.measure.partition(", ")[2] for one in found if one.output == RELAPSE)
    one_week = next((week for week in weeks if week.startswith(f"week {WEEK} ")), next(iter(weeks), ""))
    return tuple(one for one in found if one.output != RELAPSE or one.measure.endswith(f", {one_week}"))


def lines(found: Sequence[Leaning]) -> list[str]:
    """What a terminal prints: a sentence for each of the chief predictions, and what the user set."""
    several = len({one.treatment for one in found if one.of != "difference"}) > 1
    told = chief(found)
    prefix = [f"{one.treatment}: " if several and one.of != "difference" else "" for one in told]
    return [*(p + sentence(one) for p, one in zip(prefix, told, strict=True)), *filter(None, [own(found)])]


def record(one: Leaning) -> dict[str, Any]:
    """One prediction for machines, with the sentence; `trial` is null where no trial is told."""
    trial = asdict(one.trial) if one.trial.told else None
    return {**asdict(one), "shares": dict(one.shares), "trial": trial, "said": sentence(one)}


def section(found: Sequence[Leaning]) -> tuple[Section, ...]:
    """Bars, shares and weakest numbers; nothing where nothing was told."""
    if not found:
        return ()
    found = shown(found)
    titles = [": ".join(filter(None, (group_of(one), name_of(one, False)))) for one in found]
    used = [key for key in WORDS if any(one.shares[key] >= SHOWN for one in found)]
    rows = tuple(
        (title, value_of(one), *(_percent(one.shares[key]) for key in used))
        for title, one in zip(titles, found, strict=True)
    )
    head = ("prediction", "predicted", *(WORDS[key] for key in used))
    weak = tuple((title, *_weak_cells(w)) for title, one in zip(titles, found, strict=True) for w in one.weakest)
    text = " ".join(filter(None, (TEXT, own(found), _unsolved(found))))
    details = (Table("Shares as numbers", head, rows), Table("The weakest numbers", WEAK_HEAD, weak))
    picture = Picture("Shares of variance", svg(bars(found)), CAPTION)
    said = tuple(sentence(one) for one in chief(found))
    return (Section(TITLE, text, (picture,), details=tuple(t for t in details if t.rows), references=said),)


def bars(found: Sequence[Leaning]) -> Any:
    """A stacked bar for each prediction, under the name of its treatment where there are several."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    used = [key for key in WORDS if any(one.shares[key] >= SHOWN for one in found)]
    lines = _lines(found)
    with house_style():
        figure: Any = Figure(figsize=(10.0, 0.95 + 0.28 * len(lines)), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots()
        for row, (title, one) in enumerate(lines):
            if one is None:
                axes.text(0.0, row + 0.15, title, ha="left", va="center", fontweight="bold", fontsize=9)
            else:
                _bar(axes, row, one, used)
        rows = [row for row, (_, one) in enumerate(lines) if one is not None]
        axes.set_yticks(rows, [lines[row][0] for row in rows])
        axes.set_ylim(len(lines) - 0.4, -0.6)
        axes.set_xlim(0.0, 100.0)
        axes.set_xlabel("share of the variance (%)")
        axes.grid(axis="y", visible=False)
        handles = [Patch(**_style(key), label=WORDS[key]) for key in used]
        figure.legend(handles=handles, loc="outside upper left", ncols=min(5, len(handles)), columnspacing=1.4)
    return figure


def _lines(found: Sequence[Leaning]) -> list[tuple[str, Leaning | None]]:
    """Names of bars with what they show, and names of groups with None."""
    groups = list(dict.fromkeys(group_of(one) for one in found))
    made: list[tuple[str, Leaning | None]] = []
    for group in groups:
        made += [(group, None)] if group else []
        made += [(name_of(one, False), one) for one in found if group_of(one) == group]
    return made


def _bar(axes: Any, row: int, one: Leaning, used: Sequence[str]) -> None:
    left = 0.0
    for key in used:
        share = 100.0 * one.shares[key]
        axes.barh(row, share, left=left, height=0.72, **_style(key))
        if share >= 100.0 * LABELLED:
            colour = "white" if key in DARK else INK
            axes.text(
                left + share / 2, row, f"{share:.0f}", ha="center", va="center_baseline", color=colour, fontsize=8
            )
        left += share


def _style(key: str) -> dict[str, Any]:
    return {"facecolor": COLOURS[key], "edgecolor": "white", "linewidth": 0.6}


def _number(one: Weak) -> str:
    return f"{one.parameter} {number(one.value)} {unit_label(one.unit, one.value)}".strip()


def _source(one: Weak) -> str:
    return ", ".join(one.citation)


def _first(one: Weak) -> str:
    more = len(one.citation) - 1
    return f"{one.citation[0]} and {more} more" if more > 1 else " and ".join(one.citation)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.095 or share == 0.0 else f"{100 * share:.1f} %"


def _weak_cells(one: Weak) -> tuple[object, ...]:
    value = f"{number(one.value)} {unit_label(one.unit, one.value)}".strip()
    return (one.parameter, value, one.grade, _source(one), _percent(one.share), one.quantity)


def _unsolved(found: Sequence[Leaning]) -> str:
    names = dict.fromkeys(name for one in found for name in one.unsolved)
    return f"Could not be moved, so not counted: {', '.join(names)}." if names else ""
