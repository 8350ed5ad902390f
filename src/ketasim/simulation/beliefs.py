"""What patients can tell of their treatment (covariate CONTROL), where a prediction hangs on it unexpectedly."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from ketasim.simulation.ages import SCAN, who

if TYPE_CHECKING:
    from ketasim.model.model import Covariate
    from ketasim.simulation.plan import Study

CONTROL = "CONTROL"
TELLS = "none"  # the level at which nothing keeps patients from telling what they got
OPEN = "open"
DRUG = "severity.trial_drug"  # the effect of the drug in a trial, another where it is given openly


def warnings_of(study: Study) -> tuple[str, ...]:
    """Sentences on people without a dose who hope as if they had one, and on the effect of a drug given openly."""
    control = next((c for c in study.model.covariates if c.name == CONTROL), None)
    if control is None or (study.data is None and study.regimen is None):
        return ()
    dosed = study.data is not None or (study.regimen is not None and bool(study.regimen.tables))
    return _opened(study) if dosed else _hopeful(study, control)


def all_open(study: Study) -> bool:
    """Whether a regimen with doses is given to people of CONTROL open alone, as in an open trial."""
    dosed = study.regimen is not None and bool(study.regimen.tables)
    return dosed and _count(study, (OPEN,)) == study.people.n


def blinded(study: Study) -> bool:
    """Whether a regimen with doses is given openly to nobody, in a model in which that would change what it does."""
    dosed = study.regimen is not None and bool(study.regimen.tables)
    return dosed and DRUG in study.layout.parameters and not _count(study, (OPEN,))


def _count(study: Study, levels: Collection[str], default: object = None) -> int:
    """People with one of these levels at any time, by their own column or else by default."""
    if study.data is not None and CONTROL in study.data.covariates:
        rows = np.isin(study.data.covariates[CONTROL], list(levels))
        return int(np.unique(np.repeat(np.arange(study.people.n), study.data.rows)[rows]).size)
    everybody = study.people.source.get("everybody", {})
    if CONTROL in everybody or CONTROL not in study.people.names:
        return study.people.n if everybody.get(CONTROL, default) in levels else 0
    chunks = (study.people.chunk(start, min(start + SCAN, study.people.n)) for start in range(0, study.people.n, SCAN))
    return sum(int(np.isin(c[CONTROL], list(levels)).sum()) for c in chunks)


def _hopeful(study: Study, control: Covariate) -> tuple[str, ...]:
    """Patients without a dose who by CONTROL can tell that they got the drug, and hope as if they had."""
    count = _count(study, (TELLS, OPEN), control.default)
    if not count:
        return ()
    others = ", ".join(str(level) for level in control.levels if level not in (TELLS, OPEN))
    told = who(count, study.people.n, "has", "have").replace("This", "this")
    return (
        f"No dose is given, but {told} CONTROL {TELLS!r} or {OPEN!r}: they hope like patients "
        f"who can tell that they got the drug. Say with CONTROL (--control) what they can tell: {others}.",
    )


def _opened(study: Study) -> tuple[str, ...]:
    """Patients to whom the drug is given openly, where that changes its effect in the model."""
    if DRUG not in study.layout.parameters or not (count := _count(study, (OPEN,))):
        return ()
    effects = study.layout.parameter(DRUG).effects
    fact = next((e.coefficient for e in effects if e.covariate == CONTROL and OPEN in e.levels), None)
    if fact is None or study.overrides.get(fact.id, fact.number) == 1.0:
        return ()
    told = f"{who(count, study.people.n, 'has', 'have')} CONTROL {OPEN!r}: for them the effect of the drug is"
    if fact.id in study.overrides:
        return (f"{told} {study.overrides[fact.id]:g} times as large, as {fact.id} was set.",)
    return (
        f"{told} {fact.number:.2g} times as large, as open trials of ketamine and esketamine showed it beside blinded "
        "ones, and they hope for more; the first may be who is chosen, and hope, rather than the drug.",
    )
