"""Fingerprints: what makes two requests the same, and which model, evidence and code answered."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ketasim.model.model import spelled

if TYPE_CHECKING:
    from ketasim.simulation.dataset import DataSet
    from ketasim.simulation.plan import Study

PACKAGE = Path(__file__).resolve().parents[1]


def digest(pieces: Iterable[bytes]) -> str:
    """SHA-256 of pieces, one after the other, shortened to 32 hexadecimal digits."""
    found = hashlib.sha256()
    for piece in pieces:
        found.update(len(piece).to_bytes(8, "little"))
        found.update(piece)
    return found.hexdigest()[:32]


@lru_cache(maxsize=4)
def of_files(folder: str, *patterns: str) -> str:
    """Fingerprint of the files of our package below `folder` whose names match."""
    root = PACKAGE / folder
    paths = sorted({path for pattern in patterns for path in root.rglob(pattern) if "__pycache__" not in path.parts})
    return digest(part for path in paths for part in (path.relative_to(PACKAGE).as_posix().encode(), path.read_bytes()))


def of_model(study: Study) -> str:
    """Fingerprint of a model: its components, numbers with their facts, links, inlets and outputs."""
    return digest([spelled(study.model).encode()])


def of_data(data: DataSet) -> str:
    """Fingerprint of a data set as it was read: its units and how covariates are carried are in it."""
    tables = (data.records, data.changes, data.observed)
    arrays = [getattr(table, f.name) for table in tables for f in fields(table)]
    arrays += [data.rows, data.begin, data.occasion, *(data.covariates[name] for name in sorted(data.covariates))]
    return digest(part for a in arrays for part in (str(a.dtype).encode(), np.ascontiguousarray(a).tobytes()))


def fingerprints(study: Study) -> dict[str, str]:
    """Of the model, the evidence (facts and bibliography) and the code."""
    return {
        "model": of_model(study),
        "evidence": of_files("evidence", "*.toml", "*.bib"),
        "code": of_files(".", "*.py"),
    }


def request(study: Study, levels: tuple[float, ...]) -> dict[str, Any]:
    """What was asked, in plain words and numbers; equal for equal requests, whatever the threads and chunks."""
    regimen, data = study.regimen, study.data
    given: dict[str, Any]
    if regimen is not None:
        given = {"regimen": regimen.to_toml()}
    elif data is not None:
        given = {"data": Path(data.path).name, "digest": of_data(data)}
    else:
        given = {"regimen": "none"}
    return {
        "model": study.model.name,
        "people": {"label": study.people.label, "n": study.people.n, **study.people.source},
        **given,
        "times_h": study.times.tolist(),
        "outputs": list(study.names),
        "seed": int(study.seed),
        "typical": study.typical,
        "residual": study.residual,
        "draws": study.draws,
        "overrides": {name: study.overrides[name] for name in sorted(study.overrides)},
        "settings": {name: getattr(study.settings, name) for name in ("rtol", "atol", "max_steps", "method")},
        "quantiles": list(levels),
    }


def versions() -> dict[str, str]:
    """Versions of Python, of us, and of what does the arithmetic."""
    from importlib.metadata import version

    names = ("ketasim", "numpy", "scipy", "numba", "sympy", "pandas", "pyarrow", "zarr")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} has no place in a request.")


def whole(study: Study, levels: tuple[float, ...]) -> str:
    """The one fingerprint that must be equal for a run to go on in a folder."""
    return digest([canonical(request(study, levels)).encode(), canonical(fingerprints(study)).encode()])
