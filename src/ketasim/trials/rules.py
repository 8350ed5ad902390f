"""Who goes on, who is given more, who leaves: rules on written scores, from the words that protocols use.

"responders" (fall of the share that is response on the scale), "remitters", "non-responders", "responders without
remission", "all", or a rule spelled out: "MADRS fall >= 50 %", "MADRS fall < 5", "MADRS score <= 12". A rule that
begins with "stable" must hold at three of four weekly visits up to the decision, by people who have not relapsed since
they were chosen before.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ketasim.errors import RequestError
from ketasim.measurement.scale import Scale

F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]
WEEK = 168.0
_COMPARE: dict[str, Callable[[F64, float], Bools]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt,
}  # fmt: skip
_SPELLED = re.compile(r"(?P<scale>[A-Z][\w-]+) (?P<of>fall|score) (?P<op>>=|<=|>|<) (?P<value>\d+(\.\d+)?)(?P<pc> %)?")
_ROUND = 1e-9


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison: of the score, of the fall from baseline in points, or of the fall as a share of baseline."""

    of: Literal["score", "fall", "share"]
    op: str
    value: float

    def met(self, score: F64, baseline: F64) -> Bools:
        """Whether each score meets it; never where the score is missing (NaN). Shapes (n,)."""
        fall = baseline - score
        share = np.divide(fall, baseline, out=np.zeros_like(fall), where=baseline > 0)
        seen = {"score": score, "fall": fall, "share": share}[self.of]
        slack = {">=": -_ROUND, "<=": _ROUND}.get(self.op, 0.0)
        with np.errstate(invalid="ignore"):
            return np.asarray(_COMPARE[self.op](seen, self.value + slack) & np.isfinite(score))


@dataclass(frozen=True, slots=True)
class Rule:
    """Conditions that must all hold at `least` of the visits that lie `looks` hours before the decision."""

    text: str
    conditions: tuple[Condition, ...] = ()
    looks: tuple[float, ...] = (0.0,)
    least: int = 1

    def met(self, scores: F64, baseline: F64) -> Bools:
        """Whether each patient meets the rule: scores (n, looks), baseline (n,)."""
        if not self.conditions:
            return np.ones(baseline.size, dtype=np.bool_)
        held = np.ones(scores.shape, dtype=np.bool_)
        for column in range(scores.shape[1]):
            for one in self.conditions:
                held[:, column] &= one.met(scores[:, column], baseline)
        return np.asarray(held.sum(axis=1) >= self.least)


EVERYONE = Rule("all")


def rule(text: str, scale: Scale) -> Rule:
    """The rule that a text states, on this scale; RequestError with the forms that there are."""
    if text in ("", "all"):
        return EVERYONE
    if text.startswith("stable "):
        base = rule(text.removeprefix("stable "), scale)
        return Rule(text, base.conditions, tuple(WEEK * k for k in range(4)), 3)
    half = scale.response
    well = Condition("score", "<=", scale.remission[0]) if scale.remission else Condition("share", ">=", 1.0)
    ill = Condition("score", ">", well.value)
    words = {
        "responders": (Condition("share", ">=", half),),
        "remitters": (well,),
        "non-responders": (Condition("share", "<", half),),
        "responders without remission": (Condition("share", ">=", half), ill),
    }
    if text in words:
        return Rule(text, words[text])
    spelled = _SPELLED.fullmatch(text)
    if spelled is None or spelled["scale"] != scale.name:
        raise RequestError(
            f"The rule {text!r} is unknown on {scale.name}; known are all, {', '.join(words)}, each with 'stable' "
            f"before it, '{scale.name} fall >= 50 %' and '{scale.name} score <= 12'."
        )
    value = float(spelled["value"]) / (100.0 if spelled["pc"] else 1.0)
    if spelled["pc"] and spelled["of"] == "score":
        raise RequestError(f"The rule {text!r} compares a score with a percentage; compare a fall with one.")
    of: Literal["score", "fall", "share"] = "share" if spelled["pc"] else "fall" if spelled["of"] == "fall" else "score"
    return Rule(text, (Condition(of, spelled["op"], value),))
