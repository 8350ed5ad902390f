"""Files are written whole or not at all, and never over what is not ours."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from ketasim.cli import files
from ketasim.cli.files import folder_for, write, write_all
from ketasim.errors import FolderError

OURS = ("report.html",)


def test_a_new_folder_is_made_only_when_written(tmp_path):
    place = folder_for(tmp_path / "a" / "b", OURS, force=False)
    assert not place.exists()
    write_all(place, {"report.html": "x", "data.bin": b"\x00"})
    assert (place / "report.html").read_text() == "x" and len(list(place.iterdir())) == 2


def test_what_is_not_ours_is_left_alone_even_by_force(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(FolderError, match=r"thesis\.txt"):
        folder_for(tmp_path, OURS, force=True)


def test_an_earlier_result_needs_force(tmp_path):
    (tmp_path / "report.html").write_text("old")
    with pytest.raises(FolderError, match="--force"):
        folder_for(tmp_path, OURS, force=False)
    assert folder_for(tmp_path, OURS, force=True) == tmp_path


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "x").write_text("")
    with pytest.raises(FolderError, match="is a file"):
        folder_for(tmp_path / "x", OURS, force=False)


def test_a_read_only_place_is_refused_before_any_work(tmp_path, monkeypatch):
    monkeypatch.setattr(files.os, "access", lambda *_: False)
    with pytest.raises(FolderError, match="choose a folder of your own"):
        folder_for(tmp_path / "new", OURS, force=False)


def test_a_full_disk_leaves_the_old_file_and_nothing_half_written(tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("old")

    def full(self: Path, data: bytes) -> int:
        self.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(FolderError, match="no space left"):
        write(path, "new")
    monkeypatch.undo()
    assert path.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == ["report.html"]
