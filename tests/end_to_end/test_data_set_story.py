"""A data set is brought: the run predicts each observation, and agrees with the same doses as a regimen."""

import numpy as np
import pandas as pd
import pytest
from tests.support.small import small

from ketasim.dosing.regimen import Regimen
from ketasim.population.people import listed
from ketasim.simulation import dataset
from ketasim.simulation.simulate import simulate

ROWS = """ID,TIME,AMT,RATE,EVID,CMT,DV,WT,AGE
{id},0,20,30,1,vein,.,{wt},40
{id},0.5,.,.,0,plasma esketamine,110,{wt},40
{id},2,.,.,0,plasma esketamine,{dv},{wt},40
{id},26,.,.,0,plasma esketamine,.,{wt},40
"""


@pytest.fixture
def path(tmp_path):
    blocks = [ROWS.format(id=i, wt=60 + 5 * i, dv=20 + i) for i in range(1, 8)]
    text = blocks[0] + "".join("\n".join(b.splitlines()[1:]) + "\n" for b in blocks[1:])
    file = tmp_path / "study.csv"
    file.write_text(text)
    return file


def test_observations_are_predicted_and_written(path, tmp_path):
    data = dataset.read(path, small())
    run = simulate(small(), None, data, seed=3, out=tmp_path / "run", chunk=2)
    seen = run.observed()
    assert len(seen) == 21 and seen.output.unique().tolist() == ["plasma esketamine"]
    assert seen.DV.isna().sum() == 7 and seen.PRED.gt(0).all()

    people = listed(
        {"ID": np.arange(1, 8), "WT": 60 + 5.0 * np.arange(1, 8), "AGE": np.full(7, 40.0)}, "the same people"
    )
    infusion = Regimen("iv").dose("esketamine", "iv_infusion", "20 mg", duration="40 min", start=0)
    same = simulate(small(), people, infusion, seed=3, times=[0.5, 2, 26])
    predicted = seen.PRED.to_numpy().reshape(7, 3)
    assert np.allclose(predicted, same.array("plasma esketamine"), rtol=1e-9)

    stored = pd.read_parquet(tmp_path / "run" / "observed.parquet")
    assert np.array_equal(stored.PRED, seen.PRED)
    again = simulate(small(), None, data, seed=3, chunk=7)
    assert np.array_equal(again.observed().PRED, seen.PRED)
