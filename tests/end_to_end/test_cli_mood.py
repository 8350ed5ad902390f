"""Stories of the whole path: from a regimen to receptor, plasticity and mood, beside an oral antidepressant alone."""

from __future__ import annotations

import csv
import json

import pytest

import ketasim as ks

ONCE = "spravato-84-single"
PATHWAY = ("--model", "pathway")


def test_from_dose_to_response_and_remission(ketasim, tmp_path):
    words = ("spravato-induction", *PATHWAY, "--background", "new oral antidepressant", "--patients", 24)
    said = ketasim("simulate", *words, "--out", "run", "--json")
    assert said.status == 0, said.err
    result = said.json
    assert result["people"]["label"] == "trd-adults" and not result["warnings"]
    path = ("plasma esketamine", "NMDA occupancy", "glutamate", "fast plasticity", "slow plasticity", "MADRS")
    assert set(path) <= set(result["curves"]) and result["time_h"][-1] == 648
    last = result["scores"][-1]
    assert last["hours"] == 648 and last["n"] == 24 and last["change"] < 0
    assert 0 <= last["remission"] <= last["response"] <= 1
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    for text in ("MADRS as a clinic would find it", "Response and remission", "new oral antidepressant", "day 28"):
        assert text in page
    with (tmp_path / "run" / "scores.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 27 and float(rows[-1]["response"]) == pytest.approx(last["response"], rel=1e-4)


def test_a_second_time_in_the_same_folder_gives_the_same_files(ketasim, tmp_path):
    words = ("simulate", ONCE, *PATHWAY, "--patients", 8, "--out", "run")
    assert ketasim(*words).status == 0
    before = {p.name: p.read_bytes() for p in (tmp_path / "run").iterdir() if p.suffix in (".csv", ".html")}
    assert ketasim(*words).status == 0 and set(before) == {"report.html", "scores.csv", "summary.csv"}
    assert {p.name: p.read_bytes() for p in (tmp_path / "run").iterdir() if p.name in before} == before


def test_as_text(ketasim):
    said = ketasim("simulate", ONCE, *PATHWAY, "--patients", 12, "--control", "midazolam")
    assert said.status == 0, said.err
    for text in ("MADRS as a clinic would find it", "response", "remission", "24 h", "day 8", "day 28"):
        assert text in said.out
    assert "Oral antidepressant: stable; control: midazolam; setting: outpatient." in said.out
    assert max(map(len, said.out.splitlines())) <= 80


def test_what_open_trials_do_to_the_drug_is_said_and_can_be_set(ketasim):
    words = ("simulate", ONCE, "--outputs", "MADRS", "--typical", "--times", "0,24", "--json")
    ends = {}
    for control in ("open", "none"):
        for times in (1, 2):
            said = ketasim(*words, "--control", control, "--param", f"mood.open_drug={times}")
            assert said.status == 0, said.err
            ends[control, times] = said.json["curves"]["MADRS"]["median"][-1]
    assert ends["open", 2] < ends["open", 1] - 1.0
    assert ends["none", 2] == ends["none", 1]
    for param, words_of_it in (
        ((), "as open trials of"),
        (("--param", "mood.open_drug=2"), "2 times as large, as mood"),
    ):
        said = ketasim(*words, "--control", "open", *param)
        assert any("has CONTROL 'open'" in text and words_of_it in text for text in said.json["warnings"])
    said = ketasim(*words, "--control", "open", "--param", "mood.open_drug=1")
    assert not any("times as large" in text for text in said.json["warnings"])
    none = ketasim("simulate", "none", *words[2:], "--control", "open")
    assert not any("times as large" in text for text in none.json["warnings"])


def test_a_mood_output_takes_the_pathway_and_one_person_gets_a_probability(ketasim):
    said = ketasim("simulate", ONCE, "--outputs", "MADRS", "--person", "AGE=40,WT=70,MADRS0=34", "--json")
    assert said.status == 0, said.err
    assert said.json["model"] == "pathway" and list(said.json["curves"]) == ["MADRS"]
    assert said.json["curves"]["MADRS"]["median"][0] == pytest.approx(34.0)
    typical = ketasim("simulate", ONCE, "--outputs", "MADRS", "--typical")
    assert typical.status == 0 and "expected" in typical.out and "found once" not in typical.out


def test_what_has_no_peak_is_shown_at_its_largest_change_and_at_the_end(ketasim):
    words = ("simulate", ONCE, "--outputs", "glutamate,MADRS", "--patients", 6, "--times", "0,2,24,168")
    said, curves = ketasim(*words, "--residual"), ketasim(*words, "--residual", "--json").json["curves"]
    assert said.status == 0 and said.out.count("largest change") == 2 and "only 6 people" in said.out
    rows = [line.split() for line in said.out.splitlines()]
    for name in ("glutamate", "MADRS"):
        first = next(k for k, row in enumerate(rows) if row[:2] == [name, "start"])
        last = next(row for row in rows[first:] if row[:1] == ["end"])
        shown = [float(word) for word in (*rows[first][4:], *last[3:])]
        told = [curves[name][level][k] for k in (0, -1) for level in ("median", "p5", "p95")]
        assert last[1:3] == ["7", "days"] and shown == pytest.approx(told, rel=5e-3)
    visits = ketasim(*words).out
    assert visits.count("largest change") == 1 and "as a clinic would" in visits  # the score has its own table


def test_where_visits_cannot_be_told_the_reason_is(ketasim):
    said = ketasim("simulate", ONCE, *PATHWAY, "--patients", 6, "--residual")
    assert said.status == 0 and "residual error" in said.err and "as a clinic would" not in said.out


def test_of_quantiles_visits_and_relapse_are_told_as_of_trajectories(ketasim, tmp_path):
    words = ("simulate", ONCE, *PATHWAY, "--patients", 24, "--days", 60, "--scale", "HAM-D17", "--json")
    whole, few = ketasim(*words).json, ketasim(*words, "--quantiles", "--out", "q").json
    assert few["relapse"] == whole["relapse"] and few["relapse"]["of_responders"]
    at = {one["hours"]: one for one in whole["scores"]}
    assert len(few["scores"]) >= 8 and all(one == at[one["hours"]] for one in few["scores"])
    assert few["scores"][-1]["hours"] == whole["scores"][-1]["hours"] == 1440
    scale = {one["hours"]: one for one in whole["scales"][0]["visits"]}
    assert few["scales"][0]["visits"] and all(one == scale[one["hours"]] for one in few["scales"][0]["visits"])
    mood = [[one for one in result["leaning"] if one["output"] == "MADRS"] for result in (whole, few)]
    assert mood[0] == mood[1] and mood[0]
    for level, shown in few["curves"]["MADRS"].items():
        assert shown == (shown if level == "unit" else pytest.approx(whole["curves"]["MADRS"][level], abs=1e-9))
    assert (tmp_path / "q" / "visits.zarr").is_dir() and not (tmp_path / "q" / "trajectories.zarr").exists()
    again = ketasim(*words, "--quantiles", "--out", "q").json
    assert again["scores"] == few["scores"] and again["relapse"] == few["relapse"]
    other = ketasim(*words, "--quantiles", "--out", "q", "--well-at", "day 11").json  # a time that was not kept
    assert other["relapse"]["visits"] == [240.0] and other["relapse"]["of_responders"]


def test_a_second_course_after_relapse_helps_again(ketasim, tmp_path):
    """Two courses three months apart: better, worse again between them, better with the second."""
    text = (
        'name = "two courses"\n[[dose]]\ndrug = "ketamine"\nroute = "iv_infusion"\namount = "0.5 mg/kg"\n'
        'duration = "40 min"\nat = [{}]\n'
    )
    days = [d + late for late in (0, 90) for d in (1, 3, 5, 8, 10, 12)]
    (tmp_path / "two.toml").write_text(text.format(", ".join(f'"day {d}"' for d in days)), encoding="utf-8")
    said = ketasim("simulate", "two.toml", *PATHWAY, "--patients", 60, "--days", 130, "--json")
    assert said.status == 0, said.err
    share = {one["hours"] / 24: one["response"] for one in said.json["scores"]}
    assert share[12] > share[89] + 0.05 and share[102] > share[89] + 0.05
    assert share[102] > share[12] - 0.05


@pytest.mark.parametrize("more", [(), ("--quantiles",)])
def test_visits_of_the_users_own_are_told_beside_the_usual_ones(ketasim, tmp_path, more):
    text = '[[dose]]\ndrug = "ketamine"\nroute = "iv_infusion"\namount = "0.5 mg/kg"\nduration = "40 min"\n'
    (tmp_path / "two.toml").write_text(f'name = "two"\n{text}at = ["day 1", "day 91"]\n', encoding="utf-8")
    words = ("simulate", "two.toml", "--patients", 12, "--scale", "HAM-D17", *more)
    said = ketasim(*words, "--at", "day 93, day 103", "--at", "day 104 12:00", "--out", "run")
    assert said.status == 0 and "103.5 days, model pathway" in said.out, said.err
    tables = said.out.split("MADRS as a clinic would find it")[1], said.out.split("HAM-D17, linked from MADRS")[1]
    for part in tables:
        rows = [line.split("  ")[0] for line in part.splitlines()[3:10]]
        assert rows[:6] == ["24 h", "day 8", "day 28", "day 93", "day 103", "2484 h"]
    result = ketasim(*words, "--at", "day 93, day 103, day 104 12:00", "--out", "run", "--json").json
    assert result["at_h"] == [2208.0, 2448.0, 2484.0] and result["time_h"][-1] == 2484.0
    change = {one["hours"]: one["change"] for one in result["scores"]}
    assert {2208.0, 2448.0, 2484.0} <= change.keys()
    assert {2208.0, 2448.0, 2484.0} <= {one["hours"] for one in result["scales"][0]["visits"]}
    assert any(one["measure"] == "change, day 93" for one in result["leaning"])
    with (tmp_path / "run" / "scores.csv").open(encoding="utf-8") as file:
        assert {"day 93", "day 103", "2484 h"} <= {row["when"] for row in csv.DictReader(file)}
    assert json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))["at_h"] == result["at_h"]
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "<dt>Visits asked for</dt><dd>day 93, day 103 and day 104 12:00</dd>" in page and "<td>day 93</td>" in page


def test_visits_are_among_times_that_are_asked_for(ketasim):
    said = ketasim("simulate", ONCE, "--times", "0,24", "--at", "day 4", "--patients", 4, "--json")
    assert said.status == 0 and said.json["time_h"] == [0, 24, 72], said.err
    assert [one["hours"] for one in said.json["scores"]] == [24.0, 72.0]


def test_without_mood_nothing_is_said_of_it(ketasim):
    result = ketasim("simulate", ONCE, "--patients", 4, "--json").json
    assert result["model"] == "platform" and result["scores"] == [] and result["people"]["label"] == "healthy-adults"


def test_an_oral_antidepressant_alone_needs_weeks(ketasim):
    said = ketasim("simulate", "oral-antidepressant", "--patients", 24, "--json")
    assert said.status == 0, said.err
    change = {one["hours"]: one["change"] for one in said.json["scores"]}
    assert said.json["model"] == "pathway" and change[648] < change[168] < 0
    assert "Exposure" not in ketasim("simulate", "oral-antidepressant", "--patients", 4).out


def test_what_a_patient_can_tell_changes_the_placebo_response(ketasim):
    def change(control):
        words = ("none", *PATHWAY, "--patients", 12, "--control", control, "--json")
        return ketasim("simulate", *words).json["scores"][0]["change"]

    assert change("midazolam") < change("saline")


def test_help_names_every_word_of_control():
    from ketasim.cli.options import Control
    from ketasim.pharmacology.mood.expectancy import CONTROLS

    (option,) = Control.__metadata__
    assert all(word in option.help for word in CONTROLS)


def test_compare_with_an_oral_antidepressant_alone(ketasim, tmp_path):
    words = ("compare", "spravato-induction", "oral-antidepressant", "--background", "new oral antidepressant")
    said = ketasim(*words, "--patients", 24, "--out", "c", "--json")
    assert said.status == 0, said.err
    rows = {(r["measure"], r["regimen"]): r for r in said.json["comparison"] if r["output"] == "MADRS"}
    assert len(rows) == 18 and {m for m, _ in rows} >= {"change, 24 h", "response, day 8", "remission, day 28"}
    early = rows["change, 24 h", "oral-antidepressant"]
    assert early["difference"] > 0 and 0 < early["se"] < early["difference"] and early["n"] == 24
    page = (tmp_path / "c" / "report.html").read_text(encoding="utf-8")
    assert "MADRS: differences" in page and "Remission" in page
    assert 'MADRS,"change, 24 h"' in (tmp_path / "c" / "comparison.csv").read_text(encoding="utf-8")


TWICE, ONCE_A_WEEK = (
    "\n".join((
        'drug = "esketamine"', 'product = "spravato"', 'route = "nasal"', 'amount = "84 mg"', 'start = "day 1"',
        f'every = "{days} days"', f"times = {times}",
    ))
    for days, times in ((3.5, 20), (7, 10))
)  # fmt: skip


def test_relapse_while_doses_go_on(ketasim, tmp_path):
    for name, text in (("twice", TWICE), ("weekly", ONCE_A_WEEK)):
        (tmp_path / f"{name}.toml").write_text(f'name = "{name}"\n[[dose]]\n{text}\n', encoding="utf-8")
    one = ketasim("simulate", "twice.toml", "--well-at", "day 29", "--patients", 40)
    assert one.status == 0 and "Without relapse after day 29" in one.out
    assert "this many weeks later. The last dose is on day 67" in " ".join(one.out.split())
    assert max(map(len, one.out.splitlines())) <= 80
    words = ("compare", "twice.toml", "weekly.toml", "--well-at", "day 29", "--patients", 40)
    said = ketasim(*words, "--out", "both", "--json")
    assert said.status == 0, said.err
    rows = {(r["measure"], r["regimen"]): r for r in said.json["comparison"]}
    for week in (1, 2, 4):
        more, fewer = (rows[f"responders without relapse, week {week} after day 29", n] for n in ("twice", "weekly"))
        assert 0.0 < fewer["mean"] < more["mean"] < 1.0 and fewer["difference"] < 0.0 < fewer["se"]
    assert "Without relapse: of those who count as responders or remitters on day 29" in (
        " ".join((tmp_path / "both" / "report.html").read_text(encoding="utf-8").split())
    )
    assert "well at" in (tmp_path / "both" / "run.json").read_text(encoding="utf-8")
    assert (
        rows["response, day 29", "twice"]["mean"] > rows["response, day 29", "weekly"]["mean"]
    )  # of whom they are shares
    off = ketasim("simulate", "twice.toml", "--well-at", "day 30 05:07", "--patients", 20, "--out", "off", "--json")
    assert off.status == 0 and off.json["relapse"]["after"] == "day 30 05:07" and off.json["relapse"]["of_responders"]
    assert json.loads((tmp_path / "off" / "run.json").read_text(encoding="utf-8"))["well_at_h"] == [
        pytest.approx(701.117, abs=0.01)
    ]
    assert "who is well on day 30 05:07" in (tmp_path / "off" / "report.html").read_text(encoding="utf-8")
    chosen = ketasim("compare", "twice.toml", "weekly.toml", "--well-at", "day 8, day 29", "--patients", 40, "--json")
    assert chosen.status == 0 and chosen.json["well_at_h"] == [168.0, 672.0], chosen.err
    both = {(r["measure"], r["regimen"]): r["mean"] for r in chosen.json["comparison"]}
    assert both["responders without relapse, week 4 after day 29, well on day 8 too", "twice"] > rows[
        "responders without relapse, week 4 after day 29", "twice"]["mean"]  # fmt: skip
    shown = ketasim("simulate", "twice.toml", "--well-at", "day 8, day 29", "--patients", 40)
    assert (
        "Without relapse after day 29, well on day 8 too" in shown.out
        and "between the first and the last of these days does not count" in " ".join(shown.out.split())
    )
    assert max(map(len, shown.out.splitlines())) <= 80
    nobody = ketasim("simulate", "twice.toml", "--well-at", "day 1", "--patients", 20)
    assert nobody.status == 0 and "fewer than 0.5% of these people are responders" in " ".join(nobody.err.split())
    lost = ketasim("compare", "twice.toml", "weekly.toml", "--well-at", "day 8", "--outputs", "MADRS", "--patients", 5)
    assert lost.status == 0 and "is not told: it takes MADRS and" in " ".join(lost.err.split())


def test_compare_at_chosen_days_as_text(ketasim):
    said = ketasim("compare", ONCE, "placebo-spray", "--at", "4 h, day 15", "--patients", 6)
    assert said.status == 0, said.err
    words = " ".join(said.out.split())
    for who, control in (("A", "none, so that they can tell what they get"), ("B", "placebo spray")):
        assert f"{who}: Oral antidepressant: stable; control: {control}; setting: outpatient." in words
    assert "change, 4 h" in said.out and "remission, day 15 (%)" in said.out and "day 28" not in said.out
    assert max(map(len, said.out.splitlines())) <= 80


def test_people_who_are_treated_differently_are_told_as_such(ketasim, tmp_path):
    (tmp_path / "people.csv").write_text("ID,WT,CONTROL\nAnn,70,open\nBob,70,saline\n", encoding="utf-8")
    words = (*PATHWAY, "--people", "people.csv")
    said = ketasim("simulate", ONCE, *words)
    assert said.status == 0, said.err
    line = "Oral antidepressant: stable; control: differs between people; setting: outpatient."
    assert line in " ".join(said.out.split()) and max(map(len, said.out.splitlines())) <= 80
    same = ketasim("compare", ONCE, "none", *words).out
    assert " ".join(same.split()).count(line) == 1 and "A: Oral" not in same


def test_on_other_scales_by_published_links(ketasim, tmp_path):
    words = ("simulate", ONCE, "--scale", "HAM-D17", "--scale", "PHQ-9", "--patients", 12)
    said = ketasim(*words, "--out", "run", "--json")
    assert said.status == 0, said.err
    hamilton, phq = said.json["scales"]
    assert said.json["model"] == "pathway" and (hamilton["scale"], phq["scale"]) == ("HAM-D17", "PHQ-9")
    assert {link["kind"] for link in hamilton["links"]} == {"score", "change"}
    assert "leucht2018" in hamilton["links"][0]["citation"] and "Leucht" in hamilton["links"][0]["text"]
    pairs = list(zip(hamilton["visits"], said.json["scores"], strict=True))
    assert all(one["hours"] == two["hours"] and two["change"] < one["change"] < 0.0 for one, two in pairs)
    assert phq["visits"][0]["expected"] == [None] * 3 and phq["visits"][0]["change"] < 0.0
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "HAM-D17, linked from MADRS" in page and "Leucht" in page
    shown = ketasim(*words).out
    assert "PHQ-9, linked from MADRS" in shown and "Turkoz" in shown and max(map(len, shown.splitlines())) <= 80
    for who in (("--typical",), ("--person", "AGE=40,WT=70")):
        alone = ketasim("simulate", ONCE, "--scale", "QIDS-SR16", *who)
        assert alone.status == 0 and "QIDS-SR16, linked from MADRS" in alone.out


WRONG = {
    "a scale without a link": (("simulate", ONCE, "--scale", "CADSS"), "No link between MADRS and CADSS"),
    "an unknown scale": (("simulate", ONCE, "--scale", "HAMD17"), "HAM-D17"),
    "a scale on a model without mood": (
        ("simulate", ONCE, "--model", "platform", "--scale", "HAM-D17"),
        "--model pathway",
    ),
    "a scale without the score": (
        ("simulate", ONCE, "--outputs", "plasma esketamine", "--scale", "HAM-D17"),
        "--outputs leaves out",
    ),
    "a scale of a data set": (("simulate", "--data", "x.csv", "--scale", "HAM-D17"), "leave it out"),
    "control on a model without mood": (
        ("simulate", ONCE, "--model", "platform", "--control", "open"),
        "--model pathway",
    ),
    "an odd control": (("simulate", ONCE, *PATHWAY, "--control", "sugar"), "midazolam"),
    "an odd background": (("simulate", ONCE, *PATHWAY, "--background", "lithium"), "new oral antidepressant"),
    "an odd setting": (("compare", ONCE, "none", *PATHWAY, "--setting", "home"), "outpatient"),
    "a comparator on the platform": (("simulate", "oral-antidepressant", "--model", "platform"), "--model pathway"),
    "against its nature": (("simulate", "oral-antidepressant", "--background", "stable"), "goes with background"),
    "--at without mood": (("compare", ONCE, "none", "--model", "platform", "--at", "day 8"), "--model pathway"),
    "--at beyond the end": (("compare", ONCE, "none", "--at", "day 50", "--days", "30", "--patients", "2"), "--days"),
    "visits without mood": (("simulate", ONCE, "--model", "platform", "--at", "day 8"), "--model pathway"),
    "visits beyond the end": (("simulate", ONCE, "--at", "day 50", "--days", "30"), "--days 30 ends at 720 h"),
    "visits at falling times": (("simulate", ONCE, "--at", "day 9, day 8"), "must ascend, but 168 h follows 192 h"),
    "visits before the start": (("simulate", ONCE, "--at=-5 h"), "hours from the start, 0 or later"),
    "visits on no grid": (("simulate", ONCE, "--at", "0:5:0"), "reads START:STOP:STEP with STEP above 0"),
    "visits after a century": (("simulate", ONCE, "--times", "0,24", "--at", "1e300"), "at most those of a century"),
    "times after a century": (("simulate", ONCE, "--times", "0,24,1e300"), "at most those of a century"),
    "visits a little after the end": (("simulate", ONCE, "--at", "2484.1239", "--days", "103.505"), "--days 104 or"),
    "compared of what is left out": (
        ("compare", ONCE, "none", "--outputs", "glutamate", "--at", "day 9"),
        "leaves out",
    ),
    "visits at no time": (("simulate", ONCE, "--at", "later"), "Cannot read the time 'later'"),
    "visits at nothing": (("simulate", ONCE, "--at", ""), "--at is a time"),
    "visits of what is left out": (("simulate", ONCE, "--outputs", "glutamate", "--at", "day 8"), "leaves out"),
    "visits in a data set": (("simulate", "--data", "x.csv", "--at", "day 8"), "a data set has its own times"),
    "compared at nothing": (("compare", ONCE, "none", "--at", ""), "--at is a time"),
    "said twice": (
        ("simulate", ONCE, *PATHWAY, "--person", "AGE=40,WT=70,CONTROL=open", "--control", "open"),
        "CONTROL",
    ),
    "a baseline at the end of the scale": (
        ("simulate", ONCE, *PATHWAY, "--person", "AGE=40,WT=70,MADRS0=60"),
        "MADRS0 of ID 1 must be a number above 0 and below 60 for model 'pathway', but 60 came",
    ),
    "a baseline of nothing": (("simulate", ONCE, *PATHWAY, "--person", "WT=70,MADRS0=0"), "but 0 came"),
    "a baseline as a word": (("simulate", ONCE, *PATHWAY, "--person", "WT=70,MADRS0=low"), "but 'low' came"),
    "well without mood": (("simulate", ONCE, "--model", "platform", "--well-at", "day 2"), "--model pathway"),
    "well without doses": (("compare", ONCE, "none", "--well-at", "day 8"), "with doses, but none came"),
    "well in a data set": (("simulate", "--data", "x.csv", "--well-at", "day 8"), "but a data set came"),
    "well at nothing": (("simulate", ONCE, "--well-at", ""), "--well-at"),
    "well at falling times": (("simulate", ONCE, "--well-at", "day 9, day 8"), "that follow each other"),
    "well at no time": (("simulate", ONCE, "--well-at", "later"), "later"),
    "well too late": (("simulate", ONCE, "--well-at", "day 8", "--days", "10"), "--days 14 or more was expected; 10"),
    "beside data": (("simulate", "--data", "x.csv", *PATHWAY, "--control", "open"), "--control"),
}


def test_a_person_of_a_file_whom_the_model_cannot_take_is_named(ketasim, tmp_path):
    (tmp_path / "people.csv").write_text("ID,WT,MADRS0,CONTROL\nAnn,70,30,none\nBob,70,60,none\n", encoding="utf-8")
    said = ketasim("simulate", ONCE, *PATHWAY, "--people", "people.csv", "--out", "run")
    assert said.status == 2 and not (tmp_path / "run").exists()
    assert "people.csv, line 3: MADRS0 of ID Bob must be" in said.error
    (tmp_path / "people.csv").write_text("# mine\nID,WT,MADRS0,CONTROL\nAnn,70,30,nothing\n", encoding="utf-8")
    for more in ((), ("--setting", "admitted")):  # what holds for everybody leaves people where they stand
        said = ketasim("simulate", ONCE, *PATHWAY, "--people", "people.csv", *more)
        assert said.status == 2 and "people.csv, line 3: CONTROL of ID Ann must be one of" in said.error


def test_a_person_far_down_a_file_is_named_by_line(tmp_path, monkeypatch):
    """People are looked at in pieces, and lines count on."""
    monkeypatch.setattr("ketasim.simulation.outside.SCAN", 2)
    rows = [f"{k},70,{60 if k == 6 else 30}" for k in range(1, 8)]
    (tmp_path / "people.csv").write_text("\n".join(["ID,WT,MADRS0", *rows]) + "\n", encoding="utf-8")
    people = ks.People.from_csv(tmp_path / "people.csv")
    with pytest.raises(ks.errors.PeopleError, match=r"people.csv, line 7: MADRS0 of ID 6"):
        ks.simulate(ks.model("pathway"), people, ks.Regimen.preset(ONCE))


def test_a_baseline_in_a_data_set_that_the_model_cannot_take_is_named_by_line(ketasim, tmp_path):
    rows = ("ID,TIME,AMT,EVID,CMT,DV,WT,MADRS0", "1,0,84,1,esketamine nasal,.,70,30", "1,24,.,0,MADRS,20,70,60")
    (tmp_path / "data.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    said = ketasim("simulate", "--data", "data.csv", *PATHWAY)
    assert said.status == 2 and "line 3, column MADRS0: expected a number above 0 and below 60, but 60" in said.error


@pytest.mark.parametrize("case", WRONG)
def test_a_request_that_is_refused(ketasim, case):
    words, named = WRONG[case]
    said = ketasim(*words)
    assert said.status == 2, said.err
    assert named in said.error


def test_a_calibrated_value_is_explained_with_its_interval_and_prior(ketasim, monkeypatch):
    from ketasim.pharmacology.mood import pathway, values

    table = {"estimate": {"mood.weight_fast": {"median": 1.23, "interval": [0.9, 1.6]}}, "trials": 12}
    monkeypatch.setattr(values, "calibrated", lambda mechanism="disinhibition": table)
    pathway.built.cache_clear()
    try:
        for words in (("mood.weight_fast",), ("severity.weight_fast", "--model", "pathway")):
            said = ketasim("explain", *words)
            assert said.status == 0, said.err
            for text in ("1.23", "calibrated", "90 % interval 0.9 to 1.6", "12 trials", "prior", "0.8", "grade D"):
                assert text in said.out
    finally:
        monkeypatch.undo()
        values.calibrated.cache_clear()  # rivals were read beside the table above
        pathway.built.cache_clear()


def test_looking_up_the_pathway(ketasim):
    assert "oral-antidepressant" in ketasim("list", "presets").out
    names = {row["output"] for row in ketasim("list", "outputs", *PATHWAY, "--json").json["outputs"]}
    assert {"MADRS", "glutamate", "spines", "plasma esketamine"} <= names
    assert "Moghaddam" in ketasim("cite", "pathway").out
