"""Words to what is known: facts, claims, events and publications that speak of them, best first.

A row scores by how many of the words it holds, and a little more where its name or its quantity holds them.
Published studies lie above the evidence; whoever shows both joins them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ketasim.evidence import bibliography, claims, history, store

Kind = Literal["fact", "claim", "event", "publication", "study"]


Row = tuple[Kind, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found: its kind, its id (year of an event, key of a publication), one line of text, its score."""

    kind: Kind
    id: str
    line: str
    score: float


def search(words: str, kinds: Iterable[Kind] = ("fact", "claim", "event")) -> tuple[Hit, ...]:
    """What speaks of every word (or, if nothing does, of most of them), best first; no words finds everything."""
    return best((row for kind in kinds for row in _rows(kind)), words)


def best(rows: Iterable[Row], words: str) -> tuple[Hit, ...]:
    """Rows (kind, id, line, strong text, weak text) that hold every word, or else most of them, best first."""
    asked = tokens(words)
    hits = [Hit(k, i, line, score(asked, strong, weak)) for k, i, line, strong, weak in rows]
    kept = [h for h in hits if h.score >= len(asked)]
    if not kept:
        most = max((h.score for h in hits), default=0.0)
        kept = [h for h in hits if most > 0 and h.score >= most - 0.5]
    return tuple(sorted(kept, key=lambda h: -h.score))


def tokens(text: str) -> tuple[str, ...]:
    """The words of a text, lower case, accents off, so that "Åsberg" is found by "asberg"."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return tuple(re.findall(r"[a-z0-9]+", plain))


def score(asked: tuple[str, ...], strong: str, weak: str) -> float:
    """One for each word that begins a word of the text; less than one more in all for those in the strong text."""
    high, low = tokens(strong), tokens(weak)
    bonus = 0.9 / max(len(asked), 1)
    total = 0.0
    for word in asked:
        inside = any(t.startswith(word) for t in high)
        total += 1.0 + bonus if inside else float(any(t.startswith(word) for t in low))
    return total


def _rows(kind: Kind) -> list[Row]:
    """(kind, id, line, strong text, weak text) of everything of one kind."""
    if kind == "fact":
        return [
            (
                "fact",
                f.id,
                f.quantity,
                f"{f.id} {f.quantity}",
                f"{f.population} {f.note} {' '.join(f.citation)} {f.unit}",
            )
            for f in store.facts().values()
        ]
    if kind == "claim":
        return [
            (
                "claim",
                c.id,
                c.statement,
                f"{c.id} {c.statement}",
                f"{c.topic} {c.support} {c.not_shown} {' '.join(c.citation)}",
            )
            for c in claims.claims()
        ]
    if kind == "event":
        return [
            ("event", str(e.year), e.what, f"{e.year} {e.what}", f"{e.theme} {e.note} {' '.join(e.citation)}")
            for e in history.events()
        ]
    return [
        ("publication", e.key, e.text, f"{e.key} {e.get('title')}", e.text) for e in bibliography.entries().values()
    ]
