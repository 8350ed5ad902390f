"""A model as one self-contained file for a CUDA device: the functions of its other file, one patient per thread.

Both files are written from one text, so that a device evaluates the same equations in the same order; only `exp`,
`log` and the like are its own. The loop over lanes goes, each function gets its lane from the thread instead, and cells
keep their places: with 16 lanes the threads of a group read one line of 128 bytes.
"""

from __future__ import annotations

import re

from ketasim.compiler.emit import decorated, joined, kernel_text, sizes, title
from ketasim.compiler.options import Options
from ketasim.compiler.program import Program

LOOP = "    for lane in range(LANES):"
GUARDED = {
    **{"exp": "expo", "log": "logn", "pow": "power", "sqrt": "root"},
    **{"sin": "sine", "cos": "cosine", "tanh": "tangent_h"},
}
IMPORTS = """\
import math
from typing import Any, NamedTuple

import numpy as np
from numba import cuda

part = cuda.jit(device=True)
entry = cuda.jit(cache=True)
"""


def module(program: Program, options: Options, own: str) -> str:
    """The text of a model for CUDA; `own` are its functions as `emit.functions` wrote them."""
    places = sizes(program, options).replace("\nNX =", "\nSTATES =").replace("\nNY =", "\nOUTPUTS =")
    maths, loop = kernel_text("guarded"), kernel_text("seats") + kernel_text("grid")
    written = decorated(joined(maths, guarded(per_thread(own)), loop), {"run"})
    return joined(title(program), IMPORTS, places, written)


def per_thread(text: str) -> str:
    """Functions of a text without their loop over lanes: the lane becomes their second argument."""
    lines: list[str] = []
    head, looping = 0, False
    for line in text.splitlines():
        if line.startswith("def "):
            head, looping = len(lines), False
        if line == LOOP:
            lines[head] = re.sub(r"\(w(: F64)?", r"(w\1, lane", lines[head], count=1)
            looping = True
            continue
        lines.append(line[4:] if looping and line.startswith("        ") else line)
    return "\n".join(lines)


def guarded(text: str) -> str:
    """The same text with the functions of `math` whose ends plain Python does not have taken from `guarded`."""
    return re.sub(r"\bmath\.(\w+)\(", lambda m: f"{GUARDED.get(m[1], m[0][:-1])}(", text)
