"""Import a generated file from its path."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path
from threading import Lock
from types import ModuleType

_LOCK = Lock()


def load(path: Path) -> ModuleType:
    """The module of a generated file; compiled functions come from the cache beside it where they can."""
    with _LOCK:
        return _imported(path)


@cache
def _imported(path: Path) -> ModuleType:
    name = f"ketasim_generated_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be imported as a generated model.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
