"""Whether everybody in a trial knows from its start that the drug is given: such trials differ more than others."""

from __future__ import annotations

from ketasim.studies.chain import chain
from ketasim.studies.record import Phase, Study
from ketasim.studies.shelf import by_trial


def openly(study: Study) -> bool:
    """Whether every arm of a trial, in all its records, begins with the drug given openly; other treatments aside."""
    return all(map(_all_open, (study, *by_trial().get(study.trial, ()))))


def _all_open(study: Study) -> bool:
    first = []
    for arm in study.arms:
        own: list[Phase | None] = [phase for phase in study.phases if arm.name in phase.arms]
        first += [] if arm.comparator else [chain(study, arm, phase)[0] for phase in own or [None]]
    return bool(first) and all(study.control(arm, phase) == "open" for phase, arm in first)
