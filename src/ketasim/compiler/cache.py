"""Where generated files live: the user's cache folder, one file per text, named by its hash."""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import os
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

from ketasim.errors import DiskError

STAMP = 1_600_000_000  # one time for all copies, so that compiled code beside a file stays valid


def folder() -> Path:
    """The cache folder: $KETASIM_CACHE, or what the platform sets aside for caches."""
    chosen = os.environ.get("KETASIM_CACHE")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
        return Path(base) / "ketasim" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "ketasim"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ketasim"


@cache
def _own_folder() -> Path:
    """A private folder of this process, for when the cache folder cannot be written."""
    made = Path(tempfile.mkdtemp(prefix="ketasim-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def digest(text: str) -> str:
    """The name of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def store(text: str, prefix: str = "m", suffix: str = ".py") -> Path:
    """The file that holds a text, written if it is not there yet; safe beside other processes."""
    name = f"{prefix}_{digest(text)}{suffix}"
    for find in (folder, _own_folder):
        try:
            where = find()
            path = where / name
            where.mkdir(parents=True, exist_ok=True)
            writable = os.access(where, os.W_OK)
            if path.exists() and _read(path) == text and writable:
                return path
            if writable:
                return _write(path, text)
        except (OSError, RuntimeError):  # nobody's home is a RuntimeError
            continue
    raise DiskError(
        "Neither the folder for caches nor a temporary one can be written; set KETASIM_CACHE to a folder that can."
    )


def find(name: str) -> Path | None:
    """A file that `store` wrote into the cache folder, if it is there and whole."""
    try:
        path = folder() / name
        whole = os.access(path.parent, os.W_OK) and digest(_read(path) or "") == path.stem.rpartition("_")[2]
    except (OSError, RuntimeError):
        return None
    return path if whole else None


def noted(name: str) -> str | None:
    """The text that `note` kept under a name, None where there is none."""
    try:
        return _read(folder() / name)
    except (OSError, RuntimeError):
        return None


def note(name: str, text: str) -> None:
    """Keep a text under a name of its own in the cache folder, where that can be written; whole or not at all."""
    with contextlib.suppress(OSError, RuntimeError):
        _write(folder() / name, text)


def _read(path: Path) -> str | None:
    """The text of a file; None where it is damaged beyond reading."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def _write(path: Path, text: str) -> Path:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as out:
            out.write(text)
        os.utime(temporary, (STAMP, STAMP))
        Path(temporary).replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise
    return path
