"""What history and claims share: tables of statements, and the refusal of one without source or grade."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any, NoReturn

from ketasim.errors import EvidenceError
from ketasim.evidence import bibliography
from ketasim.evidence.fact import PRINTED


def refuse(here: str, field: str, why: str) -> NoReturn:
    """EvidenceError in one sentence: which statement, which field, what is wrong."""
    raise EvidenceError(f"{here}: {field!r} {why}.")


def rows(path: Path, section: str, fields: Collection[str]) -> list[dict[str, Any]]:
    """The [[section]] tables of a file, each with known fields only."""
    try:
        root = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as why:
        raise EvidenceError(f"Cannot read {path}: {why}.") from why
    found = root.get(section, [])
    if not isinstance(found, list) or set(root) - {section}:
        raise EvidenceError(f"{path.name}: only [[{section}]] tables belong here; {', '.join(sorted(root))} came.")
    for row in found:
        if unknown := sorted(set(row) - set(fields)):
            raise EvidenceError(
                f"{path.name}: a {section} has unknown field {unknown[0]!r}; known: {', '.join(fields)}."
            )
    return found


def text(row: dict[str, Any], field: str, here: str, default: str | None = None) -> str:
    """A field that is text and not empty; `default` if it may be missing."""
    value = row.get(field, default)
    if not isinstance(value, str) or (not value.strip() and default is None):
        refuse(here, field, f"must be text; {value!r} came")
    return value


def one_of(row: dict[str, Any], field: str, known: Collection[str], here: str) -> str:
    """A field that is one of the known words."""
    value = text(row, field, here)
    if value not in known:
        refuse(here, field, f"must be one of {', '.join(known)}; {value!r} came")
    return value


def cited(row: dict[str, Any], here: str) -> tuple[str, ...]:
    """The citations of a statement, each in the bibliography."""
    value = row.get("citation")
    keys = [value] if isinstance(value, str) else value
    if not isinstance(keys, list) or not keys or not all(isinstance(k, str) and k for k in keys):
        refuse(here, "citation", "is missing; cite a key of the bibliography")
    for key in keys:
        if key not in bibliography.entries():
            refuse(here, "citation", f"names {key!r}, which is not in the bibliography")
    return tuple(keys)


def graded(row: dict[str, Any], here: str) -> str:
    """The grade of a statement."""
    return one_of(row, "grade", PRINTED, here)
