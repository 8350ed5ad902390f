"""Which trials are fitted and which judge: drawn by a hash of the trial's key, so that nobody picks.

Trials are put in strata (route, question, single or repeated dose), strata in alphabetical order, trials within a
stratum in the order of sha256("ketasim-split-1:" + key). Down this one list every trial at which the running share
45 % · (place + 1) passes a whole number judges: 45 % of all, spread evenly over the strata. Records that come later
carry a later `split_round` and are drawn among themselves, so that no earlier mark ever changes: a round is closed
once it is committed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from math import floor

from ketasim.errors import StudyError
from ketasim.studies.record import Study, Use

SHARE = 0.45


def order(key: str, split_round: int = 1) -> str:
    """Where a trial stands among its stratum: hexadecimal, compared as text."""
    return sha256(f"ketasim-split-{split_round}:{key}".encode()).hexdigest()


def assign(strata: Mapping[str, tuple[str, str, str]], split_round: int = 1) -> dict[str, Use]:
    """The mark of every trial, from the stratum of each trial key."""
    line = sorted(strata, key=lambda key: (strata[key], order(key, split_round)))
    return {
        key: "judge" if floor(SHARE * (place + 1)) > floor(SHARE * place) else "calibrate"
        for place, key in enumerate(line)
    }


def marks(studies: Iterable[Study]) -> dict[str, Use]:
    """The mark of every trial among these studies; StudyError if records of one trial differ in stratum or round."""
    rounds: dict[int, dict[str, tuple[str, str, str]]] = {}
    first: dict[str, Study] = {}
    for study in studies:
        other = first.setdefault(study.trial, study)
        if (other.stratum, other.split_round) != (study.stratum, study.split_round):
            raise StudyError(
                f"{study.path.name} and {other.path.name} are of one trial, {study.trial!r}, but differ in route, "
                "question, course or split_round; make these four the same."
            )
        rounds.setdefault(study.split_round, {})[study.trial] = study.stratum
    return {key: use for number, strata in rounds.items() for key, use in assign(strata, number).items()}
