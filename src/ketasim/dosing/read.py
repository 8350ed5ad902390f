"""Reading a text file that a user wrote, or one sentence on why it cannot be read."""

from __future__ import annotations

import errno
from pathlib import Path

from ketasim.errors import RegimenError


def read_text(path: Path, kind: str) -> str:
    """The text of a UTF-8 file (with or without byte-order mark); RegimenError says why it cannot be read."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise RegimenError(f"There is no {kind} file {path}; give the path of a TOML file.") from None
    except IsADirectoryError:
        raise RegimenError(f"{path} is a folder; give the path of a {kind} file in it.") from None
    except ValueError:
        raise RegimenError(f"{str(path)!r} cannot be the path of a {kind} file.") from None
    except OSError as why:
        if why.errno == errno.EACCES and path.is_dir():  # what Windows says of a folder
            raise RegimenError(f"{path} is a folder; give the path of a {kind} file in it.") from None
        raise RegimenError(f"The {kind} file {path} cannot be read: {why.strerror or why}.") from why
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as why:
        line = raw[: why.start].count(b"\n") + 1
        raise RegimenError(
            f"{path}, line {line}: the file is not UTF-8 text, which TOML needs; save it as UTF-8 and try again."
        ) from why
