"""A modeller brings a NONMEM data set: from the file to predictions at its records, against NONMEM and closed forms."""

import csv
from pathlib import Path

import numpy as np
import pytest

from ketasim.evidence.fact import Fact
from ketasim.model.component import Component, Parameter, StateVar
from ketasim.model.model import Covariate, Inlet, Model, Output
from ketasim.model.variability import CovariateEffect
from ketasim.simulation.dataset import read
from ketasim.simulation.simulate import simulate

ORACLE = Path(__file__).parents[3] / "shared" / "oracles" / "nonmem_dosing"
CL, V, KA = 1.1, 20.0, 1.5


def fact(name, value, unit):
    return Fact(f"test.{name}", name, value, unit, ("assumed",), "D")


def parameter(name, value, unit, *effects):
    return Parameter(name, unit, fact(name, value, unit), effects=effects)


def column(name, covariate, unit):
    """A parameter that is a column of the file."""
    return parameter(name, 1.0, unit, CovariateEffect(covariate, "linear", fact(f"by_{covariate}", 1.0, unit), 1.0))


def nonmem_model(duration=None):
    """The model of the NONMEM runs: lag, bioavailability and duration of the central inlet come from the file."""
    weight = CovariateEffect("WT", "power", fact("CL_WT", 0.75, "1"), 70.0)
    body = Component(
        "body",
        (
            parameter("CL", CL, "L/h", weight),
            parameter("V", V, "L"),
            parameter("KA", KA, "1/h"),
            column("ALAG", "LAGT", "h"),
            column("F", "BIOAV", "1"),
            column("D", "DUR2", "h"),
        ),
        (StateVar("depot", "mg"), StateVar("central", "mg")),
        equations=("C = central / V", "d/dt(depot) = -KA * depot", "d/dt(central) = KA * depot - CL * C"),
    )
    covariates = (
        Covariate("WT", "kg", default=70.0),
        Covariate("LAGT", default=0.0),
        Covariate("BIOAV", default=1.0),
        Covariate("DUR2", default=2.0),
    )
    return Model(
        "nonmem",
        "One compartment with first-order absorption",
        (body,),
        (Output("CP", "body.C", "ug/L"),),
        inlets=(
            Inlet("depot", "body.depot"),
            Inlet("central", "body.central", fraction="body.F", lag="body.ALAG", duration=duration),
        ),
        covariates=covariates,
    )


@pytest.fixture(scope="module")
def model():
    return nonmem_model()


def predicted(model, path, carry="nocb"):
    data = read(path, model, carry)
    return simulate(model, None, data, typical=True, workers=1).observed()


def table(name):
    with (ORACLE / name).open(newline="") as file:
        return list(csv.DictReader(file))


needs_oracle = pytest.mark.skipif(not ORACLE.is_dir(), reason=f"the NONMEM answers are not here ({ORACLE})")


@needs_oracle
@pytest.mark.parametrize("mode", ["0", "2"])
def test_every_scenario_read_as_it_stands_is_nonmems(mode, tmp_path):
    events, answers = table("events.csv"), table("nonmem.csv")
    kept = [(e, float(a["CP"])) for e, a in zip(events, answers, strict=True) if e["MODE"] == mode]
    file = tmp_path / "events.csv"
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, list(events[0]))
        writer.writeheader()
        writer.writerows(e for e, _ in kept)
    made = nonmem_model("body.D" if mode == "2" else None)
    got = predicted(made, file)
    want = np.array([cp for e, cp in kept if e["evid"] == "0"])
    scenarios = set(got["ID"])
    assert len(scenarios) == {"0": 26, "2": 3}[mode]
    for scenario in scenarios:
        mine = got["ID"] == scenario
        assert np.abs(got["PRED"][mine] - want[mine]).max() < 1e-3 * want[mine].max(), scenario


@needs_oracle
def test_weight_that_changes_at_every_record_is_nonmems(model):
    want = np.array([float(r["CP"]) for r in table("covariate_nonmem.csv")])
    seen = np.array([r["evid"] == "0" for r in table("covariate_events.csv")])
    got = predicted(model, ORACLE / "covariate_events.csv")["PRED"].to_numpy()
    assert np.abs(got - want[seen]).max() < 1e-3 * want.max()


def test_weight_holds_backward_by_default_and_forward_on_request(model, tmp_path):
    file = tmp_path / "weights.csv"
    file.write_text(
        "ID,TIME,AMT,EVID,CMT,WT,DV\n1,0,100,1,2,70,.\n1,10,.,0,.,140,1\n1,30,.,0,.,35,2\n"
        "2,0,100,1,central,70,.\n2,10,.,0,.,70,.\n"
    )
    k = CL / V * np.array([1, 2**0.75, 0.5**0.75])
    back, forth = predicted(model, file), predicted(model, file, "locf")
    dose = 100 / V * 1000
    want = dose * np.exp([-10 * k[1], -10 * k[1] - 20 * k[2], -10 * k[0]])
    np.testing.assert_allclose(back["PRED"], want, rtol=1e-6)
    want = dose * np.exp([-10 * k[0], -10 * k[0] - 20 * k[1], -10 * k[0]])
    np.testing.assert_allclose(forth["PRED"], want, rtol=1e-6)
    np.testing.assert_array_equal(back["DV"], [1, 2, np.nan])
    assert back["ID"].tolist() == [1, 1, 2]


def test_an_observation_above_a_dose_of_its_time_is_before_it(model, tmp_path):
    file = tmp_path / "ties.csv"
    file.write_text(
        "ID,TIME,AMT,EVID,CMT\n1,5,.,0,.\n1,5,100,1,central\n1,5,.,0,.\n1,5,100,3,.\n".replace("100,3", ".,3")
    )
    np.testing.assert_allclose(predicted(model, file)["PRED"], [0, 5000])
