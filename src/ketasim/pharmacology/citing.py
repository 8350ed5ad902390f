"""What to cite for a model by its name, as for a model or a publication."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ketasim.errors import RequestError, UnknownName
from ketasim.evidence import bibliography
from ketasim.model import sources
from ketasim.model.model import Model
from ketasim.pharmacology import shelf

if TYPE_CHECKING:
    from ketasim.evidence.bibliography import Entry


def cite(what: str | Model) -> Entry | tuple[Entry, ...]:
    """The publication with this key; or of a model, or the name of one, every source, its own papers first.

    UnknownName with the nearest names, or ModelError for a model that cites what no bibliography has.
    """
    if isinstance(what, Model):
        return sources.cite(what)
    if not isinstance(what, str):
        raise RequestError(f"Cite a model or the key of a publication; {type(what).__name__} came.")
    if what in shelf.names():
        return sources.cite(shelf.model(what))
    if what in bibliography.entries():
        return sources.cite(what)
    known = {*shelf.names(), *bibliography.entries()}
    raise UnknownName("citation", what, known, "`ketasim cite` takes a study, and ketasim itself, too.")
