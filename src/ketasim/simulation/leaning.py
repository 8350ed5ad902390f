"""What a prediction leans on: how its variance splits over evidence grades, calibration, trials, people, sampling.

Shares of variance of a headline number (`headlines`), which add up to 1::

    A, B, C, D       fixed facts of each grade, moved by how well each is known (`evidence.certainty`)
    calibration      posterior draws of what is estimated
    between-study    trials of one design differ
    between-patient  one patient's number: how patients differ, occasions included
    visit            one patient's score: how it varies from visit to visit
    sampling         a mean or a share: the n people simulated

Facts and trials act to first order, about the middle of the people; what facts do to the spread between people is left
out. A number that the user set is taken as exact and named. `trial` says between what a trial of the people's number
would find a mean, a share or a difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from ketasim.evidence.fact import Fact
from ketasim.simulation.headlines import MEAN, ONE, Headline, headlines
from ketasim.simulation.levers import Estimates, Lever
from ketasim.simulation.relapsing import relapsing
from ketasim.simulation.sensitivity import Moved, moved
from ketasim.simulation.trial import NONE, Trial, of_arm, of_two

if TYPE_CHECKING:
    from ketasim.engine.abi import F64
    from ketasim.measurement.reading import Reading
    from ketasim.simulation.run import Run

GRADES: Final = ("A", "B", "C", "D")
WEAKEST, LEAST = 3, 1e-6
SOURCES: Final = ("between-patient", "visit", "sampling", "between-study", "calibration", *GRADES)


@dataclass(frozen=True, slots=True)
class Weak:
    """A fixed fact that a prediction leans on: the first parameter that it is, its value, source, share of variance."""

    fact: str
    quantity: str
    grade: str
    share: float
    parameter: str = ""
    value: float = float("nan")
    unit: str = ""
    citation: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Own:
    """A number that the user set: taken as exact, its source is theirs."""

    parameter: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Leaning:
    """One headline number with the shares of its variance; `sd` as logarithm (a fold) where `logarithmic`.

    `of`: "one patient", "mean" or "share" of `n` people, or "difference" from `versus` in the mean of the same people.
    `unsolved` names facts that could not be moved: with them moved the model did not run. `trial` is what a trial of
    `n` people in each arm would find, where it is a mean, a share or a difference of such.
    """

    treatment: str
    output: str
    measure: str
    unit: str
    of: str
    n: int
    value: float
    sd: float
    logarithmic: bool
    shares: Mapping[str, float]
    weakest: tuple[Weak, ...]
    own: tuple[Own, ...] = ()
    unsolved: tuple[str, ...] = ()
    versus: str = ""
    trial: Trial = NONE


def leanings(
    run: Run,
    peaks: Sequence[str] | None = None,
    reading: Reading | None = None,
    estimates: Estimates | None = None,
    visits: Sequence[float] | None = None,
    areas: Sequence[str] | None = None,
    highest: Sequence[str] = (),
    lasting: Sequence[str] = (),
) -> tuple[Leaning, ...]:
    """Every headline number of a run with its shares; nothing for a data set, whose people have their own times.

    `peaks` and `areas` name the outputs of which these are told (by default all with a unit), `highest` effects
    whose highest value is, `lasting` chances that nothing has happened yet whose mean at the end is; `reading` says how
    a score is read, `estimates` what calibration knows of the model, `visits` the hours at which scores are told (the
    usual ones).
    """
    return of_runs({"": run}, peaks, reading, estimates, visits, areas, highest, lasting)


def of_runs(
    runs: Mapping[str, Run],
    peaks: Sequence[str] | None = None,
    reading: Reading | None = None,
    estimates: Estimates | None = None,
    visits: Sequence[float] | None = None,
    areas: Sequence[str] | None = None,
    highest: Sequence[str] = (),
    lasting: Sequence[str] = (),
) -> tuple[Leaning, ...]:
    """As `leanings` for runs of the same people by treatment, then for each less the first.

    Shares without relapse are told of one run alone: regimens end at different times.
    """
    found: list[Leaning] = []
    told: dict[str, tuple[Moved, tuple[Headline, ...]]] = {}
    for name, run in runs.items():
        if run.regimen is None:
            continue
        batch = moved(run, estimates)
        usual = [o for o, u in zip(run.outputs, run.study.units, strict=True) if u not in ("", "1")]
        topped, summed = (usual if chosen is None else chosen for chosen in (peaks, areas))
        told[name] = batch, headlines(run, batch, topped, summed, highest, lasting, reading, visits)
        found += [_leaning(name, batch, one) for one in told[name][1]]
        if len(runs) == 1 and (stayed := relapsing(run, reading, estimates)) is not None:
            found += [_leaning(name, stayed[0], one) for one in stayed[1]]
    first = next(iter(told), "")
    for name, (batch, these) in told.items():
        if name != first:
            found += [_difference(name, first, batch, one, two) for one, two in _pairs(these, told[first][1])]
    return tuple(found)


def _pairs(these: Sequence[Headline], first: Sequence[Headline]) -> list[tuple[Headline, Headline]]:
    """What both have, as means over people where there are several."""
    base = {(one.output, one.measure, one.of): one for one in first}
    pairs = [(one, base[one.output, one.measure, one.of]) for one in these if (one.output, one.measure, one.of) in base]
    means = {(one.output, one.measure) for one, _ in pairs if one.of == MEAN}
    return [(a, b) for a, b in pairs if a.of != ONE or (a.output, a.measure) not in means]


def _leaning(name: str, batch: Moved, one: Headline) -> Leaning:
    people = one.people[np.isfinite(one.people)]
    spread = float(people.var(ddof=1)) if people.size > 1 else 0.0
    single = one.of == ONE
    others = {
        "between-patient": spread + one.fate if single else 0.0,
        "visit": one.visits if single else 0.0,
        "sampling": 0.0 if single else spread / max(people.size, 1),
    }
    made = _told(name, batch, one, one.of, one.value, one.centre, others)
    return made if single else replace(made, trial=of_arm(one, made.sd**2))


def _difference(name: str, first: str, batch: Moved, this: Headline, base: Headline) -> Leaning:
    gap = this.people - base.people
    gap = gap[np.isfinite(gap)]
    apart = float(np.log(this.value / base.value)) if this.logarithmic else this.value - base.value
    value = float(gap.mean()) if this.n > 1 and gap.size else apart
    spread = float(gap.var(ddof=1)) if gap.size > 1 else 0.0
    others = {"sampling": spread / gap.size} if this.n > 1 else {"between-patient": spread}
    value = float(np.exp(value)) if this.logarithmic else value
    made = _told(name, batch, this, "difference", value, this.centre - base.centre, others)
    trial = NONE if ONE in (this.of, base.of) else of_two(this, base, value, made.sd**2)
    return replace(made, versus=first, trial=trial)


def _told(
    name: str, batch: Moved, one: Headline, of: str, value: float, centre: F64, others: Mapping[str, float]
) -> Leaning:
    parts = batch.parts(centre)
    known = np.nan_to_num(parts.facts)
    variance = {**dict(others), "between-study": parts.between, "calibration": parts.calibration}
    shares, weakest, total = split(batch.levers, known, variance)
    plan = batch.study.layout
    own = tuple(Own(n, v, plan.unit(n) if n in plan.parameters else "") for n, v in batch.own.items())
    unsolved = tuple(v.fact.id for v, ok in zip(batch.levers, np.isfinite(parts.facts), strict=True) if not ok)
    unit = "fold" if of == "difference" and one.logarithmic else one.unit
    return Leaning(name, one.output, one.measure, unit, of, one.n, value, float(np.sqrt(total)), one.logarithmic,
                   {name: shares.get(name, 0.0) for name in SOURCES}, weakest, own, unsolved)  # fmt: skip


def split(
    levers: Sequence[Lever], facts: F64, others: Mapping[str, float]
) -> tuple[dict[str, float], tuple[Weak, ...], float]:
    """Shares of variance by origin (of facts by grade), the facts that contribute most, and the variance itself.

    `facts` (levers,) is the variance that each contributes, `others` that of every other origin. What calibration
    estimated but has no draws of counts as calibration. All shares are 0 where nothing varies.
    """
    variance = {"calibration": 0.0, **others}
    variance |= dict.fromkeys(GRADES, 0.0)
    for lever, size in zip(levers, facts, strict=True):
        variance["calibration" if lever.fact.grade == "calibrated" else lever.fact.grade] += float(size)
    total = sum(variance.values())
    whole = max(total, 1e-300)
    order = np.argsort(-facts, kind="stable")[:WEAKEST]
    weakest = tuple(_weak(levers[k], float(facts[k]) / whole) for k in order if facts[k] / whole >= LEAST)
    return {name: size / whole for name, size in variance.items()}, weakest, total


def _weak(lever: Lever, share: float) -> Weak:
    one: Fact = lever.fact
    return Weak(one.id, one.quantity, one.grade, share, lever.names[0], one.number, one.unit, one.citation)
