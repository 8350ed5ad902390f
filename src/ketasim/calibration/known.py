"""What calibration knows of the parameters of a model, as simulations use it: draws, trials, what follows a fact."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ketasim import units
from ketasim.calibration.following import shipped
from ketasim.calibration.parameters import INDEX, fact_ids
from ketasim.calibration.posterior import posterior
from ketasim.errors import WorkError
from ketasim.evidence.store import fact
from ketasim.model.layout import layout
from ketasim.pharmacology.mood.drug_factor import drug_factor
from ketasim.pharmacology.mood.values import CALIBRATED, calibrated, mechanism_of, name_of
from ketasim.simulation.levers import Estimates

if TYPE_CHECKING:
    from ketasim.model.model import Model

RELIEF, DRUG = "expectancy.trial", "severity.trial_drug"
MIXED = "severity.response_cv"  # at 0 everybody has the mean response of responders and others


def estimates(model: Model, openly: bool = False) -> Estimates | None:
    """Draws of every parameter of a model that calibration estimates; None for a model without, or no calibration.

    Trials differ as blinded ones do, or `openly` as those in which everybody knows from the start what is given.
    """
    plan, ids = layout(model), {fact_id: name for name, fact_id in fact_ids().items()}
    scale: dict[str, tuple[str, float]] = {}  # name in the model -> (estimated number, factor to its unit)
    for name in plan.parameters:
        one = plan.parameter(name)
        if one.fact.id in ids:
            scale[name] = ids[one.fact.id], units.factor(fact(one.fact.id).unit, one.unit)
        for effect in one.effects:
            if effect.coefficient.id in ids:
                scale[effect.coefficient.id] = ids[effect.coefficient.id], 1.0
    try:
        own = mechanism_of(model.name)
        numbers = own if calibrated(own) else CALIBRATED
        draws = posterior(mechanism=numbers).draws
    except WorkError:
        return None
    if not scale:
        return None
    columns = [INDEX[number] for number, _ in scale.values()]
    study, factor = (draws[:, INDEX[name]] for name in ("study_relief", "study_drug"))
    apart = study * draws[:, INDEX["open_relief"]] if openly else study
    relief, drug = (float(np.sqrt((one**2).mean())) for one in (apart, factor))
    low, high = drug_factor((-1.0, 1.0), drug)
    follows = shipped(numbers) if model.name == name_of(numbers) else {}
    return Estimates(
        tuple(scale),
        draws[:, columns] * np.array([factor for _, factor in scale.values()]),
        draws[:, INDEX["noise"]],
        {RELIEF: (-relief, relief), DRUG: (float(low), float(high))},
        {name: np.array([row[number] for number, _ in scale.values()]) for name, row in follows.items()},
        {MIXED: 0.0} if own == "mixture" else {},
    )
