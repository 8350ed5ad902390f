"""Studies conducted patient by patient with draws of the posterior, beside what was printed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import ketasim as ks
from ketasim.calibration.parameters import INDEX
from ketasim.calibration.posterior import overrides, prior
from ketasim.errors import RequestError, UnknownName
from ketasim.report import conducted as words
from ketasim.reproduction import conducted as work
from ketasim.reproduction.conducted import RECALLED, conducted, numbers
from ketasim.studies.conduct import Row
from ketasim.studies.shelf import study
from ketasim.studies.statistic import unspoken


def test_draws_of_the_posterior_go_to_the_model_and_to_trials() -> None:
    draws = prior(50, seed=2).draws
    sets = numbers(draws, 5)
    assert len(sets) == 5 and len(numbers(draws, 80)) == 50
    assert sets[0].overrides == overrides(draws[0]) and sets[-1].overrides == overrides(draws[49])
    assert sets[-1].noise == draws[49, INDEX["noise"]]
    assert sets[-1].study_relief == draws[49, INDEX["study_relief"]]
    assert sets[-1].study_drug == draws[49, INDEX["study_drug"]]
    assert sets[-1].small_drug == draws[49, INDEX["small_drug"]]


def test_every_observation_is_predicted_or_has_its_reason() -> None:
    said: list[str] = []
    found = conducted("murrough2013", replicates=3, patients=12, seed=1, workers=1, step=said.append)
    one = study("murrough2013")
    assert len(found.results) == sum(o.scored for o in one.observations)
    assert {u.reason for u in found.unspoken} == {RECALLED}
    assert len(found.results) + len(found.unspoken) == len(one.observations)
    for row in found.results:
        assert row.predicted.shape == (3,)
        assert row.quantile(0.05) <= row.quantile(0.5) <= row.quantile(0.95)
        assert row.interval is None and row.inside() is None  # of three trials
        record = row.record()
        assert record["predicted_low"] is record["predicted_high"] is record["inside"] is None
    assert said[0] == "murrough2013, single patients" and said[-1] == "murrough2013, 3 of 3 trials done"
    again = ks.conduct(one, replicates=3, patients=12, seed=1, workers=2)
    np.testing.assert_array_equal(again.results[0].predicted, found.results[0].predicted)
    other = ks.conduct(one, replicates=3, patients=12, seed=2, workers=1)
    assert not np.array_equal(other.results[0].predicted, found.results[0].predicted)


def test_what_the_model_does_not_speak_of_has_the_reason_of_the_model() -> None:
    one = study("anand2023")
    found = conducted(replace(one, observations=one.observations[1:]), replicates=1, patients=2)
    assert not found.results
    assert [u.reason for u in found.unspoken] == [
        unspoken(one, o) if o.scored else RECALLED for o in one.observations[1:]
    ]


def test_nobody_there_is_said_and_not_predicted(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*args: object, **more: object) -> object:
        return tuple(
            replace(row, predicted=np.full(2, np.nan), error=np.full(2, np.nan)) for row in real(*args, **more)
        )

    real = work.conduct
    monkeypatch.setattr(work, "conduct", nobody)
    found = conducted("murrough2013", replicates=2, patients=4)
    assert not found.results and work.NOBODY in {u.reason for u in found.unspoken}


def test_requests_that_cannot_be_met() -> None:
    with pytest.raises(UnknownName, match="murrough2013"):
        conducted("murrough2031")
    for bad in ({"replicates": 0}, {"patients": 1}):
        with pytest.raises(RequestError, match="at least"):
            conducted("murrough2013", **bad)
    with pytest.raises(RequestError, match="Name the studies"):
        conducted([])


def made(*predicted: float) -> work.Beside:
    one = study("murrough2013")
    return work.Beside(one, one.observations[0], np.array(predicted), 1.0)


def test_an_interval_and_a_verdict_need_twenty_trials_that_gave_a_number() -> None:
    many, few = made(*np.linspace(-17.0, -16.0, 20)), made(*np.linspace(-17.0, -16.0, 19), np.nan)
    wide = made(*np.linspace(-16.0, -10.0, 21))
    assert many.interval == (pytest.approx(-16.95), pytest.approx(-16.05)) and many.inside() is True
    assert few.interval is None and few.inside() is None and wide.inside() is False
    assert [words.row(one)[-2:] for one in (many, few, wide)] == [
        ("−16.9 to −16.1", "yes"), ("–", "–"), ("−15.7 to −10.3", "NO")
    ]  # fmt: skip
    said = {
        (many, wide): "1 of 2 in the 90 % interval",
        (many, few): "1 of 1 in the 90 % interval, 1 without one",
        (few,): "too few simulated trials for a 90 % interval",
    }
    for rows, verdict in said.items():
        found = work.Conducted(rows, (), 20, None, "posterior")
        ((title, _),) = words.by_study(found)
        assert title == f"murrough2013 (judge): {verdict}"
        assert [w[:35] for w in found.warnings] == ["A result of fewer than 20 simulated"] * (few in rows)
        assert found.record()["warnings"] == list(found.warnings) == list(words.page(found, {}, {}).warnings)


def test_objects_print_themselves_in_a_line_a_result() -> None:
    one = study("murrough2013")
    values = np.linspace(-17.0, -16.0, 40)
    row = Row(one, one.observations[0], values, np.ones(40))
    beside = made(*values)
    assert repr(row) == repr(beside) and "\n" not in repr(row) and len(repr(row)) < 200
    for part in (
        "murrough2013, ketamine, MADRS change",
        "observed -16.5",
        "predicted -16.5 (90 % interval -16.95 to -1",
    ):
        assert part in repr(row)
    assert "3 simulated trials; an interval needs 20" in repr(made(-1.0, -2.0, -3.0, np.nan))
    found = work.Conducted((beside, beside), (), 40, None, "posterior")
    assert len(repr(found).splitlines()) == 3 and repr(beside) in repr(found)
    assert "40 simulated trials of each study" in repr(found)


def test_shown_as_the_paper_prints_it() -> None:
    seen = next(o for o in study("popova2019").observations if o.statistic == "proportion" and not o.versus)
    one = work.Beside(study("popova2019"), seen, np.array([0.4, 0.5, np.nan, 0.6]), 0.05)
    cells = words.row(one)
    assert cells[4] == f"{100 * seen.value:.1f} %" and cells[5] == "50.0 %"
    found = work.Conducted((one,), (), 4, 30, "posterior")
    assert "followed as the study was done" in words.how(found) and "30 patients per arm" in words.how(found)
    assert "4 simulated trials, 30" in words.how(found)
    assert "1 simulated trial, 30" in words.how(replace(found, replicates=1))
    assert words.as_csv(found).splitlines()[1].startswith("popova2019,")
