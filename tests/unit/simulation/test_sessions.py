"""Exposure by session, against a single dose of the same size."""

from __future__ import annotations

import pytest

from ketasim.dosing.regimen import Regimen
from ketasim.pharmacology import shelf
from ketasim.population.named import population
from ketasim.report.run import measured
from ketasim.simulation.comparison import differences
from ketasim.simulation.sessions import by_session
from ketasim.simulation.simulate import simulate


def run(preset: str, **how):
    model = shelf.model("perez-ruixo-2021")
    return simulate(model, population("healthy-adults", 8, 1), Regimen.preset(preset), seed=1, **how)


def test_one_session_is_not_told_apart():
    assert by_session(run("spravato-56-single")) == ()


def test_quantiles_have_no_sessions():
    assert by_session(run("spravato-induction", quantiles=True)) == ()


def test_each_session_has_its_exposure():
    rows = by_session(run("spravato-induction"))
    peaks = [r for r in rows if (r.output, r.measure) == ("plasma esketamine", "Cmax")]
    assert [r.number for r in peaks] == list(range(1, 9)) and peaks[1].start == 72.0
    assert all(r.low <= r.median <= r.high for r in rows)
    # the first session is 56 mg, the second 84 mg
    (single,) = [
        r["median"]
        for r in run("spravato-56-single").summary().to_dict("records")
        if (r["output"], r["measure"]) == ("plasma esketamine", "Cmax")
    ]
    assert peaks[0].median == pytest.approx(single, rel=1e-3) and peaks[1].median > 1.2 * single
    times = [r.median for r in rows if (r.output, r.measure) == ("plasma esketamine", "Tmax")]
    assert max(times) < 3.0


def test_the_ends_alone_are_the_ends_of_all():
    given = run("spravato-induction")
    whole = by_session(given)
    assert by_session(given, ends=True) == tuple(row for row in whole if row.number in (1, 8))
    assert {row.measure for row in by_session(given, measures=("Tmax",))} == {"Tmax"}


def test_tmax_on_a_table_is_that_of_the_first_and_the_last_session():
    given, single = run("spravato-induction"), run("spravato-56-single")
    rows = [row for row in measured(given) if row["output"] == "plasma esketamine"]
    peaks = {row["measure"]: row["median"] for row in rows if row["measure"].startswith("Tmax")}
    assert set(peaks) == {"Tmax, session 1", "Tmax, session 8"} and max(peaks.values()) < 3.0
    assert len(rows) == len([r for r in measured(single) if r["output"] == "plasma esketamine"]) + 1
    assert not any(row["measure"].startswith("Tmax") for row in measured(run("spravato-induction", quantiles=True)))


def test_a_comparison_of_courses_has_no_tmax():
    long, single = run("spravato-induction", days=28), run("spravato-56-single", days=28)
    assert {row.measure for row in differences({"a": single, "b": single})} == {"Cmax", "Tmax", "AUClast"}
    assert {row.measure for row in differences({"a": single, "b": long})} == {"Cmax", "AUClast"}
