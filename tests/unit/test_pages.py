"""Links on every page, also in the folders below docs, lead to a file and a heading; named files are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOP = ("docs", "src", "benchmarks", "examples")
PAGES = sorted([*ROOT.glob("*.md"), *(page for name in TOP for page in (ROOT / name).rglob("*.md"))])
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s#]*)(?:#([^)\s]+))?\)")
NAMED = re.compile(r"`((?:docs|src|tests|benchmarks|examples)/[\w./-]+)`")
IN_CODE = re.compile(r"\bdocs/[\w/-]+\.md\b")


def broken(page: Path) -> list[str]:
    """Links and named files of a page that lead nowhere."""
    text, wrong = page.read_text(encoding="utf-8"), []
    for path, heading in LINK.findall(text):
        target = page.parent / path if path else page
        if not target.exists() or (heading and heading not in headings(target)):
            wrong.append(f"{path}#{heading}".removesuffix("#"))
    return wrong + [name for name in NAMED.findall(text) if not (ROOT / name).exists()]


def headings(page: Path) -> set[str]:
    """Headings as they are linked to: small letters, hyphens for blanks, no other signs."""
    found = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", line.lower()).strip().replace(" ", "-") for line in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_link_leads_nowhere(page):
    assert broken(page) == []


def test_pages_below_folders_are_among_them_and_a_wrong_link_is_found(tmp_path):
    names = {page.relative_to(ROOT).as_posix() for page in PAGES}
    assert {"docs/tutorials/own-model.md", "docs/decisions/0002-generated-code.md", "README.md"} <= names
    (tmp_path / "a.md").write_text("# One, two\n[a](a.md#one-two) [b](#one-two) [c](b.md) [d](#three) `docs/no.md`\n")
    assert broken(tmp_path / "a.md") == ["b.md", "#three", "docs/no.md"]


def test_pages_that_code_and_records_name_are_there():
    wrong = [
        (path.relative_to(ROOT).as_posix(), name)
        for folder in (*TOP, "tests")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".toml", ".html") and path != Path(__file__)
        for name in IN_CODE.findall(path.read_text(encoding="utf-8"))
        if not (ROOT / name).exists()
    ]
    assert not wrong
