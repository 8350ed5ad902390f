"""`ketasim demo`: several regimens in the same virtual people."""

from __future__ import annotations

from ketasim.cli.options import Chunk, Json, Seed, Workers


def demo(
    seed: Seed = 0,
    workers: Workers = None,
    chunk: Chunk = None,
    as_json: Json = False,
) -> None:
    """Compare regimens in the same virtual people: Cmax, AUC and Tmax, with difference and standard error."""
