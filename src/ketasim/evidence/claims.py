"""What is said of ketamine, from `claims.toml`: each statement with its sources, its support, and what shows it here.

`shown_by` is a command whose output shows the statement, or the words "not shown by the model". Where the output shows
a part only, `not_shown` says which part it does not, or where the prediction is otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast

from ketasim.evidence.fact import Grade
from ketasim.evidence.statement import cited, graded, one_of, refuse, rows, text

FILE = Path(__file__).parent / "claims.toml"
NOT_SHOWN = "not shown by the model"
TOPICS = ("mechanism", "benefit", "risk", "future")
STRENGTHS = ("strong", "moderate", "weak", "contested", "open question")
Topic = Literal["mechanism", "benefit", "risk", "future"]
Strength = Literal["strong", "moderate", "weak", "contested", "open question"]
_FIELDS = (
    "id",
    "topic",
    "statement",
    "support",
    "strength",
    "citation",
    "grade",
    "shown_by",
    "not_shown",
    "facts",
    "row",
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement: `support` says in words what stands behind it, `strength` how firmly, `grade` how the sources were
    seen; `facts` are ids of facts that it rests on; `row` is its place in the list of what must be shown."""

    id: str
    topic: Topic
    statement: str
    support: str
    strength: Strength
    citation: tuple[str, ...]
    grade: Grade
    shown_by: str
    not_shown: str
    facts: tuple[str, ...]
    row: int

    @property
    def shown(self) -> bool:
        """Whether a command shows it."""
        return self.shown_by != NOT_SHOWN


@lru_cache(maxsize=1)
def claims() -> tuple[Claim, ...]:
    """Every claim, by topic; EvidenceError names the claim that lacks what it must carry."""
    return read(FILE)


def read(path: Path) -> tuple[Claim, ...]:
    """Claims from a file of [[claim]] tables, by topic in the order mechanism, benefit, risk, future."""
    found = [_claim(row, path.name) for row in rows(path, "claim", _FIELDS)]
    for i, one in enumerate(found):
        if any(one.id == other.id for other in found[:i]):
            refuse(f"{path.name}: claim {one.id!r}", "id", "stands twice")
    return tuple(sorted(found, key=lambda c: TOPICS.index(c.topic)))


def _claim(row: dict[str, Any], file: str) -> Claim:
    here = f"{file}: claim {row.get('id')!r}"
    topic = one_of(row, "topic", TOPICS, here)
    strength = one_of(row, "strength", STRENGTHS, here)
    shown = text(row, "shown_by", here)
    if shown != NOT_SHOWN and not shown.startswith("ketasim "):
        refuse(here, "shown_by", f"must be a command 'ketasim …' or {NOT_SHOWN!r}; {shown!r} came")
    lacks = text(row, "not_shown", here, "")
    if "not_shown" in row and (shown == NOT_SHOWN or not lacks.strip()):
        refuse(here, "not_shown", f"says what a command does not show, beside one; {lacks!r} came")
    facts = row.get("facts", [])
    if not isinstance(facts, list) or not all(isinstance(f, str) for f in facts):
        refuse(here, "facts", f"must be an array of fact ids; {facts!r} came")
    number = row.get("row", 0)
    if type(number) is not int:
        refuse(here, "row", f"must be a whole number; {number!r} came")
    return Claim(
        id=text(row, "id", here), topic=cast(Topic, topic), statement=text(row, "statement", here),
        support=text(row, "support", here), strength=cast(Strength, strength), citation=cited(row, here),
        grade=cast(Grade, graded(row, here)), shown_by=shown, not_shown=lacks, facts=tuple(facts), row=number,
    )  # fmt: skip
