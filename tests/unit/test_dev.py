"""The script `./dev` helps where no word, or one that it does not know, is given."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a script for a POSIX shell")


def dev(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", str(ROOT / "dev"), *words], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("words", [(), ("help",), ("-h",), ("--help",)])
def test_help(words):
    said = dev(*words)
    assert said.returncode == 0 and said.stdout.startswith("usage: ./dev demo | test") and not said.stderr


def test_a_word_that_it_does_not_know():
    said = dev("tests")
    assert said.returncode == 2 and not said.stdout
    assert said.stderr.startswith("./dev knows no 'tests'.\nusage: ./dev demo | test")
