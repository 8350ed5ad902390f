"""The covariate that a column probably means: capitals and units left out, English words, near spellings."""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import get_close_matches
from typing import Final

NEAR: Final = 0.8  # share of letters in common from which two names are near
_UNIT: Final = re.compile(r"[\s_.-]*[\[(]?(kg|years?|yrs?|y|cm|weeks?)[\])]?$", re.IGNORECASE)
WORDS: Final = {
    "WEIGHT": "WT", "BODYWEIGHT": "WT", "BW": "WT", "MASS": "WT", "HEIGHT": "HT", "GENDER": "SEX", "RACE": "ANCESTRY",
    "ETHNICITY": "ANCESTRY", "MADRS": "MADRS0", "BASELINE": "MADRS0", "BASELINEMADRS": "MADRS0",
    "MADRSBASELINE": "MADRS0",
}  # fmt: skip


def meant(name: str, wanted: Collection[str]) -> str:
    """The one of the `wanted` covariates that a column of this name probably holds; "" for none."""
    by_capitals = {one.upper(): one for one in wanted}
    bare = re.sub(r"[^A-Z0-9]", "", _UNIT.sub("", name).upper())
    for guess in (name.strip().upper(), bare, WORDS.get(bare, "")):
        if guess in by_capitals:
            return by_capitals[guess]
    near = get_close_matches(bare, [one for one in by_capitals if _figures(one) == _figures(bare)], n=1, cutoff=NEAR)
    return by_capitals[near[0]] if near else ""


def _figures(name: str) -> str:
    """The figures in a name: AGE2 is not AGE written badly, but another column."""
    return re.sub(r"\D", "", name)
