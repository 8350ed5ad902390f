"""Where in a study file something stands: file, line and field, for messages that a person can act on."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from ketasim.errors import StudyError

_TABLE = re.compile(r"^\s*\[\[?\s*([A-Za-z_][\w.]*)\s*\]\]?")


@dataclass(frozen=True, slots=True)
class Place:
    """A table of a study file: its `lines`, the section it is ("observation"), and the number of that section."""

    path: str
    lines: tuple[str, ...]
    section: str = ""
    index: int = 0
    inside: str = ""

    def table(self, section: str, index: int) -> Place:
        """The place of the `index`-th table named `section`."""
        return Place(self.path, self.lines, section, index)

    def within(self, field: str) -> Place:
        """The place of an inline table that is the value of a field."""
        return Place(self.path, self.lines, self.section, self.index, field)

    def header(self) -> int:
        """The line, from 1, at which the table begins."""
        count = -1
        for number, line in enumerate(self.lines, 1):
            found = _TABLE.match(line)
            if found and found[1] == self.section:
                count += 1
                if count == self.index:
                    return number
        return 1

    def line(self, field: str = "") -> int:
        """The line of a field of the table, or of the table itself if the field is not written in it."""
        start = self.header() if self.section else 0
        key = re.compile(rf'(?:^|[{{,;])\s*"?{re.escape(field)}"?\s*=')
        for number in range(start, len(self.lines)):
            line = self.lines[number]
            if _TABLE.match(line):
                break
            if field and key.search(line):
                return number + 1
        return max(start, 1)

    def refuse(self, field: str, why: str) -> NoReturn:
        """StudyError in one sentence: file, line, field ("" for the inline table itself) and what is wrong."""
        name = ".".join(part for part in (self.inside, field) if part)
        where = f"{self.section} field {name!r}" if self.section else f"field {name!r}"
        raise StudyError(f"{self.path}, line {self.line(self.inside or field)}, {where}: {why}.")


def toml(path: Path) -> tuple[dict[str, Any], Place]:
    """The tables of a TOML file and its Place; StudyError for a file that cannot be read as UTF-8 TOML."""
    try:
        raw = Path(path).read_bytes()
    except OSError as why:
        raise StudyError(f"Cannot read the study file {path}: {why.strerror or why}.") from why
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as why:
        line = raw[: why.start].count(b"\n") + 1
        guess = "UTF-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "Latin-1 or Windows-1252"
        raise StudyError(
            f"{path}, line {line}, field 'encoding': the text is not UTF-8 (it looks like {guess}); save it as UTF-8."
        ) from why
    if "\x00" in text:
        raise StudyError(
            f"{path}, line 1, field 'encoding': the text holds zero bytes, so it is not UTF-8; save it so."
        )
    lines = tuple(text.splitlines())
    try:
        return tomllib.loads(text), Place(str(path), lines)
    except RecursionError:
        raise StudyError(f"{path}, line 1, field 'file': its brackets are nested too deep for a study.") from None
    except tomllib.TOMLDecodeError as why:
        found = re.search(r"line (\d+)", str(why))
        line = int(found[1]) if found else len(lines)
        here = lines[line - 1] if 0 < line <= len(lines) else ""
        named = re.match(r"\s*\"?([\w.-]+)", here)
        field = named[1] if named else "file"
        raise StudyError(f"{path}, line {line}, field {field!r}: not valid TOML ({why}).") from why
