"""Exposure by session, against a single dose of the same size."""

from __future__ import annotations

import pytest

from ketasim.dosing.regimen import Regimen
from ketasim.pharmacology import shelf
from ketasim.population.named import population
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
