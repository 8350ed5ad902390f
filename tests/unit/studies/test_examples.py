import re
from pathlib import Path

import pytest

from ketasim.evidence import bibliography
from ketasim.measurement.scale import names
from ketasim.studies import load, observed, regimens
from ketasim.studies.load import read

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted((ROOT / "examples" / "studies").glob("*.toml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_the_worked_examples_read(path):
    study = read(path)
    assert study.observations
    for arm in study.arms:
        assert bool(regimens.regimen(study, arm).tables) is arm.active


def test_one_cites_a_paper_of_its_own():
    known = bibliography.keys()
    assert {key for path in EXAMPLES for key in read(path).citation if key not in known} == {"example2024"}


def test_the_entry_printed_on_the_page_can_be_cited(tmp_path):
    page = (ROOT / "docs" / "study-files.md").read_text(encoding="utf-8")
    citation, entry = (re.search(rf"^    ({start}.*)$", page, re.MULTILINE)[1] for start in ("citation = ", "@article"))
    text = EXAMPLES[0].read_text(encoding="utf-8")
    (tmp_path / "my-trial.toml").write_text(re.sub(r"(?m)^citation = .*$", citation, text), encoding="utf-8")
    (tmp_path / "papers.bib").write_text(entry, encoding="utf-8")
    assert read(tmp_path / "my-trial.toml").citation == ("mypaper2024",)


def test_the_open_month_is_open():
    one = next(read(path) for path in EXAMPLES if path.stem == "withdrawal")
    assert one.control(one.arm("open esketamine"), one.phases[0]) == "open"
    assert one.control(one.arm("esketamine goes on"), one.phases[1]) == "none"


def test_there_are_two_and_they_differ():
    assert len(EXAMPLES) >= 2
    assert {bool(read(p).phases) for p in EXAMPLES} == {True, False}


def test_the_page_names_every_field_and_word():
    page = (ROOT / "docs" / "study-files.md").read_text(encoding="utf-8")
    words = {
        *observed.STATISTICS,
        *observed.MEASURES,
        *observed.ANALYSES,
        *names(),
        *load.CONTROLS,
        *load.BACKGROUNDS,
        *load.DESIGNS,
        *load.SELECTIONS,
        *load._PHASE,
    }
    missing = {w for w in (*words, *load._ARM, *load._POPULATION) if w not in page}
    assert not missing


def test_an_open_design_is_open_unless_told_otherwise(tmp_path):
    text = next(path for path in EXAMPLES if path.stem == "parallel").read_text(encoding="utf-8")
    assert 'design = "parallel"' in text and "blinding" not in text
    for more, told in (("", "open"), ('\nblinding = "double blind"', "double blind")):
        (tmp_path / "one.toml").write_text(
            text.replace('design = "parallel"', f'design = "open"{more}'), encoding="utf-8"
        )
        assert read(tmp_path / "one.toml").blinding == told
