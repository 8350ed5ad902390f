"""Which studies a reader asked for: each once, no two under one id."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ketasim.errors import StudyError
from ketasim.reproduction.chosen import distinct
from ketasim.studies.load import read
from ketasim.studies.shelf import study

EXAMPLE = Path(__file__).parents[3] / "examples" / "studies" / "parallel.toml"


def test_studies_of_different_ids_stay_and_one_named_twice_comes_once(tmp_path):
    own, shipped = read(EXAMPLE), study("murrough2013")
    assert distinct([own, shipped, replace(own, path=EXAMPLE.parent / ".." / "studies" / EXAMPLE.name)]) == [
        own,
        shipped,
    ]


def test_two_files_of_ones_own_with_one_id_are_refused(tmp_path):
    shutil.copy(EXAMPLE, tmp_path / "copy.toml")
    with pytest.raises(
        StudyError, match=r"copy.toml, line 2, field 'id': 'example-parallel' is also the id of .*parallel"
    ):
        distinct([read(EXAMPLE), read(tmp_path / "copy.toml")])
