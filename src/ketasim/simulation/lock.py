"""One run at a time in a folder: a lock that ends with its process, however that ends."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ketasim.errors import FolderError

LOCK = ".lock"
_HELD = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a folder; FolderError if another run holds it. File systems that know no locks are used without one."""
    path = folder / LOCK
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    mine = False
    try:
        mine = _take(descriptor)
        if not mine:
            raise FolderError(
                f"Another run is writing to the folder {str(folder)!r}; wait until it ends, or choose another folder."
            )
        yield
    finally:
        os.close(descriptor)
        if mine:
            with contextlib.suppress(OSError):
                path.unlink()


def _take(descriptor: int) -> bool:
    """Whether the lock is ours now."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as why:
        return why.errno not in _HELD
    return True
