"""What a trial of the size simulated would find: intervals that hold all that is known to vary, as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from ketasim.report.page import Section, Table
from ketasim.report.style import people_in_words
from ketasim.simulation.relapsing import RELAPSE
from ketasim.studies.size import SMALL

if TYPE_CHECKING:
    from ketasim.simulation.leaning import Leaning

FINDS: Final = "9 in 10 trials find"
HEAD: Final = ("", "predicted", FINDS)
HEAD_OF_SEVERAL: Final = ("", "", "predicted", FINDS)


def told(found: Sequence[Leaning]) -> tuple[Leaning, ...]:
    """The predictions of which it is said what a trial would find; relapse has a table of its own."""
    return tuple(one for one in found if one.trial.told and one.output != RELAPSE)


def title(found: Sequence[Leaning]) -> str:
    """What the table is of, with the number of people."""
    several = any(one.versus for one in found)
    n = people_in_words(found[0].trial.n)
    return f"What a trial of {f'{n} in each arm' if several else n} would find"


def caveat(found: Sequence[Leaning]) -> str:
    """The note of the trials that these predictions tell of, for machines; "" where none is told."""
    mine = told(found)
    return note(mine) if mine else ""


def note(found: Sequence[Leaning]) -> str:
    """What the intervals hold, and what they do not."""
    arms = " Of a difference: with other people in each arm." if any(one.versus for one in found) else ""
    return (
        f"In 9 of 10 trials of this size the result lies in the interval, if the model is right: it holds how patients "
        f"differ and vary from visit to visit, with so many of them, how trials of one design differ, what calibration "
        f"leaves open and how well fixed facts are known by their grade; not what the structure of the model may have "
        f"wrong, nor people who leave early.{arms}{_few(found)}"
    )


def _few(found: Sequence[Leaning]) -> str:
    """What is known of published trials of so few people in all their arms."""
    arms = {one.treatment for one in found} | {one.versus for one in found if one.versus}
    if found[0].trial.n * len(arms) >= SMALL:
        return ""
    from ketasim.studies.conduct import Numbers

    return (
        " The effect of the drug is that of large trials; published ones of ketamine and esketamine with fewer than "
        f"{SMALL} people showed {Numbers().small_drug:.1f} times as much."
    )


def rows(found: Sequence[Leaning], letters: Mapping[str, str] | None = None) -> tuple[tuple[str, ...], ...]:
    """A row per prediction under HEAD; where there are several treatments, by measure, with their `letters`."""
    if letters is None:
        return tuple((name(one), value(one, one.value), interval(one)) for one in found)
    made: list[tuple[str, ...]] = []
    for measure in dict.fromkeys((one.output, one.measure) for one in found):
        mine = [one for one in found if (one.output, one.measure) == measure]
        made += [(name(mine[0]) if not k else "", whose(one, letters), value(one, one.value), interval(one))
                 for k, one in enumerate(mine)]  # fmt: skip
    return tuple(made)


def whose(one: Leaning, letters: Mapping[str, str]) -> str:
    """The treatment by letter, "B − A" for a difference."""
    mine = letters[one.treatment]
    return f"{mine} \u2212 {letters[one.versus]}" if one.versus else mine


def name(one: Leaning) -> str:
    """What is found: "mean change, day 28", "response, day 28 (%)"; of an output that is no score, with its name."""
    what = one.measure if "," in one.measure else f"{one.output}, {one.measure}"
    return f"{what} (%)" if one.unit == "1" else f"mean {what}"


def interval(one: Leaning) -> str:
    """ "−22.1 to −4.0"."""
    return f"{value(one, one.trial.low)} to {value(one, one.trial.high)}"


def value(one: Leaning, number: float) -> str:
    """A number of points with one decimal, a share in whole per cent."""
    text = f"{100.0 * number:.0f}" if one.unit == "1" else f"{number:.1f}"
    return text.replace("-", "\u2212") if float(text) else text.lstrip("-")


def section(found: Sequence[Leaning], letters: Mapping[str, str] | None = None) -> tuple[Section, ...]:
    """The table with its note; nothing where no trial is told."""
    mine = told(found)
    if not mine:
        return ()
    if letters is None:
        return (Section(title(mine), note(mine), tables=(Table("", ("", *HEAD[1:]), rows(mine)),)),)
    first = ""
    filled = []
    for row in rows(mine, letters):
        first = row[0] or first
        filled.append((first, *row[1:]))
    head = ("measure", "regimen", *HEAD_OF_SEVERAL[2:])
    return (Section(title(mine), note(mine), tables=(Table("", head, tuple(filled)),)),)
