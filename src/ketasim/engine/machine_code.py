"""What a generated file became: its machine code, part by part, to be counted."""

from __future__ import annotations

import re
from pathlib import Path

from ketasim.engine.loader import load

_PART = re.compile(r'^"?_?lanes_(\w+)"?:')
_OTHER = re.compile(r'^"?[A-KM-Za-z_]')
_ARITHMETIC = r"\sv?f?n?m?(?:mul|add|sub|madd\d+|msub\d+|div|fmadd\d+|fnmadd\d+)"


def machine_code(path: Path) -> dict[str, str]:
    """Assembly text of the parts of a generated file, compiled anew: the cached code cannot be read."""
    from numba import cfunc

    module = load(path)
    text = cfunc(module.SIGNATURE)(module.whole)._library.get_asm_str()
    parts: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines():
        if begins := _PART.match(line):
            lines = parts.setdefault(begins[1], [])
        elif _OTHER.match(line):
            lines = []
        lines.append(line)
    return {name: "\n".join(lines) for name, lines in parts.items()}


def counted(code: str) -> tuple[int, int, int]:
    """Packed and single arithmetic instructions on x86 in assembly text, and calls of exp, log or pow."""
    packed, single = (len(re.findall(_ARITHMETIC + ending, code)) for ending in (r"pd\s", r"sd\s"))
    return packed, single, len(re.findall(r"call\S*\s+\S*(?:exp|log|pow)", code))
