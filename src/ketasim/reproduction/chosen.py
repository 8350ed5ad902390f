"""The studies that a reader names: each once, and no two under one id, for tables and scores know them by it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NoReturn

from ketasim.errors import StudyError
from ketasim.studies import shelf
from ketasim.studies.place import toml
from ketasim.studies.record import Study


def distinct(studies: Iterable[Study]) -> list[Study]:
    """The studies, in their order, one that comes twice once; StudyError for two of different files with one id."""
    kept: list[Study] = []
    for one in studies:
        twin = next((other for other in kept if other.id == one.id), None)
        if twin is None:
            kept.append(one)
        elif twin.path.resolve() != one.path.resolve():
            _refuse(twin, one)
        elif twin != replace(one, path=twin.path):
            raise StudyError(
                f"Two studies with the id {one.id!r} and different contents came; give each an id of its own."
            )
    return kept


def _refuse(first: Study, second: Study) -> NoReturn:
    """StudyError on two studies with one id, of which at least one is the reader's own."""
    own, other = (second, first) if second.path.parent != shelf.FOLDER else (first, second)
    of = f"the shipped study {other.id!r}" if other.path.parent == shelf.FOLDER else str(other.path)
    toml(own.path)[1].refuse(
        "id", f"{own.id!r} is also the id of {of}, and both were asked for; change it in this file"
    )
