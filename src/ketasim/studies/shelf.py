"""The studies that ship with ketasim: `records/*.toml` beside this file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path

from ketasim.errors import StudyError, UnknownName
from ketasim.evidence.search import Hit, best
from ketasim.studies.load import read
from ketasim.studies.record import COUNTED, Observation, Study, Use

FOLDER = Path(__file__).parent / "records"
READ = 4  # rounds of the draw that calibration reads; what a later round marks for it waits for the next calibration


@lru_cache(maxsize=1)
def studies() -> Mapping[str, Study]:
    """Every shipped study by id, in alphabetical order of files; StudyError for an id that stands twice."""
    found: dict[str, Study] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        one = read(path)
        if one.id in found:
            raise StudyError(f"{path.name}: the id {one.id!r} stands already in {found[one.id].path.name}.")
        found[one.id] = one
    return found


def study(name: str) -> Study:
    """The shipped study with this id; UnknownName with the nearest ids if there is none."""
    try:
        return studies()[name]
    except KeyError:
        raise UnknownName("study", name, studies()) from None


def marked(use: Use) -> tuple[Study, ...]:
    """The shipped studies with one mark, less those that wait; calibration asks for "calibrate" and reads no other."""
    return tuple(s for s in studies().values() if s.use == use and not waits(s))


def waits(one: Study) -> bool:
    """Whether a study is marked for calibration and has not been read by it yet: it is shown and counts nowhere."""
    return one.use == "calibrate" and one.split_round > READ


def by_trial(chosen: Iterable[Study] | None = None) -> dict[str, tuple[Study, ...]]:
    """Studies grouped by trial key."""
    grouped: dict[str, list[Study]] = {}
    for one in studies().values() if chosen is None else chosen:
        grouped.setdefault(one.trial, []).append(one)
    return {key: tuple(members) for key, members in grouped.items()}


def counted(chosen: Iterable[Study] | None = None) -> tuple[tuple[Study, Observation], ...]:
    """The observations of mood that count towards scores: of each trial eight that may be scored.

    The papers of one trial take turns, each in the order of its file, so that no paper crowds out another.
    """
    kept: list[tuple[Study, Observation]] = []
    for members in by_trial(chosen).values():
        turns = zip_longest(*([(one, seen) for seen in one.mood] for one in members if not waits(one)))
        kept += [row for turn in turns for row in turn if row is not None][:COUNTED]
    return tuple(kept)


def search(words: str) -> tuple[Hit, ...]:
    """The shipped studies that speak of these words, best first; beside `evidence.search.search`."""
    return best(
        (
            ("study", s.id, s.title, f"{s.id} {s.trial} {s.title}", f"{s.use} {s.route} {s.question} {_words(s)}")
            for s in studies().values()
        ),
        words,
    )


def _words(one: Study) -> str:
    arms = " ".join(f"{a.name} {a.control} {a.comparator}" for a in one.arms)
    ends = " ".join({o.endpoint.name for o in one.observations})
    return f"{one.course} {one.design} {one.population.get('diagnosis', '')} {arms} {ends} {' '.join(one.citation)}"
