"""What a scoreboard stands on: fingerprints of the posterior and of every study record."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from ketasim.calibration.posterior import FOLDER, draws_of
from ketasim.pharmacology.mood.glutamate import Mechanism
from ketasim.pharmacology.mood.values import CALIBRATED
from ketasim.studies.shelf import studies


def stamp(mechanism: Mechanism = CALIBRATED) -> dict[str, str]:
    """Fingerprints by name; "none" for a posterior that is not there."""
    draws = FOLDER / draws_of(mechanism)
    return {
        "posterior": _digest([draws.read_bytes()]) if draws.exists() else "none",
        "studies": _digest(s.path.read_bytes() for s in sorted(studies().values(), key=lambda s: s.id)),
    }


def _digest(pieces: Iterable[bytes]) -> str:
    found = hashlib.sha256()
    for piece in pieces:
        found.update(len(piece).to_bytes(8, "little") + piece)
    return found.hexdigest()[:16]
