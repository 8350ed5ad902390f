"""Source text as an importable module in the cache folder, named by the hash of the text.

Numba's disk cache watches only the file of the function that is called, so whatever a compiled function calls has to
stand in the same file; a file that is named by its whole text can never be stale.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import os
import sys
import tempfile
from pathlib import Path
from types import ModuleType


def folder() -> Path:
    """Where generated files live: KETASIM_CACHE, else the user's cache folder."""
    given = os.environ.get("KETASIM_CACHE")
    if given:
        return Path(given)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "ketasim" / "cache"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "ketasim"


def load(text: str, stem: str) -> ModuleType:
    """The module `stem_<hash>` of this text, written and imported once."""
    name = f"{stem}_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    if name in sys.modules:
        return sys.modules[name]
    path = folder() / f"{name}.py"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).replace(path)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot import the generated file {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def joined(paths: tuple[Path, ...]) -> str:
    """Several of our source files as one, without what they import from us."""
    parts = ["from __future__ import annotations\n"]
    for path in paths:
        source = path.read_text(encoding="utf-8")
        lines = source.splitlines()
        drop: set[int] = set()
        for node in ast.parse(source).body:
            ours = isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("ketasim", "__future__"))
            if ours:
                drop.update(range(node.lineno - 1, node.end_lineno or node.lineno))
        parts.append("\n".join(line for i, line in enumerate(lines) if i not in drop))
    return "\n".join(parts) + "\n"
