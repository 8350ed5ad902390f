"""The meta-analysis as a whole: what it reads, that it speaks the model's language, that it finds what was put in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from ketasim.calibration import data, fingerprint, parameters, posterior, predict, remembered
from ketasim.calibration.arms import Course
from ketasim.calibration.course import states
from ketasim.calibration.exposure import grid, none, session_times
from ketasim.calibration.likelihood import Likelihood, predictions
from ketasim.dosing.regimen import Regimen
from ketasim.errors import WorkError
from ketasim.pharmacology.mood import pathway, values
from ketasim.population.people import People
from ketasim.simulation.simulate import simulate
from ketasim.studies.record import Observation, Study
from ketasim.studies.shelf import marked

F64 = NDArray[np.float64]
NASAL = ("fedgchin2019", "takahashi2021", "daly2018")
ROUTES = (("esketamine", "nasal"),)


def nasal_rows() -> list[tuple[Study, Observation]]:
    return [row for row in data.without_repeats(data.calibration_rows()) if row[0].id in NASAL]


@pytest.fixture(scope="module")
def nasal() -> data.Data:
    return data.assemble(nasal_rows())


def test_no_study_marked_judge_is_read() -> None:
    read = {study.id for study, _ in data.calibration_rows()}
    assert read
    assert read <= {study.id for study in marked("calibrate")}
    assert not read & {study.id for study in marked("judge")}


def test_a_judge_that_slips_in_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "marked", lambda use: marked("judge"))
    with pytest.raises(WorkError, match="judge"):
        data.calibration_rows()


def test_fast_and_slow_states_are_those_of_the_engine() -> None:
    regimen = Regimen.preset("spravato-induction")
    first = min(g.time for g in regimen.schedule())
    t = grid([g.time - first for g in regimen.schedule()], 28 * 24.0)
    wanted = ("trigger", "formation stimulus", "fast plasticity", "slow plasticity")
    run = simulate(pathway.model(ROUTES), None, regimen, typical=True, times=first + t, outputs=wanted)
    trigger, stimulus, fast, slow = (run[name].to_numpy() for name in wanted)
    made = states(t, trigger, stimulus, *_rates())
    assert np.abs(made[0] - fast).max() < 0.02
    assert np.abs(made[1] - slow).max() < 0.02


def _rates() -> tuple[float, float, float, float]:
    ids = ("mood.fast.on", "mood.fast.half_life", "mood.slow.on", "mood.slow.half_life")
    return tuple(values.value(i).number for i in ids)  # type: ignore[return-value]


@pytest.mark.parametrize("later", ["same", "open", "saline"])
def test_relief_without_drug_is_that_of_the_engine(later: str) -> None:
    learnt, mean = 240.0, values.value("mood.baseline").number
    person = People.one(
        CONTROL="midazolam", CONTROL_LATER=later, BACKGROUND="new oral antidepressant", SETTING="admitted"
    )
    t = np.array([1.0, 6.0, 24.0, 168.0, 241.0, 264.0, 672.0])
    run = simulate(
        pathway.model(ROUTES), person, Regimen.none(), typical=True, times=t, outputs=["latent severity"], days=30,
        overrides={"expectancy.opened": learnt},
    )  # fmt: skip
    beliefs = ((0.0, "midazolam"), *(((learnt, later),) if later != "same" else ()))
    course = Course(
        "s", "t", "a", none(700.0), 0.0, 0.0, (), beliefs, "new oral antidepressant", admitted=True, small=False,
        openly=False,
        baseline=mean, baseline_sd=1e-9,
    )  # fmt: skip
    ids = parameters.fact_ids()
    p = np.array([values.value(ids[n]).number if n in ids else 1e-9 for n in parameters.names()])
    p[parameters.INDEX["relief_cv"]] = 1e-9
    seen = predict.scene(predict.ground(predict.stage(course, t), p, predict.fixed()))
    assert run["latent severity"].to_numpy()[0] == pytest.approx(seen.z[0, 0], abs=2e-3)


def test_more_drug_effect_means_better_scores(nasal: data.Data) -> None:
    known = predict.fixed()
    low = parameters.natural(np.zeros(len(parameters.names())))
    high = low.copy()
    high[parameters.INDEX["weight_fast"]] *= 1.5
    change = predictions(nasal, high, known)[0][0] - predictions(nasal, low, known)[0][0]
    for row, moved in zip(nasal.rows, change, strict=True):
        if row.study.arm(row.seen.arm).active and row.seen.endpoint.kind == "change":
            assert moved < 0, row.seen.arm
        if not row.study.arm(row.seen.arm).active and row.versus < 0:
            assert moved == 0


def test_a_printed_sd_pulls_the_noise_within_patients(nasal: data.Data) -> None:
    likelihood = Likelihood(nasal, predict.fixed())
    p = parameters.natural(np.zeros(len(parameters.names())))
    noisy = p.copy()
    noisy[parameters.INDEX["noise"]] *= 1.5
    gained = []
    for told in (p, noisy):
        _, spread = predictions(nasal, told, likelihood.known)
        likelihood.printed = [
            [(k, float(np.log(spread[0][k])), width) for k, _, width in rows] for rows in likelihood.printed
        ]
        gained.append(float((likelihood.parts(noisy) - likelihood.parts(p)).sum()))
    assert gained[1] > gained[0] + 1.0


def test_relief_differs_by_another_factor_between_open_trials() -> None:
    """A trial that is open is as probable as a blinded one whose relief differs by the factor."""
    rows = [row for row in data.without_repeats(data.calibration_rows()) if row[0].id in ("wajs2020", "fedgchin2019")]
    likelihood = Likelihood(data.assemble(rows), predict.fixed())
    assert dict(zip(likelihood.data.trials, likelihood.openly, strict=True)) == {
        "NCT02497287": True, "NCT02417064": False
    }  # fmt: skip
    p = parameters.natural(np.zeros(len(parameters.names())))
    more, wide = p.copy(), p.copy()
    more[parameters.INDEX["open_relief"]] = 2.0
    wide[parameters.INDEX["study_relief"]] *= 2.0
    at = likelihood.openly.index(True)
    assert likelihood.parts(more)[at] == likelihood.parts(wide)[at] != likelihood.parts(p)[at]
    assert likelihood.parts(more)[1 - at] == likelihood.parts(p)[1 - at]


def test_sessions_are_counted_from_the_first_dose() -> None:
    doses = [
        {"drug": "esketamine", "product": "spravato", "route": "nasal", "amount": "84 mg", "at": ["day 1", "day 4"]}
    ]
    assert session_times(doses) == (0.0, 72.0)


@pytest.mark.parametrize("rate", ["expect_on", "oral_rate", "saturation"])
def test_another_fixed_number_makes_the_calibration_stale(rate: str, monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(predict.fixed(), **{rate: 1.5 * getattr(predict.fixed(), rate)})
    before = fingerprint.of_model()
    monkeypatch.setattr(remembered, "fixed", lambda: other)
    assert remembered.changed()
    monkeypatch.setattr(predict, "fixed", lambda: other)
    assert fingerprint.of_model() != before


def test_the_calibration_is_of_this_model_evidence_and_code() -> None:
    held = values.calibrated()
    if not held:
        pytest.skip("there is no calibration yet")
    assert held["fingerprints"] == fingerprint.current(), "stale: run 'ketasim calibrate --install'"
    assert remembered.changed() == [], "stale: the model says something else; run 'ketasim calibrate --install'"
    middle = posterior.posterior().median()
    for name, fact_id in parameters.fact_ids().items():
        assert held["estimate"][fact_id]["median"] == pytest.approx(middle[name], rel=0.15)
