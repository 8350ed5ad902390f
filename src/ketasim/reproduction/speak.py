"""Which printed results the model can be asked for, and why not the others; regimens written out as doses."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ketasim.calibration import arms
from ketasim.measurement.link import links
from ketasim.studies import regimens, shelf
from ketasim.studies.chain import chain, phase_of
from ketasim.studies.record import Arm, Observation, Study
from ketasim.studies.size import small

Pair = tuple[Study, Observation]


@dataclass(frozen=True, slots=True)
class Unspoken:
    """A printed result that is not predicted, and the reason in words."""

    study: str
    trial: str
    use: str
    arm: str
    endpoint: str
    time: str
    reason: str
    analysis: str = ""
    statistic: str = ""
    phase: str = ""


def trial_kind(study: Study, seen: Observation) -> str:
    """ "small", "open", "small, open" or "", as the usual effect of the drug goes in the trial of this result."""
    phase, arm = chain(study, study.arm(seen.arm), phase_of(study, seen.arm, seen.phase))[0]
    kinds = {"small": small(study), "open": study.control(arm, phase) == "open"}
    return ", ".join(word for word, holds in kinds.items() if holds)


def not_said(study: Study, seen: Observation, why: str) -> Unspoken:
    """An observation that is not predicted, with the reason."""
    return Unspoken(
        study.id, study.trial, study.use, label(seen), endpoint(seen), seen.time.text, why,
        seen.analysis, seen.statistic, seen.phase,
    )  # fmt: skip


def label(seen: Observation) -> str:
    """The arm of an observation as a reader says it: "a", or "a versus b"."""
    return f"{seen.arm} versus {seen.versus}" if seen.versus else seen.arm


def endpoint(seen: Observation) -> str:
    """The endpoint with the figure of its course, if it is one: "plasma ketamine Cmax"."""
    return f"{seen.endpoint.name} {seen.measure}".strip()


def written_out(study: Study) -> Study:
    """The study with every regimen (preset, file, inline) as plain dose tables, as exposure reads them."""
    return replace(study, arms=tuple(_written_out(study, arm) for arm in study.arms))


def _written_out(study: Study, arm: Arm) -> Arm:
    given = regimens.regimen(study, arm)
    if not given.tables:
        return arm
    tables = tomllib.loads(given.to_toml())["dose"]
    return replace(arm, regimen="inline", doses=tuple(tables))


def reason(study: Study, seen: Observation) -> str:
    """Why the model of mood cannot be asked for this observation; "" if it can."""
    if not seen.scored:
        return "nothing to compare with: the number was recalled and not found again (grade D)"
    used = [study.arm(name) for name in (seen.arm, seen.versus) if name]
    if outside := [a for a in used if not arms.usable(a)]:
        return f"the arm {outside[0].name!r} is a treatment outside the model ({outside[0].comparator})"
    if unknown := [d["drug"] for a in used for d in a.doses if d["drug"] in ("memantine", "lanicemine")]:
        return f"{unknown[0]} is a negative control, which is not reproduced; simulate it with pathway-{unknown[0]}"
    return _of_endpoint(seen) or _of_scale(seen)


def _of_endpoint(seen: Observation) -> str:
    what = seen.endpoint
    if what.kind == "concentration":
        return "a concentration is predicted apart"
    if seen.statistic in ("risk_ratio", "odds_ratio"):
        return f"a {seen.statistic.replace('_', ' ')} is not predicted; give the counts of both arms"
    if what.name in ("time to remission", "remission without relapse", "discontinuation"):
        return f"{what.name!r} is not predicted by the model"
    if not what.mood:
        return f"{what.name!r} is no endpoint of mood"
    if seen.measure == "maximum":
        return "the largest score of a course is not predicted"
    return ""


def _of_scale(seen: Observation) -> str:
    what = seen.endpoint
    if what.binary or what.scale in ("", "MADRS"):
        return ""
    linked = {(end, row[2]) for row in links() for end in row[:2] if "MADRS" in row[:2]}
    if (what.scale, what.kind) in linked:
        return ""
    return f"no link of {what.kind}s between MADRS and {what.scale} has been published here"


def sorted_out(studies: Iterable[Study]) -> tuple[list[Pair], list[Unspoken]]:
    """What can be predicted of the mood results of studies (regimens written out), and what cannot, with its reason."""
    spoken: list[Pair] = []
    silent: list[Unspoken] = []
    for one in studies:
        plain = written_out(one)
        for seen in one.observations:
            if seen.endpoint.kind == "concentration":
                continue
            if why := reason(plain, seen):
                silent.append(not_said(one, seen, why))
            else:
                spoken.append((plain, seen))
    return spoken, silent


def counted(studies: Iterable[Study]) -> set[tuple[str, int]]:
    """(study, line) of the observations of mood that count, by the same rule as in calibration (`shelf.counted`)."""
    return {(one.id, seen.line) for one, seen in shelf.counted(studies)}


def repeats(rows: Iterable[Pair]) -> set[tuple[str, int]]:
    """(study, line) of differences whose two arms are there themselves at that time and endpoint."""
    chosen = list(rows)
    have = {(s.id, o.arm, o.phase, o.endpoint.name, o.time.text) for s, o in chosen if not o.versus}
    return {
        (s.id, o.line)
        for s, o in chosen
        if o.versus and all((s.id, a, o.phase, o.endpoint.name, o.time.text) in have for a in (o.arm, o.versus))
    }
