"""What is printed, and where: results on standard output, messages and progress on standard error."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ketasim.report.style import NOTICE, number


def say(text: str) -> None:
    """One message on standard error."""
    print(text, file=sys.stderr)


def notice(warnings: Iterable[str] = ()) -> None:
    """Beside every prediction: that it is no medical advice, and where it leaves the data behind the model."""
    for line in warnings:
        say(f"Warning: {line}")
    say(NOTICE)


def emit(result: Mapping[str, Any]) -> None:
    """A result as one JSON object on standard output; NaN and infinity become null."""
    print(json.dumps(plain(result), indent=2, ensure_ascii=False, allow_nan=False))


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
    """A table on standard output; numbers stand right, text wraps, nothing is cut off at 80 columns."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    shown = [list(row) for row in rows]
    grid = Table(box=box.SIMPLE_HEAD, title=title or None, title_justify="left", title_style="bold", pad_edge=False)
    for k, name in enumerate(columns):
        text = any(isinstance(row[k], str) for row in shown)
        grid.add_column(name, justify="left" if text else "right", overflow="fold", no_wrap=not text)
    for row in shown:
        grid.add_row(*[number(cell) for cell in row])
    Console(highlight=False, markup=False, soft_wrap=False).print(grid)


def frame_rows(frame: Any) -> list[dict[str, Any]]:
    """A pandas DataFrame as one mapping per row."""
    rows: list[dict[str, Any]] = frame.to_dict(orient="records")
    return rows
