"""Each kind of failure has its exit status and one sentence."""

from __future__ import annotations

import errno
import json

import pytest
import typer

from ketasim.cli.failure import Interrupted, sentence_of, status_of, tell
from ketasim.errors import DiskError, FolderError, KetasimError, RequestError, UnknownName, WorkError


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RequestError("x"), 2),
        (UnknownName("route", "nasl", ["nasal"]), 2),
        (FolderError("x"), 2),
        (typer.BadParameter("x"), 2),
        (WorkError("x"), 1),
        (DiskError("x"), 1),
        (KetasimError("x"), 1),
        (OSError(errno.ENOSPC, "No space left on device"), 1),
        (MemoryError(), 1),
        (RuntimeError("x"), 1),
        (KeyboardInterrupt(), 130),
        (Interrupted("x"), 130),
    ],
)
def test_status(error, status):
    assert status_of(error) == status


def test_our_sentence_is_passed_on_in_one_line():
    assert sentence_of(RequestError("first\n  second")) == "first second"


def test_a_full_disk_says_so():
    assert "disk is full" in sentence_of(OSError(errno.ENOSPC, "No space left on device"))


def test_a_refused_file_is_named():
    assert "'runs/x'" in sentence_of(PermissionError(errno.EACCES, "Permission denied", "runs/x"))


def test_the_unexpected_points_to_debug():
    assert "RuntimeError" in sentence_of(RuntimeError("odd")) and "--debug" in sentence_of(RuntimeError("odd"))


def test_json_error_object(capsys):
    assert tell(UnknownName("route", "nasl", ["nasal"]), as_json=True, debug=False) == 2
    out, err = capsys.readouterr()
    assert json.loads(out)["error"] == {
        "kind": "UnknownName",
        "status": 2,
        "message": err.removeprefix("Error: ").strip(),
    }


def test_debug_shows_where(capsys):
    try:
        raise RuntimeError("odd")
    except RuntimeError as error:
        tell(error, as_json=False, debug=True)
    assert "test_failure.py" in capsys.readouterr().err
