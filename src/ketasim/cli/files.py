"""Folders and files that a command writes: whole or not at all, and never over what is not its own."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from ketasim.errors import FolderError


def folder_for(path: Path, names: Iterable[str], force: bool) -> Path:
    """A folder in which files of these names may be written; FolderError says why not. Nothing is made yet."""
    ours = set(names)
    if path.exists() and not path.is_dir():
        raise FolderError(f"{str(path)!r} is a file; --out takes the name of a folder.")
    nearest = next(place for place in (path, *path.absolute().parents) if place.exists())
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise FolderError(f"Cannot write in {str(nearest)!r}; choose a folder of your own for --out.")
    there = {entry.name for entry in path.iterdir()} if path.is_dir() else set()
    if there - ours:
        odd = sorted(there - ours)[0]
        raise FolderError(f"The folder {str(path)!r} holds {odd!r}, which is not from here; choose another --out.")
    if there & ours and not force:
        raise FolderError(f"The folder {str(path)!r} holds an earlier result; choose another --out, or give --force.")
    return path


def write_all(folder: Path, texts: Mapping[str, str | bytes]) -> None:
    """Files by name into a folder, each whole or not at all; FolderError where the disk refuses."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as why:
        raise FolderError(f"Cannot make the folder {str(folder)!r}: {_reason(why)}.") from why
    for name, text in texts.items():
        write(folder / name, text)


def write(path: Path, text: str | bytes) -> None:
    """One file, whole or not at all; FolderError where the disk refuses."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(text.encode() if isinstance(text, str) else text)
        part.replace(path)
    except OSError as why:
        part.unlink(missing_ok=True)
        raise FolderError(f"Cannot write {str(path)!r}: {_reason(why)}.") from why


def _reason(why: OSError) -> str:
    return (why.strerror or str(why)).lower()
