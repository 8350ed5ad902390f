"""Files are written whole or not at all, and never over what is not ours."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from ketasim.cli.files import file_for, folder_for, write, write_all
from ketasim.errors import DiskError, FolderError

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
    monkeypatch.setattr("ketasim.simulation.place.os.access", lambda *_: False)
    with pytest.raises(FolderError, match="choose a folder of your own"):
        folder_for(tmp_path / "new", OURS, force=False)


def test_a_full_disk_leaves_the_old_file_and_nothing_half_written(tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("old")

    def full(self: Path, data: bytes) -> int:
        self.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DiskError, match="disk is full"):
        write(path, "new")
    monkeypatch.undo()
    assert path.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.parametrize(("text", "found"), [("donn\udcc3\udca9e", "donnée"), ("\udcff", "�"), ("\ud800", "?")])
def test_a_path_that_the_system_did_not_decode_stands_in_a_file(tmp_path, text, found):
    """So the arguments come where the locale is C: each byte beyond ASCII as half a pair."""
    write(tmp_path / "page.html", text)
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == found


def test_a_file_to_write_is_no_folder_and_lies_in_one(tmp_path):
    place = tmp_path / "new" / "x.png"
    assert file_for(place, force=False) == place and not list(tmp_path.iterdir())
    with pytest.raises(FolderError, match="name of a file"):
        file_for(tmp_path, force=True)
    (tmp_path / "x").write_text("")
    with pytest.raises(FolderError, match="is a file"):
        file_for(tmp_path / "x" / "y.png", force=True)


def test_a_file_that_is_there_is_replaced_only_by_force(tmp_path):
    (tmp_path / "x.png").write_text("mine")
    with pytest.raises(FolderError, match="--force"):
        file_for(tmp_path / "x.png", force=False)
    assert file_for(tmp_path / "x.png", force=True) == tmp_path / "x.png"
