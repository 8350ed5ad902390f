"""A score that its scale does not have is refused with line and column."""

import re
from dataclasses import replace

import pytest
from tests.support.small import small

from ketasim.errors import DataError
from ketasim.simulation.dataset import read


def scored():
    one = small()
    first, *others = one.outputs
    return replace(one, outputs=(first, *(replace(o, name="MADRS", unit="1") for o in others[:1])))


def file(folder, dv, output="MADRS", mdv=0):
    (folder / "d.csv").write_text(
        f"ID,TIME,AMT,CMT,DV,MDV,WT,AGE\n1,0,8,vein,.,1,70,40\n1,1,.,{output},30,0,70,40\n1,2,.,{output},{dv},{mdv},70,40\n"
    )
    return folder / "d.csv"


@pytest.mark.parametrize("dv", [-5, 70, 600])
def test_a_score_beyond_its_scale_is_refused(tmp_path, dv):
    where = file(tmp_path, dv)
    said = f"{where}, line 4, column DV: MADRS goes from 0 to 60, but {dv} came"
    with pytest.raises(DataError, match=re.escape(said)):
        read(where, scored())


def test_ends_of_the_scale_other_outputs_and_what_was_not_measured_are_taken(tmp_path):
    for given in ((0,), (60,), (70, small().outputs[0].name), (70, "MADRS", 1)):
        assert read(file(tmp_path, *given), scored()).observed.dv.size == 2
