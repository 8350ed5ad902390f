"""A stream that refuses is remembered and let go; what is written later goes nowhere."""

from __future__ import annotations

import errno
import io
import sys

import pytest

from ketasim.cli.streams import Watched, watched


class Full(io.StringIO):
    """A stream on a full disk."""

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_refusal_is_raised_once_and_remembered():
    stream = Watched(Full(), strict=True)
    with pytest.raises(OSError, match="No space") as caught:
        print("x", file=stream)
    assert stream.why is caught.value
    print("y", file=stream, flush=True)


def test_messages_that_nobody_takes_stop_nothing():
    stream = Watched(Full(), strict=False)
    print("x", file=stream, flush=True)
    assert stream.why is not None


def test_a_program_without_a_stream_writes_to_nowhere():
    stream = Watched(None, strict=True)
    print("x", file=stream, flush=True)
    assert stream.why is None and not stream.isatty()
    stream.close()


def test_a_letter_that_a_stream_lacks_becomes_a_question_mark():
    raw = io.BytesIO()
    text = io.TextIOWrapper(raw, encoding="ascii")
    print("é", file=Watched(text, strict=True), flush=True)
    assert raw.getvalue().strip() == b"?"


def test_the_streams_are_put_back():
    before = sys.stdout, sys.stderr
    with watched() as out:
        assert sys.stdout is out
    assert (sys.stdout, sys.stderr) == before
