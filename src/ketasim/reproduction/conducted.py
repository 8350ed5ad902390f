"""Published studies followed patient by patient as they were done, and laid beside what was printed.

`reproduce` averages over patients by quadrature and draws the sampling error of each printed number; here single
patients take the doses that their scores ask for, leave, relapse and are counted as the paper counted them
(`studies.conduct`). Each simulated trial takes one draw of the posterior, and draws how it differs from other trials.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ketasim.calibration.parameters import INDEX, fact_ids
from ketasim.calibration.posterior import overrides
from ketasim.errors import RequestError
from ketasim.pharmacology.mood.glutamate import Mechanism
from ketasim.pharmacology.mood.values import CALIBRATED, name_of
from ketasim.reproduction import rival
from ketasim.reproduction.beyond import beyond
from ketasim.reproduction.chosen import distinct
from ketasim.reproduction.reproduce import study_of
from ketasim.reproduction.speak import Unspoken, endpoint, label, not_said
from ketasim.studies import simulated
from ketasim.studies.conduct import Numbers, Row, conduct
from ketasim.studies.record import Observation, Study
from ketasim.studies.statistic import unspoken
from ketasim.units import many

F64 = NDArray[np.float64]
Step = Callable[[str], None]
REPLICATES = 40
TOLD = 8  # how many words on the way a study gets
RECALLED = "nothing to compare with: the number was recalled and not found again (grade D)"
NOBODY = "in no simulated trial did anybody come that far"


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """A printed number, on the scale of the paper, and what the simulated trials gave.

    `predicted` (replicates,) holds NaN where nobody came that far; `error` is the mean sampling error at the paper's n.
    """

    study: Study
    seen: Observation
    predicted: F64
    error: float

    def quantile(self, level: float) -> float:
        """A quantile over simulated trials."""
        return simulated.quantile(self.predicted, level)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 90 % interval over simulated trials; None of fewer than `simulated.ENOUGH`."""
        return simulated.interval(self.predicted)

    def inside(self) -> bool | None:
        """Whether the 90 % interval holds what was printed; None without an interval."""
        return simulated.inside(self.predicted, self.seen.value)

    def __repr__(self) -> str:
        """One line: study, result, observed, predicted median and interval."""
        return f"<{simulated.in_words(self.study, self.seen, self.predicted)}>"

    def record(self) -> dict[str, Any]:
        """One JSON record; without an interval its ends and `inside` are None."""
        low, high = self.interval or (None, None)
        return {
            "study": self.study.id,
            "trial": self.study.trial,
            "use": self.study.use,
            "arm": label(self.seen),
            "endpoint": endpoint(self.seen),
            "statistic": self.seen.statistic,
            "time": self.seen.time.text,
            "phase": self.seen.phase,
            "analysis": self.seen.analysis,
            "n": self.seen.n,
            "unit": self.seen.unit,
            "observed": self.seen.value,
            "observed_se": self.seen.se,
            "predicted": self.quantile(0.5),
            "predicted_low": low,
            "predicted_high": high,
            "sampling_error": self.error,
            "inside": self.inside(),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Conducted:
    """Results in the order of studies, what is not predicted and why, and how many trials were simulated.

    `patients` per arm is None where every arm had as many as the paper; `parameters` says where draws come from,
    `model` which model was followed, `rival` what is to be known of it if it is a rival.
    """

    results: tuple[Beside, ...]
    unspoken: tuple[Unspoken, ...]
    replicates: int
    patients: int | None
    parameters: str
    outside: tuple[str, ...] = ()
    model: str = name_of(CALIBRATED)
    rival: str = ""

    def __repr__(self) -> str:
        """One line a result, then what was done."""
        each = "as many patients as printed" if self.patients is None else f"{self.patients} patients per arm"
        trials = many(self.replicates, "simulated trial")
        done = f"{trials} of each study, {each}; not predicted: {len(self.unspoken)}"
        return "\n".join([*(repr(one) for one in self.results), f"<{many(len(self.results), 'result')} from {done}>"])

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know: a rival model, so few trials that there is no interval, studies outside the data of
        the model.
        """
        known = [self.rival] if self.rival else []
        if not all(one.interval for one in self.results):
            few = f"A result of fewer than {simulated.ENOUGH} simulated trials gets no 90 % interval and no verdict"
            known.append(f"{few}; trials in which nobody came that far do not count.")
        return (*known, *self.outside)

    def record(self) -> dict[str, Any]:
        """Everything for machines."""
        return {
            "observations": [one.record() for one in self.results],
            "not_predicted": [
                {"study": u.study, "arm": u.arm, "endpoint": u.endpoint, "time": u.time, "reason": u.reason}
                for u in self.unspoken
            ],
            "replicates": self.replicates,
            "patients_per_arm": self.patients,
            "model": self.model,
            "parameters": self.parameters,
            "warnings": list(self.warnings),
        }


def conducted(
    studies: Study | str | Iterable[Study | str], *, replicates: int = REPLICATES, patients: int | None = None,
    seed: int = 0, workers: int | None = None, step: Step | None = None, mechanism: Mechanism = CALIBRATED,
) -> Conducted:  # fmt: skip
    """Studies (ids, paths of files, or records) simulated as they were done, beside what they printed.

    `replicates` trials of each are simulated with `patients` per arm, by default as many as the paper had, so that
    intervals hold sampling error; `mechanism` may be a rival with a calibration of its own. RequestError or StudyError
    in one sentence.
    """
    named = [studies] if isinstance(studies, Study | str) else list(studies)
    chosen = distinct(study_of(one) if isinstance(one, str) else one for one in named)
    if not chosen:
        raise RequestError("Name the studies to conduct: each is followed patient by patient, which takes a while.")
    if replicates < 1 or (patients is not None and patients < 2):
        raise RequestError("Conducting a study needs at least 1 replicate and 2 patients per arm.")
    post, source = rival.parameters(mechanism)
    sets = numbers(post.draws, replicates)
    results: list[Beside] = []
    silent: list[Unspoken] = []
    for study in chosen:
        said = [(seen, reason(study, seen)) for seen in study.observations]
        silent += [not_said(study, seen, why) for seen, why in said if why]
        spoken = [seen for seen, why in said if not why]
        rows = conduct(
            study, patients_per_arm=patients, replicates=replicates, parameters=sets, seed=seed, observations=spoken,
            workers=workers, progress=_progress(study, step), mechanism=mechanism,
        )  # fmt: skip
        results += [_beside(row) for row in rows if np.isfinite(row.predicted).any()]
        silent += [not_said(study, r.observation, NOBODY) for r in rows if not np.isfinite(r.predicted).any()]
    return Conducted(
        tuple(results), tuple(silent), replicates, patients, source, beyond(chosen), name_of(mechanism),
        rival.told(mechanism),
    )  # fmt: skip


def reason(study: Study, seen: Observation) -> str:
    """Why an observation is not laid beside a prediction; "" if it is."""
    return unspoken(study, seen) if seen.scored else RECALLED


def numbers(draws: F64, count: int) -> list[Numbers]:
    """`count` draws (all, if there are fewer) spread evenly over (draws, parameters), as trials take them."""
    pick = np.unique(np.linspace(0, len(draws) - 1, min(count, len(draws))).round().astype(np.int64))
    return [_numbers(draws[k]) for k in pick]


def _numbers(values: F64) -> Numbers:
    trial = {name: float(values[at]) for name, at in INDEX.items() if name not in fact_ids()}
    return Numbers({name: float(value) for name, value in overrides(values).items()}, **trial)


def _progress(study: Study, step: Step | None) -> Callable[[int, int], None]:
    def progress(done: int, total: int) -> None:
        if step is not None and (done == total or done % max(total // TOLD, 1) == 0):
            step(f"{study.id}, {done} of {many(total, 'trial')} done")

    if step is not None:
        step(f"{study.id}, single patients")
    return progress


def _beside(row: Row) -> Beside:
    return Beside(row.study, row.observation, row.predicted, float(np.nanmean(row.error)))
