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


def test_intervals_stay_on_one_line_and_words_are_not_split(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    head = ("arm", "endpoint", "time", "n", "observed", "predicted", "90 % interval", "in")
    rows = [
        ("esketamine 56 to 84 mg", "MADRS change", "24 h after dose 1", 48, "−16.0", "−14.4", "−21.9 to −6.22", "yes"),
        ("midazolam", "MADRS response", "7 days after dose 1", 25, "45.7 %", "38.3 %", "12.6 % to 69.0 %", "yes"),
    ]
    table(head, rows)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert any("−21.9 to −6.22" in line for line in lines) and any("12.6 % to 69.0 %" in line for line in lines)
    table(("rival", *["a long name of a number"] * 9), [("disinhibition", *[1.25] * 9)])
    text = capsys.readouterr().out
    assert "disinhibition" in text and max(map(len, text.splitlines())) <= 100


def test_a_warning_is_wrapped_and_commands_names_and_paths_stay_whole(capsys):
    command = "`ketasim compare none lanicemine-100mg-12-weeks --model pathway-lanicemine --control masked`"
    path, name = (
        "/a/folder-with-a-long-name/of-files-that-do-not-fit/on-a-line-of-80-columns/data.csv",
        "'my old-file.csv'",
    )
    text = f"the low-dose 5 % of {name} lies beside {path}, and so does the long-lasting rest; {command} shows it."
    notice([text])
    err = capsys.readouterr().err
    assert " ".join(err.split()) == f"Warning: {text} {NOTICE}"
    lines = err.splitlines()
    for whole in (command, path, name, "low-dose", "long-lasting", "5 %"):
        assert any(whole in line for line in lines)
    assert all(len(line) <= 80 or line.strip().rstrip(",") in (command, path) for line in lines)
