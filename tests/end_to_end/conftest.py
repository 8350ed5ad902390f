"""The command line, called in this process (fast) or as a program of its own (as a user does)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ketasim.cli.main import main


@dataclass(frozen=True)
class Said:
    """What a command came back with."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """The one line that says what was wrong."""
        lines = [line for line in self.err.splitlines() if line.startswith("Error: ")]
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err
        return lines[0].removeprefix("Error: ")


@pytest.fixture
def ketasim(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    """Call `ketasim WORDS…` in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def call(*words: object) -> Said:
        capfd.readouterr()
        status = main([str(word) for word in words])
        out, err = capfd.readouterr()
        return Said(status, out, err)

    return call


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., Said]:
    """Run `python -m ketasim WORDS…` as a program of its own, in an empty folder."""

    def call(*words: object, **options: Any) -> Said:
        command = [sys.executable, "-m", "ketasim", *(str(word) for word in words)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False, **options)
        return Said(done.returncode, done.stdout, done.stderr)

    return call
