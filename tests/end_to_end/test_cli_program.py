"""The program as a whole: help, version, start-up, pipes, wrong words."""

from __future__ import annotations

import subprocess
import sys

import pytest

COMMANDS = ("demo", "simulate", "compare", "list", "explain", "cite", "doctor")
HEAVY = ("numba", "sympy", "scipy", "pandas", "matplotlib", "xarray", "pint", "zarr", "jinja2", "bibtexparser")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_the_shared_options(ketasim, command):
    said = ketasim(command, "--help")
    assert said.status == 0
    assert "--json" in said.out and "Usage: ketasim" in said.out
    assert "Traceback" not in said.err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_the_shared_options(ketasim, command):
    """They parse; what is wrong afterwards is the word --wrong."""
    said = ketasim(command, "--json", "--seed", "1", "--workers", "1", "--chunk", "8", "--wrong")
    assert said.status == 2 and "--wrong" in said.error
    assert said.json["error"]["status"] == 2


def test_no_words_show_the_commands(ketasim):
    said = ketasim()
    assert said.status == 0
    assert all(command in said.out for command in COMMANDS)
    assert "not a medical device" in said.out


def test_version(program):
    said = program("--version")
    assert said.status == 0 and said.out.startswith("ketasim 0.")


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["simulat"], "simulat"),
        (["list"], "WHAT"),
        (["list", "modles"], "Did you mean 'models'"),
        (["explain"], "PARAMETER"),
        (["simulate", "--patients"], "--patients"),
        (["simulate", "x", "--patients", "many"], "--patients"),
        (["simulate", "x", "--workers", "0"], "--workers"),
        (["simulate", "x", "--seed", "-1"], "--seed"),
        (["simulate", "a", "b"], "b"),
    ],
)
def test_wrong_words_are_one_sentence_and_status_2(ketasim, words, named):
    said = ketasim(*words)
    assert said.status == 2 and named in said.error
    assert not said.out


def test_help_loads_nothing_heavy():
    check = (
        "import sys; from ketasim.cli.main import main; assert main(['--help']) == 0; "
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_a_reader_that_leaves_is_no_traceback():
    command = f"{sys.executable} -m ketasim list models | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr and "BrokenPipe" not in done.stderr


def test_the_unexpected_is_one_sentence_and_debug_shows_where(ketasim, monkeypatch):
    from ketasim.cli import list as listing

    def fail(_: str) -> list[dict[str, object]]:
        raise RuntimeError("odd")

    monkeypatch.setitem(listing.LISTS, "models", fail)
    said = ketasim("list", "models")
    assert said.status == 1 and "odd" in said.error and "--debug" in said.error
    said = ketasim("--debug", "list", "models")
    assert said.status == 1 and "Traceback" in said.err
