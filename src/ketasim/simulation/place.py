"""A place for results on the disk: whether it may be entered, and what the disk refuses as one sentence."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from ketasim.errors import DiskError, FolderError

_FULL = (errno.ENOSPC, errno.EDQUOT)
_CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS)


def names_in(path: Path) -> set[str]:
    """What lies in a folder, nothing if it is still to be made; FolderError where it cannot become or be a folder."""
    with told(path):
        nearest = next(place for place in (path, *path.absolute().parents) if os.path.lexists(place))
        if not nearest.is_dir():
            what = "a file" if nearest.exists() else "a link to nowhere"
            raise FolderError(f"{str(nearest)!r} is {what}; give the name of a folder.")
        if not os.access(nearest, os.W_OK | os.X_OK):
            raise FolderError(f"The folder {str(nearest)!r} may not be written; choose a folder of your own.")
        _try(nearest)
        return {entry.name for entry in path.iterdir()} if path.exists() else set()


def _try(folder: Path) -> None:
    """FolderError where a folder takes no other, although it may be written: one that the system makes up (/proc)."""
    if shutil.disk_usage(folder).total > 0:
        return
    try:
        Path(tempfile.mkdtemp(dir=folder)).rmdir()
    except OSError as why:
        raise FolderError(f"The folder {str(folder)!r} cannot be written; choose a folder on a disk.") from why


def refuse_foreign(path: Path, names: Iterable[str]) -> None:
    """FolderError if there are any names: things in a folder that did not come from here are never touched."""
    if odd := sorted(names):
        raise FolderError(
            f"The folder {str(path)!r} holds {odd[0]!r}, which this command did not write, so it leaves the folder "
            "alone, even with --force; choose another folder."
        )


def refuse_earlier(path: Path, what: str) -> NoReturn:
    """FolderError: an earlier result is replaced only when that was said."""
    raise FolderError(f"The folder {str(path)!r} holds {what}; choose another folder, or give --force to replace it.")


@contextmanager
def told(path: Path, begun: bool = False) -> Iterator[None]:
    """Errors of the disk at `path` as one sentence: DiskError once work has `begun` or it is full, else FolderError.

    So a request for a place that cannot be used is a wrong request, and what happens to it later is failed work.
    """
    try:
        yield
    except OSError as why:
        if why.errno in _FULL:
            text, hint = "the disk is full", "free some room and give the same command again"
        elif why.errno in _CLOSED:
            text, hint = "it may not be written", "choose a folder of your own"
        else:
            reason = os.strerror(why.errno) if why.errno else str(why)
            text, hint = reason[:1].lower() + reason[1:], "look at the folder and its disk"
        kind = DiskError if begun or why.errno in _FULL else FolderError
        raise kind(f"Cannot write {str(path)!r}: {text}; {hint}.") from why
