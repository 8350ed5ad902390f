"""`ketasim cite`: the papers behind a model, as text and as BibTeX."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ketasim.cli.console import emit
from ketasim.cli.explain import uses_of
from ketasim.cli.options import IdleChunk, IdleSeed, IdleWorkers, Json
from ketasim.cli.request import model_of

if TYPE_CHECKING:
    from ketasim.model.model import Model


def cite(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model of `ketasim list models`.")],
    bibtex: Annotated[
        bool, typer.Option("--bibtex", metavar="", help="Print BibTeX only, for a bibliography file.")
    ] = False,
    as_json: Json = False,
    seed: IdleSeed = 0,
    workers: IdleWorkers = None,
    chunk: IdleChunk = None,
) -> None:
    """Cite a model: its own papers first, then every source of its numbers, as text and BibTeX."""
    import textwrap

    from ketasim.evidence import bibliography

    found = [bibliography.entry(key) for key in keys_of(model_of(model))]
    if as_json:
        emit({"model": model, "citations": [{"key": e.key, "text": e.text, "bibtex": e.bibtex} for e in found]})
        return
    if not bibtex:
        for k, entry in enumerate(found, start=1):
            print("\n".join(textwrap.wrap(entry.text, 78, initial_indent=f"{k:>2}. ", subsequent_indent="    ")))
        print()
    print("\n\n".join(entry.bibtex for entry in found))


def keys_of(model: Model) -> list[str]:
    """Bibliography keys of a model, its own papers first, each once; what is assumed has none."""
    own = model.citations
    parts = [key for component in model.components for key in component.citations]
    routes = [key for route in model.routes for key in route.citation]
    numbers = [key for _, _, fact in uses_of(model) for key in fact.citation]
    return [key for key in dict.fromkeys([*own, *parts, *routes, *numbers]) if key != "assumed"]
