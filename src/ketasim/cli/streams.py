"""Standard output and standard error: written to while they take anything, and let go quietly when they do not."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO, cast


class Watched:
    """A stream that remembers in `why` what it refused, raising it once where `strict`; later text goes nowhere.

    Letters that it lacks become "?". A program that was started without the stream writes to nowhere from the start.
    """

    def __init__(self, stream: TextIO | None, strict: bool) -> None:
        self.stream = stream or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - lives as long as the program
        self.strict, self.why = strict, cast(OSError | None, None)
        if isinstance(self.stream, io.TextIOWrapper):
            self.stream.reconfigure(errors="replace")

    def write(self, text: str) -> int:
        """Write text; its length, also where it goes nowhere."""
        self._do(lambda: self.stream.write(text))
        return len(text)

    def flush(self) -> None:
        """Send on what was written."""
        self._do(self.stream.flush)

    def _do(self, work: Callable[[], object]) -> None:
        if self.why is not None:
            return
        try:
            work()
        except OSError as why:
            self.why = why
            with contextlib.suppress(OSError):  # Python would complain at exit of what it still holds
                os.dup2(os.open(os.devnull, os.O_WRONLY), self.stream.fileno())
            if self.strict:
                raise

    def __getattr__(self, name: str) -> Any:
        """Everything else is the stream's own."""
        return getattr(self.stream, name)


@contextmanager
def watched() -> Iterator[Watched]:
    """Standard output, watched while a command runs as is standard error; only a refusal of the output stops it."""
    before = sys.stdout, sys.stderr
    out, err = Watched(sys.stdout, strict=True), Watched(sys.stderr, strict=False)
    sys.stdout, sys.stderr = cast(TextIO, out), cast(TextIO, err)
    try:
        yield out
    finally:
        err.flush()
        sys.stdout, sys.stderr = before
