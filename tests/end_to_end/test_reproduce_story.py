"""A reader lays published studies, and two of their own, beside the model; a file with a slip gets one sentence."""

import csv
import io
import re
import shutil
from pathlib import Path

import pytest

from ketasim.pharmacology.mood import values
from ketasim.report import scoreboard

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "studies"
FIELDS = {
    "study", "trial", "use", "arm", "endpoint", "time", "n", "observed", "observed_se", "predicted", "predicted_low",
    "predicted_high", "inside", "grade_share", "weakest", "statistic", "phase", "analysis", "trial_kind",
}  # fmt: skip


def test_own_studies_as_json(ketasim):
    said = ketasim("reproduce", EXAMPLES / "parallel.toml", EXAMPLES / "withdrawal.toml", "--json")
    assert said.status == 0, said.err
    assert set(said.json) == {"observations", "totals", "warnings"} and said.json["warnings"] == []
    rows = said.json["observations"]
    assert [row["study"] for row in rows] == ["example-parallel"] * 3 + ["example-withdrawal"] * 3
    for row in rows:
        assert set(row) == FIELDS
        assert row["predicted_low"] <= row["predicted"] <= row["predicted_high"]
        assert row["inside"] == (row["predicted_low"] <= row["observed"] <= row["predicted_high"])
        assert sum(row["grade_share"].values()) == pytest.approx(1.0)
    assert rows[0]["predicted"] < rows[1]["predicted"] < 0  # ketamine at a day against midazolam
    assert rows[5]["predicted"] < 1  # hazard ratio of going on
    assert "targets" not in said.json["totals"]  # of two made-up trials they mean nothing


def test_improvements_without_their_sign_are_told(ketasim, tmp_path):
    text = (EXAMPLES / "parallel.toml").read_text(encoding="utf-8")
    assert text.count("\nmean = -") == 2
    (tmp_path / "mine.toml").write_text(text.replace("\nmean = -", "\nmean = "), encoding="utf-8")
    said = ketasim("reproduce", "mine.toml", "--json")
    assert said.status == 0 and [line[-5:] for line in said.json["warnings"]] == [" -16.", "s -9."]
    assert all("above 0, which is a worsening; if people got better" in line for line in said.json["warnings"])
    assert said.json["warnings"][0] in " ".join(said.err.split())


def test_the_same_seed_gives_the_same_bytes(ketasim):
    first, second, other = (
        ketasim("reproduce", EXAMPLES / "parallel.toml", "--json", "--seed", seed).out for seed in (5, 5, 6)
    )
    assert first == second != other


def test_a_shipped_study_with_a_report(ketasim, tmp_path):
    said = ketasim("reproduce", "murrough2013", "--out", "out")
    assert said.status == 0, said.err
    assert "Studies marked judge" in said.out
    assert "Not predicted" in said.out
    assert "recalled" in said.out
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert "murrough2013" in page
    assert "http" not in page.replace("http://www.w3.org", "").replace("http://purl.org", "").replace(
        "http://creativecommons.org", ""
    )
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out" / "observed-and-predicted.csv").read_text("utf-8"))))
    assert len(rows) == 2
    assert float(rows[0]["observed"]) == -16.5
    refused = ketasim("reproduce", "murrough2013", "--out", "out")
    assert refused.status == 2
    assert "--force" in refused.error


def test_concentrations_stand_apart(ketasim):
    said = ketasim("reproduce", "ket01-03", "--json")
    assert said.status == 0, said.err
    assert said.json["totals"]["concentrations"]["observations"] == 4
    assert "judge" not in said.json["totals"]
    assert {row["endpoint"].split()[0] for row in said.json["observations"]} == {"plasma"}
    assert all("CADSS" in row["endpoint"] for row in said.json["totals"]["not_predicted"])


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('endpoint = "MADRS change"', 'endpoint = "MADRAS change"', "endpoint"),
        ('arm = "midazolam"', 'arm = "midazolan"', "arm"),
        ("sd = 11.0", "sd = -11.0", "sd"),
        ("n = 48", "n = 0", "n"),
        ("n = 48", 'n = 48\nunit = "mg"', "unit"),
        ("n = 48", 'n = 48\nphase = "open"', "phase"),
        ('time = "24 h after dose 1"', 'time = "-1 h after dose 1"', "time"),
        ('citation = "murrough2013" ', 'citation = "nobody1999" ', "citation"),
    ],
)
def test_a_slip_is_named_with_file_line_and_field(ketasim, tmp_path, old, new, field):
    text = (EXAMPLES / "parallel.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "mine.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    said = ketasim("reproduce", "mine.toml")
    assert said.status == 2
    assert said.out == ""
    assert "mine.toml, line " in said.error
    assert f"field '{field}'" in said.error


def test_other_encodings_and_missing_files(ketasim, tmp_path):
    text = (EXAMPLES / "parallel.toml").read_text(encoding="utf-8").replace("made up", "inventé")
    (tmp_path / "mine.toml").write_bytes(text.encode("latin-1"))
    said = ketasim("reproduce", "mine.toml", "--json")
    assert said.status == 2
    assert "UTF-8" in said.error
    assert said.json["error"]["kind"] == "StudyError"
    assert "nowhere.toml" in ketasim("reproduce", "nowhere.toml").error
    unknown = ketasim("reproduce", "murrough2031")
    assert unknown.status == 2
    assert "Did you mean 'murrough2013'" in unknown.error


def test_a_study_beside_its_regimen_file(ketasim, tmp_path):
    shutil.copy(EXAMPLES / "parallel.toml", tmp_path / "mine.toml")
    text = (tmp_path / "mine.toml").read_text(encoding="utf-8")
    (tmp_path / "mine.toml").write_text(text.replace("iv-ketamine-0.5mgkg-single", "drip.toml"), encoding="utf-8")
    (tmp_path / "drip.toml").write_text(
        '[[dose]]\ndrug = "ketamine"\nroute = "iv_infusion"\namount = "0.01 mg/kg"\nduration = "40 min"\n', "utf-8"
    )
    small = ketasim("reproduce", "mine.toml", "--json").json["observations"][0]["predicted"]
    usual = ketasim("reproduce", EXAMPLES / "parallel.toml", "--json").json["observations"][0]["predicted"]
    assert usual < small - 1.0  # a fiftieth of the dose improves less


def test_the_scoreboard_is_of_today():
    page = (ROOT / "docs" / scoreboard.PAGE).read_text(encoding="utf-8")
    assert scoreboard.stamped() in page, "run `python -m ketasim.report.scoreboard`"
    for name in scoreboard.NAMES.values():
        assert f"{scoreboard.PICTURES}/{name}" in page
        assert (ROOT / "docs" / scoreboard.PICTURES / name).read_bytes().startswith(b"\x89PNG")


def test_two_analyses_of_one_result_are_told_apart(ketasim, tmp_path):
    said = ketasim("reproduce", "popova2019", "--out", "out")
    assert said.status == 0, said.err
    table = said.out.split("Not predicted")[0]
    assert "LOCF" in table and "observed\n" in table and max(map(len, table.splitlines())) <= 80
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out" / "observed-and-predicted.csv").read_text("utf-8"))))
    names = [(row["arm"], row["endpoint"], row["statistic"], row["time"], row["analysis"]) for row in rows]
    assert len(set(names)) == len(names) > len({name[:4] for name in names})


def test_a_study_of_which_nothing_can_be_said_says_so(ketasim):
    said = ketasim("reproduce", "fava2018")
    assert said.status == 0
    assert "HAM-D6" in said.out
    assert "published here" in said.out
    assert "Scores" not in said.out


def test_a_study_named_twice_counts_once(ketasim):
    once, twice = (ketasim("reproduce", *["murrough2013"] * n, "--json") for n in (1, 2))
    assert once.status == twice.status == 0 and once.json == twice.json


@pytest.mark.parametrize("more", [(), ("--conduct", "--replicates", 1)])
@pytest.mark.parametrize("order", [("own/pp.toml", "murrough2013"), ("murrough2013", "own/pp.toml")])
def test_a_file_with_the_id_of_a_shipped_study_is_refused_beside_it(ketasim, tmp_path, order, more):
    shutil.copytree(EXAMPLES, tmp_path / "own")
    text = (EXAMPLES / "parallel.toml").read_text(encoding="utf-8").replace('"example-parallel"', '"murrough2013"')
    (tmp_path / "own" / "pp.toml").write_text(text, encoding="utf-8")
    said = ketasim("reproduce", *order, *more)
    assert said.status == 2 and said.out == ""
    own = Path("own/pp.toml")
    assert f"{own}, line 2, field 'id': 'murrough2013' is also the id of the shipped study" in said.error
    assert "--conduct" in more or ketasim("reproduce", "own/pp.toml").status == 0  # by itself it is taken


@pytest.mark.parametrize("more", [(), ("--conduct", "--replicates", 1)])
def test_a_dose_beyond_a_hundred_times_the_largest_is_refused_in_a_study_too(ketasim, tmp_path, more):
    shutil.copytree(EXAMPLES, tmp_path / "own")
    text = (EXAMPLES / "parallel.toml").read_text(encoding="utf-8")
    own = 'dose = [{drug = "ketamine", route = "iv_infusion", amount = "1e6 mg", duration = "40 min"}]'
    text = re.sub(r'regimen = "iv[^"]*"', own, text)
    (tmp_path / "own" / "parallel.toml").write_text(text, encoding="utf-8")
    said = ketasim("reproduce", "own/parallel.toml", *more)
    assert (
        said.status == 2 and f"{Path('own/parallel.toml')}, arm 'ketamine'" in said.error and "100 times" in said.error
    )


@pytest.mark.parametrize("more", [(), ("--conduct", "--replicates", 4, "--patients", 8)])
def test_a_rival_predicts_with_its_own_numbers_and_is_told(ketasim, tmp_path, more):
    usual = ketasim("reproduce", EXAMPLES / "parallel.toml", *more, "--json")
    said = ketasim("reproduce", EXAMPLES / "parallel.toml", *more, "--rival", "metabolite", "--json", "--out", "out")
    assert said.status == usual.status == 0, said.err
    own, base = (one.json["observations"] for one in (said, usual))
    assert [row["arm"] for row in own] == [row["arm"] for row in base]
    assert [row["predicted"] for row in own] != [row["predicted"] for row in base]
    model = (lambda json: json["model"]) if more else (lambda json: json["totals"]["model"])
    assert (model(said.json), model(usual.json)) == ("pathway-metabolite", "pathway")
    (told,) = [line for line in said.json["warnings"] if "pathway-metabolite" in line]
    assert told in " ".join(said.err.split()) and "largest R-hat" in told and "metabolite" not in usual.err
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "model pathway-metabolite</p>" in page and "<dt>Rival</dt><dd>metabolite</dd>" in page
    assert "largest R-hat" in page
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out" / "observed-and-predicted.csv").read_text("utf-8"))))
    assert {row["model"] for row in rows} == {"pathway-metabolite"}
    text = ketasim("reproduce", EXAMPLES / "parallel.toml", *more, "--rival", "metabolite").out
    assert text.splitlines()[0] == "Predicted by the rival metabolite, model 'pathway-metabolite'"
    assert "Predicted by" not in ketasim("reproduce", EXAMPLES / "parallel.toml", *more).out


@pytest.mark.parametrize("more", [(), ("--conduct",)])
@pytest.mark.parametrize("name", ["mixtures", "disinhibition"])
def test_what_is_no_rival_is_refused_before_any_work(ketasim, tmp_path, name, more):
    said = ketasim("reproduce", "murrough2013", "--rival", name, "--out", "out", *more)
    assert said.status == 2 and said.out == "" and not (tmp_path / "out").exists()
    assert f"'{name}'" in said.error and all(
        one in said.error for one in ("direct inhibition", "metabolite", "mixture")
    )


def test_a_rival_without_a_calibration_of_its_own_is_refused(ketasim, monkeypatch, tmp_path):
    home, text = tmp_path / "home", values.FILE.read_text(encoding="utf-8")
    home.mkdir()
    (home / "calibrated.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(values, "FILE", home / "calibrated.toml")
    values.calibrated.cache_clear()
    said = ketasim("reproduce", "murrough2013", "--rival", "direct inhibition")
    monkeypatch.undo()
    values.calibrated.cache_clear()
    assert said.status != 0 and said.out == ""
    assert "'direct inhibition' has no calibration of its own" in said.error and "rivals --install" in said.error
