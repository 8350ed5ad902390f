"""What to cite: the sources of a model or of a study, one publication, or ketasim itself."""

from __future__ import annotations

from importlib.metadata import metadata

from ketasim.errors import RequestError, UnknownName
from ketasim.evidence import bibliography
from ketasim.evidence.bibliography import Entry
from ketasim.model import sources
from ketasim.model.model import Model
from ketasim.model.sources import keys_of
from ketasim.pharmacology import shelf as models
from ketasim.studies import shelf as studies

SOFTWARE, AUTHORS, YEAR = "ketasim", "The ketasim authors", "2026"  # as in NOTICE


def cite(what: str | Model) -> Entry | tuple[Entry, ...]:
    """The publication with this key; or every source of a model, or of what has this name, its own papers first.

    UnknownName as `cited`, ModelError for a model that cites what no bibliography has.
    """
    if isinstance(what, Model):
        return sources.cite(what)
    if not isinstance(what, str):
        raise RequestError(
            f"Cite a model, or the name of a model, a study or a publication; {type(what).__name__} came."
        )
    if what in bibliography.entries() and what not in models.names():
        return bibliography.entry(what)
    return cited(what)


def cited(name: str) -> tuple[Entry, ...]:
    """Entries behind a model, a study or a key of the bibliography, the own papers first; or ketasim's own entry.

    UnknownName with the nearest names for what is none of these.
    """
    if name == SOFTWARE:
        return (software(),)
    if name in models.names():
        return tuple(bibliography.entry(key) for key in keys_of(models.model(name)))
    if name in studies.studies():
        return tuple(bibliography.entry(key) for key in studies.study(name).citation)
    if name in bibliography.entries():
        return (bibliography.entry(name),)
    known = {SOFTWARE, *models.names(), *studies.studies(), *bibliography.entries()}
    raise UnknownName(
        "source", name, known, "Cite a model, a study (`ketasim list studies`), a publication, or ketasim itself."
    )


def software() -> Entry:
    """This program as it is installed: title, version and licence."""
    about = metadata(SOFTWARE)
    version, licence = about["Version"], about["License-Expression"] or about["License"]
    title = f"{SOFTWARE} {version}: {about['Summary']}"
    given = {"author": AUTHORS, "title": title, "year": YEAR, "version": version, "license": licence}
    given["howpublished"] = f"Computer program, licence {licence}"
    whole = {**given, "author": f"{{{AUTHORS}}}"}  # no person's name
    lines = "".join(f"  {name:<12} = {{{value}}},\n" for name, value in whole.items())
    return Entry(SOFTWARE, "software", tuple(given.items()), f"@software{{{SOFTWARE},\n{lines}}}")
