"""NONMEM's printed answers for 29 dosing scenarios and a subject whose weight changes at every record."""

import csv
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from tests.support.events import run
from tests.support.models import WAYS, absorption_solver

from ketasim.dosing.records import records
from ketasim.dosing.timeline import AFTER, Changes, Observations

FOLDER = Path(__file__).parents[3] / "shared" / "oracles" / "nonmem_dosing"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the NONMEM answers are not here ({FOLDER})")
SCENARIOS = range(1, 30)


@lru_cache
def columns(name):
    with (FOLDER / name).open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {k: np.array([np.nan if r[k] == "." else float(r[k]) for r in rows]) for k in rows[0]}


def event_table(e):
    dose = e["evid"] != 0
    order = np.arange(dose.size)
    table = records(
        time=e["time"][dose], evid=e["evid"][dose], amount=e["amt"][dose], inlet=e["cmt"][dose] - 1, ss=e["ss"][dose],
        ii=e["ii"][dose], addl=e["addl"][dose], rate=e["rate"][dose], order=order[dose],
    )  # fmt: skip
    return table, Observations(np.zeros(dose.size, int), e["time"], order)


@pytest.fixture(scope="module", params=WAYS)
def model(request):
    return absorption_solver(request.param)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario_is_nonmems(model, scenario):
    events, answers = columns("events.csv"), columns("nonmem.csv")
    mine = events["ID"] == scenario
    e = {k: v[mine] for k, v in events.items()}
    want = answers["CP"][answers["ID"] == scenario]
    table, seen = event_table(e)

    def central(column, otherwise, mode=None):
        def value(t, _rows):
            here = (t.inlet == 1) if mode is None else (t.inlet == 1) & (e["MODE"][t.order] == mode)
            return np.where(here, e[column][t.order], otherwise)

        return value

    got = run(
        model.compiled,
        table,
        [np.array([1.1, 20.0, 1.5])],
        seen,
        settings=model.settings,
        fraction=central("BIOAV", 1.0),
        lag=central("LAGT", 0.0),
        rate=central("RAT2", np.nan, 1),
        duration=central("DUR2", np.nan, 2),
    )[:, 0]
    assert np.abs(1000 * got - want).max() < 1e-3 * want.max()


def test_weight_carried_backward_is_nonmems(model):
    e, want = columns("covariate_events.csv"), columns("covariate_nonmem.csv")["CP"]
    table, seen = event_table(e)
    n = e["time"].size
    order = np.arange(n)
    cl = 1.1 * (e["WT"] / 70) ** 0.75
    rows = np.column_stack([cl, np.full(n, 20.0), np.full(n, 1.5)])
    changes = Changes(
        np.zeros(n - 1, int), e["time"][:-1], order[:-1], np.full(n - 1, AFTER), order[1:].astype(np.int32),
        np.zeros(1, np.int32),
    )  # fmt: skip
    got = run(model.compiled, table, [rows], seen, changes=changes, settings=model.settings)[:, 0]
    assert np.abs(1000 * got - want).max() < 1e-3 * want.max()
