"""From an exception to one sentence and an exit status: 0 done, 1 the work failed, 2 a wrong request, 130 Ctrl-C."""

from __future__ import annotations

import errno
import traceback
from typing import Any

import typer

from ketasim.cli.console import emit, say
from ketasim.errors import KetasimError, RequestError

DONE, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130
# typer carries its own copy of click or uses the installed one; both raise this family
UsageProblem: Any = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")


class Interrupted(Exception):
    """Ctrl-C during long work; the text says how to go on."""


def status_of(error: BaseException) -> int:
    """The exit status that an exception stands for."""
    if isinstance(error, KeyboardInterrupt | Interrupted | typer.Abort):
        return INTERRUPTED
    if isinstance(error, RequestError | UsageProblem):
        return WRONG
    return FAILED


def sentence_of(error: BaseException) -> str:
    """What to tell the user, in one line."""
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return "Interrupted; nothing was left half-written."
    if isinstance(error, UsageProblem):
        return _usage(error)
    if isinstance(error, KetasimError | Interrupted):
        return " ".join(str(error).split())
    if isinstance(error, OSError):
        return _system(error)
    if isinstance(error, MemoryError):
        return (
            "Not enough memory; try fewer people, or where the command takes them a smaller --chunk, fewer --times or "
            "--quantiles."
        )
    text = " ".join(str(error).split()) or "no message"
    return f"An unexpected error ({type(error).__name__}: {text}); see where it arose by adding --debug."


def _usage(error: Any) -> str:
    text = " ".join(str(error.format_message()).split()).rstrip(".")
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "ketasim"
    return f"{text}; `{path} --help` shows what it takes."


def _system(error: OSError) -> str:
    where = f" {error.filename!r}" if error.filename else ""
    if error.errno == errno.ENOSPC:
        return (
            f"The disk is full{': could not write' + where if where else ''}; free some space or choose another --out."
        )
    return f"The system refused a file{where}: {_reason(error)}; add --debug to see where."


def no_output(why: OSError) -> int:
    """Standard output took nothing any more: a reader that left is no news, anything else is a sentence."""
    if not isinstance(why, BrokenPipeError):
        say(f"Error: Standard output cannot be written: {_reason(why)}; send it to another place.")
    return FAILED


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def tell(error: BaseException, *, as_json: bool, debug: bool) -> int:
    """Print the sentence (and, asked for, a JSON error object or the traceback); return the exit status."""
    status, sentence = status_of(error), sentence_of(error)
    if debug:
        traceback.print_exception(error)
    say(f"Error: {sentence}" if status != INTERRUPTED else sentence)
    if as_json:
        emit({"error": {"kind": type(error).__name__, "message": sentence, "status": status}})
    return status
