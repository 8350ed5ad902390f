"""Treatments without ketamine to compare with, by name, and what else a person can be asked to be treated with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Comparator:
    """A treatment without doses: its name, what it is, and the covariates that it gives every person."""

    name: str
    title: str
    gives: Mapping[str, str]
    source: str


_SPRAY = "as in the control arms of the trials of nasal esketamine (study records fedgchin2019, takahashi2021)"
COMPARATORS: Mapping[str, Comparator] = {
    one.name: one
    for one in (
        Comparator(
            "oral-antidepressant",
            "A new oral antidepressant alone, with a placebo spray",
            {"BACKGROUND": "new oral antidepressant", "CONTROL": "placebo spray"},
            _SPRAY,
        ),
        Comparator(
            "placebo-spray",
            "A placebo spray, other treatment unchanged",
            {"CONTROL": "placebo spray"},
            _SPRAY,
        ),
    )
}
# options of the command line and the covariates that they give
CIRCUMSTANCES: Mapping[str, str] = {"control": "CONTROL", "background": "BACKGROUND", "setting": "SETTING"}
