"""What is printed where, and how."""

from __future__ import annotations

import json

import numpy as np

from ketasim.cli.console import emit, notice, plain, table
from ketasim.report.style import NOTICE


def test_json_has_no_nan_and_no_numpy(capsys):
    emit({"a": np.float64("nan"), "b": np.arange(2), 3: (1.5, None), "c": {"d": float("inf"), "e": np.bool_(True)}})
    assert json.loads(capsys.readouterr().out) == {
        "a": None,
        "b": [0, 1],
        "3": [1.5, None],
        "c": {"d": None, "e": True},
    }


def test_plain_leaves_text_alone():
    assert plain("abc") == "abc"


def test_notice_and_warnings_go_to_standard_error(capsys):
    notice(["Dose above the data."])
    out, err = capsys.readouterr()
    assert not out
    assert err.splitlines() == ["Warning: Dose above the data.", NOTICE]


def test_a_table_keeps_every_word_at_80_columns(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    words = [f"word{k}" for k in range(40)]
    table(("name", "value", "note"), [("x", 1.23456, " ".join(words))])
    out = capsys.readouterr().out
    assert all(word in out for word in words) and "1.23" in out
    assert max(map(len, out.splitlines())) <= 80
