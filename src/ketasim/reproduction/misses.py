"""What lies outside its 90 % interval, and the likely reason, by rules that look at the rest of its trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ketasim.pharmacology.mood.pathway import OLDEST
from ketasim.reproduction.beyond import age
from ketasim.reproduction.reproduce import Reproduction
from ketasim.reproduction.result import Result
from ketasim.studies.record import Study
from ketasim.studies.shelf import waits

FEW = 20  # people in an arm whose result chance may well explain


@dataclass(frozen=True, slots=True)
class Miss:
    """A counted result outside its 90 % interval, with the reason that is likeliest."""

    result: Result
    reason: str


def misses(found: Reproduction, studies: Sequence[Study]) -> tuple[Miss, ...]:
    """Every counted result outside its interval, those of judge studies first."""
    by_id = {s.id: s for s in studies}
    out = sorted((r for r in found.results if r.counted and not r.inside()), key=lambda r: r.use != "judge")
    return tuple(Miss(r, _reason(r, found, by_id[r.study], studies)) for r in out)


def _reason(one: Result, found: Reproduction, study: Study, studies: Sequence[Study]) -> str:
    words = []
    name = one.arm.split(" versus ")[0]
    drug = study.arm(name).active
    others = [
        r
        for r in found.results
        if r.trial == one.trial
        and r.group == "arm"
        and r.endpoint == one.endpoint
        and r.time == one.time
        and r is not one
    ]
    if one.group == "arm" and others and all(np.sign(r.error) == np.sign(one.error) for r in others):
        words.append("all arms of the trial moved the same way, so relief without drug differed in this trial")
    elif one.group == "arm" and not drug:
        words.append(f"relief under {study.arm(name).control} differs from trial to trial")
    elif one.group == "arm":
        words.append("the effect of the drug, or relief beside it, differed in this trial")
    elif one.group == "other" and " versus " not in one.arm:
        words.append("people of this arm relapsed at another pace in this trial")
    else:
        words.append("the gap between the arms differed in this trial")
    read = [s for s in studies if s.use == "calibrate" and not waits(s)]
    known = {s.trial for s in read if s.route == study.route}
    if len(known) <= 2:
        many = {0: "no calibrate trial", 1: "only one calibrate trial"}.get(len(known), "only two calibrate trials")
        words.append(f"{many} by this route ({study.route})")
    if age(study) >= OLDEST and not any(age(s) >= OLDEST for s in read):
        words.append(f"people of about {age(study):.0f} years or more, of whom no calibrate trial speaks")
    if one.n < FEW:
        words.append(f"a small arm ({one.n})")
    if one.unit == "point" and not one.madrs:
        words.append("the scale is reached over a published link")
    return "; ".join(words)


def of_targets(found: Reproduction) -> dict[str, str]:
    """For each target that judge studies did not reach, the likely reason, from where error and variance come from."""
    arms = [r for r in found.of("judge") if r.counted and r.group == "arm" and r.madrs]
    reasons = {}
    for row in found.totals.get("targets", []):
        if not row["reached"]:
            reasons[row["target"]] = _of_target(row["target"], found, arms)
    return reasons


def _of_target(target: str, found: Reproduction, arms: Sequence[Result]) -> str:
    judge = found.totals["judge"]
    if "half-width" in target and arms:
        names = arms[0].shares
        share = {name: float(np.mean([r.shares[name] for r in arms])) for name in names}
        top = sorted(share, key=lambda k: -share[k])[:2]
        parts = " and ".join(f"{name} ({100 * share[name]:.0f} %)" for name in top)
        return f"most of the variance of arm means is {parts}"
    for key, words in (("arm_means", "arm means"), ("differences", "differences")):
        if f"error of {words}" in target:
            one = judge[key]["large"]
            return (
                f"{one['observations']} results of {one['trials']} trials; bias {one['bias']:+.1f} points; sampling "
                f"alone gives {one['sampling_floor']:.1f}; trials of one design differ by more than sampling"
            )
    if "interval" in target:
        kind = "too wide" if judge["coverage_90"]["value"] > 90.0 else "too narrow or off centre"
        return f"intervals are {kind} for the {judge['observations']} results of {judge['trials']} trials"
    return "the reference is close to the centre of these trials and its spread fits them; the model is no sharper"
