"""The store of facts: `facts/*.toml` beside this file, one [[fact]] table each.

The shipped files are cut at their [[fact]] lines and a table is parsed when it is first asked for, so that one fact
costs one table; `read` parses whole files at once with every check, units included, and is what a user's file meets.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from ketasim import units
from ketasim.errors import EvidenceError, UnitError, UnknownName
from ketasim.evidence import bibliography
from ketasim.evidence.fact import Fact
from ketasim.evidence.schema import fact_of

FOLDER = Path(__file__).parent / "facts"
_HEADER = re.compile(r"^\[\[fact\]\][ \t]*(?:#.*)?$", re.MULTILINE)
_ID = re.compile(r"""^[ \t]*id[ \t]*=[ \t]*(?:"([^"\\\n]*)"|'([^'\n]*)')""", re.MULTILINE)


class Facts(Mapping[str, Fact]):
    """Facts by id, in order of file and place; each is parsed once, when first read."""

    def __init__(self, folder: Path) -> None:
        """Index every table of every .toml file in `folder`; EvidenceError for a table without id or a double id."""
        self._tables: dict[str, tuple[str, str]] = {}
        self._facts: dict[str, Fact] = {}
        self._keys = bibliography.keys()
        for path in sorted(folder.glob("*.toml")):
            for table in _HEADER.split(path.read_text(encoding="utf-8"))[1:]:
                found = _ID.search(table)
                if not found:
                    raise EvidenceError(f"{path.name}: every fact needs an 'id' of text: {table.strip()[:60]!r}")
                name = found[1] or found[2]
                if name in self._tables:
                    raise EvidenceError(f"{path.name}: fact {name!r} stands already in {self._tables[name][0]}.")
                self._tables[name] = (path.name, table)

    def __getitem__(self, name: str) -> Fact:
        if name not in self._facts:
            file, text = self._tables[name]
            self._facts[name] = fact_of(_toml(text, f"{file}: fact {name!r}"), file, self._keys)
        return self._facts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def file(self, name: str) -> str:
        """The file in which a fact stands."""
        return self._tables[name][0]


def _toml(text: str, where: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as why:
        raise EvidenceError(f"{where} is not valid TOML: {why}.") from why


@lru_cache(maxsize=1)
def facts() -> Mapping[str, Fact]:
    """All facts that ship with ketasim, by id."""
    return Facts(FOLDER)


def fact(name: str) -> Fact:
    """The fact with this id; UnknownName with the nearest ids if there is none."""
    try:
        return facts()[name]
    except KeyError:
        raise UnknownName("fact", name, facts()) from None


def read(paths: Iterable[Path], keys: Collection[str] | None = None) -> dict[str, Fact]:
    """Facts from files with every check: schema, sources (in `keys`, or in our bibliography), units, double ids."""
    known = bibliography.keys() if keys is None else keys
    found: dict[str, Fact] = {}
    for path in paths:
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as why:
            raise EvidenceError(f"Cannot read facts from {path}: {why}.") from why
        tables = _toml(text, str(path))
        if unknown := sorted(set(tables) - {"fact"}):
            raise EvidenceError(f"{path}: only [[fact]] tables belong here; {unknown[0]!r} came.")
        rows = tables.get("fact", [])
        if not isinstance(rows, list):
            raise EvidenceError(f"{path}: write [[fact]] with two brackets; each fact is one entry of an array.")
        for row in rows:
            one = fact_of(row, str(path), known)
            if one.id in found:
                raise EvidenceError(f"{path}: fact {one.id!r} stands twice.")
            try:
                units.parse(one.unit)
            except UnitError as why:
                raise EvidenceError(f"{path}: fact {one.id!r}: {why}") from why
            found[one.id] = one
    return found
