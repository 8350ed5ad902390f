"""A model made ready to run: at once where the cache holds a note on it, else composed, compiled and noted.

Composing needs SymPy, whose import alone takes as long as a small run. A note says what composing found out: names of
states, sizes, and the generated files. It is found by the hash of all that it follows from.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any

from ketasim.compiler import cache as files
from ketasim.engine.closed import ClosedModel
from ketasim.engine.compiled import Compiled
from ketasim.engine.cuda import CudaModel
from ketasim.engine.ode import OdeModel
from ketasim.model.compose import compose, frozen
from ketasim.model.model import Model, spelled
from ketasim.model.sources import check_sources

PACKAGE = Path(__file__).parents[1]
TOOLS = ("sympy", "pint")
_ONE = Lock()


@dataclass(frozen=True, slots=True)
class Ready:
    """A model that was composed and checked: its states by name, and how to run it."""

    states: tuple[str, ...]
    compiled: Compiled


def ready(model: Model) -> Ready:
    """A model ready to run; ModelError as in `model.compose.compose`. Kept per model."""
    frozen(model)
    check_sources(model)
    with _ONE:  # Python's own parser does not stand two threads
        return _ready(model)


@lru_cache(maxsize=16)
def _ready(model: Model) -> Ready:
    name = f"note_{_digest((spelled(model), _makers()))}.json"
    found = _noted(files.noted(name))
    if found is None:
        found = _made(model)
        files.note(name, _text(found))
    return found


def _made(model: Model) -> Ready:
    from ketasim.compiler.compile import compile_model

    system = compose(model)
    return Ready(tuple(str(state) for state in system.states), compile_model(system))


def _text(found: Ready) -> str:
    """A note with its own hash, so that a damaged one is seen."""
    ode, closed, device = found.compiled.ode, found.compiled.closed, found.compiled.cuda
    made = (ode.path, ode.driver, device.path, *((closed.path, closed.kernels) if closed else ()))
    note = {
        "states": found.states,
        "sizes": (ode.n_states, ode.n_parameters, ode.n_outputs),
        "files": [path.name for path in made],
    }
    return json.dumps({"note": note, "digest": _digest((json.dumps(note),))})


def _noted(text: str | None) -> Ready | None:
    """What a note says; None where it, or a file of which it speaks, is missing or damaged."""
    try:
        found = json.loads(text or "null")
        note: dict[str, Any] = found["note"]
        if found["digest"] != _digest((json.dumps(note),)):
            return None
    except (ValueError, KeyError, TypeError):
        return None
    made = [files.find(name) for name in note["files"]]
    there = [one for one in made if one is not None]
    if len(there) < len(made):
        return None
    ode = OdeModel(there[0], there[1], *note["sizes"])
    closed = ClosedModel(there[3], there[4]) if len(there) == 5 else None
    return Ready(tuple(note["states"]), Compiled(ode, closed, CudaModel(there[2], ode)))


@cache
def _makers() -> str:
    """Fingerprint of our code and of the tools that composing rests on."""
    paths = sorted(PACKAGE.rglob("*.py"))
    texts = (text for p in paths for text in (p.relative_to(PACKAGE).as_posix(), p.read_text(encoding="utf-8")))
    return _digest((*texts, *map(version, TOOLS)))


def _digest(pieces: Iterable[str]) -> str:
    found = hashlib.sha256()
    for piece in pieces:
        data = piece.encode()
        found.update(len(data).to_bytes(8, "little") + data)
    return found.hexdigest()[:32]
