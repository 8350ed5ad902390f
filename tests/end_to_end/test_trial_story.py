"""What a trial of this size would find, told by a simulation, beside what `reproduce` predicts of such a trial."""

from __future__ import annotations

import pytest

from ketasim.calibration.known import estimates
from ketasim.dosing.regimen import Regimen
from ketasim.pharmacology import shelf
from ketasim.pharmacology.readings import reading
from ketasim.population.named import population
from ketasim.population.people import with_columns
from ketasim.simulation.leaning import of_runs
from ketasim.simulation.simulate import simulate

ONCE, N = "spravato-84-single", 60  # 120 in all: no small trial, which has an effect of the drug of its own
HEAD = f"""
id = "of-this-size"
trial = "of-this-size"
citation = "murrough2013"
use = "judge"
route = "nasal"
[population]
diagnosis = "TRD"
age = {{mean = 45, sd = 13}}
female = 0.6
baseline = {{scale = "MADRS", mean = 37.5, sd = 5.6}}
[[arm]]
name = "drug"
n = {N}
regimen = "{ONCE}"
control = "none"
background = "stable"
[[arm]]
name = "saline"
n = {N}
regimen = "none"
control = "saline"
background = "stable"
"""
SEEN = """
[[observation]]
arm = "drug"
endpoint = "MADRS change"
time = "{time}"
n = 60
se = 1.0
analysis = "observed"
"""
TIMES = {"24 h": "24 h after dose 1", "day 28": "day 28"}


@pytest.fixture(scope="module")
def simulated():
    """Trials by (of, measure), of 60 people in each arm."""
    model, people, runs = shelf.model("pathway"), population("trd-adults", n=N, seed=1), {}
    for name, control in (("none", "saline"), (ONCE, "none")):
        who = with_columns(people, {"CONTROL": control, "BACKGROUND": "stable"})
        given = Regimen("none") if name == "none" else Regimen.preset(name)
        hours = [0.0, 9.0, 9.5, 10.0, 12.0, 24.0, 33.0, 648.0]
        runs[name] = simulate(model, who, given, times=hours, seed=1)
    told = of_runs(runs, (), reading(model), estimates(model), areas=())
    return {(one.of, one.measure): one.trial for one in told if one.trial.told and one.treatment == ONCE}


def test_the_interval_is_as_wide_as_that_of_reproduce(ketasim, tmp_path, simulated):
    text = HEAD
    for time in TIMES.values():
        text += SEEN.format(time=time) + "mean = -10.0\n"
        text += SEEN.format(time=time) + f'versus = "saline"\nn_versus = {N}\ndifference = -5.0\n'
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    said = ketasim("reproduce", "study.toml", "--json")
    assert said.status == 0, said.err
    for row in said.json["observations"]:
        of = "difference" if "versus" in row["arm"] else "mean"
        when = next(short for short, time in TIMES.items() if time == row["time"])
        trial = simulated[of, f"change, {when}"]
        width = row["predicted_high"] - row["predicted_low"]
        assert trial.high - trial.low == pytest.approx(width, rel=0.35), (row["arm"], when)
