"""From a population and a regimen to exposure in a run folder, with the public names, as a newcomer would."""

import numpy as np
import pandas as pd
from tests.support.small import nasal, small

import ketasim as ks


def test_a_newcomers_first_run(tmp_path):
    people = ks.population("trd-adults", n=200, seed=7)
    run = ks.simulate(small(), people, nasal(8), days=28, out=tmp_path / "first", seed=7)
    assert "200 finished" in repr(run) and run.warnings == ()

    curve = run["plasma esketamine"]
    assert curve.shape == (200, run.times.size) and float(curve.min()) >= 0
    summary = run.summary().set_index(["output", "measure"])
    assert 0 < summary.loc[("plasma esketamine", "Cmax"), "median"] < 2000
    low, middle, high = run.band("plasma esketamine")
    assert np.all(low <= middle) and np.all(middle <= high)
    assert len(pd.read_parquet(tmp_path / "first" / "patients.parquet")) == 200

    table = ks.compare(small(), people, [nasal(1, "28 mg"), ks.Regimen("more").dose("esketamine", "nasal", "56 mg")])
    gain = table.table(["AUCinf"]).query("output == 'plasma esketamine' and regimen == 'more'").iloc[0]
    assert gain.difference > 10 * gain.se > 0 and gain.n == 200
