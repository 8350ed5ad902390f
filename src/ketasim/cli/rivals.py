"""`ketasim rivals`: how well rival mechanisms predict trials that they have not seen."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Annotated

import typer

from ketasim.cli.console import emit, say, table
from ketasim.cli.options import Json, as_path, whole

FOLDER = Path("ketasim-rivals")
PAGE = "rivals.md"


def rivals(
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", parser=as_path, help="Checkpoints, a folder each; rivals.md.")
    ] = FOLDER,
    only: Annotated[
        list[str] | None,
        typer.Option("--rival", metavar="NAME", help="Weigh this one; may be repeated. By default all."),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option("--steps", metavar="N", parser=whole(100), help="Steps per chain that count; 50,000 by default."),
    ] = None,
    install: Annotated[
        bool,
        typer.Option("--install", metavar="", help="Put what converged where the models of the rivals read it."),
    ] = False,
    force: Annotated[bool, typer.Option("--force", metavar="", help="Replace other calibrations in --out.")] = False,
    workers: Annotated[int, typer.Option("--workers", metavar="N", parser=whole(1), help="Processes.")] = 2,
    as_json: Json = False,
) -> int:
    """Weigh rival mechanisms by how well each predicts trials that it has not seen; about 20 minutes a rival.

    Each is calibrated on the studies marked `calibrate`, with shorter chains than the model itself, and goes on after a
    stop.
    """
    from dataclasses import replace

    from ketasim.calibration import fingerprint
    from ketasim.calibration.durability import durability, sentence
    from ketasim.calibration.rivals import EXPLAINED, HEAD, SHORT, folder_of, page, record, rows, verdict, weigh
    from ketasim.calibration.run import RIVALS
    from ketasim.calibration.write import install_rival
    from ketasim.cli.files import write
    from ketasim.errors import UnknownName
    from ketasim.pharmacology.mood.values import MECHANISMS, calibrated

    for name in only or ():
        if name not in RIVALS:
            raise UnknownName("rival", name, RIVALS)
    wanted = [name for name in RIVALS if not only or name in only or name == RIVALS[0]]
    effort = SHORT if steps is None else replace(SHORT, steps=steps)
    out.mkdir(parents=True, exist_ok=True)
    found = {name: weigh(name, out, effort, workers, say, force) for name in wanted}
    for name in found if install else ():
        if name in MECHANISMS[1:] and found[name].converged:
            install_rival(folder_of(out, name), name)
    lasts = sentence(durability())
    write(out / PAGE, page(found, fingerprint.current(), calibrated()["fingerprints"], lasts))
    if as_json:
        emit({"rivals": record(found), "verdict": verdict(found), "larger_dose": lasts, "page": str(out / PAGE)})
        return 0
    table(HEAD, rows(found))
    print(textwrap.fill(" ".join(EXPLAINED).replace("The last column", "Size of weights"), 80) + "\n")
    print(textwrap.fill(f"By that rule: {verdict(found)}.", 80) + "\n")
    print(textwrap.fill(f"Does a larger dose last longer? {lasts}", 80) + "\n")
    say(f"Wrote {out / PAGE}.")
    return 0
