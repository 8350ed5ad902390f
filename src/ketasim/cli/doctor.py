"""`ketasim doctor`: what is installed, what the processor offers, where the caches are, and a ten-second self-test."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ketasim.cli.console import emit, say, table
from ketasim.cli.failure import FAILED
from ketasim.cli.options import IdleChunk, IdleSeed, IdleWorkers, Json

PACKAGES = ("numpy", "scipy", "numba", "llvmlite", "sympy", "pint", "pandas", "pyarrow", "xarray", "zarr", "matplotlib")


def doctor(
    quick: Annotated[bool, typer.Option("--quick", metavar="", help="Leave out the self-test.")] = False,
    as_json: Json = False,
    seed: IdleSeed = 0,
    workers: IdleWorkers = None,
    chunk: IdleChunk = None,
) -> None:
    """Check this installation: versions, processor, caches, and a ten-second self-test."""
    from ketasim.simulation import machine, selftest

    found = machine.machine() | machine.device()
    result: dict[str, Any] = {"versions": versions(), "machine": found, "cache": machine.cache()}
    if not quick:
        say("Self-test: compiling and running two small models, about ten seconds ...")
    checks = [] if quick else selftest.checks()
    result["checks"] = [{"check": c.name, "held": c.held, "seen": c.seen, "seconds": c.seconds} for c in checks]
    if as_json:
        emit(result)
    else:
        show(result)
    broken = [c for c in checks if not c.held]
    if broken:
        say("Error: The self-test failed: " + "; ".join(f"{c.name} ({c.seen})" for c in broken) + ".")
        raise typer.Exit(FAILED)


def versions() -> dict[str, str]:
    """Python, ketasim and what it stands on."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version()}
    for name in ("ketasim", *PACKAGES):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def show(result: dict[str, Any]) -> None:
    """The result as tables."""
    table(("package", "version"), result["versions"].items())
    table(("machine", ""), [(k, str(v)) for k, v in {**result["machine"], **result["cache"]}.items()])
    if result["checks"]:
        rows = [
            (c["check"], "held" if c["held"] else "FAILED", c["seen"], f"{c['seconds']:.1f} s")
            for c in result["checks"]
        ]
        table(("check", "result", "seen", "time"), rows)
