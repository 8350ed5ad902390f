"""The story of ketamine, year by year, from `history.toml`: each event with its source and how it is known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from ketasim.evidence.fact import Grade
from ketasim.evidence.statement import cited, graded, one_of, refuse, rows, text

FILE = Path(__file__).parent / "history.toml"
_FIELDS = ("year", "when", "what", "theme", "citation", "grade", "note")
THEMES = ("chemistry", "anaesthesia", "law", "mechanism", "depression", "approval", "risk", "trials")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: `year`, `when` as far as it is known, `what`, its `theme`, sources and grade."""

    year: int
    when: str
    what: str
    theme: str
    citation: tuple[str, ...]
    grade: Grade
    note: str = ""


@lru_cache(maxsize=1)
def events() -> tuple[Event, ...]:
    """Every event in order of time; EvidenceError names the file and the event that lacks what it must carry."""
    return read(FILE)


def read(path: Path) -> tuple[Event, ...]:
    """Events from a file of [[event]] tables, in order of time."""
    return tuple(sorted((_event(row, path.name) for row in rows(path, "event", _FIELDS)), key=lambda e: e.year))


def _event(row: dict[str, Any], file: str) -> Event:
    here = f"{file}: event of {row.get('year')}"
    year = row.get("year")
    if type(year) is not int or not 1900 <= year <= 2100:
        refuse(here, "year", f"must be a year such as 1970; {year!r} came")
    theme = one_of(row, "theme", THEMES, here)
    return Event(
        year=year, when=text(row, "when", here, str(year)), what=text(row, "what", here), theme=theme,
        citation=cited(row, here), grade=cast(Grade, graded(row, here)), note=text(row, "note", here, ""),
    )  # fmt: skip
