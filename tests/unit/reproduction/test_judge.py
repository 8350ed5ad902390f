"""Totals and targets from made-up results whose scores are known."""

from dataclasses import replace

import numpy as np
import pytest

from ketasim.reproduction import judge
from ketasim.reproduction.judge import Scored
from ketasim.reproduction.mood import SHARES
from ketasim.reproduction.result import Result

DRAWS = np.random.default_rng(1).standard_normal(4000)


def result(trial, observed, centre=0.0, spread=1.0, **more):
    plain = Result(
        study=trial, trial=trial, use="judge", arm="a", endpoint="MADRS change", statistic="mean", time="day 28",
        n=60, n_versus=None, observed=observed, observed_se=1.0, unit="point", group="arm", counted=True,
        samples=centre + spread * DRAWS, target=observed, sampling=1.0, logarithmic=False,
        shares=dict.fromkeys(SHARES, 1 / len(SHARES)), weakest=(),
    )  # fmt: skip
    return replace(plain, **more)


@pytest.fixture
def honest():
    seen = np.random.default_rng(2).standard_normal(200)
    return [Scored(result(f"t{k}", float(y)), (0.0, 3.0), (2.0, 1.0), 2.0) for k, y in enumerate(seen)]


def test_honest_intervals_cover_as_promised(honest):
    found = judge.totals(honest, [s.result for s in honest])
    assert found["trials"] == found["observations"] == 200
    for level in (90, 50):
        one = found[f"coverage_{level}"]
        assert one["low"] <= level <= one["high"]
    large = found["arm_means"]["large"]
    assert large["mean_absolute_error"]["value"] == pytest.approx(large["sampling_floor"], rel=0.1)
    assert large["median_half_width"] == pytest.approx(1.645, rel=0.05)


def test_the_honest_forecast_beats_wide_and_shifted_references(honest):
    found = judge.totals(honest, [])
    for name in ("mean", "kernel"):
        one = found["crps"][name]
        assert one["difference"]["high"] < 0.0
        assert one["difference"]["value"] == pytest.approx(one["model"]["value"] - one["reference"]["value"])
    assert found["crps"]["mean"]["model"]["value"] == pytest.approx(0.5 * 0.5642, rel=0.1)  # 1/√π, in SDs of 2


def test_what_does_not_count_is_left_out(honest):
    more = [*honest, Scored(result("x", 99.0, counted=False), None, None, None)]
    assert judge.totals(more, []) == judge.totals(honest, []) or np.isnan(
        judge.totals(honest, [])["differences"]["all"]["bias"]
    )
    assert judge.totals(more, [])["observations"] == 200


def test_small_arms_and_other_scales_stay_out_of_errors_of_large_arms():
    rows = [result("a", 1.0), result("b", 5.0, n=20), result("c", 9.0, endpoint="PHQ-9 change")]
    found = judge.totals([Scored(r, None, None, 1.0) for r in rows], [])["arm_means"]
    assert found["large"]["observations"] == 1
    assert found["all"]["observations"] == 2
    assert not result("d", 0.0, n=80, n_versus=30).large


def test_targets_say_what_was_reached(honest):
    good = judge.totals(honest, [s.result for s in honest])
    assert all(row["reached"] for row in judge.targets(good))
    bad = judge.totals([replace(s, result=replace(s.result, samples=s.result.samples + 9.0)) for s in honest], [])
    assert not any(row["reached"] for row in judge.targets(bad)[:5] if "half-width" not in row["target"])


def test_better_by_chance_is_told_from_better_beyond_it(honest):
    """Against references that are far off, and against one that is worse by less than trials differ."""
    beyond = {row["target"]: row.get("beyond_chance") for row in judge.targets(judge.totals(honest, []))}
    assert beyond["CRPS better than the mean of calibrate studies"] is True
    assert beyond["CRPS better than the Nunes–Singh kernel"] is True
    assert beyond["90 % interval holds 90 %"] is None
    like = [replace(s, mean=(0.0, 1.1)) for s in honest]
    for rows in (like, honest[:1]):  # one trial has no interval
        one = judge.targets(judge.totals(rows, []))[2]
        assert one["target"].startswith("CRPS better than the mean") and one["beyond_chance"] is False
    assert judge.targets(judge.totals(like, []))[2]["reached"]


def test_records_have_the_agreed_fields():
    assert set(result("a", 1.0).record()) == {
        "study", "trial", "use", "arm", "endpoint", "time", "n", "observed", "observed_se", "predicted",
        "predicted_low", "predicted_high", "inside", "grade_share", "weakest", "statistic", "phase", "analysis",
        "trial_kind",
    }  # fmt: skip


def test_ratios_are_told_as_ratios():
    one = result("a", 0.5, logarithmic=True, group="other", target=float(np.log(0.5)), spread=0.3)
    assert one.quantile(0.5) == pytest.approx(1.0, abs=0.02)
    assert one.quantile(0.05) == pytest.approx(np.exp(-0.3 * 1.645), rel=0.05)
    assert not one.inside()
    assert result("b", 0.0).inside()
