"""People older or younger than anybody in the trials that scores rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ketasim.simulation.plan import Study

SCAN = 65_536
YOUNGEST = 18.0  # years: only judges are of people below (dwyer2021, zhou2024)


def warnings_of(study: Study, score: str) -> tuple[str, ...]:
    """Sentences on people of an age of which no trial behind this score was."""
    oldest, names = study.model.limits.oldest, {study.model.outputs[k].name for k in study.outputs}
    if oldest is None or score not in names or "AGE" not in study.people.names:
        return ()
    old = young = 0
    for start in range(0, study.people.n, SCAN):
        age = np.asarray(study.people.chunk(start, min(start + SCAN, study.people.n))["AGE"], dtype=np.float64)
        old, young = old + int((age > oldest).sum()), young + int((age < YOUNGEST).sum())
    found = []
    if old:
        found.append(
            f"{who(old, study.people.n)} older than {oldest:g} years: of such people one open series alone was read "
            f"for {score}, response and remission (crtce-older), and the trial set apart to judge (TRANSFORM-3) saw "
            "about two thirds of the improvement that is predicted."
        )
    if young:
        found.append(
            f"{who(young, study.people.n)} younger than {YOUNGEST:g} years: no trial of them was read for {score}, "
            "response and remission; two small ones, of people from 13 years on, are set apart to judge."
        )
    return tuple(found)


def who(count: int, n: int, one: str = "is", several: str = "are") -> str:
    """How many of n people, with a verb: "1 of 20 people is", "3 of 20 people are"; of one, "This person is"."""
    return f"{count} of {n} people {one if count == 1 else several}" if n > 1 else f"This person {one}"
