"""The page on the architecture names what is there, and no folder is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "ketasim"
PAGE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
NAMED = sorted({name for name in re.findall(r"`([\w./-]+)`", PAGE) if "/" in name or name.endswith((".py", ".toml"))})


@pytest.mark.parametrize("name", [name for name in NAMED if not name.startswith("./")])
def test_every_file_and_folder_that_is_named_is_there(name: str) -> None:
    assert (SOURCE / name).exists() or (ROOT / name).exists()


def test_names_were_found() -> None:
    assert {"engine/abi.py", "simulation/plan.py", "docs/decisions/", "tests/house.py"} <= set(NAMED)


def test_the_table_has_every_folder_from_the_bottom_up() -> None:
    rows = re.findall(r"^\| ((?:`[\w./]+`(?:, )?)+) \|", PAGE, re.MULTILINE)
    told = [name.rstrip("/").removesuffix(".py") for row in rows for name in re.findall(r"`([\w./]+)`", row)]
    there = {path.name for path in SOURCE.iterdir() if (path / "__init__.py").exists()}
    assert there <= set(told)
    contracts = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    layers = re.findall(r'"([^"]+)"', contracts.split("layers = [")[1].split("]")[0])[::-1]
    level = {name: k for k, layer in enumerate(layers) for name in layer.split(" | ")}
    above = [(a, b) for k, a in enumerate(told) for b in told[k + 1 :] if a not in ("errors", "units")]
    assert all(level[a] <= level[b] or {a, b} == {"report", "cli"} for a, b in above)
