"""Printed concentrations of studies beside the platform model, in virtual people, apart from mood.

The spread of a predicted mean or median holds how people differ, for the n given, and the fixed facts of disposition,
moved one at a time by their spread (`leaning`); nothing was calibrated, nothing is drawn within people. Log-normal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from ketasim import units
from ketasim.calibration.exposure import grid
from ketasim.dosing.regimen import Given
from ketasim.model.model import Model
from ketasim.pharmacology import platform
from ketasim.reproduction.mood import SHARES
from ketasim.reproduction.result import Result
from ketasim.reproduction.speak import Unspoken, endpoint, label, not_said, written_out
from ketasim.reproduction.upstream import upstream
from ketasim.simulation.leaning import split
from ketasim.simulation.levers import fixed
from ketasim.simulation.times import sessions
from ketasim.studies import regimens
from ketasim.studies.record import Observation, Study

F64 = NDArray[np.float64]
PEOPLE, SEED, SAMPLES = 96, 1, 1600
DENSE = 0.05


def concentrations(studies: Iterable[Study], seed: int) -> tuple[list[Result], list[Unspoken]]:
    """Predictions of every printed concentration, and those of which nothing can be said."""
    found: list[Result] = []
    silent: list[Unspoken] = []
    for study in studies:
        for seen in study.observations:
            if seen.endpoint.kind == "concentration":
                why = _reason(study, seen)
                if why:
                    silent.append(not_said(study, seen, why))
                else:
                    found.append(_result(written_out(study), seen, seed))
    return found, silent


def _reason(study: Study, seen: Observation) -> str:
    if not seen.scored:
        return "the number was recalled and not found again (grade D)"
    if seen.statistic not in ("mean", "median"):
        return f"a {seen.statistic} of concentrations is not predicted"
    given = regimens.regimen(study, seen.arm).schedule()
    if not given:
        return "no drug of the model is given in this arm"
    if _output(seen) not in {o.name for o in _model(given).outputs}:
        return f"{_output(seen)!r} is no output of the platform model for this drug"
    return ""


def _result(study: Study, seen: Observation, seed: int) -> Result:
    figures = _figures(study, seen, ())
    value = _centre(seen, figures)
    sd = float(np.std(np.log(np.maximum(figures, 1e-12)), ddof=1)) / np.sqrt(seen.n)
    moved = []
    model = _model(regimens.regimen(study, seen.arm).schedule())
    felt = upstream(model, (_output(seen),))
    for lever in fixed(model):
        if felt.intersection(lever.names):
            changes = tuple((name, lever.factor) for name in lever.names)
            shift = np.log(_centre(seen, _figures(study, seen, changes)) / value)
            moved.append((lever, float(shift) / lever.step))
    sampling = {"between-patient": sd**2}
    shares, weakest, variance = split([v for v, _ in moved], np.array([s**2 for _, s in moved]), sampling)
    total = float(np.sqrt(variance))
    key = int(sha256(f"{study.id} {seen.line}".encode()).hexdigest()[:12], 16)
    samples = np.log(value) + total * np.random.default_rng([seed, key]).standard_normal(SAMPLES)
    return Result(
        study=study.id, trial=study.trial, use=study.use, arm=label(seen),
        endpoint=endpoint(seen), statistic=seen.statistic,
        time=seen.time.text, n=seen.n, n_versus=None, observed=seen.value, observed_se=seen.se, unit=seen.unit,
        group="concentration", counted=False, samples=samples, target=float(np.log(max(seen.value, 1e-12))),
        sampling=sd, logarithmic=True, shares={name: shares.get(name, 0.0) for name in SHARES}, weakest=weakest,
        analysis=seen.analysis, phase=seen.phase,
    )  # fmt: skip


def _centre(seen: Observation, figures: F64) -> float:
    return float(np.median(figures) if seen.statistic == "median" else figures.mean())


def _figures(study: Study, seen: Observation, changes: tuple[tuple[str, float], ...]) -> F64:
    """The figure of each virtual person (people,), in the unit of the observation."""
    t, values, unit = _course(regimens.regimen(study, seen.arm).to_toml(), _output(seen), _healthy(study), changes)
    at = (
        seen.time.hours
        if seen.time.anchor == "start" or seen.time.dose in (0, 1)
        else seen.time.hours + _last(study, seen)
    )
    window = t <= at + 1e-9
    if seen.measure == "Tmax":
        return np.asarray(t[values[:, window].argmax(axis=1)]) * units.factor("h", seen.unit)
    if seen.measure == "AUC":
        area = np.trapezoid(values[:, window], t[window], axis=1)
        return np.asarray(area * units.factor(f"{unit}*h", seen.unit))
    if seen.measure == "Cmax":
        return np.asarray(values[:, window].max(axis=1) * units.factor(unit, seen.unit))
    return np.asarray([np.interp(at, t, row) for row in values]) * units.factor(unit, seen.unit)


def _last(study: Study, seen: Observation) -> float:
    starts = sessions([g.time for g in regimens.regimen(study, seen.arm).schedule()])
    return float(starts[seen.time.dose - 1 if seen.time.dose > 0 else -1] - starts[0])


def _output(seen: Observation) -> str:
    site, substance = seen.endpoint.name.split(" ", 1)
    return f"{'arterial' if 'arterial' in (site, seen.sampling) else 'plasma'} {substance}"


def _healthy(study: Study) -> bool:
    return "healthy" in str(study.population.get("diagnosis", "")).lower()


def _model(given: Sequence[Given]) -> Model:
    return platform.model(tuple(sorted({(g.drug, g.route) for g in given})))


@lru_cache(maxsize=256)
def _course(text: str, output: str, healthy: bool, changes: tuple[tuple[str, float], ...]) -> tuple[F64, F64, str]:
    from ketasim.dosing.regimen import Regimen
    from ketasim.model.layout import layout
    from ketasim.population.named import population
    from ketasim.simulation.simulate import simulate

    regimen = Regimen.from_text(text)
    given = regimen.schedule()
    model = _model(given)
    first = min(g.time for g in given)
    starts = [float(s) - first for s in sessions([g.time for g in given])]
    fine = np.arange(0.0, starts[-1] + 48.0, DENSE) if starts[-1] < 48.0 else np.zeros(1)
    t = np.unique(np.concatenate([fine, grid(starts, starts[-1] + 96.0)]))
    plan = layout(model)
    values = dict(zip(plan.parameters, plan.typical().tolist(), strict=True))
    values |= {e.coefficient.id: e.coefficient.number for n in plan.parameters for e in plan.parameter(n).effects}
    overrides = {name: factor * values[name] for name, factor in changes}
    people = population("healthy-adults" if healthy else "trd-adults", n=PEOPLE, seed=SEED)
    run = simulate(model, people, regimen, times=first + t, outputs=(output,), seed=SEED, overrides=overrides)
    return t, np.asarray(run.array(output), dtype=np.float64), run.unit(output)
