"""How calibration would have answered had a fixed number been another: what follows it, parameter by parameter.

With u the standardised logarithms of the estimated parameters, φ that of a fact and g the predictions of the calibrate
observations, of Jacobian J in u and covariance V (sampling and between studies), at the posterior median::

    du/dφ = -(I + J'V⁻¹J)⁻¹ J'V⁻¹ ∂g/∂φ

`python -m ketasim.calibration.following` writes it for every fixed number of the pathway (a few minutes), and
with the name of a rival after it, such as `metabolite`, for that; simulations read it, and a test says when it is
older than the posterior.
"""

from __future__ import annotations

import csv
import hashlib
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ketasim.calibration.data import Data, assemble, calibration_data
from ketasim.calibration.exposure import Changes
from ketasim.calibration.likelihood import Likelihood, predictions, told
from ketasim.calibration.marginal import effects
from ketasim.calibration.parameters import INDEX, estimated, natural
from ketasim.calibration.posterior import FOLDER, draws_of, posterior
from ketasim.calibration.predict import Fixed, fixed
from ketasim.errors import UnknownName
from ketasim.pharmacology.mood import pathway
from ketasim.pharmacology.mood.glutamate import Mechanism, trigger_of
from ketasim.pharmacology.mood.values import CALIBRATED, MECHANISMS
from ketasim.simulation import levers
from ketasim.simulation.levers import Lever

F64 = NDArray[np.float64]
NUDGE = 0.05
STEP = 0.1
# parameters of the model that `predict` has under names of its own
RATES = {"expectancy.on": "expect_on", "oral.rate": "oral_rate", "potentiation.saturation": "saturation"}


def file_of(mechanism: Mechanism = CALIBRATED) -> Path:
    """Where the table of a mechanism stands."""
    return FOLDER / draws_of(mechanism).replace("draws", "following")


def following(p: F64, moved: Sequence[Lever], mechanism: Mechanism = CALIBRATED) -> F64:
    """(parameters, levers): how u follows when each lever moves by its SD, at the parameter values `p`."""
    known, data = fixed(mechanism == "mixture"), calibration_data(trigger_of(mechanism))
    pairs = [(row.study, row.seen) for row in data.rows]
    jacobian = by_parameter(data, p, known).T
    again = partial(assemble, pairs, mechanism=trigger_of(mechanism))
    shift = by_fact(again, data, p, known, moved, mechanism).T
    information, pull = np.eye(p.size), np.zeros((p.size, shift.shape[1]))
    for members, weight in _weights(data, p, known):
        information += jacobian[members].T @ weight @ jacobian[members]
        pull += jacobian[members].T @ weight @ shift[members]
    return np.asarray(-np.linalg.solve(information, pull))


def _weights(data: Data, p: F64, known: Fixed) -> Iterable[tuple[NDArray[np.int64], F64]]:
    """Rows of each trial with the inverse of their covariance, on a straight line through where the trial is."""
    likelihood = Likelihood(data, known)
    likelihood.settle(p)
    under = likelihood.placed(p)
    steps = STEP * np.array(((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)))
    each = zip(data.trials, under.places, under.spreads, strict=True)
    points = {t: effects(at.centre + sd * steps, sd) for t, at, sd in each}
    values = told(data, under.grounds, points)[0]
    for k, factor in zip(likelihood.members, under.factors, strict=True):
        slope = (values[1:, k] - values[0, k]).T / STEP
        yield k, np.asarray(np.linalg.inv(factor @ factor.T + slope @ slope.T), dtype=np.float64)


def by_parameter(data: Data, p: F64, known: Fixed) -> F64:
    """(parameters, rows): derivative in the standardised logarithm of each estimated parameter."""
    rows = estimated()
    u = np.array([np.log(v / e.median) / e.sd_log for v, e in zip(p, rows, strict=True)])
    base = predictions(data, p, known)[0][0]
    steps = NUDGE * np.eye(u.size)
    return np.array([(predictions(data, natural(u + s), known)[0][0] - base) / NUDGE for s in steps])


def by_fact(
    again: Callable[[Changes], Data], data: Data, p: F64, known: Fixed, moved: Sequence[Lever],
    mechanism: Mechanism = CALIBRATED,
) -> F64:  # fmt: skip
    """(levers, rows): change of each prediction when a fact moves by its SD and nothing follows.

    `again` assembles the same data with typical values changed by factors. UnknownName for a lever of a name that the
    pathway has not; a part of it lacks some, and those do nothing there.
    """
    for name in (name for lever in moved for name in lever.names):
        if name not in (have := levers.known_names(pathway.model(mechanism=mechanism))):
            raise UnknownName("parameter", name, have)
    base = predictions(data, p, known)[0][0]
    found = np.zeros((len(moved), base.size))
    dosed = any(course.exposure.doses for course in data.courses)
    for k, lever in enumerate(moved):
        rates = {RATES[name]: lever.factor * getattr(known, RATES[name]) for name in lever.names if name in RATES}
        changes = tuple((name, lever.factor) for name in lever.names if name not in RATES)
        here = again(changes) if changes and dosed else data
        found[k] = (predictions(here, p, replace(known, **rates))[0][0] - base) / lever.step
    return found


def pathway_levers(mechanism: Mechanism = CALIBRATED) -> tuple[Lever, ...]:
    """Every fixed number of the whole pathway that can follow or be followed."""
    model = pathway.model(mechanism=mechanism)
    return tuple(one for one in levers.fixed(model) if one.fact.grade != "calibrated")


def write(mechanism: Mechanism = CALIBRATED) -> Path:
    """Write the shipped table from the posterior on disk: changes of logarithms (parameters) by fact, with a stamp."""
    p = np.median(posterior.__wrapped__(FOLDER, mechanism).draws, axis=0)
    moved = pathway_levers(mechanism)
    sds = np.array([e.sd_log for e in estimated()])
    table = following(p, moved, mechanism).T * sds
    rows = [f"{lever.fact.id},{','.join(f'{v:.6g}' for v in row)}" for lever, row in zip(moved, table, strict=True)]
    head = [f"# written by python -m ketasim.calibration.following for posterior {stamp(mechanism)}"]
    text = "\n".join([*head, f"fact,{','.join(INDEX)}", *rows]) + "\n"
    file_of(mechanism).write_text(text, encoding="utf-8", newline="\n")
    shipped.cache_clear()
    return file_of(mechanism)


@lru_cache(maxsize=4)
def shipped(mechanism: Mechanism = CALIBRATED) -> dict[str, dict[str, float]]:
    """By fact: the change of the logarithm of each estimated parameter when the fact moves by its SD; {} if none."""
    if not file_of(mechanism).exists():
        return {}
    with file_of(mechanism).open(encoding="utf-8", newline="") as text:
        text.readline()
        return {row.pop("fact"): {name: float(v) for name, v in row.items()} for row in csv.DictReader(text)}


def stamp(mechanism: Mechanism = CALIBRATED) -> str:
    """Fingerprint of the posterior draws that ship."""
    return hashlib.sha256((FOLDER / draws_of(mechanism)).read_bytes()).hexdigest()[:16]


def written_for(mechanism: Mechanism = CALIBRATED) -> str:
    """The stamp of the posterior that the shipped table was made from; "" if there is none."""
    path = file_of(mechanism)
    return path.read_text(encoding="utf-8").partition("\n")[0].rpartition(" ")[2] if path.exists() else ""


if __name__ == "__main__":
    for one in MECHANISMS:
        if one in (sys.argv[1:] or [CALIBRATED]):
            write(one)
