"""Whom the name of an arm says that it holds: papers re-randomise remitters and responders apart within one phase."""

from __future__ import annotations

import re
from typing import Final

_WORD: Final = re.compile(r"(?<!\bnon[-\s\u2010-\u2014])\b(remitter|responder)s?\b", re.IGNORECASE)


def called(name: str) -> str:
    """ "remitters" or "responders", if one of them is a word of the name; "" for "non-remitters" and others."""
    found = {match[1].lower() for match in _WORD.finditer(name)}
    return "remitters" if "remitter" in found else "responders" if found else ""
