"""What patients can tell of their treatment (covariate CONTROL), where a prediction hangs on it unexpectedly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ketasim.simulation.ages import SCAN

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
    if control is None or study.regimen is None:
        return ()
    return _opened(study) if study.regimen.tables else _hopeful(study, control)


def _count(study: Study, level: str, default: object) -> int:
    """People with this level, by their own column or else by default."""
    chunks = (study.people.chunk(start, min(start + SCAN, study.people.n)) for start in range(0, study.people.n, SCAN))
    return sum(int(np.sum(c[CONTROL] == level)) if CONTROL in c else len(c["ID"]) * (default == level) for c in chunks)


def _hopeful(study: Study, control: Covariate) -> tuple[str, ...]:
    """Patients without a dose who by CONTROL can tell that they got the drug, and hope as if they had."""
    count = _count(study, TELLS, control.default)
    if not count:
        return ()
    others = ", ".join(str(level) for level in control.levels if level not in (TELLS, OPEN))
    return (
        f"No dose is given, but {count} of {study.people.n} people have CONTROL {TELLS!r}: they hope like patients who "
        f"can tell that they got the drug. Say with CONTROL (--control) what they can tell: {others}.",
    )


def _opened(study: Study) -> tuple[str, ...]:
    """Patients to whom the drug is given openly, where that changes its effect in the model."""
    count = _count(study, OPEN, None)
    if not count or DRUG not in study.layout.parameters:
        return ()
    effects = study.layout.parameter(DRUG).effects
    fact = next((e.coefficient for e in effects if e.covariate == CONTROL and OPEN in e.levels), None)
    if fact is None or fact.number == 1.0:
        return ()
    times = f"{study.overrides.get(fact.id, fact.number):.2g} times"
    return (
        f"{count} of {study.people.n} people have CONTROL {OPEN!r}: for them the effect of the drug is {times} as "
        "large, as open trials showed it beside blinded ones; that may be who is chosen, and hope, more than the drug.",
    )
