"""One self-contained HTML page: inline style and SVG, no scripts, nothing fetched, the same bytes for the same data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from ketasim.report.style import GRADES, NOTICE, is_number, number


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under named columns; numbers stand right and get three significant digits, text stands left."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    note: str = ""

    def numeric(self, column: int) -> bool:
        """Whether a column holds numbers, so that it stands right."""
        cells = [row[column] for row in self.rows]
        return any(cell != "" for cell in cells) and all(is_number(cell) for cell in cells)

    def cells(self) -> list[list[tuple[str, str]]]:
        """Rows of (text, css class) for the template; what repeats the cell above in the first column is left out."""
        kinds = ["num" if self.numeric(k) else "" for k in range(len(self.columns))]
        rows = [[(number(c), kind) for c, kind in zip(row, kinds, strict=True)] for row in self.rows]
        for k in range(len(rows) - 1, 0, -1):
            if isinstance(self.rows[k][0], str) and self.rows[k][0] == self.rows[k - 1][0]:
                rows[k][0] = ("", "")
        return rows


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn figure as SVG text, with the sentence a reader needs to read it (also its text alternative)."""

    title: str
    svg: str
    caption: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with a paragraph, pictures, tables, tables that open on a click, and references."""

    title: str
    text: str = ""
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()
    details: tuple[Table, ...] = ()
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a model is made of: equations as text, parameters with unit, source and grade, references as text."""

    name: str
    title: str
    status: str
    population: str
    equations: str
    parameters: Table
    references: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """All that a report shows."""

    title: str
    subtitle: str = ""
    request: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    models: tuple[ModelCard, ...] = ()
    provenance: Mapping[str, str] = field(default_factory=dict)


def render(page: Page) -> str:
    """The page as HTML text."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    folder = files("ketasim.report")
    template = (folder / "page.html").read_text(encoding="utf-8")
    style = (folder / "page.css").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["safe_svg"] = Markup
    return environment.from_string(template).render(
        page=page, style=Markup(style), notice=NOTICE, grades=GRADES, anchors=_anchors(page)
    )


def _anchors(page: Page) -> list[tuple[str, str]]:
    names = [(f"s{k}", section.title) for k, section in enumerate(page.sections)]
    if page.models:
        names.append(("model", "Model and sources"))
    return [*names, ("provenance", "Provenance")]


def table_of(title: str, frame: Any, note: str = "", columns: Sequence[str] | None = None) -> Table:
    """A table from a pandas DataFrame (its index is left out); `columns` picks and orders."""
    names = tuple(columns or [str(c) for c in frame.columns])
    rows = tuple(tuple(row) for row in frame[list(names)].itertuples(index=False, name=None))
    return Table(title, names, rows, note)
