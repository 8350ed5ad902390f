"""How long it lasts after the last dose, and what a run says where no trial stands behind its scores."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import ketasim as ks
from ketasim.calibration.data import calibration_data
from ketasim.dosing.regimen import Regimen
from ketasim.errors import RequestError
from ketasim.pharmacology.readings import reading
from ketasim.pharmacology.shelf import model
from ketasim.population.named import population
from ketasim.population.people import with_columns
from ketasim.simulation import clinic, relapsing
from ketasim.simulation.lasting import HAZARD, followed, gained, got_better, lasting, why_not
from ketasim.simulation.leaning import leanings
from ketasim.simulation.relapsed import BESIDE, TREATED
from ketasim.simulation.simulate import simulate

WANTED = ("MADRS", HAZARD)


def _run(
    regimen: str = "iv-ketamine-six-infusions", days: float = 110.0, who: str = "trd-adults", n: int = 90,
    outputs: tuple[str, ...] = WANTED,
):  # fmt: skip
    return simulate(model("pathway"), population(who, n, 1), Regimen.preset(regimen), days=days, outputs=outputs)


@pytest.fixture(scope="module")
def run():
    return _run()


def test_it_is_counted_from_a_day_after_the_last_dose_over_those_who_had_got_better(run) -> None:
    found = lasting(run, reading(run.model))
    assert found is not None
    last = max(dose.time for dose in run.regimen.schedule())
    assert found.last == last and found.begin == pytest.approx(last + 24.0, abs=0.5)
    assert found.weeks == (1, 2, 4, 8, 12)
    hazard = run[HAZARD].to_numpy()
    k0, k = (int(np.abs(run.times - t).argmin()) for t in (found.begin, last + 4 * 168.0))
    score = run["MADRS"].to_numpy()[:, k0]
    weight = reading(run.model).responded(score, clinic.baseline(run, reading(run.model)))
    assert found.responders == pytest.approx(weight.mean())
    assert found.of_responders[2] == pytest.approx((weight * np.exp(hazard[:, k0] - hazard[:, k])).sum() / weight.sum())


def test_while_doses_go_on_it_is_counted_from_a_time_of_the_users(run) -> None:
    """A relapse during treatment counts, and dosing that stops sooner leaves fewer."""
    one = replace(reading(run.model), well_at=(7.0 * 24.0,))
    found, ended = lasting(run, one), lasting(run, reading(run.model))
    assert found is not None and ended is not None
    assert (found.after, found.begin, found.last) == ("day 8", 168.0, ended.last)
    assert ended.after == "the last dose"
    k0, k = (int(np.abs(run.times - t).argmin()) for t in (168.0, 168.0 * 5))
    hazard, score = run[HAZARD].to_numpy(), run["MADRS"].to_numpy()[:, k0]
    weight = one.responded(score, clinic.baseline(run, one))
    assert found.of_responders[2] == pytest.approx((weight * np.exp(hazard[:, k0] - hazard[:, k])).sum() / weight.sum())
    brief = lasting(_run("iv-ketamine-0.5mgkg-single"), one)
    assert brief is not None and brief.of_responders[2] < found.of_responders[2]
    assert {h.measure for h in relapsing.relapsing(run, one, None)[1]} >= {"responders, week 4 after day 8"}
    assert lasting(run, replace(one, well_at=(24.0 * 105,))) is None  # nothing a week later


def test_regimens_are_compared_in_the_shares_that_each_tells_with_the_error_that_drawing_people_again_gives(
    run,
) -> None:
    one, brief = replace(reading(run.model), well_at=(7.0 * 24.0,)), _run("iv-ketamine-0.5mgkg-single")
    runs = {"six": run, "one": brief}
    rows = {(r.measure, r.regimen): r for r in relapsing.contrasts(runs, one)}
    at = {name: followed(each, one) for name, each in runs.items()}
    drawn = np.random.default_rng(1).integers(0, run.n, (2000, run.n))
    again = {}
    for name, each in runs.items():
        told = lasting(each, one)
        assert told is not None and at[name] is not None
        assert rows["responders without relapse, week 4 after day 8", name].mean == pytest.approx(told.of_responders[2])
        weight, kept = got_better(each, one, at[name])["responders"], np.exp(-gained(each, at[name], 4))
        again[name] = (weight * kept)[drawn].sum(axis=1) / weight[drawn].sum(axis=1)
    gap = again["one"] - again["six"]
    row = rows["responders without relapse, week 4 after day 8", "one"]
    assert row.difference == pytest.approx(gap.mean(), abs=0.01) and row.se == pytest.approx(gap.std(), rel=0.2)


def test_of_several_times_who_was_well_at_each_and_did_not_relapse_between_is_counted(run) -> None:
    """As trials choose whom they withdraw: the frail have left before."""
    one, visits = replace(reading(run.model), well_at=(168.0, 336.0, 504.0)), (168.0, 336.0, 504.0)
    found, once = lasting(run, one), lasting(run, replace(one, well_at=visits[-1:]))
    assert found is not None and once is not None
    assert (found.after, found.visits, found.begin) == ("day 22, well on day 8 and day 15 too", visits, 504.0)
    hazard, score, before = run[HAZARD].to_numpy(), run["MADRS"].to_numpy(), clinic.baseline(run, one)
    k0, k1, k2, k = (int(np.abs(run.times - t).argmin()) for t in (*visits, 504.0 + 4 * 168.0))
    weight = np.exp(hazard[:, k0] - hazard[:, k2])
    for each in (k0, k1, k2):
        weight = weight * one.responded(score[:, each], before)
    assert found.responders == pytest.approx(weight.mean()) and found.responders < once.responders
    assert found.of_responders[2] == pytest.approx((weight * np.exp(hazard[:, k2] - hazard[:, k])).sum() / weight.sum())
    assert found.of_responders[2] > once.of_responders[2] + 0.02  # the frail had left
    two = replace(one, well_at=visits[:2])
    told = relapsing.contrasts({"six": run, "again": run}, two)
    assert any(row.measure == "responders without relapse, week 4 after day 15, well on day 8 too" for row in told)
    share = next(row for row in told if row.measure == "responders on day 8 and day 15, no relapse between")
    assert share.mean == pytest.approx(lasting(run, two).responders)


def test_hope_before_a_late_first_dose_is_told() -> None:
    for start, told in (("day 1", 0), ("day 8 09:00", 1)):
        given = Regimen("mine").dose("ketamine", "iv_infusion", "35 mg", duration="40 min", start=start)
        seen = simulate(model("pathway"), population("trd-adults", 2, 1), given, days=10.0, outputs=WANTED)
        assert sum("given at 177 h, but MADRS changes from time 0 on" in line for line in seen.warnings) == told


def test_two_times_on_one_visit_are_not_counted_twice(run) -> None:
    one = replace(reading(run.model), well_at=(168.0, 168.005))
    assert lasting(run, one) is None and "of each time that was given one of its own" in why_not(run, one)


@pytest.mark.parametrize("times", [672.0, (5.0, 5.0), (9.0, 8.0), (-1.0,), (np.nan,), ("day 8",), ((1.0, 2.0),)])
def test_times_that_cannot_be_are_refused(times) -> None:
    with pytest.raises(RequestError, match="rising times in hours"):
        replace(reading(model("pathway")), well_at=times)


def test_fewer_are_left_with_time_and_remitters_last_longer(run) -> None:
    found = lasting(run, reading(run.model))
    assert found is not None
    assert all(np.diff(found.of_responders) < 0) and 0.0 < found.of_responders[-1] < found.of_responders[0] < 1.0
    assert all(np.array(found.of_remitters) > np.array(found.of_responders))


def test_most_relapse_within_weeks_after_six_infusions_as_in_the_open_trial_of_them() -> None:
    opened = with_columns(population("trd-adults", 90, 1), {"CONTROL": "open"})
    given = Regimen.preset("iv-ketamine-six-infusions")
    run = simulate(model("pathway"), opened, given, days=110.0, outputs=WANTED)
    found = lasting(run, reading(run.model))
    assert found is not None and found.of_responders[2] < 0.6


def test_nothing_is_told_of_no_dose_of_a_short_run_or_without_the_hazard(run) -> None:
    one = reading(run.model)
    assert lasting(_run(days=14.0), one) is None
    assert lasting(_run("none", days=60.0), one) is None
    assert lasting(run, None) is None
    alone = simulate(run.model, population("trd-adults", 20, 1), run.regimen, days=60.0, outputs=("MADRS",))
    assert lasting(alone, one) is None


def test_scores_long_after_the_last_dose_are_said_to_rest_on_no_trial(run) -> None:
    assert any(
        "more than 14 days after the last dose before them rest on no trial of ten or more people" in w
        for w in run.warnings
    )
    assert not any("rest on no trial" in w for w in _run(days=25.0).warnings)
    assert any("27 days after the start" in w for w in _run("none", days=60.0).warnings)


@pytest.mark.parametrize(
    ("days", "times", "since"),
    [
        ((1, 40), range(0, 45 * 24, 24), "the last dose before them rest"),  # before the second dose
        ((41,), range(0, 45 * 24, 24), "the start rest"),  # before the first
        ((1, 61), (0, 24, 61 * 24, 67 * 24, 73 * 24), ""),  # nothing is kept of the gap
        ((1, 14, 27), range(0, 41 * 24, 24), ""),
    ],
)
def test_gaps_in_which_a_score_rests_on_no_trial_are_told(days, times, since) -> None:
    at = [f"day {day}" for day in days]
    given = Regimen("iv").dose("ketamine", "iv_infusion", "35 mg", duration="40 min", at=at)
    seen = simulate(model("pathway"), population("trd-adults", 2, 1), given, times=[float(t) for t in times])
    said = [w for w in seen.warnings if "rest on no trial" in w]
    assert len(said) == bool(since) and since in "".join(said)


def test_people_older_than_those_in_the_trials_are_counted() -> None:
    old = _run(days=14.0, who="adults-65-plus", n=20).warnings
    assert any("20 of 20 people are older than 65 years: of such people one open series alone" in w for w in old)
    young = _run(days=14.0, who="children-6-11", n=5).warnings
    assert not any("older than 65" in w for w in young) and not any("younger" in w for w in old)
    assert any("5 of 5 people are younger than 18 years: no trial of them was read for MADRS" in w for w in young)
    plasma = simulate(model("pathway"), population("adults-65-plus", 5, 1), Regimen.preset("none"), days=2.0,
                      outputs=("NMDA occupancy",))  # fmt: skip
    assert not any("older than 65" in w for w in plasma.warnings)


def test_people_without_a_severity_are_told_to_start_alike() -> None:
    young = _run(days=14.0, who="adolescents-12-17", n=3).warnings
    assert any(w.startswith("MADRS0 is not given; the model's default 37.5 is taken for everybody") for w in young)
    assert not any("MADRS0" in w for w in _run(days=14.0, who="adults-65-plus", n=3).warnings)


def test_two_thirds_of_the_improvement_are_what_the_scoreboard_shows_of_transform_3() -> None:
    text = (Path(__file__).parents[3] / "docs" / "scoreboard.md").read_text(encoding="utf-8")
    own = text.split("### ochsross2020")[1].split("###")[0]
    rows = [line.split("|")[1:-1] for line in own.splitlines() if "| MADRS change, " in line and "versus" not in line]
    shares = [float(r[4].replace("\u2212", "-")) / float(r[5].replace("\u2212", "-")) for r in rows]
    assert shares and all(0.5 < share < 0.8 for share in shares)  # "about two thirds", for each arm


def test_nothing_is_watched_longer_than_calibration_read_it() -> None:
    data, latest = calibration_data(), {True: 0.0, False: 0.0}
    for row in data.rows:
        if (
            row.seen.endpoint.kind in ("score", "change", "response", "remission")
            and row.versus < 0
            and row.seen.n >= 10
        ):
            at = data.times[row.arm][row.column]
            before = [dose for dose in data.courses[row.arm].exposure.doses if dose <= at]
            latest[bool(before)] = max(latest[bool(before)], at - max(before, default=0.0))
    limits = model("pathway").limits
    assert (limits.watched, limits.untreated) == (pytest.approx(latest[True]), pytest.approx(latest[False]))


def test_the_limits_are_of_the_pathway_and_its_rivals_only() -> None:
    assert model("pathway").limits.watched == 14 * 24 and model("pathway").limits.oldest == 65
    assert model("platform").limits.watched is None
    assert replace(model("platform").limits, watched=1.0) != model("platform").limits
    assert ks.model("pathway").limits.oldest == 65


def test_the_hazard_is_kept_for_the_table_and_drawn_nowhere(run) -> None:
    from ketasim.cli import request
    from ketasim.report.run import ordered

    assert HAZARD in (request.default_outputs(run.model, run.regimen) or ())
    assert set(BESIDE) <= set(request.common_outputs(run.model, [run.regimen]) or ())
    assert not BESIDE.intersection(ordered(run, reading(run.model)))
    assert len(run.plot().axes) == len(run.plot("MADRS").axes)


def test_it_needs_a_score_a_day_after_the_last_dose(run) -> None:
    late = simulate(run.model, population("trd-adults", 5, 1), run.regimen, times=[0.0, 311.0, 936.0], outputs=WANTED)
    assert lasting(late, reading(run.model)) is None


def test_of_a_share_of_some_chance_has_its_part_by_hand() -> None:
    rng = np.random.default_rng(1)
    weight, kept = rng.uniform(0.1, 0.9, 400), rng.uniform(0.1, 0.9, 400)
    share, people, chance = relapsing.ratio(weight, kept)
    told = (people.var() + chance) / weight.size
    who = rng.integers(0, weight.size, (20_000, weight.size))  # trials of 400 others like these
    counted = rng.random(who.shape) < weight[who]
    stayed = counted & (rng.random(who.shape) < kept[who])
    found = stayed.sum(axis=1) / counted.sum(axis=1)
    assert share == pytest.approx(found.mean(), abs=0.002)
    assert told == pytest.approx(found.var(), rel=0.05)


@pytest.mark.parametrize(
    ("regimen", "well_at"),
    [
        ("iv-ketamine-six-infusions", ()),
        ("iv-ketamine-0.5mgkg-single", ()),
        ("iv-ketamine-six-infusions", (48.0, 336.0)),
        ("spravato-8-weeks", (24.0 * 28, 24.0 * 54)),
    ],
)
def test_what_a_draw_moves_is_what_simulating_everybody_with_it_finds(regimen, well_at) -> None:
    """The stand-ins against all people, for draws of the posterior that change much."""
    from ketasim.calibration.known import estimates

    late = max(well_at, default=0.0) / 24.0
    outputs, days = (WANTED, 60.0) if late < 27 else (("MADRS", HAZARD, *TREATED), 90.0)
    run = _run(regimen, n=300, days=days, outputs=outputs)
    one = replace(reading(run.model), well_at=well_at)
    known = estimates(run.model)
    base, told = lasting(run, one), relapsing.relapsing(run, one, known)
    assert base is not None and told is not None
    batch, found = told
    first = 1 + len(batch.levers) + 2 * batch.between
    centre = {h.measure: h.centre for h in found}
    apart = centre[f"responders, week 4 after {base.after}"][first:] - base.of_responders[2]
    every = -(-len(known.draws) // relapsing.DRAWS)
    errors = []
    for row in np.argsort(-np.abs(apart))[:20:4].tolist():
        draw = dict(zip(known.names, known.draws[::every][row].tolist(), strict=True))
        own = simulate(run.model, run.people, run.regimen, days=days, outputs=outputs, overrides=draw)
        full = lasting(own, replace(one, noise=float(known.noise[::every][row])))
        assert full is not None
        for name in {said.split(",")[0] for said in centre}:  # of remitters there may be too few
            for k, week in enumerate((1, 2, 4)):
                moved = centre[f"{name}, week {week} after {base.after}"]
                asked = getattr(full, f"of_{name}")[k] - getattr(base, f"of_{name}")[k]
                errors.append(moved[first + row] - moved[0] - asked)
    assert np.sqrt(np.mean(np.square(errors))) < 0.03 and np.abs(errors).max() < 0.08
    assert np.abs(apart).max() > 0.1


def test_who_is_followed_late_is_counted_alike_with_the_numbers_as_they_are() -> None:
    """Who may have relapsed before counts so in the batch too: its first row is the run."""
    run = _run("spravato-8-weeks", n=40, days=70.0, outputs=("MADRS", HAZARD, *TREATED))
    one = replace(reading(run.model), well_at=(24.0 * 28, 24.0 * 54))
    at = followed(run, one)
    assert at is not None
    weight, who = got_better(run, one, at), np.arange(0, 40, 7)
    batch = relapsing._moved(run, one, None, who, list(one.well_at))
    for name, found in relapsing._counted(run, one, batch, who, list(one.well_at)).items():
        assert found[:, 0] == pytest.approx(weight[name][who], rel=1e-4)
    never = replace(one, scale=replace(one.scale, relapse=None))
    assert got_better(run, never, at)["responders"].mean() > 1.05 * weight["responders"].mean()


def test_trials_of_relapse_are_told_of_who_got_better_and_hold_what_is_known(run) -> None:
    from ketasim.calibration.known import estimates

    told = leanings(run, (), reading(run.model), estimates(run.model))
    found = [one for one in told if one.output == relapsing.RELAPSE]
    table = lasting(run, reading(run.model))
    assert table is not None and len(found) == 10
    values = {one.measure: one.value for one in found}
    assert values["responders, week 4 after the last dose"] == pytest.approx(table.of_responders[2])
    for one in found:
        assert 0.0 <= one.trial.low < one.value < one.trial.high <= 1.0
        assert sum(one.shares.values()) == pytest.approx(1.0) and one.shares["calibration"] > 0.02
    few = _run(n=12)
    assert not [one for one in leanings(few, (), reading(few.model)) if one.output == relapsing.RELAPSE]


def test_the_note_says_from_when_scores_count_who_has_relapsed(run) -> None:
    from ketasim.report.mood import relapse_note

    found = lasting(run, reading(run.model))  # of MADRS and the hazard alone scores tell of no relapse
    assert found is not None and found.scored == np.inf
    assert "Scores at visits are as if nobody relapsed." in relapse_note(found)
    late = relapse_note(replace(found, scored=26.0 * 24.0))
    assert "count who has relapsed from day 27 on alone" in late and "as if nobody" not in late


def test_whose_effect_a_drug_has_is_said_where_nobody_gets_it_openly(run) -> None:
    from ketasim.report import beside

    assert "large blinded trials" in beside.trials(run)
    people = with_columns(population("trd-adults", 2, 1), {"CONTROL": "open"})
    openly = simulate(run.model, people, run.regimen, days=2.0, outputs=("MADRS",))
    assert beside.trials(openly) == ""
    none = simulate(run.model, population("trd-adults", 2, 1), Regimen.preset("none"), days=2.0, outputs=("MADRS",))
    assert beside.trials(none) == ""
