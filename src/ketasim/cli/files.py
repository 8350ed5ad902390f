"""Folders and files that a command writes: whole or not at all, and never over what is not its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from ketasim.cli.console import readable
from ketasim.errors import FolderError


def folder_for(path: Path, names: Collection[str], force: bool) -> Path:
    """A folder in which files of these names may be written; FolderError says why not. Nothing is made yet."""
    from ketasim.simulation.place import names_in, refuse_earlier, refuse_foreign

    there = names_in(path)
    refuse_foreign(path, there - set(names))
    if there and not force:
        refuse_earlier(path, "an earlier result")
    return path


def file_for(path: Path, force: bool) -> Path:
    """A file that may be written, or by force replaced; FolderError says why not. Nothing is made yet."""
    from ketasim.simulation.place import names_in

    if path.is_dir():
        raise FolderError(f"{str(path)!r} is a folder; give the name of a file.")
    if path.name in names_in(path.parent) and not force:
        raise FolderError(
            f"The file {str(path)!r} is there already; choose another name, or give --force to replace it."
        )
    return path


def write_all(folder: Path, texts: Mapping[str, str | bytes]) -> None:
    """Files by name into a folder, each whole or not at all; DiskError where the disk refuses."""
    for name, text in texts.items():
        write(folder / name, text)


def write(path: Path, text: str | bytes) -> None:
    """One file, whole or not at all, text as UTF-8; DiskError where the disk refuses."""
    from ketasim.simulation.place import told

    part = path.with_name(f".{path.name}.part")
    with told(path, begun=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(readable(text).encode() if isinstance(text, str) else text)
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise
