"""The page stands alone, escapes what it is given and says what it must."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from ketasim.report.page import ModelCard, Page, Picture, Section, Table, render, table_of
from ketasim.report.run import span
from ketasim.report.style import NOTICE, brief, number, unit_label

VOID = {"meta", "link", "br", "img", "hr", "input"}


class Balance(HTMLParser):
    """Every tag that opens closes, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture
def page() -> Page:
    table = Table("Summary", ("output", "Cmax"), (("plasma <S>", 101.26), ("none", None)), "per person")
    section = Section("Predictions", "Text.", (Picture("Curve", "<svg><g/></svg>", "Median and band"),), (table,))
    card = ModelCard("platform", "Platform", "examined", "820 people", "d/dt(A) = -k * A", table, ("Kamp 2020",))
    return Page("Run & report", "sub", {"Regimen": "x"}, ("Dose above the data.",), (section,), (card,), {"seed": "0"})


def test_page_is_well_formed_and_needs_no_network(page):
    text = render(page)
    checker = Balance()
    checker.feed(text)
    assert not checker.open
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?!#|data:)""", text)
    assert "<script" not in text and "@import" not in text and "url(" not in text


def test_page_escapes_text_and_keeps_pictures(page):
    text = render(page)
    assert "Run &amp; report" in text and "plasma &lt;S&gt;" in text and "<svg><g/></svg>" in text


def test_page_says_what_it_is_and_shows_warnings(page):
    text = render(page)
    assert NOTICE.split(":")[0] in text and "Dose above the data." in text and "Kamp 2020" in text


def test_rendering_twice_gives_the_same_bytes(page):
    assert render(page) == render(page)


def test_numbers_stand_right_and_text_left(page):
    table = page.sections[0].tables[0]
    assert table.cells()[0] == [("plasma <S>", ""), ("101", "num")]
    assert not table.numeric(0) and table.numeric(1)


def test_table_of_a_frame_picks_columns():
    frame = pd.DataFrame({"a": ["x"], "b": [1.5], "c": [2]})
    assert table_of("T", frame, columns=("c", "a")).rows == ((2, "x"),)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.0, "0"),
        (1.0, "1.00"),
        (0.012345, "0.0123"),
        (101.26, "101"),
        (1801.4, "1,801"),
        (-0.5, "−0.5"),
        (1.234e-7, "1.23e−7"),
        (99.96, "100"),
        (float("nan"), "–"),
        (float("inf"), "∞"),
        (None, "–"),
        ("text", "text"),
        (12345, "12,345"),
        (7.58e12, "7.58e12"),
    ],
)
def test_number(value, text):
    assert number(value) == text


def test_unit_label():
    assert unit_label("dimensionless") == "" and unit_label("ug*h/L") == "µg·h/L"
    assert unit_label("ng/mL*h") == "ng·h/mL" and unit_label("1*h") == "h"


def test_many_hours_are_told_in_days():
    assert [span(hours) for hours in (24.0, 4560.0, 2892.0, 100.0)] == ["24 h", "190 days", "120.5 days", "4.17 days"]
    assert [brief(hours) for hours in (1.333, 648.0, 24_000.0)] == ["1.33 h", "27 days", "1000 days"]
