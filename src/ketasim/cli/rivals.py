"""`ketasim rivals`: how well rival mechanisms predict trials that they have not seen."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Annotated

import typer

from ketasim.cli.console import emit, say, table
from ketasim.cli.options import Json, as_path, whole
from ketasim.cli.work import going_on

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
        typer.Option("--steps", metavar="N", parser=whole(1000), help="Steps per chain that count; 20,000 by default."),
    ] = None,
    rounds: Annotated[
        int | None,
        typer.Option("--rounds", metavar="N", parser=whole(1), help="Rounds of points that answers may take; 3."),
    ] = None,
    install: Annotated[
        bool,
        typer.Option("--install", metavar="", help="Put what converged where the models of the rivals read it."),
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", metavar="", help="Calibrate anew what is installed; so do --steps and --install.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", metavar="", help="Replace other calibrations in --out.")] = False,
    workers: Annotated[int, typer.Option("--workers", metavar="N", parser=whole(1), help="Processes.")] = 2,
    as_json: Json = False,
) -> int:
    """Weigh rival mechanisms by how well each predicts trials that it has not seen; about 12 minutes a rival.

    Rivals that are installed are weighed with their draws. Others, and those with chains in --out, are calibrated on
    the studies marked `calibrate`, with shorter chains than the model itself: 20 minutes more each. All goes on after
    a stop, and with more --rounds where trials are not known.
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

    others = RIVALS[1:]
    for name in only or ():
        if name not in others:
            raise UnknownName("rival", name, others)
    anew = again or install or steps is not None
    effort = SHORT if steps is None else replace(SHORT, steps=steps)
    out.mkdir(parents=True, exist_ok=True)
    wanted = [name for name in RIVALS if not only or name in only or name == RIVALS[0]]
    with going_on(out):
        found = {name: weigh(name, out, effort, workers, say, force, anew, rounds) for name in wanted}
    put = [one for one in MECHANISMS[1:] if install and one in found and found[one].converged]
    for one in put:
        say(f"{one}: what follows each fixed fact, a few minutes")
        install_rival(folder_of(out, one), one)
    kept = [name for name in found if install and name in others and name not in put]
    lasts = sentence(durability())
    write(out / PAGE, page(found, fingerprint.current(), calibrated()["fingerprints"], lasts))
    if as_json:
        told = {"rivals": record(found), "verdict": verdict(found), "larger_dose": lasts, "page": str(out / PAGE)}
        emit({**told, "installed": put, "not_installed": kept})
        return 1 if kept else 0
    table(HEAD, rows(found))
    print(textwrap.fill(" ".join(EXPLAINED), 80) + "\n")
    print(textwrap.fill(f"By that rule: {verdict(found)}.", 80) + "\n")
    print(textwrap.fill(f"Does a larger dose last longer? {lasts}", 80) + "\n")
    say(f"Wrote {out / PAGE}.")
    if put:
        say(f"Installed: {', '.join(put)}.")
    for name in kept:
        say(f"Not installed: {name}, for it has not converged; go on with more --steps.")
    return 1 if kept else 0
