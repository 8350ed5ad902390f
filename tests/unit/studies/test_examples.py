from pathlib import Path

import pytest

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


def test_there_are_two_and_they_differ():
    assert len(EXAMPLES) >= 2
    assert {bool(read(p).phases) for p in EXAMPLES} == {True, False}


def test_the_page_names_every_field_and_word():
    page = (ROOT / "docs" / "study-files.md").read_text(encoding="utf-8")
    words = {*observed.STATISTICS, *load.CONTROLS, *load.BACKGROUNDS, *load.DESIGNS, *load.SELECTIONS, *load._PHASE}
    missing = {w for w in (*words, *load._ARM, *load._POPULATION) if w not in page}
    assert not missing
