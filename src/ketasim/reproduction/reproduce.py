"""Published studies simulated as they were done and laid beside what was printed, with scores for each mark."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ketasim.calibration.data import Data, assemble
from ketasim.dosing import presets
from ketasim.errors import StudyError, UnknownName
from ketasim.pharmacology.mood.glutamate import Mechanism, trigger_of
from ketasim.pharmacology.mood.values import CALIBRATED, name_of
from ketasim.reproduction import judge, rival, speak
from ketasim.reproduction.beyond import beyond, doses
from ketasim.reproduction.chosen import distinct
from ketasim.reproduction.concentration import concentrations
from ketasim.reproduction.doubts import doubtful
from ketasim.reproduction.judge import Scored
from ketasim.reproduction.mood import Forecast, forecasts
from ketasim.reproduction.references import case, references
from ketasim.reproduction.result import Result, of_forecast
from ketasim.reproduction.speak import Pair, Unspoken
from ketasim.studies import load, shelf
from ketasim.studies.record import Observation, Study

Step = Callable[[str], None]
USES = ("calibrate", "judge")
JUDGES = 10  # with fewer trials the targets mean nothing


@dataclass(frozen=True, slots=True, eq=False)
class Reproduction:
    """Results in the order of studies, differences of arms, what is not predicted, and totals for each mark.

    `rival` says which rival of the model predicts, if one does.
    """

    results: tuple[Result, ...]
    differences: tuple[Result, ...]
    unspoken: tuple[Unspoken, ...]
    totals: dict[str, Any]
    outside: tuple[str, ...] = ()
    rival: str = ""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know: a rival model, results that may be written wrongly, studies outside the data behind
        the model.
        """
        return (*([self.rival] if self.rival else []), *doubtful(self.results), *self.outside)

    def of(self, use: str) -> tuple[Result, ...]:
        """The results of studies with one mark."""
        return tuple(r for r in self.results if r.use == use)


def study_of(name: str) -> Study:
    """A shipped study by id, or the study in a file; UnknownName or StudyError in one sentence."""
    if name in shelf.studies():
        return shelf.study(name)
    if name.endswith(".toml") or "/" in name or "\\" in name or Path(name).is_file():
        return _givable(load.read(Path(name)))
    if name in presets.names():
        raise StudyError(f"{name!r} is a regimen, not a study; `ketasim simulate {name}` gives it to virtual people.")
    hint = "`ketasim list studies` names them; a study of your own is a TOML file: give its path."
    raise UnknownName("study", name, shelf.studies(), hint)


def _givable(study: Study) -> Study:
    """The study of a user's file; StudyError for a dose that no simulation would take."""
    doses(study)
    return study


def reproduce(
    studies: Iterable[Study] | None = None, seed: int = 0, step: Step | None = None, mechanism: Mechanism = CALIBRATED
) -> Reproduction:
    """Every printed result of mood and every concentration of the studies (by default all that ship) predicted.

    `mechanism` may be a rival with a calibration of its own (`rival.rival`), whose draws then are taken.
    """
    chosen = distinct(shelf.studies().values() if studies is None else studies)
    say = step or (lambda _: None)
    post, source = rival.parameters(mechanism)
    say("references from calibrate studies")
    spoken, silent = speak.sorted_out(chosen)
    count = speak.counted(chosen)
    repeated = speak.repeats([(s, o) for s, o in spoken if (s.id, o.line) in count])
    scored: list[Scored] = []
    differences: list[Result] = []
    for trial in dict.fromkeys(s.trial for s, _ in spoken):
        rows = [pair for pair in spoken if pair[0].trial == trial]
        say(f"{', '.join(dict.fromkeys(s.id for s, _ in rows))}")
        found, data = forecasts(rows, post, seed, mechanism=mechanism), assemble(rows, (), trigger_of(mechanism))
        own = [
            _scored(pair, one, (key := (pair[0].id, pair[1].line)) in count and key not in repeated, data)
            for pair, one in zip(rows, found, strict=True)
        ]
        scored += own
        differences += _differences(rows, own, count)
    say("concentrations")
    levels, mute = concentrations(chosen, seed)
    results = tuple(s.result for s in scored) + tuple(levels)
    order = {s.id: k for k, s in enumerate(chosen)}
    results = tuple(sorted(results, key=lambda r: order[r.study]))
    silent = sorted([*silent, *mute], key=lambda u: order[u.study])
    return Reproduction(
        results,
        tuple(differences),
        tuple(silent),
        {"model": name_of(mechanism), **_totals(scored, differences, levels, silent, source)},
        beyond(chosen),
        rival.told(mechanism),
    )


def _scored(pair: Pair, found: Forecast, counted: bool, data: Data) -> Scored:
    refer, row = references(), found.row
    result = of_forecast(*pair, found, counted)
    return Scored(result, refer.mean(row, data), refer.bateman(row, data), refer.scale.get(case(row, data).kind))


def _differences(rows: Sequence[Pair], own: Sequence[Scored], count: set[tuple[str, int]]) -> list[Result]:
    """Drug less control in MADRS points: as printed, else from both arms of the same moment, if they count."""
    results = [s.result for s in own]
    keep = [k for k, (s, o) in enumerate(rows) if (s.id, o.line) in count and results[k].madrs]
    printed = [k for k in keep if results[k].group == "difference" and _control(rows[k][0], rows[k][1].versus)]
    found = [results[k] for k in printed]
    told = {(rows[k][0].id, rows[k][1].arm, rows[k][1].versus, *_moment(rows[k][1])) for k in printed}
    for k in keep:
        study, seen = rows[k]
        if seen.versus or not study.arm(seen.arm).active:
            continue
        for j in keep:
            other = rows[j][1]
            same = (*_moment(other), other.analysis) == (*_moment(seen), seen.analysis)
            new = same and (study.id, seen.arm, other.arm, *_moment(seen)) not in told
            if rows[j][0] is study and new and not other.versus and _control(study, other.arm):
                found.append(_less(results[k], results[j]))
    return found


def _moment(seen: Observation) -> tuple[str, str, str]:
    return seen.phase, seen.endpoint.name, seen.time.text


def _control(study: Study, arm: str) -> bool:
    one = study.arm(arm)
    return not one.active and not one.comparator


def _less(drug: Result, control: Result) -> Result:
    variance = drug.sampling**2 + control.sampling**2
    return replace(
        drug, arm=f"{drug.arm} versus {control.arm}", n_versus=control.n, observed=drug.observed - control.observed,
        observed_se=float(np.sqrt(variance)), group="difference", statistic="difference",
        samples=drug.samples - control.samples,
        target=drug.target - control.target, sampling=float(np.sqrt(variance)),
    )  # fmt: skip


def _totals(
    scored: Sequence[Scored], differences: Sequence[Result], levels: Sequence[Result], silent: Sequence[Unspoken],
    source: str,
) -> dict[str, Any]:  # fmt: skip
    found: dict[str, Any] = {"parameters": source}
    for use in USES:
        own = [s for s in scored if s.result.use == use]
        if any(s.result.counted for s in own):
            found[use] = judge.totals(own, [d for d in differences if d.use == use])
    if "judge" in found and found["judge"]["trials"] >= JUDGES:
        found["targets"] = judge.targets(found["judge"])
    found["concentrations"] = _concentrations(levels)
    found["not_predicted"] = [asdict(u) for u in silent]
    found["not_counted"] = [
        {"study": r.study, "arm": r.arm, "endpoint": r.endpoint, "time": r.time, "analysis": r.analysis, "n": r.n}
        for r in (s.result for s in scored)
        if not r.counted
    ]
    return found


def _concentrations(levels: Sequence[Result]) -> dict[str, Any]:
    folds = [float(np.exp(abs(np.median(r.samples) - r.target))) for r in levels]
    return {
        "observations": len(levels),
        "inside_90": sum(r.inside() for r in levels),
        "within_1.5_fold": sum(f <= 1.5 for f in folds),
    }
