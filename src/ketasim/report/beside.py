"""What holds beside the doses in the runs that are shown, in a line: other antidepressant, control and setting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ketasim.simulation.run import Run

NAMES: Final = {"BACKGROUND": "Oral antidepressant", "CONTROL": "control", "SETTING": "setting"}
SEVERAL: Final = "differs between people"
TELLS: Final = {"CONTROL": {"none": "none, so that they can tell what they get"}}


def line(run: Run) -> str:
    """What holds for the people of a run: "Oral antidepressant: stable; …."; "" for a data set or without mood."""
    from ketasim.simulation.columns import lacking

    if run.study.data is not None:
        return ""
    columns, taken = run.people.chunk(0, run.n), dict(lacking(run.model, run.people))
    known = {covariate.name for covariate in run.model.covariates}
    said = []
    for name, what in NAMES.items():
        if name in known:
            words = {str(taken[name])} if name in taken else set(map(str, columns[name]))
            word = words.pop() if len(words) == 1 else SEVERAL
            said.append(f"{what}: {TELLS.get(name, {}).get(word, word)}")
    return f"{'; '.join(said)}." if said else ""


def trials(run: Run) -> str:
    """Whose effect a drug has that is not given openly: that of large blinded trials; "" where it has another."""
    from ketasim.simulation.beliefs import blinded

    if not blinded(run.study):
        return ""
    return "The drug does what it did in large blinded trials; --control open has what it did in open ones."


def lines(runs: Mapping[str, Run], letters: Mapping[str, str]) -> tuple[str, ...]:
    """The same of runs that are compared: one line where it holds for all, else one for each, by letter."""
    found = {name: line(run) for name, run in runs.items()}
    if len(set(found.values())) == 1:
        return tuple(filter(None, set(found.values())))
    return tuple(f"{letters[name]}: {said}" for name, said in found.items() if said)
