"""A published study simulated as it was done: people, phases, doses, visits, drop-out and analysis, again and again.

Each replicate takes one set of parameters (a draw of the posterior), draws how its trial differs from the usual one,
and follows virtual patients of their own through the engine. So the spread of a row over replicates holds parameter
uncertainty, differences between trials and, with as many patients as the paper had, sampling error; `error` gives the
sampling error by itself. In a crossover the same patients are in both arms, each period starting afresh: the wash-out
is taken to be long enough.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from ketasim.errors import RequestError
from ketasim.measurement.scale import scale
from ketasim.model.model import Model
from ketasim.pharmacology.mood import pathway
from ketasim.pharmacology.mood.drug_factor import drug_factor
from ketasim.pharmacology.mood.glutamate import Mechanism
from ketasim.pharmacology.mood.values import between_trials
from ketasim.population import chance
from ketasim.population.people import listed
from ketasim.studies.chain import phase_of
from ketasim.studies.described import people
from ketasim.studies.lines import RELAPSE, RESPONDED, Line, line
from ketasim.studies.openly import openly
from ketasim.studies.record import Observation, Study
from ketasim.studies.regimens import regimen
from ketasim.studies.simulated import in_words
from ketasim.studies.size import small
from ketasim.studies.statistic import Seen, told, unspoken
from ketasim.trials.reader import Reader
from ketasim.trials.run import Followed, run

F64 = NDArray[np.float64]
Key = tuple[str, str, bool]
FIRST_GUESS, MOST = 1.5, 16
ARMS_APART = 10_000_000


@dataclass(frozen=True, slots=True)
class Numbers:
    """One set of parameters: `overrides` of the model by name, and what concerns trials.

    `noise` is the SD within patients at a visit on the latent scale; `study_relief` and `study_drug` are SDs between
    trials: of relief that a whole trial shares (latent scale), and of its factor on the effect of the drug. In small
    trials `small_drug` is a further factor on it; in open ones relief differs by `open_relief` times as much.
    """

    overrides: Mapping[str, float] = field(default_factory=dict)
    noise: float = field(default_factory=lambda: between_trials("noise"))
    study_relief: float = field(default_factory=lambda: between_trials("study_relief"))
    study_drug: float = field(default_factory=lambda: between_trials("study_drug"))
    small_drug: float = field(default_factory=lambda: between_trials("small_drug"))
    open_relief: float = field(default_factory=lambda: between_trials("open_relief"))


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """An observation and its prediction: `predicted` and sampling `error` at the paper's n, each (replicates,)."""

    study: Study
    observation: Observation
    predicted: F64
    error: F64

    def __repr__(self) -> str:
        """One line: study, result, observed, predicted median and interval."""
        return f"<{in_words(self.study, self.observation, self.predicted)}>"


def conduct(
    study: Study, *, patients_per_arm: int | None = None, replicates: int = 100,
    parameters: Numbers | Sequence[Numbers] | None = None, seed: int = 0,
    observations: Sequence[Observation] | None = None, mechanism: Mechanism = "disinhibition",
    workers: int | None = None, progress: Callable[[int, int], None] | None = None,
) -> tuple[Row, ...]:  # fmt: skip
    """Predictions for the observations of a study (all that the model speaks of, unless told), in their order.

    `patients_per_arm` is the paper's n for each arm unless told; replicate r takes parameters[r mod their number].
    What the model cannot speak of is left out; `studies.statistic.unspoken` says why.
    """
    if replicates < 1 or (patients_per_arm is not None and patients_per_arm < 2):
        raise RequestError("Conducting a study needs at least 1 replicate and 2 patients per arm.")
    sets = [parameters] if isinstance(parameters, Numbers) else list(parameters or [Numbers()])
    chosen = [o for o in (study.observations if observations is None else observations) if not unspoken(study, o)]
    if not chosen:
        return ()
    stage = _stage(study, chosen, mechanism, patients_per_arm, workers)
    predicted, error = np.empty((len(chosen), replicates)), np.empty((len(chosen), replicates))
    for r in range(replicates):
        arms = {key: _seen(stage, key, sets[r % len(sets)], r, seed) for key in stage.lines}
        for k, seen in enumerate(chosen):
            key = _key(study, seen.arm, seen)
            other = arms[_key(study, seen.versus, seen)] if seen.versus else None
            beside = {name: one for (name, phase, watch), one in arms.items() if (phase, watch) == key[1:]}
            found = told(seen, arms[key], other, beside)
            predicted[k, r], error[k, r] = found.value, found.error
        if progress is not None:
            progress(r + 1, replicates)
    return tuple(Row(study, seen, predicted[k], error[k]) for k, seen in enumerate(chosen))


@dataclass
class _Stage:
    """What all replicates share; `passing` is the share of patients who came as far as each line, once known;
    `few` whether the trial is a small one, `open` whether it is open throughout."""

    study: Study
    model: Model
    lines: dict[Key, Line]
    outputs: tuple[str, ...]
    patients: int | None
    workers: int | None
    passing: dict[Key, float]
    few: bool
    open: bool


def _key(study: Study, arm: str, seen: Observation) -> Key:
    phase = phase_of(study, arm, seen.phase)
    return (arm, phase.name if phase else "", seen.endpoint.name in RELAPSE)


def _stage(
    study: Study, chosen: Sequence[Observation], mechanism: Mechanism, patients: int | None, workers: int | None
) -> _Stage:  # fmt: skip
    wanted: dict[Key, list[Observation]] = {}
    for seen in chosen:
        for name in filter(None, (seen.arm, seen.versus)):
            wanted.setdefault(_key(study, name, seen), []).append(seen)
    for key, own in wanted.items():  # an analysis that adjusts over arms needs them all at its time
        shared = [o for k, rows in wanted.items() if k[1:] == key[1:] for o in rows]
        own += [o for o in shared if o not in own]
    lines = {key: _line(study, key, own) for key, own in wanted.items()}
    substances = tuple(dict.fromkeys(o.endpoint.name for o in chosen if o.endpoint.kind == "concentration"))
    return _Stage(
        study, _model(study, mechanism), lines, substances, patients, workers, {}, small(study), openly(study)
    )


def _line(study: Study, key: Key, seen: list[Observation]) -> Line:
    phase = next((p for p in study.phases if p.name == key[1]), None)
    return line(study, study.arm(key[0]), phase, seen, relapse=key[2])


def _model(study: Study, mechanism: Mechanism) -> Model:
    """The pathway with the routes that any arm of the study uses."""
    given = [g for arm in study.arms if not arm.comparator for g in regimen(study, arm).schedule()]
    routes = sorted({(g.drug, g.route) for g in given}) or [("esketamine", "nasal")]
    return pathway.model(routes, mechanism)


def _seed(seed: int, study: Study, replicate: int) -> int:
    text = f"{seed}\n{study.trial}\n{replicate}"
    return int.from_bytes(blake2b(text.encode(), digest_size=6).digest(), "little")


def overrides_of(numbers: Numbers, seed: int, few: bool = False, opened: bool = False) -> dict[str, float]:
    """Parameters of the model in one simulated trial (of `few` people, `opened`): the set's, and how it differs."""
    relief, drug = (float(chance.normal(seed, [0], f"between trials: {what}")[0, 0]) for what in ("relief", "drug"))
    own = dict(numbers.overrides)
    if "expectancy.fast" in own:  # one number: what is hoped on learning it later is what is hoped on knowing it
        own["expectancy.later"] = own["expectancy.fast"]
    return {
        **own,
        "expectancy.trial": numbers.study_relief * (numbers.open_relief if opened else 1.0) * relief,
        "severity.trial_drug": (numbers.small_drug if few else 1.0) * float(drug_factor(drug, numbers.study_drug)),
    }


def _seen(stage: _Stage, key: Key, numbers: Numbers, replicate: int, seed: int) -> Seen:
    """One arm in one replicate, with as many patients as wanted in its last phase, if so many come that far."""
    one, keyed = stage.lines[key], _seed(seed, stage.study, replicate)
    wanted = stage.patients or one.arm.n
    if len(one.design.phases) == 1 and one.earlier is None:
        return Seen(one, _follow(stage, one, numbers, keyed, wanted))
    enrolled = int(np.ceil(FIRST_GUESS * wanted / stage.passing.get(key, 1.0 / FIRST_GUESS)))
    while True:
        found = _follow(stage, one, numbers, keyed, min(enrolled, MOST * wanted))
        came = found.ids.size if found is not None else 0
        stage.passing.setdefault(key, max(came / enrolled, 1.0 / MOST))
        if came >= wanted or enrolled >= MOST * wanted:
            return Seen(one, None if found is None else _first(found, wanted))
        enrolled = int(enrolled * max(2.0, FIRST_GUESS * wanted / max(came, 1)))


def _follow(stage: _Stage, one: Line, numbers: Numbers, seed: int, count: int) -> Followed | None:
    names = [arm.name for arm in stage.study.arms]
    apart = 0 if stage.study.design == "crossover" else ARMS_APART * names.index(one.arm.name)
    who = people(stage.study, one.first, np.arange(1, count + 1, dtype=np.int64) + apart, seed)
    reader = Reader(
        scale("MADRS"), "latent severity", latent=True, noise=numbers.noise, baseline="MADRS0",
        survival="share without relapse",
    )  # fmt: skip
    changed = {**overrides_of(numbers, seed, stage.few, stage.open), "expectancy.opened": one.opened}
    if one.earlier is not None:
        before = run(one.earlier, stage.model, who, reader, seed=seed, overrides=changed, workers=stage.workers)
        came = np.concatenate([f.ids for f in before.followed if f.phase == RESPONDED] or [np.zeros(0, np.int64)])
        if not came.size:
            return None
        columns = who.chunk(0, who.n)
        who = listed({name: values[np.isin(columns["ID"], came)] for name, values in columns.items()}, who.label)
    done = run(
        one.design, stage.model, who, reader, seed=seed, overrides=changed, outputs=stage.outputs,
        workers=stage.workers,
    )  # fmt: skip
    return next((f for f in done.followed if f.phase == one.phase), None)


def _first(found: Followed, wanted: int) -> Followed:
    """The first `wanted` patients, in the order of their IDs."""
    keep = slice(0, wanted)
    return replace(
        found, ids=found.ids[keep], scores=found.scores[keep], baseline=found.baseline[keep], entry=found.entry[keep],
        relapse=found.relapse[keep], left=found.left[keep],
        outputs={name: values[keep] for name, values in found.outputs.items()},
    )  # fmt: skip
