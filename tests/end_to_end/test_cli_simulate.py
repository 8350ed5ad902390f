"""Stories of `ketasim simulate`: one person, many people, a file, a data set, a folder, and what goes wrong."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

QUICK = ("--model", "perez-ruixo-2021")
NASAL = "spravato-84-single"


def test_one_person(ketasim):
    said = ketasim("simulate", NASAL, *QUICK, "--person", "AGE=45,WT=80,SEX=female,ANCESTRY=white", "--json")
    assert said.status == 0, said.err
    result = said.json
    assert result["people"] == {"n": 1, "label": "one person"} and result["status"] == {"finished": 1}
    assert any("drawn at random (seed 0)" in line for line in result["warnings"])
    peak = next(r for r in result["summary"] if (r["output"], r["measure"]) == ("plasma esketamine", "Cmax"))
    assert 20 < peak["median"] < 500 and peak["unit"] == "ng/mL"


def test_a_population_as_text(ketasim):
    said = ketasim("simulate", NASAL, *QUICK, "--population", "trd-adults", "--patients", 20)
    assert said.status == 0, said.err
    assert "20 people (trd-adults)" in said.out and "plasma S-norketamine" in said.out
    assert max(map(len, said.out.splitlines())) <= 80
    assert "not a medical device" in said.err and "Nothing was written" in said.err


def test_the_same_seed_gives_the_same_people_and_another_seed_others(ketasim):
    runs = [ketasim("simulate", NASAL, *QUICK, "--patients", 8, "--seed", s, "--json").json for s in (1, 1, 2)]
    assert runs[0] == runs[1] and runs[0]["curves"] != runs[2]["curves"]


def test_results_do_not_depend_on_workers_or_chunks(ketasim):
    one = ketasim("simulate", NASAL, *QUICK, "--patients", 50, "--workers", 1, "--json").json
    two = ketasim("simulate", NASAL, *QUICK, "--patients", 50, "--workers", 2, "--chunk", 7, "--json").json
    assert one == two


def test_typical_person_times_and_outputs(ketasim):
    words = ("--typical", "--times", "0:2:0.5, 4, 1 day", "--outputs", "plasma esketamine", "--json")
    result = ketasim("simulate", NASAL, *QUICK, *words).json
    assert result["time_h"] == [0, 0.5, 1, 1.5, 2, 4, 24] and list(result["curves"]) == ["plasma esketamine"]


def test_times_that_were_asked_for_are_said_to_carry_the_exposure(ketasim):
    words = ("simulate", NASAL, *QUICK, "--typical", "--outputs", "plasma esketamine", "--json")
    said = "Cmax, Tmax, AUC and half-life are read from the 3 times that were asked for (--times)."
    assert said in ketasim(*words, "--times", "0,12,24").json["warnings"]
    assert not any("Cmax" in line for line in ketasim(*words).json["warnings"])


@pytest.mark.parametrize("words", [(NASAL, *QUICK), ("spravato-induction", "--model", "pathway")])
def test_where_too_few_times_are_asked_for_no_exposure_is_promised(ketasim, words):
    said = ketasim("simulate", *words, "--patients", 3, "--times", "week 4")
    warned = next(part for part in " ".join(said.err.split()).split("Warning: ") if "Cmax" in part)
    assert said.status == 0 and "Cmax" not in said.out
    assert "not told" in warned and "the one time that was asked for" in warned


def test_a_changed_parameter_changes_the_result_and_units_convert(ketasim):
    def peak(*words):
        result = ketasim("simulate", NASAL, *QUICK, "--typical", *words, "--json").json
        return max(result["curves"]["plasma esketamine"]["median"])

    assert peak("--param", "FRn=0.27") < 0.8 * peak()
    assert peak("--param", "ka_n=0.05 1/min") == pytest.approx(peak("--param", "ka_n=3"))


def test_people_of_a_file(ketasim, tmp_path):
    (tmp_path / "people.csv").write_text("ID,AGE,WT,ANCESTRY\n7,40,70,white\n9,72,60,japanese\n", encoding="utf-8")
    result = ketasim("simulate", NASAL, *QUICK, "--people", "people.csv", "--json").json
    assert result["people"] == {"n": 2, "label": "people.csv"}


def test_residual_error_spreads_the_band(ketasim):
    def width(*words):
        curve = ketasim("simulate", NASAL, *QUICK, "--patients", 60, *words, "--json").json["curves"][
            "plasma esketamine"
        ]
        return np.array(curve["p95"][20]) - np.array(curve["p5"][20])

    assert width("--residual") != width()


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("perez-ruixo-2021", "added to plasma esketamine, plasma S-norketamine"),
        ("kamp-2020", "asked for, but the model has none for what is kept"),
    ],
)
def test_the_report_says_what_residual_error_was_added_to(ketasim, tmp_path, model, told):
    asked = ("simulate", "iv-esketamine-20mg-single", "--model", model, "--patients", "2", "--residual")
    said = ketasim(*asked, "--out", str(tmp_path / "run"))
    assert said.status == 0 and "residual error" in said.err
    assert f"<dt>Residual error</dt><dd>{told}</dd>" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")


def test_a_run_folder_with_its_report(ketasim, tmp_path):
    said = ketasim("simulate", NASAL, *QUICK, "--patients", 16, "--out", "runs/first", "--json")
    assert said.status == 0, said.err
    folder = tmp_path / "runs" / "first"
    assert {"run.json", "patients.parquet", "events.parquet", "trajectories.zarr", "summary.csv", "report.html"} <= {
        path.name for path in folder.iterdir()
    }
    page = (folder / "report.html").read_text(encoding="utf-8")
    note = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert note["fingerprint"] in page and "<svg" in page and "not a medical device" in page
    assert "<script" not in page and "http://" not in page.replace("http://www.w3.org", "")
    assert "d/dt(" in page and "clin pharmacokinet" in page.lower()


def test_the_same_request_again_gives_the_same_report(ketasim, tmp_path):
    for name in ("a", "b"):
        assert ketasim("simulate", NASAL, *QUICK, "--patients", 8, "--out", name).status == 0
    assert (tmp_path / "a" / "report.html").read_bytes() == (tmp_path / "b" / "report.html").read_bytes()


def test_quantiles_only(ketasim, tmp_path):
    said = ketasim("simulate", NASAL, *QUICK, "--patients", 30, "--quantiles", "--out", "q", "--json")
    assert said.status == 0, said.err
    assert (tmp_path / "q" / "quantiles.parquet").exists() and not (tmp_path / "q" / "trajectories.zarr").exists()


def test_a_dose_beyond_the_data_runs_and_says_so(ketasim, tmp_path):
    text = '[[dose]]\ndrug = "esketamine"\nroute = "nasal"\namount = "200 mg"\n'
    (tmp_path / "large.toml").write_text(text, encoding="utf-8")
    said = ketasim("simulate", "large.toml", *QUICK, "--patients", 4, "--out", "run", "--json")
    assert said.status == 0, said.err
    assert any("200 mg" in line for line in said.json["warnings"])
    assert "Warning: " in said.err and "200 mg" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")


DATA = """ID,TIME,AMT,RATE,EVID,CMT,DV,AGE,WT,ANCESTRY
1,0,28,42,1,esketamine iv_infusion,.,45,70,white
1,1,.,.,0,plasma esketamine,60,45,70,white
1,4,.,.,0,plasma esketamine,15,45,70,white
2,0,28,42,1,esketamine iv_infusion,.,30,80,white
2,2,.,.,0,plasma esketamine,30,30,80,white
"""


def test_a_data_set_with_observations_on_top(ketasim, tmp_path):
    (tmp_path / "data.csv").write_text(DATA, encoding="utf-8")
    said = ketasim("simulate", "--data", "data.csv", *QUICK, "--out", "run", "--json")
    assert said.status == 0, said.err
    assert said.json["people"]["n"] == 2
    (drug,) = said.json["observed"]
    assert drug["at"] == ["ID 1, 1 h", "ID 1, 4 h", "ID 2, 2 h"] and drug["observed"] == [60, 15, 30]
    assert all(fold >= 1 for fold in drug["fold"]) and len(drug["pred"]) == 3
    assert drug["n"] == 3 and all(low < high for low, high in zip(drug["pi5"], drug["pi95"], strict=True))
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "Observed against predicted" in page and "PRED is the prediction for the typical person" in page


def test_the_summary_of_a_data_set_is_printed_and_no_seed_changes_it(ketasim, tmp_path):
    (tmp_path / "data.csv").write_text(DATA, encoding="utf-8")
    said = [
        ketasim("simulate", "--data", "data.csv", *QUICK, *more).out for more in ((), ("--seed", 5), ("--typical",))
    ]
    rows = [[line for line in text.splitlines() if line.startswith("plasma esketamine  3 ")] for text in said]
    assert [len(found) for found in rows] == [1, 1, 1] and len({tuple(row.split()[:6]) for (row,) in rows}) == 1
    assert "in PI" in said[0] and "SIM is" in " ".join(said[0].split()) and "in PI" not in said[2]


def test_an_area_that_is_mostly_extrapolated_is_marked(ketasim, tmp_path):
    (tmp_path / "data.csv").write_text(DATA, encoding="utf-8")
    words = ("simulate", "--data", "data.csv", *QUICK, "--typical", "--outputs", "plasma esketamine")
    short = ketasim(*words, "--out", "run").out
    assert "AUCinf *" in short and "* More than 20 % of it is extrapolated beyond the last time in the median" in short
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "AUCinf *" in page and "is extrapolated beyond the last time" in page
    (row,) = (r for r in ketasim(*words, "--json").json["summary"] if r["measure"] == "AUCinf")
    assert 20 < row["extrapolated_percent"] < 100
    longer = ketasim(*words, "--days", 2).out
    assert "AUCinf" in longer and "*" not in longer


def test_how_many_have_a_measure_is_told_where_not_all_have_it(ketasim, tmp_path):
    never = "3,0,0,0,1,esketamine iv_bolus,.,30,80,white\n3,2,.,.,0,plasma esketamine,.,30,80,white\n"
    words = ("simulate", "--data", "data.csv", *QUICK, "--outputs", "plasma esketamine")
    for text, some in ((DATA + never, True), (DATA, False)):
        (tmp_path / "data.csv").write_text(text, encoding="utf-8")
        rows = [line.split() for line in ketasim(*words).out.splitlines()]
        head = next(row for row in rows if row[:2] == ["output", "measure"])
        assert ("n" in head) == some
        assert not some or next(row for row in rows if row[:1] == ["half-life"])[:3] == ["half-life", "h", "2"]


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("ID,AGE,weight,ANCESTRY", "did you mean WT? Rename the column"),
        ("ID,age_years,WT,ANCESTRY", "did you mean AGE?"),
        ("ID,AGE,WT,ancestery", "people.csv: model 'platform' does not read the column ancestery"),
    ],
)
def test_a_column_of_people_near_a_covariate_is_asked_about(ketasim, tmp_path, head, said):
    (tmp_path / "people.csv").write_text(f"{head}\n7,40,70,white\n", encoding="utf-8")
    found = ketasim("simulate", NASAL, "--people", "people.csv", "--out", "run")
    assert found.status == 2 and said in found.error and not (tmp_path / "run").exists()


def test_columns_of_people_may_be_written_small_and_those_in_vain_are_told(ketasim, tmp_path):
    (tmp_path / "people.csv").write_text("id,age,wt,ancestry,madrs0,site\n7,40,70,white,30,x\n", encoding="utf-8")
    found = ketasim("simulate", NASAL, "--people", "people.csv", "--json")
    assert found.status == 0 and (
        "Columns MADRS0, site are not read by this model: of people.csv, model 'platform' reads ID, "
        in " ".join(found.json["warnings"])
    )
    assert any(line.endswith("Model 'pathway' goes on to mood.") for line in found.json["warnings"])
    assert not any("default" in line for line in found.json["warnings"])


def test_times_and_days_together_are_refused(ketasim):
    found = ketasim("simulate", NASAL, *QUICK, "--typical", "--times", "0,1", "--days", 3)
    assert found.status == 2 and "--times" in found.error and "--days" in found.error


@pytest.mark.parametrize("made", [False, True])
def test_a_run_that_nobody_finished_leaves_nothing(ketasim, tmp_path, made):
    if made:
        (tmp_path / "run").mkdir()
    words = ("simulate", NASAL, *QUICK, "--patients", 3, "--out", "run")
    said = ketasim(*words, "--param", "esketamine.kmet=-1e6")
    assert said.status == 1 and "Nobody's run finished, so nothing is written. 3 of 3 people" in said.error
    assert (tmp_path / "run").exists() == made and not list(tmp_path.glob("run/*"))
    assert ketasim(*words).status == 0 and (tmp_path / "run" / "summary.csv").exists()


def test_a_result_says_from_when_its_times_count(ketasim, tmp_path):
    late = '[[dose]]\ndrug = "esketamine"\nroute = "nasal"\namount = "84 mg"\nstart = "day 2 09:00"\n'
    (tmp_path / "late.toml").write_text('name = "late"\n' + late, encoding="utf-8")
    words = ("simulate", "late.toml", *QUICK, "--patients", 3)
    clock = "Times and visits count from day 1 00:00; Tmax and areas from the first dose at 33 h."
    said = ketasim(*words, "--json", "--out", "run")
    assert said.json["clock"] == clock and {row["counted_from"] for row in said.json["summary"]} == {
        "first dose at 33 h"
    }
    assert max(row["median"] for row in said.json["summary"] if row["measure"] == "Tmax") < 12
    assert "first dose at 33 h" in (tmp_path / "run" / "summary.csv").read_text(encoding="utf-8")
    assert clock in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    text = ketasim(*words).out
    assert clock in " ".join(text.split()) and "There are only 3 people" in text
    assert "count from" not in ketasim("simulate", NASAL, *QUICK, "--patients", 30).out


def test_a_comparison_says_from_when_its_times_count_and_that_first_doses_differ(ketasim, tmp_path):
    late = '[[dose]]\ndrug = "esketamine"\nroute = "nasal"\namount = "84 mg"\nstart = "day 1 09:00"\n'
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text(f'name = "{name}"\n{late}', encoding="utf-8")
    clock = "Times and visits count from day 1 00:00; Tmax and areas from the first dose at 9 h."
    said = ketasim("compare", "one.toml", NASAL, *QUICK, "--patients", 3, "--out", "c")
    assert said.status == 0, said.err
    out, err = " ".join(said.out.split()), " ".join(said.err.split())
    apart = f"different times (one at 9 h, {NASAL} at 0 h)"
    assert out.count("visits count from") == 1 and f"A: {clock}" in out and apart in err
    page = (tmp_path / "c" / "report.html").read_text(encoding="utf-8")
    assert clock in page and apart in page
    same = ketasim("compare", "one.toml", "two.toml", "none", *QUICK, "--patients", 3)
    assert same.status == 0 and f"B: {clock}" in " ".join(same.out.split()) and "different times" not in same.err


BAD_DATA = {
    "text in a number column": (DATA.replace("1,4,.", "1,four,."), ("line 4", "TIME")),
    "too few columns": (DATA.replace(",70,white\n1,4", "\n1,4"), ("line 3",)),
    "twice the same column": (DATA.replace("AGE,WT", "AGE,AGE"), ("AGE",)),
    "no column TIME": (DATA.replace("TIME", "HOUR"), ("TIME",)),
    "a dose beyond all sources": (
        DATA.replace("2,0,28,42", "2,0,28000,42000"),
        ("data.csv: ID 2", "28000", "100 times"),
    ),
    "UTF-16 that breaks off": (DATA.encode("utf-16")[:-1], ("begins as UTF-16",)),
    "no text": (b"ID,TIME\xff\0" + bytes(range(256)), ("zero bytes",)),
    "empty": ("", ("is empty",)),
    "only a header": (DATA.splitlines()[0], ("no records",)),
    "cut off": (DATA[:-15], ("line 6", "10 values", "7 came")),
    "unknown compartment": (DATA.replace("esketamine iv_infusion", "artery"), ("artery", "line 2")),
}


@pytest.mark.parametrize("case", BAD_DATA)
def test_a_data_set_that_is_wrong(ketasim, tmp_path, case):
    text, named = BAD_DATA[case]
    (tmp_path / "data.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    said = ketasim("simulate", "--data", "data.csv", *QUICK, "--out", "run")
    assert said.status == 2, said.err
    assert all(word in said.error for word in named) and not (tmp_path / "run").exists()


def test_covariates_of_a_data_set_are_carried_as_asked(ketasim, tmp_path):
    text = "ID,TIME,AMT,EVID,CMT,DV,AGE\n1,0,28,1,1,.,45\n1,2,.,0,1,9,90\n"
    (tmp_path / "data.csv").write_text(text, encoding="utf-8")
    back, forth = (ketasim("simulate", "--data", "data.csv", *QUICK, "--json", "--carry", w) for w in ("nocb", "locf"))
    usual = ketasim("simulate", "--data", "data.csv", *QUICK, "--json")
    assert back.json["observed"] == usual.json["observed"] != forth.json["observed"]
    back, forth = (" ".join(one.err.split()) for one in (usual, forth))
    assert "Warning: data.csv: AGE changes within individuals and is held backward" in back
    assert "held forward" in forth
    wrong = ketasim("simulate", "--data", "data.csv", *QUICK, "--carry", "linear")
    assert wrong.status == 2 and "nocb" in wrong.error
    alone = ketasim("simulate", NASAL, *QUICK, "--carry", "locf")
    assert alone.status == 2 and "add --data" in alone.error


@pytest.mark.parametrize("place", [".", "nowhere.csv"])
def test_a_data_set_that_is_no_file(ketasim, place):
    said = ketasim("simulate", "--data", place, *QUICK)
    assert said.status == 2 and place in said.error and "path of a CSV file" in said.error


def test_an_id_that_returns_is_another_individual_and_said_so(ketasim, tmp_path):
    """NONMEM allows it, so it is allowed."""
    (tmp_path / "data.csv").write_text(DATA + "1,9,.,.,0,plasma esketamine,5,45,70,white\n", encoding="utf-8")
    said = ketasim("simulate", "--data", "data.csv", *QUICK, "--json")
    assert said.status == 0 and said.json["people"]["n"] == 3
    assert "line 7" in said.err and "returns" in said.err


WRONG = {
    "unknown model": (("--model", "platfrom"), "Did you mean 'platform'"),
    "unknown population": (("--population", "trd-adlts"), "Did you mean 'trd-adults'"),
    "unknown population beside a typical person": (
        ("--typical", "--population", "nonsense"),
        "Unknown population 'nonsense'",
    ),
    "a population beside a typical person": (("--typical", "--population", "trd-adults"), "--population trd-adults"),
    "patients beside a typical person": (("--typical", "--patients", "50"), "--patients 50 is not used"),
    "unknown output": (("--outputs", "plasma eskatamine"), "Did you mean 'plasma esketamine'"),
    "unknown parameter": (("--param", "CLearance=3"), "CLearance"),
    "unit that does not fit": (("--param", "ka_n=3 kg"), "--param ka_n: '3 kg'"),
    "NaN parameter": (("--param", "ka_n=nan"), "--param ka_n takes a finite number in 1/h, got 'nan'"),
    "infinite parameter": (("--param", "ka_n=-inf"), "--param ka_n takes a finite number in 1/h, got '-inf'"),
    "parameter beyond all numbers": (("--param", "ka_n=1e999 1/h"), "finite number"),
    "parameter as a word": (("--param", "ka_n=fast"), "--param ka_n"),
    "person of an unknown property": (("--person", "AGE=45,WIEGHT=80"), "Unknown covariate 'WIEGHT'"),
    "folder of people": (("--people", "."), "is a folder"),
    "population of 0": (("--patients", "0"), "at least 1"),
    "negative population": (("--patients", "-3"), "at least 1"),
    "two populations": (("--population", "trd-adults", "--person", "AGE=3"), "--population and --person"),
    "person without a value": (("--person", "AGE"), "AGE"),
    "person of an odd sex": (("--person", "AGE=45,SEX=x"), "SEX"),
    "person of negative weight": (("--person", "AGE=45,WT=-1,ANCESTRY=white"), "WT"),
    "file of people not there": (("--people", "nobody.csv"), "nobody.csv"),
    "no days": (("--days", "0"), "days"),
    "NaN days": (("--days", "nan"), "days"),
    "times out of order": (("--times", "2,1"), "1 h follows 2 h"),
    "data set beside": (("--data", "x.csv"), "--data"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_request(ketasim, tmp_path, case):
    words, named = WRONG[case]
    said = ketasim("simulate", NASAL, *(QUICK if "--model" not in words else ()), *words, "--out", "run")
    assert said.status == 2, said.err
    assert named in said.error and not said.out and not (tmp_path / "run").exists()


def test_a_route_without_inlet(ketasim):
    said = ketasim("simulate", "im-ketamine-0.5mgkg-single", *QUICK, "--patients", 2)
    assert said.status == 2 and "ketamine" in said.error


def test_a_parameter_that_makes_the_system_blow_up_is_failed_work(ketasim, tmp_path):
    said = ketasim("simulate", NASAL, *QUICK, "--patients", 3, "--param", "kel=-1e6", "--json")
    assert said.status == 1, said.err
    assert said.json["error"]["status"] == 1 and "finished" in said.error


def test_a_folder_that_holds_something_else_is_left_alone(ketasim, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine", encoding="utf-8")
    for force in ((), ("--force",)):
        said = ketasim("simulate", NASAL, *QUICK, "--patients", 2, "--out", "mine", *force)
        assert said.status == 2 and "mine" in said.error
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_another_run_is_replaced_only_by_force(ketasim, tmp_path):
    assert ketasim("simulate", NASAL, *QUICK, "--patients", 2, "--out", "run").status == 0
    before = (tmp_path / "run" / "summary.csv").read_bytes()
    said = ketasim("simulate", NASAL, *QUICK, "--patients", 3, "--out", "run")
    assert said.status == 2 and "--force" in said.error
    assert (tmp_path / "run" / "summary.csv").read_bytes() == before
    assert ketasim("simulate", NASAL, *QUICK, "--patients", 3, "--out", "run", "--force").status == 0
    assert (tmp_path / "run" / "summary.csv").read_bytes() != before


def test_a_folder_that_is_a_file(ketasim, tmp_path):
    (tmp_path / "run").write_text("x", encoding="utf-8")
    said = ketasim("simulate", NASAL, *QUICK, "--patients", 2, "--out", "run")
    assert said.status == 2 and "is a file" in said.error


# python -m ketasim, which heeds Ctrl-C also where the tests themselves were begun in the background and do not
HEEDING = (
    "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "runpy.run_module('ketasim', run_name='__main__', alter_sys=True)"
)


def interrupted(words, folder):
    """Status and messages of a run stopped by Ctrl-C as soon as it has written a few parts."""
    command = [sys.executable, "-c", HEEDING, "simulate", *words, "--out", "run"]
    running = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    parts = folder / "run" / ".parts"
    for _ in range(4000):
        if running.poll() is not None or sum(1 for _ in parts.glob("*.npz")) > 2:
            break
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=120)
    return running.returncode, err


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent by a POSIX signal")
def test_ctrl_c_leaves_a_run_that_the_same_command_finishes(ketasim, tmp_path):
    parts = tmp_path / "run" / ".parts"
    for patients in (8_000, 32_000, 128_000):  # a quick machine may finish the smaller ones before it is stopped
        words = [NASAL, *QUICK, "--patients", str(patients), "--chunk", "16", "--workers", "1", "--times", "0:24:2"]
        status, err = interrupted(words, tmp_path)
        if status != 0:
            break
        shutil.rmtree(tmp_path / "run")
    assert status == 130, err
    assert "same command" in err and "Traceback" not in err
    assert not (tmp_path / "run" / "run.json").exists() and list(parts.glob("*.npz"))
    assert ketasim("simulate", *words, "--out", "run").status == 0
    assert ketasim("simulate", *words, "--out", "fresh").status == 0
    for name in ("summary.csv", "nca.parquet", "patients.parquet", "events.parquet", "report.html"):
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "fresh" / name).read_bytes(), name


@pytest.mark.parametrize("words", [("simulate", "none"), ("compare", "none", NASAL)])
def test_the_heading_of_a_long_run_is_in_days(ketasim, words):
    out = ketasim(*words, *QUICK, "--patients", 1, "--days", 190).out
    assert ", 190 days, model perez-ruixo-2021" in out and "4560" not in out
