"""From results to the scoreboard's numbers: coverage, proper scores against references, errors, widths, targets.

CRPS of results of different kinds is made comparable by dividing it by the SD of the calibrate results of that kind
(differences in points by that of changes), which knows nothing of what is judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ketasim.reproduction.result import Result
from ketasim.reproduction.scores import Estimate, crps, crps_normal, expected_error, interval_score, over_trials

Normal = tuple[float, float]
LARGE = 50
AIMS = {"arm means": 3.0, "differences": 2.5, "half-width": 6.0}


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """A counted result with what both references say of it, and the SD of its kind among calibrate results."""

    result: Result
    mean: Normal | None
    kernel: Normal | None
    scale: float | None


def totals(scored: Sequence[Scored], differences: Sequence[Result]) -> dict[str, Any]:
    """All scores of one mark ("calibrate" or "judge")."""
    own = [s for s in scored if s.result.counted]
    results = [s.result for s in own]
    trials = [r.trial for r in results]
    arms = [r for r in results if r.group == "arm" and r.madrs]
    return {
        "trials": len(set(trials)),
        "observations": len(own),
        "coverage_90": asdict(over_trials([100.0 * r.inside(0.9) for r in results], trials)),
        "coverage_50": asdict(over_trials([100.0 * r.inside(0.5) for r in results], trials)),
        "crps": {name: _against(own, name) for name in ("mean", "kernel")},
        "interval_score": _interval(arms),
        "arm_means": _errors(arms),
        "differences": _errors(differences),
    }


def _against(scored: Sequence[Scored], name: str) -> dict[str, Any]:
    """Standardised CRPS of the model and of one reference on the results of which both speak, and their difference."""
    asked = [(s, s.mean if name == "mean" else s.kernel, s.scale) for s in scored]
    both = [(s, normal, scale) for s, normal, scale in asked if normal is not None and scale is not None]
    trials = [s.result.trial for s, _, _ in both]
    ours = np.array([crps(s.result.samples, s.result.target) / scale for s, _, scale in both])
    theirs = np.array([crps_normal(normal[0], normal[1], s.result.target) / scale for s, normal, scale in both])
    return {
        "observations": len(both),
        "model": asdict(over_trials(ours, trials)),
        "reference": asdict(over_trials(theirs, trials)),
        "difference": asdict(over_trials(ours - theirs, trials)),
    }


def _interval(arms: Sequence[Result]) -> dict[str, Any]:
    values = [interval_score(r.quantile(0.05), r.quantile(0.95), r.observed) for r in arms]
    return asdict(over_trials(values, [r.trial for r in arms]))


def _errors(results: Sequence[Result]) -> dict[str, Any]:
    """Mean absolute error in MADRS points, sampling floor and median half-width; 50 people or more, and any size."""
    large = [r for r in results if r.large]
    return {"large": _error(large), "all": _error(results)}


def _error(results: Sequence[Result]) -> dict[str, Any]:
    misses = over_trials([abs(r.error) for r in results], [r.trial for r in results])
    return {
        "observations": len(results),
        "trials": len({r.trial for r in results}),
        "mean_absolute_error": asdict(misses),
        "sampling_floor": expected_error([r.sampling for r in results]),
        "median_half_width": float(np.median([r.half_width for r in results])) if results else float("nan"),
        "bias": float(np.mean([r.error for r in results])) if results else float("nan"),
    }


def coverage(results: Sequence[Result], use: str) -> tuple[tuple[float, Estimate], ...]:
    """(level, share inside in per cent) of the counted results with one mark, for central intervals of 10 to 95 %."""
    rows = [r for r in results if r.use == use and r.counted]
    trials = [r.trial for r in rows]
    levels = [float(v) for v in np.linspace(0.1, 0.95, 18)] if rows else []
    return tuple((v, over_trials([100.0 * r.inside(v) for r in rows], trials)) for v in levels)


def targets(judge: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What was to be reached on judge studies, the number found, and whether it was; of a difference also whether it is
    `beyond_chance`: its 95 % interval leaves out 0.
    """
    arms, differences = judge["arm_means"]["large"], judge["differences"]["large"]
    rows = [_covers("90 % interval holds 90 %", judge["coverage_90"], 90.0)]
    rows.append(_covers("50 % interval holds 50 %", judge["coverage_50"], 50.0))
    for name, words in (("mean", "mean of calibrate studies"), ("kernel", "Nunes–Singh kernel")):
        one = judge["crps"][name]
        if not one["observations"]:
            continue
        text = f"{one['model']['value']:.3f} against {one['reference']['value']:.3f}"
        better = _target(f"CRPS better than the {words}", text, one["difference"]["value"] < 0.0)
        gap = Estimate(**one["difference"])
        rows.append(better | {"beyond_chance": gap.low < gap.high and not gap.contains(0.0)})  # one trial tells nothing
    for words, found, aim in (
        ("mean absolute error of arm means, 50 or more", arms["mean_absolute_error"]["value"], AIMS["arm means"]),
        ("mean absolute error of differences, 50 or more", differences["mean_absolute_error"]["value"],
         AIMS["differences"]),
        ("median 90 % half-width of arm means, 50 or more", arms["median_half_width"], AIMS["half-width"]),
    ):  # fmt: skip
        if np.isfinite(found):  # not where there is no arm of that size
            rows.append(_target(f"{words}: at most {aim:g} points", f"{found:.2f}", bool(found <= aim)))
    return rows


def _covers(words: str, found: Mapping[str, float], level: float) -> dict[str, Any]:
    one = Estimate(**found)
    text = f"{one.value:.0f} % ({one.low:.0f} to {one.high:.0f})"
    return _target(words, text, one.contains(level))


def _target(what: str, found: str, reached: bool) -> dict[str, Any]:
    return {"target": what, "found": found, "reached": bool(reached)}
