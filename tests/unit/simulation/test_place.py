"""What the disk refuses is a wrong request at the start and failed work later."""

from __future__ import annotations

import errno
import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from ketasim.errors import DiskError, FolderError
from ketasim.simulation.place import names_in, told


def test_names_in_a_folder_and_in_one_still_to_be_made(tmp_path):
    (tmp_path / "a").write_text("")
    assert names_in(tmp_path) == {"a"} and names_in(tmp_path / "b" / "c") == set()
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("below", [(), ("run",), ("run", "first")])
def test_a_file_is_no_folder_nor_holds_one(tmp_path, below):
    (tmp_path / "a").write_text("")
    with pytest.raises(FolderError, match=r"a' is a file"):
        names_in(tmp_path.joinpath("a", *below))


@pytest.mark.parametrize("to", ["nowhere", "a"])
def test_a_link_to_nowhere_is_no_folder(tmp_path, to):
    try:
        (tmp_path / "a").symlink_to(tmp_path / to)
    except OSError:
        pytest.skip("this system has no links")
    with pytest.raises(FolderError, match="link to nowhere"):
        names_in(tmp_path / "a")


def test_a_name_that_is_too_long_is_one_sentence(tmp_path):
    with pytest.raises(FolderError, match="too long"):
        names_in(tmp_path / ("x" * 4000))


@pytest.mark.parametrize(
    ("code", "begun", "kind"),
    [
        (errno.EACCES, False, FolderError),
        (errno.EACCES, True, DiskError),
        (errno.ENOSPC, False, DiskError),
        (errno.ENOSPC, True, DiskError),
        (errno.EIO, False, FolderError),
        (errno.EIO, True, DiskError),
    ],
)
def test_when_it_is_refused_decides_whose_fault_it_is(tmp_path, code, begun, kind):
    with pytest.raises(kind, match="Cannot write"), told(tmp_path, begun):
        raise OSError(code, "no")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="this system has no /proc")
def test_a_folder_that_the_system_makes_up_cannot_be_written():
    with pytest.raises(FolderError, match=r"'/proc' (cannot|may not) be written"):
        names_in(Path("/proc/ketasim"))


def test_a_disk_that_does_not_say_how_large_it_is_is_tried(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(total=0, used=0, free=0))
    assert names_in(tmp_path / "run") == set() and not list(tmp_path.iterdir())

    def refused(**_):
        raise FileNotFoundError(errno.ENOENT, "no")

    monkeypatch.setattr(tempfile, "mkdtemp", refused)
    with pytest.raises(FolderError, match="cannot be written; choose a folder on a disk"):
        names_in(tmp_path / "run")
