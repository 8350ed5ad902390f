"""The bibliography: BibTeX files beside this one, keys unique over all, read entry by entry when asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ketasim.errors import EvidenceError, UnknownName

FOLDER = Path(__file__).parent / "bibliography"
_ENTRY = re.compile(r"^@(\w+)\s*\{\s*([^,\s{}]+)\s*,", re.MULTILINE)
_NOT_ENTRIES = {"comment", "preamble", "string"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One publication: its key, kind ("article"), fields by name in plain text, and its BibTeX as it stands."""

    key: str
    kind: str
    fields: tuple[tuple[str, str], ...]
    bibtex: str

    def get(self, field: str, otherwise: str = "") -> str:
        """A field in plain text, or `otherwise`."""
        return dict(self.fields).get(field, otherwise)

    @property
    def text(self) -> str:
        """The citation in one line: "Kamp J, Jonkman K, et al. (2020). Title. Br J Anaesth 125:750. doi:10.…"."""
        where = self.get("journal") or self.get("booktitle") or self.get("publisher") or self.get("howpublished")
        where = where or self.get("institution") or self.get("school")
        volume, pages = self.get("volume"), self.get("pages").replace("--", "–")
        place = f"{volume}:{pages}" if volume and pages else volume or pages
        who = _authors(self.get("author") or self.get("editor") or self.get("organization"))
        head = f"{who} ({self.get('year', 'n.d.')})".strip()
        parts = [head, self.get("title").rstrip("."), f"{where} {place}".strip()]
        if self.get("doi"):
            parts.append(f"doi:{self.get('doi')}")
        elif self.get("url"):
            parts.append(self.get("url"))
        return ". ".join(part for part in parts if part) + "."


class Bibliography(Mapping[str, Entry]):
    """Entries by key; a file is scanned for keys at once, an entry parsed when first read."""

    def __init__(self, place: Path) -> None:
        """Index every entry of a .bib file, or of every one in a folder; EvidenceError for a key that stands twice."""
        self._raw: dict[str, tuple[str, str]] = {}
        self._entries: dict[str, Entry] = {}
        for path in sorted(place.glob("*.bib")) if place.is_dir() else [place]:
            self._index(path)

    def add(self, path: Path) -> None:
        """Index one more file; EvidenceError for a key that stands already for something else, or no UTF-8."""
        self._index(path, again=True)

    def _index(self, path: Path, again: bool = False) -> None:
        text = _text(path)
        found: dict[str, tuple[str, str]] = {}
        heads = [m for m in _ENTRY.finditer(text) if m[1].lower() not in _NOT_ENTRIES]
        ends = [m.start() for m in heads[1:]] + [len(text)]
        for head, end in zip(heads, ends, strict=True):
            key, entry = head[2], text[head.start() : end].strip()
            other = found.get(key) or self._raw.get(key)
            if other is not None and not (again and key not in found and other[1] == entry):
                raise EvidenceError(f"{path.name}: the key {key!r} stands already in {other[0]}.")
            found[key] = (path.name, entry)
        self._raw |= found

    def __getitem__(self, key: str) -> Entry:
        if key not in self._entries:
            file, text = self._raw[key]
            self._entries[key] = parse(text, f"{file}: {key}")
        return self._entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as why:
        raise EvidenceError(f"{path.name} is not UTF-8; save it as UTF-8.") from why
    except OSError as why:
        raise EvidenceError(f"{path.name} cannot be read: {why.strerror or why}.") from why


def parse(text: str, where: str) -> Entry:
    """The one entry in a piece of BibTeX, its LaTeX accents and braces resolved."""
    from bibtexparser.entrypoint import parse_string
    from bibtexparser.middlewares import LatexDecodingMiddleware

    library = parse_string(text, append_middleware=[LatexDecodingMiddleware()])
    if library.failed_blocks or len(library.entries) != 1:
        raise EvidenceError(f"{where} is not a BibTeX entry that can be read; look at its braces and commas.")
    found = library.entries[0]
    fields = tuple((str(f.key).lower(), " ".join(str(f.value).split())) for f in found.fields)
    for needed in ("title", "year"):
        if not dict(fields).get(needed):
            raise EvidenceError(f"{where} lacks {needed!r}; an entry needs title and year.")
    return Entry(str(found.key), str(found.entry_type).lower(), fields, text)


def _authors(text: str) -> str:
    """At most three names, family first, given names as initials."""
    people = [" ".join(p.split()) for p in re.split(r"\s+and\s+", text) if p.strip()]
    short = [_person(p) for p in people if p.lower() != "others"]
    more = len(short) > 3 or any(p.lower() == "others" for p in people)
    return ", ".join(short[:3]) + (", et al." if more else "")


def _person(name: str) -> str:
    if "," not in name:
        return name
    family, _, given = name.partition(",")
    initials = "".join(part[0] for part in re.split(r"[\s.-]+", given) if part)
    return f"{family.strip()} {initials}".strip()


@lru_cache(maxsize=1)
def entries() -> Bibliography:
    """Every entry that ships with ketasim, and those of files that were added, by key."""
    return Bibliography(FOLDER)


def add(path: Path | str) -> None:
    """Let facts and models of one's own cite the entries of a .bib file, until Python ends.

    EvidenceError for a key that stands already for something else, or a file or an entry that cannot be read.
    """
    for key in (own := Bibliography(Path(path))):
        own[key]
    entries().add(Path(path))


def keys() -> frozenset[str]:
    """Every key that can be cited ("assumed" apart)."""
    return frozenset(entries())


def entry(key: str) -> Entry:
    """The entry with this key; UnknownName with the nearest keys if there is none."""
    try:
        return entries()[key]
    except KeyError:
        raise UnknownName("citation", key, entries()) from None
