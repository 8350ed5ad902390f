"""`ketasim cite`: the papers behind a model or a study, or the program itself, as text and as BibTeX."""

from __future__ import annotations

from typing import Annotated

import typer

from ketasim.cli.console import emit
from ketasim.cli.options import IdleChunk, IdleSeed, IdleWorkers, Json


def cite(
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help="A model, a study of `ketasim list studies`, a publication by its key, or ketasim itself.",
        ),
    ],
    bibtex: Annotated[
        bool, typer.Option("--bibtex", metavar="", help="Print BibTeX only, for a bibliography file.")
    ] = False,
    as_json: Json = False,
    seed: IdleSeed = 0,
    workers: IdleWorkers = None,
    chunk: IdleChunk = None,
) -> None:
    """Cite a model (its own papers first, then every source of its numbers), a study, or ketasim: text and BibTeX."""
    import textwrap

    from ketasim.model.sources import ASSUMED
    from ketasim.studies.citing import cited

    if what == ASSUMED:
        tell_assumed(bibtex, as_json)
        return
    found = cited(what)
    if as_json:
        citations = [{"key": e.key, "text": e.text, "bibtex": e.bibtex} for e in found]
        emit({"cited": what, "citations": citations})
        return
    if not bibtex:
        for k, entry in enumerate(found, start=1):
            print("\n".join(textwrap.wrap(entry.text, 78, initial_indent=f"{k:>2}. ", subsequent_indent="    ")))
        print()
    print("\n\n".join(entry.bibtex for entry in found))


def tell_assumed(bibtex: bool, as_json: bool) -> None:
    """What stands in place of a source where there is none, in a sentence; no citation comes of it."""
    said = "There is no paper to cite: 'assumed' marks a number that the authors of ketasim assumed, of grade D."
    if as_json:
        emit({"cited": "assumed", "citations": [], "meaning": said})
    else:
        print(f"% {said}" if bibtex else said)
