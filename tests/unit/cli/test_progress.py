"""The progress bar is for people who watch."""

from __future__ import annotations

import io

from ketasim.cli.progress import bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_no_bar_where_nobody_watches(monkeypatch):
    monkeypatch.setattr("sys.stderr", io.StringIO())
    with bar("x") as step:
        assert step is None


def test_a_bar_shows_share_speed_and_time_left(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    with bar("spravato") as step:
        step(50, 200)
        step(100, 200)
    assert "spravato" in screen.getvalue() and "100/200" in screen.getvalue()
