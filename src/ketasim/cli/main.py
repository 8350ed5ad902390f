"""The program `ketasim`: its commands and the one place where a failure becomes a sentence."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from ketasim.cli.calibrate import calibrate
from ketasim.cli.cite import cite
from ketasim.cli.compare import compare
from ketasim.cli.demo import demo
from ketasim.cli.doctor import doctor
from ketasim.cli.equations import equations
from ketasim.cli.evidence import evidence
from ketasim.cli.explain import explain
from ketasim.cli.failure import DONE, INTERRUPTED, UsageProblem, no_output, status_of, tell
from ketasim.cli.list import list_names
from ketasim.cli.reproduce import reproduce
from ketasim.cli.rivals import rivals
from ketasim.cli.simulate import simulate
from ketasim.cli.streams import watched

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.command("demo")(demo)
app.command("simulate")(simulate)
app.command("compare")(compare)
app.command("reproduce")(reproduce)
app.command("list")(list_names)
app.command("evidence")(evidence)
app.command("explain")(explain)
app.command("equations")(equations)
app.command("cite")(cite)
app.command("calibrate")(calibrate)
app.command("rivals")(rivals)
app.command("doctor")(doctor)


def version_text() -> str:
    """The version that is installed."""
    from importlib.metadata import version

    return version("ketasim")


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"ketasim {version_text()}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def program(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", metavar="", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", metavar="", help="On an error, show where it arose.")] = False,
) -> None:
    """Ketamine from dose to plasma, receptor and mood: simulate people, compare regimens, see every source.

    A research tool, not a medical device. First steps: `ketasim demo`, then `ketasim list presets`
    and `ketasim simulate spravato-induction`.
    """
    if context.invoked_subcommand is None:
        print(context.get_help())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0 done, 1 the work failed, 2 the request was wrong, 130 interrupted."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given or bool(os.environ.get("KETASIM_DEBUG"))
    given = [word for word in given if word != "--debug"]
    with watched() as out:
        try:
            left = app(args=given, prog_name="ketasim", standalone_mode=False)
            if left == INTERRUPTED:  # typer makes of Ctrl-C this status and no word
                raise KeyboardInterrupt
        except SystemExit as leaving:
            left = leaving.code
        except (Exception, KeyboardInterrupt) as error:
            left = DONE if error is out.why else _told(error, as_json="--json" in given, debug=debug)
        with contextlib.suppress(OSError):
            out.flush()
        status = left if isinstance(left, int) else DONE
        return status or (DONE if out.why is None else no_output(out.why))


def _told(error: BaseException, *, as_json: bool, debug: bool) -> int:
    """Tell of an error where there is somebody to tell; its exit status in any case."""
    help_only = isinstance(error, UsageProblem) and type(error).__name__ == "NoArgsIsHelpError"
    with contextlib.suppress(OSError):
        tell(error, as_json=as_json and not help_only, debug=debug)
    return status_of(error)
