"""Courses of weeks: what comes and goes within a day is drawn in hours, and on a logarithmic axis over the whole."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.dosing.regimen import Regimen
from ketasim.pharmacology import shelf
from ketasim.population import named
from ketasim.report import courses
from ketasim.report.comparison import page as of_comparison
from ketasim.report.run import page as of_run
from ketasim.simulation.simulate import simulate


@pytest.fixture(scope="module")
def runs():
    given = [Regimen.preset(name) for name in ("spravato-induction", "spravato-56", "spravato-56-single")]
    people = named.population("healthy-adults", 4, 1)
    model = shelf.model("perez-ruixo-2021")
    return {one.name: simulate(model, people, one) for one in given}


def titles(page):
    return [picture.title for section in page.sections for picture in section.pictures]


def captions(page):
    return " ".join(picture.caption for section in page.sections for picture in section.pictures)


def test_a_long_course_comes_with_its_first_and_last_session_in_hours(runs):
    long, short = runs["spravato-induction"], runs["spravato-56-single"]
    assert titles(of_run(long, {}, {})) == ["Outputs over time", "Hour by hour"]
    assert "The first session is on day 1 and session 8 is on day 25." in captions(of_run(long, {}, {}))
    assert courses.whole({"a": long}, "plasma esketamine").log
    assert not courses.whole({"a": short}, "plasma esketamine").log
    first, last = (courses.session({"a": long}, "plasma esketamine", {"a": k}).bands[0] for k in (0, -1))
    assert first.times[0] == last.times[0] == 0.0 and last.times[-1] == 24.0 and first.people == 4
    assert last.median.max() > 1.2 * first.median.max()  # 56 mg, then 84 mg


def test_a_single_dose_comes_with_its_first_hours(runs):
    short = runs["spravato-56-single"]
    assert titles(of_run(short, {}, {})) == ["Outputs over time", "Hour by hour"]
    assert "The first 8 h." in captions(of_run(short, {}, {}))
    (band,) = courses.session({"a": short}, "plasma esketamine", {"a": 0}, "", courses.FIRST).bands
    assert (band.times[0], band.times[-1]) == (0.0, 8.0)
    people, model = named.population("healthy-adults", 2, 1), shelf.model("perez-ruixo-2021")
    for few in ({"times": [0, 1, 24]}, {"times": np.arange(0.0, 9.0, 0.5)}):
        assert titles(of_run(simulate(model, people, short.regimen, **few), {}, {})) == ["Outputs over time"]


def test_sessions_of_which_little_was_kept_are_not_drawn():
    people, model = named.population("healthy-adults", 2, 1), shelf.model("perez-ruixo-2021")
    run = simulate(model, people, Regimen.preset("spravato-induction"), times=[0, 24, 600])
    assert titles(of_run(run, {}, {})) == ["Outputs over time"]


def test_a_comparison_of_courses_shows_sessions_before_the_whole(runs):
    long = {name: runs[name] for name in ("spravato-induction", "spravato-56")}
    shown = titles(of_comparison(long, (), {}, {}))
    assert shown == ["The first session, hour by hour", "The last session, hour by hour", "Outputs over time"]
    single = titles(of_comparison({"a": runs["spravato-56-single"]}, (), {}, {}))
    assert single == ["The first 8 h", "Outputs over time"]


def test_few_people_are_said_beside_percentiles(runs):
    page = of_run(runs["spravato-56-single"], {}, {})
    told = " ".join(s.text for s in page.sections) + " ".join(p.caption for s in page.sections for p in s.pictures)
    assert "band: 5 to 95 % of only 4 people" in told and "There are only 4 people" in told
    assert np.isfinite(runs["spravato-56-single"].times).all()
