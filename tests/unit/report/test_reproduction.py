"""Tables of reproduced studies: units, ratios, what stands in a CSV, and pictures with the same bytes."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from ketasim.report import reproduction, scoreboard, scoreboard_figures
from ketasim.report.figures import png
from ketasim.reproduction.mood import SHARES, Weak
from ketasim.reproduction.reproduce import Reproduction
from ketasim.reproduction.result import Result
from ketasim.reproduction.speak import Unspoken

DRAWS = np.random.default_rng(1).standard_normal(2000)


def result(**more):
    plain = {
        "study": "s1", "trial": "t1", "use": "judge", "arm": "ketamine", "endpoint": "MADRS change",
        "statistic": "mean", "time": "day 28", "n": 60, "n_versus": None, "observed": -12.0, "observed_se": 1.0,
        "unit": "point", "group": "arm", "counted": True, "samples": -10.0 + DRAWS, "target": -12.0, "sampling": 1.0,
        "logarithmic": False, "shares": dict.fromkeys(SHARES, 1 / len(SHARES)),
        "weakest": (Weak("pk.fu.ketamine", "unbound fraction", "C", 0.1),),
    }  # fmt: skip
    return Result(**{**plain, **more})


@pytest.fixture
def found():
    share = result(
        endpoint="MADRS response", statistic="proportion", unit="1", observed=0.5, target=0.5, samples=0.5 + 0.1 * DRAWS
    )
    ratio = result(
        study="s2", endpoint="relapse", statistic="hazard_ratio", unit="1", observed=0.5, target=float(np.log(0.5)),
        samples=0.2 * DRAWS, logarithmic=True, group="other",
    )  # fmt: skip
    silent = (Unspoken("s2", "t1", "judge", "ECT", "MADRS change", "day 28", "outside"),)
    levels = {"observations": 0, "inside_90": 0, "within_1.5_fold": 0}
    totals = {"model": "pathway", "parameters": "posterior", "concentrations": levels}
    return Reproduction((result(), share, ratio), (), silent, totals)


def test_rows_speak_in_the_unit_of_the_paper(found):
    change, share, ratio = (reproduction.row(r) for r in found.results)
    assert change[4] == "−12.0"
    assert change[-1] == "NO"
    assert share[4:6] == ("50.0 %", share[5])
    assert share[5].endswith("%")
    assert ratio[1] == "relapse, hazard ratio"
    assert float(ratio[5]) == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ({"reached": True, "beyond_chance": True}, "yes, beyond chance"),
        ({"reached": True, "beyond_chance": False}, "yes, not beyond chance"),
        ({"reached": False, "beyond_chance": True}, "NO"),
        ({"reached": True}, "yes"),
    ],
)
def test_a_target_says_whether_it_is_reached_beyond_chance(found, target, said):
    totals = {**found.totals, "targets": [{"target": "a", "found": "1", **target}]}
    assert reproduction.targets(replace(found, totals=totals)) == [("a", "1", said)]


def test_what_is_not_predicted_never_reads_alike(found):
    silent = tuple(
        Unspoken("s2", "t1", "judge", "ECT", "MADRS change", "day 28", "outside", analysis)
        for analysis in ("observed", "LOCF")
    )
    rows = reproduction.not_predicted(replace(found, unspoken=silent))
    assert [row[2] for row in rows] == ["MADRS change, observed", "MADRS change, LOCF"]
    assert reproduction.not_predicted(found) == [("s2", "ECT", "MADRS change", "day 28", "outside")]


def test_studies_stand_apart(found):
    titles = [title for title, _ in reproduction.by_study(found, "judge")]
    assert titles == ["s1: 1 of 2 in the 90 % interval", "s2: 0 of 1 in the 90 % interval"]
    assert reproduction.by_study(found, "calibrate") == []


def test_the_figure_says_what_its_marks_are(found):
    (legend,) = scoreboard_figures.forest(found.results).legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "arm: predicted 90 % interval and median", "printed, inside", "printed, outside",
    ]  # fmt: skip
    (legend,) = scoreboard_figures.forest([result(group="difference")]).legends
    assert legend.get_texts()[0].get_text().startswith("difference:")


def test_rows_that_read_alike_say_their_analysis():
    twice = [result(), result(analysis="LOCF", n=70), result(time="day 8")]
    assert [cells[1] for cells in reproduction.table_of(twice)] == [
        "MADRS change, observed", "MADRS change, LOCF", "MADRS change"
    ]  # fmt: skip
    assert [(one.record()["analysis"], one.record()["n"]) for one in twice[:2]] == [("observed", 60), ("LOCF", 70)]


def test_csv_has_every_result_and_its_shares(found):
    rows = list(csv.DictReader(io.StringIO(reproduction.as_csv(found))))
    assert len(rows) == 3
    assert sum(float(rows[0][f"share {name}"]) for name in SHARES) == pytest.approx(1.0)
    assert rows[0]["weakest"] == "pk.fu.ketamine (C)"


def test_a_report_without_scores_still_tells_what_was_left_out(found):
    page = reproduction.page(found, {}, {})
    assert page.warnings == ()
    assert page.sections[-1].title == "Not predicted"


def test_pictures_are_the_same_for_the_same_numbers(found):
    assert png(scoreboard_figures.forest(found.results)) == png(scoreboard_figures.forest(found.results))
    assert png(scoreboard_figures.calibration(found.results)).startswith(b"\x89PNG")


def test_the_stamp_names_posterior_and_studies():
    assert scoreboard.stamped().count("`") == 4
    assert "posterior" in scoreboard.stamped()


def scores(value, trials, observations):
    one = {"value": value, "low": value if trials == 1 else value - 0.1, "high": value if trials == 1 else value + 0.1}
    return {
        "mean_absolute_error": one, "sampling_floor": 0.5, "bias": 0.2, "observations": observations, "trials": trials,
    }  # fmt: skip


def test_results_are_told_apart_from_trials_and_one_trial_has_no_interval():
    said = reproduction._error(scores(0.524, 1, 2))
    assert said.endswith("2 results of 1 trial") and said.startswith("0.52; ")
    said = reproduction._error(scores(0.524, 2, 5))
    assert said.endswith("5 results of 2 trials") and said.startswith("0.52 (0.42 to 0.62); ")


def test_a_subtitle_counts_one_as_one(found):
    assert reproduction._subtitle(found) == "3 results of 1 trial, model pathway"
