"""What predictions of published results lean on that is not estimated: the fixed facts of exposure, trigger and relief.

All are moved that the model of the study's own routes takes and a prediction can feel (`simulation.levers`), each on
the log scale by how well it is known (`evidence.certainty`). The calibrated parameters follow, since another value of
the fact would have been calibrated otherwise (`calibration.following`)::

    df/dφ = ∂f/∂φ + ∂f/∂u · du/dφ

u standardised logarithms of the estimated parameters, φ standardised logarithm of the fact, f the prediction. At the
posterior median; derivatives by finite differences. Under a rival mechanism all of it is of that rival. Left out:
coefficients of covariates (age, size, ancestry), which the exposure of an arm does not take. Simulations do the same
with `simulation.leaning`, coefficients included.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ketasim.calibration import following as answers
from ketasim.calibration.data import Data, assemble, calibration_rows
from ketasim.calibration.parameters import INDEX, estimated
from ketasim.calibration.posterior import posterior
from ketasim.calibration.predict import fixed
from ketasim.errors import WorkError
from ketasim.model.layout import layout
from ketasim.pharmacology.mood import pathway
from ketasim.pharmacology.mood.glutamate import Mechanism, trigger_of
from ketasim.pharmacology.mood.values import CALIBRATED
from ketasim.pharmacology.parts import ENANTIOMERS
from ketasim.pharmacology.routes import WAYS
from ketasim.reproduction.kept import kept
from ketasim.reproduction.upstream import upstream
from ketasim.simulation import levers as moves
from ketasim.simulation.levers import Lever
from ketasim.studies import regimens
from ketasim.studies.record import Observation, Study
from ketasim.studies.size import enrolled

F64 = NDArray[np.float64]
EXPOSED = ("trigger", "formation stimulus", "NMDA occupancy")  # what predictions take from the model of exposure
NO_DOSE = (("esketamine", "nasal"),)


def levers(studies: Iterable[Study], mechanism: Mechanism = CALIBRATED) -> tuple[Lever, ...]:
    """The fixed facts that can move predictions of these studies, in the order of the model of all their routes."""
    arms = [(study, arm) for study in studies for arm in study.arms if arm.active and not arm.comparator]
    given = {(g.drug, g.route) for study, arm in arms for g in regimens.regimen(study, arm).schedule()}
    known = {(drug, route) for drug, route in given if drug in ENANTIOMERS and route in WAYS}
    model = pathway.model(known or NO_DOSE, mechanism)
    felt = {*upstream(model, EXPOSED), *answers.RATES} & set(layout(model).parameters)
    return tuple(one for one in moves.fixed(model) if one.fact.grade != "calibrated" and felt.intersection(one.names))


def slopes(
    rows: Sequence[tuple[Study, Observation]], data: Data, median: F64, moved: Sequence[Lever],
    mechanism: Mechanism = CALIBRATED,
) -> F64:  # fmt: skip
    """(levers, rows): change of each prediction when a fact moves by its SD and calibration follows."""
    known = fixed(mechanism == "mixture")
    place = [(*_told(s), o) for s, o in rows]
    facts = [(lever.names, lever.fact.id, lever.factor) for lever in moved]
    again = partial(assemble, rows, mechanism=trigger_of(mechanism))
    depends = (place, median.tolist(), facts, mechanism)
    direct = kept("slopes", depends, lambda: answers.by_fact(again, data, median, known, moved, mechanism))
    if not _calibrated(median, mechanism):
        return np.asarray(direct)  # values that nobody calibrated follow nothing
    return np.asarray(direct + following(moved, mechanism).T @ answers.by_parameter(data, median, known))


def _told(study: Study) -> tuple[object, ...]:
    """What of a study predictions hang on."""
    return study.arms, study.phases, dict(study.population), study.blinding, enrolled(study)


def _calibrated(median: F64, mechanism: Mechanism) -> bool:
    try:
        return bool(np.allclose(median, np.median(posterior(mechanism=mechanism).draws, axis=0)))
    except WorkError:
        return False


def following(moved: Sequence[Lever], mechanism: Mechanism = CALIBRATED) -> F64:
    """(parameters, levers): how the calibrated parameters (u) follow when a fact moves by its SD.

    From the table that ships; a fact that it lacks is worked out here.
    """
    table, sds = answers.shipped(mechanism), np.array([one.sd_log for one in estimated()])
    found = np.array([[table.get(v.fact.id, {}).get(name, np.nan) for v in moved] for name in INDEX]) / sds[:, None]
    lacking = [k for k in range(len(moved)) if np.isnan(found[:, k]).any()]
    if lacking:
        median, rest = np.median(posterior(mechanism=mechanism).draws, axis=0), [moved[k] for k in lacking]
        studies = [(*_told(s), o) for s, o in calibration_rows()]
        depends = (studies, median.tolist(), [lever.fact.id for lever in rest], mechanism)
        found[:, lacking] = kept("following", depends, lambda: answers.following(median, rest, mechanism))
    return np.asarray(found, dtype=np.float64)
