"""The program as a whole: help, version, start-up, pipes, wrong words."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ketasim.cli import request

COMMANDS = ("demo", "simulate", "compare", "list", "explain", "equations", "cite", "doctor")
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
        (["simulate", "x", "--patients", "many"], "'--patients': a whole number was expected, 'many' came"),
        (["simulate", "x", "--patients", "1.5"], "'--patients': a whole number was expected, '1.5' came"),
        (["simulate", "x", "--workers", "0"], "'--workers': a whole number from 1 on was expected, '0' came"),
        (["simulate", "x", "--chunk", "-1"], "'--chunk': a whole number from 1 on was expected, '-1' came"),
        (["simulate", "x", "--seed", "-1"], "'--seed': a whole number from 0 on was expected, '-1' came"),
        (["simulate", "x", "--seed", "9" * 5000], "--seed"),
        (["simulate", "x", "--days", "long"], "'--days': a number was expected, 'long' came"),
        (["demo", "--patients", "many"], "'--patients': a whole number was expected, 'many' came"),
        (["calibrate", "--chains", "1"], "'--chains': a whole number from 2 on was expected, '1' came"),
        (["list", "models", "--seed", "x"], "--seed"),
        (["simulate", "a", "b"], "b"),
        (["simulate", "x", "--out", ""], "--out"),
        (["simulate", "x", "--out", " "], "--out"),
        (["simulate", "x", "--people", ""], "--people"),
        (["simulate", "--data", ""], "--data"),
        (["compare", "x", "y", "--out", ""], "--out"),
        (["demo", "--out", ""], "--out"),
        (["demo", "--picture", ""], "--picture"),
        (["reproduce", "--out", ""], "--out"),
        (["calibrate", "--out", ""], "--out"),
        (["explain", "CL", "--model", ""], "Unknown model ''"),
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


def shell(words, **options):
    """A line of the shell in which KETASIM stands for the program."""
    line = words.replace("KETASIM", f"{sys.executable} -m ketasim")
    return subprocess.run(line, shell=True, capture_output=True, text=True, check=False, **options)


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
@pytest.mark.parametrize("words", ["list models", "list models --json", "evidence --all", "--help", "list modles"])
def test_a_reader_that_leaves_is_no_news(words):
    for line in (f"KETASIM {words} 2>&1 | head -n 0", f"KETASIM {words} 2>/dev/null | head -n 1 >/dev/null"):
        done = shell(line)
        assert (done.stderr, done.stdout) == ("", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", ["list models --json", "evidence --all", "--help"])
def test_an_output_that_cannot_be_written_is_one_sentence(words, unbuffered):
    done = shell(f"KETASIM {words} > /dev/full", env={**os.environ, "PYTHONUNBUFFERED": unbuffered})
    assert done.returncode == 1
    assert (
        done.stderr == "Error: Standard output cannot be written: no space left on device; send it to another place.\n"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_wrong_request_is_told_though_the_output_cannot_be_written():
    done = shell("KETASIM list modles --json > /dev/full")
    assert done.returncode == 2 and done.stderr.startswith("Error: Unknown list") and done.stderr.count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
@pytest.mark.parametrize(("words", "status"), [("list models", 0), ("list modles --json", 2)])
@pytest.mark.parametrize("without", [">&-", "2>&-", ">&- 2>&-"])
def test_a_program_started_without_its_streams(words, status, without):
    done = shell(f"KETASIM {words} {without}")
    assert done.returncode == status and "Traceback" not in done.stderr


PLAIN = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="paths are Unicode there")
def test_accents_in_paths_where_the_locale_knows_none(program, tmp_path):
    (tmp_path / "été.csv").write_text("ID,AGE,WT,ANCESTRY\nJosé,40,70,white\n", encoding="utf-8")
    words = ("simulate", "spravato-84-single", "--model", "perez-ruixo-2021", "--people", "été.csv", "--out", "né/run")
    for _ in range(2):  # the second time it is read back
        said = program(*words, "--json", env={**os.environ, **PLAIN})
        assert said.status == 0, said.err
        assert said.json["people"]["label"] == "été.csv" and said.json["folder"] == "né/run"
    assert "été.csv" in (tmp_path / "né" / "run" / "report.html").read_text(encoding="utf-8")


def test_json_keeps_every_letter_where_the_terminal_knows_few(program):
    plain, rich = ({**os.environ, "PYTHONIOENCODING": name} for name in ("ascii", "utf-8"))
    found = program("cite", "perez-ruixo-2021", "--json", env=rich)
    assert not found.out.isascii() and program("cite", "perez-ruixo-2021", "--json", env=plain).json == found.json


def test_the_unexpected_is_one_sentence_and_debug_shows_where(ketasim, monkeypatch):
    from ketasim.cli import list as listing

    def fail(_: str) -> list[dict[str, object]]:
        raise RuntimeError("odd")

    monkeypatch.setitem(listing.LISTS, "models", fail)
    said = ketasim("list", "models")
    assert said.status == 1 and "odd" in said.error and "--debug" in said.error
    said = ketasim("--debug", "list", "models")
    assert said.status == 1 and "Traceback" in said.err


@pytest.mark.parametrize("command", ["simulate", "compare"])
def test_help_says_who_is_treated_by_default(ketasim, command):
    said = " ".join(ketasim(command, "--help").out.replace("│", " ").split())
    assert f"by default {request.DEFAULT_PATIENTS}" in said
    assert f"by default {request.DEFAULT_POPULATION}, or {request.DEFAULT_PATIENTS_OF_MOOD} where there is mood" in said
