"""`ketasim equations`: a model's equations, parameters and sources, as text or as LaTeX."""

from __future__ import annotations

import shutil
import textwrap
from dataclasses import asdict
from typing import Annotated

import typer

from ketasim.cli.console import emit
from ketasim.cli.options import IdleChunk, IdleSeed, IdleWorkers, Json
from ketasim.cli.request import model_of
from ketasim.model.sources import keys_of


def equations(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model of `ketasim list models`.")],
    latex: Annotated[bool, typer.Option("--latex", metavar="", help="Print LaTeX, to include in a paper.")] = False,
    as_json: Json = False,
    seed: IdleSeed = 0,
    workers: IdleWorkers = None,
    chunk: IdleChunk = None,
) -> None:
    """Print a model: its equations, every parameter with unit, spread, source and grade, and the sources in full."""
    from ketasim.evidence import bibliography
    from ketasim.model import describe
    from ketasim.model import latex as typeset

    chosen = model_of(model)
    found = [bibliography.entry(key) for key in keys_of(chosen)]
    if as_json:
        emit(
            {
                "model": chosen.name,
                "text": describe.text(chosen),
                "latex": typeset.whole(chosen, keys_of(chosen)),
                "parameters": [asdict(row) for row in describe.parameter_table(chosen)],
                "sources": [{"key": e.key, "text": e.text} for e in found],
            }
        )
        return
    if latex:
        print(typeset.whole(chosen, keys_of(chosen)))
        return
    width = shutil.get_terminal_size().columns
    print(describe.text(chosen, width))
    for e in found:
        print(textwrap.fill(f"[{e.key}] {e.text}", min(width, 80), subsequent_indent="  ", break_on_hyphens=False))
