"""`ketasim calibrate`: estimate the way from receptor to mood again from the studies marked `calibrate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ketasim.cli.console import emit, say
from ketasim.cli.options import IdleChunk, Json, as_path, whole
from ketasim.cli.work import going_on

FOLDER = Path("ketasim-calibration")


def calibrate(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", parser=as_path, help="Checkpoints, results.")] = FOLDER,
    chains: Annotated[
        int | None, typer.Option("--chains", metavar="N", parser=whole(2), help="Chains; 4 by default.")
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option("--steps", metavar="N", parser=whole(100), help="Steps per chain that count; 60,000 by default."),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", metavar="", help="Minutes, to see that it runs.")] = False,
    rival: Annotated[
        str, typer.Option("--rival", metavar="NAME", help="disinhibition, direct inhibition, metabolite or mixture.")
    ] = "disinhibition",
    install: Annotated[
        bool, typer.Option("--install", metavar="", help="Put the result where the model reads it, if it converged.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", metavar="", help="Replace another calibration in --out.")] = False,
    seed: Annotated[int, typer.Option("--seed", metavar="N", parser=whole(0), help="Seed of the chains.")] = 20261121,
    workers: Annotated[int, typer.Option("--workers", metavar="N", parser=whole(1), help="Processes.")] = 2,
    as_json: Json = False,
    chunk: IdleChunk = None,
) -> int:
    """Estimate the way from receptor to mood from the studies marked `calibrate`; goes on after a stop.

    A full run takes about two hours on two cores.
    """
    from dataclasses import replace

    from ketasim.calibration.run import QUICK, RIVALS, Effort
    from ketasim.calibration.run import calibrate as run
    from ketasim.calibration.write import install as put
    from ketasim.calibration.write import write
    from ketasim.errors import RequestError, UnknownName

    if rival not in RIVALS:
        raise UnknownName("rival", rival, RIVALS)
    if install and (quick or rival != RIVALS[0]):
        raise RequestError("--install takes a full calibration of the model itself; leave out --quick and --rival.")
    length = {name: value for name, value in (("chains", chains), ("steps", steps)) if value is not None}
    if quick and length:
        raise RequestError(f"--quick sets its own length; leave out --{next(iter(length))}, or --quick.")
    effort = replace(QUICK if quick else Effort(), seed=seed, rival=rival, **length)
    with going_on(out):
        result = run(out, effort, workers, say, force)
        files = [*write(result, out), *(put(out) if install and result.converged else ())]
    told = {
        "converged": result.converged,
        "largest_r_hat": float(result.r_hat.max()),
        "smallest_effective_size": float(result.effective.min()),
        "seconds": result.seconds,
        "files": [str(path) for path in files],
    }
    if as_json:
        emit(told)
    else:
        print("\n".join(f"{k}: {', '.join(v) if isinstance(v, list) else v}" for k, v in told.items()))
    if install and not result.converged:
        say("Not installed: the chains have not converged; go on with more --steps.")
        return 1
    return 0
