"""What predictions of published results lean on that is not estimated: fixed facts of exposure, trigger and relief.

A fact is moved on the log scale by how well it is known (`evidence.certainty`), and the calibrated parameters follow,
since another value of the fact would have been calibrated otherwise (`calibration.following`)::

    df/dφ = ∂f/∂φ + ∂f/∂u · du/dφ

u standardised logarithms of the estimated parameters, φ standardised logarithm of the fact, f the prediction. At the
posterior median; derivatives by finite differences. Simulations do the same with `simulation.leaning`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from ketasim.calibration import following as answers
from ketasim.calibration.data import Data, assemble, calibration_rows
from ketasim.calibration.predict import fixed
from ketasim.evidence.certainty import sd_log
from ketasim.evidence.store import fact
from ketasim.reproduction.kept import kept
from ketasim.simulation.levers import Lever
from ketasim.studies.record import Observation, Study

F64 = NDArray[np.float64]
# parameter of the model -> fact; the few that occupancy, trigger and relief depend on most
EXPOSURE = {
    "nose.FRn": "pk.pr21.FRn",
    "nose.later": "pk.pr21.later",
    "gut.Fgut": "pk.pr21.Fgut",
    "gut.release": "pk.glue20.release",
    "body.V1": "pk.simons22.VK1",
    "liver.CLint": "pk.platform.CLint",
    "liver.Qh": "pk.platform.Qh",
    "receptor.fu_K": "pk.fu.ketamine",
    "receptor.IC50_S": "pk.occupancy.IC50_S",
    "receptor.IC50_R": "pk.occupancy.IC50_R",
    "glutamate.int_half": "mood.glutamate.int_half",
    "glutamate.int_hill": "mood.glutamate.int_hill",
    "glutamate.pyr_half": "mood.glutamate.pyr_half",
    "glutamate.rate": "mood.glutamate.rate",
    "potentiation.rate": "mood.fast.rate",
    "plasticity.rate": "mood.slow.rate",
}
RATES = {
    "expectancy.on": "mood.expect.on",
    "oral.rate": "mood.oral.rate",
    "relapse.frailty": "mood.relapse.frailty_cv",
}


@lru_cache(maxsize=1)
def levers() -> tuple[Lever, ...]:
    """Every fixed fact that is moved, in a fixed order."""
    found = [(parameter, fact(name)) for parameter, name in (*EXPOSURE.items(), *RATES.items())]
    return tuple(Lever((parameter,), one, sd_log(one)) for parameter, one in found)


def slopes(rows: Sequence[tuple[Study, Observation]], data: Data, median: F64) -> F64:
    """(levers, rows): change of each prediction when a fact moves by its SD and calibration follows."""
    known = fixed()
    place = [(s.arms, s.phases, dict(s.population), o) for s, o in rows]
    again = partial(assemble, rows)
    direct = kept("slopes", (place, median.tolist()), lambda: answers.by_fact(again, data, median, known, levers()))
    return np.asarray(direct + following(tuple(median.tolist())).T @ answers.by_parameter(data, median, known))


@lru_cache(maxsize=4)
def following(median: tuple[float, ...]) -> F64:
    """(parameters, levers): how the calibrated parameters (u) follow when a fact moves by its SD."""
    studies = [(s.arms, s.phases, dict(s.population), o) for s, o in calibration_rows()]
    return kept("following", (studies, median), lambda: answers.following(np.array(median), levers()))
