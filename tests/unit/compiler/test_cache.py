"""Generated files lie in the cache folder; a folder of this process is made only where that cannot be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from ketasim.compiler import cache
from ketasim.errors import DiskError


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Cache and temporary folder of this test alone."""
    monkeypatch.setenv("KETASIM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache.tempfile, "tempdir", str(tmp_path))
    cache._own_folder.cache_clear()
    yield
    cache._own_folder.cache_clear()


def test_a_text_is_stored_once_and_nothing_is_made_beside_the_cache(tmp_path):
    path = cache.store("x = 1\n")
    assert path == cache.store("x = 1\n") and path.read_text() == "x = 1\n"
    assert path.parent == tmp_path / "cache" and [p.name for p in tmp_path.iterdir()] == ["cache"]


def test_a_cache_that_cannot_be_written_is_replaced_by_a_folder_of_this_process(tmp_path):
    (tmp_path / "cache").write_text("a file")
    path = cache.store("x = 1\n")
    assert path.read_text() == "x = 1\n" and path.parent.name.startswith("ketasim-")


def test_a_user_without_home_has_a_folder_of_this_process(monkeypatch):
    def nobody() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("KETASIM_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    monkeypatch.setattr(Path, "home", nobody)
    assert cache.store("x = 1\n").parent.name.startswith("ketasim-")


def test_no_place_at_all_is_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "cache").write_text("a file")
    monkeypatch.setattr(cache.tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(DiskError, match="KETASIM_CACHE"):
        cache.store("x = 1\n")
