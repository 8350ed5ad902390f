"""What is printed, and where: results on standard output, messages and progress on standard error."""

from __future__ import annotations

import json
import math
import re
import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ketasim.report.style import NOTICE, is_number, number

SPAN: Final = re.compile(r"^\S+( %)? to \S+( %)?$")  # "−24.9 to −9.8"
WHOLE: Final = re.compile(  # a command, what is quoted, an option with its value, "5 %"
    r"`[^`]*`|(?<!\w)'[^']{1,60}'(?!\w)|(?<!\S)--[a-z-]+ (?!or |and |is |has )[^\s-]\S*|[\d.,]+ %"
)
JOINED: Final = "\ue000"  # of private use: stands for a space that is kept, and is in no text of a user's
MIN_WIDTH, MAX_WIDTH = 12, 140
TEXT_WIDTH = 80


def say(text: str) -> None:
    """One message on standard error."""
    print(text, file=sys.stderr)


def readable(text: str) -> str:
    """Text that any file takes: what the system handed over undecoded (an accent in a path) as UTF-8, else as "�"."""
    try:
        raw = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a surrogate that no system hands over
        raw = text.encode("utf-8", "replace")
    return raw.decode("utf-8", "replace")


def unbroken(text: str) -> str:
    """Text that `filled` leaves on one line, as a command that is to be copied."""
    return text.replace(" ", JOINED)


def filled(text: str, width: int = TEXT_WIDTH, first: str = "", later: str = "") -> str:
    """Text in lines of at most `width` columns, indented by `first` and then `later`.

    Commands in backquotes, quoted names, words and paths are not broken; one that is too long stands out.
    """
    kept = WHOLE.sub(lambda found: unbroken(found[0]), text)
    lines = textwrap.fill(
        kept, width, initial_indent=first, subsequent_indent=later, break_on_hyphens=False, break_long_words=False
    )
    return lines.replace(JOINED, " ")


def notice(warnings: Iterable[str] = ()) -> None:
    """Beside every prediction: that it is no medical advice, and where it leaves the data behind the model."""
    for line in warnings:
        say(filled(f"Warning: {line}", later="  "))
    say(NOTICE)


def emit(result: Mapping[str, Any]) -> None:
    """A result as one JSON object on standard output, whatever letters that knows; NaN and infinity become null."""
    text = readable(json.dumps(plain(result), indent=2, ensure_ascii=False, allow_nan=False))
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(json.loads(text), indent=2)
    print(text)


def plain(value: Any) -> Any:
    """Nested values as JSON knows them."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, str | bool | int) or value is None:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, Iterable):
        return [plain(v) for v in value]
    return str(value)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> None:
    """A table on standard output, at most as wide as the terminal (80 where there is none).

    Numbers stand right; text stands left and wraps, the widest column first; nothing is cut off.
    """
    shown = [[", ".join(map(str, c)) if isinstance(c, list | tuple) else c for c in row] for row in rows]
    text = [
        not all(is_number(row[k]) for row in shown) or all(row[k] == "" for row in shown) for k in range(len(columns))
    ]
    cells = [[number(cell) for cell in row] for row in shown]
    widths = _widths(columns, cells, text)
    lines = [title] if title else []
    lines += _line(columns, widths, text)
    lines.append("  ".join("─" * width for width in widths))
    for row in cells:
        lines += _line(row, widths, text)
    print("\n".join(line.rstrip() for line in lines) + "\n")


def _widths(columns: Sequence[str], cells: Sequence[Sequence[str]], text: Sequence[bool]) -> list[int]:
    """As wide as the widest cell; where that is too much, columns of text give way, down to their longest word: first
    those after the first, which holds names, then it, then intervals ("−24.9 to −9.8").
    """
    every = [[name, *(row[k] for row in cells)] for k, name in enumerate(columns)]
    widths = [max(map(len, column)) for column in every]
    words = [max((len(word) for cell in column for word in cell.split()), default=0) for column in every]
    room = min(shutil.get_terminal_size().columns, MAX_WIDTH) - 2 * (len(columns) - 1)
    spans = [k for k in range(len(columns)) if any(SPAN.search(row[k]) for row in cells)]
    later = [k for k in range(1, len(columns)) if text[k] and k not in spans]
    first = [0] if text and text[0] and 0 not in spans else []
    heads = [k for k in range(len(columns)) if not text[k] and cells]
    for flexible, least in ((later, MIN_WIDTH), (first, MIN_WIDTH), (heads, 0), (later, 0), (spans, 0)):
        down = {k: max(least, words[k], 1) for k in flexible}
        while sum(widths) > room and (wide := [k for k in flexible if widths[k] > down[k]]):
            widths[max(wide, key=lambda k: widths[k])] -= 1
    return widths


def _line(cells: Sequence[str], widths: Sequence[int], text: Sequence[bool]) -> list[str]:
    wrapped = [textwrap.wrap(cell, width) or [""] for cell, width in zip(cells, widths, strict=True)]
    return [
        "  ".join(
            f"{part[k] if k < len(part) else '':{'<' if left else '>'}{width}}"
            for part, width, left in zip(wrapped, widths, text, strict=True)
        )
        for k in range(max(map(len, wrapped)))
    ]


def once_each(rows: list[list[Any]]) -> list[list[Any]]:
    """Rows in which a name that repeats the one above it is left out."""
    return [["" if k and row[0] == rows[k - 1][0] else row[0], *row[1:]] for k, row in enumerate(rows)]


def frame_rows(frame: Any) -> list[dict[str, Any]]:
    """A pandas DataFrame as one mapping per row."""
    rows: list[dict[str, Any]] = frame.to_dict(orient="records")
    return rows
