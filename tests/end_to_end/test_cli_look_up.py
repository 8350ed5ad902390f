"""Stories of list, explain, cite, compare and doctor."""

from __future__ import annotations

import csv
import importlib
import json
import re

import pytest

QUICK = ("--model", "perez-ruixo-2021")


@pytest.mark.parametrize("what", ["models", "outputs", "presets", "populations", "products", "routes", "studies"])
def test_lists(ketasim, what):
    text, rows = ketasim("list", what), ketasim("list", what, "--json").json[what]
    assert text.status == 0 and len(rows) > 3
    assert all(str(next(iter(row.values()))) in text.out for row in rows)
    assert max(map(len, text.out.splitlines())) <= 80


def test_compartments_say_where_a_number_in_a_data_set_goes(ketasim, tmp_path):
    rows = ketasim("list", "compartments", "--json").json["compartments"]
    assert ketasim("list", "compartments").status == 0
    dv = {row["CMT"]: row["or by name"] for row in rows if row["of"] == "DV"}
    inlet = {row["CMT"]: row["or by name"] for row in rows if row["of"] == "dose" and row["CMT"]}
    whole = {row["or by name"]: row["what"] for row in rows if row["of"] == "dose" and row["CMT"] is None}
    assert inlet[1] == "vein_S" and whole["ketamine iv_bolus"] == "into 1 (50%) and 2 (50%)"
    head = "ID,TIME,AMT,EVID,CMT,DV,WT,AGE\n"
    said = []
    for dose, seen in ((7, 4), (inlet[7], dv[4])):
        (tmp_path / "d.csv").write_text(f"{head}1,0,28,1,{dose},.,70,40\n1,2,.,0,{seen},5,70,40\n", encoding="utf-8")
        said.append(ketasim("simulate", "--data", "d.csv", "--json").json["observed"])
    assert said[0] == said[1] and said[0][0]["label"] == dv[4]


def test_outputs_of_another_model(ketasim):
    rows = ketasim("list", "outputs", "--model", "simons-2022", "--json").json["outputs"]
    assert {row["model"] for row in rows} == {"simons-2022"} and all("arterial" in row["output"] for row in rows)
    assert ketasim("list", "outputs", "--model", "simons").status == 2


def test_explain_a_parameter_by_bare_and_full_name(ketasim):
    said = ketasim("explain", "FRn")
    assert said.status == 0
    for word in ("0.54", "between patients", "n = 820", "Perez-Ruixo", "grade    B", "platform: nose.FRn", "Table 3"):
        assert word in said.out
    assert "pk.pr21.FRn" in ketasim("explain", "absorption.FRn", *QUICK).out


def test_explain_takes_the_examples_of_its_help(ketasim):
    examples = re.findall(r'"([\w.]+)"', ketasim("explain", "--help").out)
    assert len(examples) == 2
    for example in examples:
        assert ketasim("explain", example).status == 0, example


def test_explain_as_json_names_source_grade_and_uses(ketasim):
    (fact,) = ketasim("explain", "pk.pr21.ka_n", "--json").json["facts"]
    assert (fact["value"], fact["unit"], fact["grade"], fact["n"]) == (2.93, "1/h", "B", 820)
    assert fact["citations"][0]["key"] == "perezruixo2021" and "platform: nose.ka" in fact["used"]


def test_explain_names_rivals_with_their_values(ketasim):
    assert "pk.pr21.Vh: 101 L" in ketasim("explain", "pk.platform.Vh").out


def test_explain_what_is_not_there(ketasim):
    said = ketasim("explain", "FRnn")
    assert said.status == 2 and "Did you mean 'FRn'" in said.error
    assert "`ketasim evidence relapse` searches" in ketasim("explain", "relapse").error


def test_the_list_of_studies_says_who_judges(ketasim):
    from ketasim.studies import shelf

    rows = {row["study"]: row for row in ketasim("list", "studies", "--json").json["studies"]}
    assert set(rows) == set(shelf.studies())
    assert rows["fedgchin2019"]["mark"] == "calibrate" and rows["fedgchin2019"]["trial"] == "NCT02417064"
    assert {row["mark"] for row in rows.values()} <= {"calibrate", "judge", "waits"}
    assert all((row["mark"] == "waits") == shelf.waits(shelf.study(name)) for name, row in rows.items())
    assert "studies" in " ".join(ketasim("list", "--help").out.split())


STUDY, REGIMEN = "[[arm]]\nname = 'x'\n", '[[dose]]\ndrug = "ketamine"\nroute = "im"\namount = "30 mg"\n'


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (
            ("simulate", "study.toml"),
            "study.toml is a study file, not a regimen: it has arm tables; `ketasim reproduce",
        ),
        (("compare", "spravato-56", "study.toml"), "`ketasim reproduce study.toml` predicts a study"),
        (("simulate", "murrough2013"), "is a published study, not a regimen; `ketasim reproduce murrough2013`"),
        (("reproduce", "regimen.toml"), "this is a regimen file, which `ketasim simulate` gives"),
        (("reproduce", "spravato-56"), "is a regimen, not a study; `ketasim simulate spravato-56`"),
        (("reproduce", "spravato57"), "`ketasim list studies` names them"),
    ],
)
def test_a_study_for_a_regimen_and_a_regimen_for_a_study_are_told_apart(ketasim, tmp_path, words, named):
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "regimen.toml").write_text(REGIMEN, encoding="utf-8")
    said = ketasim(*words)
    assert said.status == 2 and named in said.error


def test_every_parameter_of_the_platform_can_be_explained(ketasim):
    from ketasim.pharmacology import shelf

    for component in shelf.model("platform").components:
        for parameter in component.parameters:
            said = ketasim("explain", f"{component.name}.{parameter.name}", "--model", "platform")
            assert said.status == 0 and "grade" in said.out and parameter.fact.id in said.out


@pytest.mark.parametrize(
    ("words", "first", "also"),
    [
        (
            ("clearance",),
            "`ketasim explain CLint` (intrinsic hepatic clearance of S-ketamine",
            "`ketasim explain CL` (",
        ),
        (("clearence",), "`ketasim explain CLint` (", "`ketasim evidence clearance`"),
        (("norketamine clearance",), "`ketasim explain CL` (S-norketamine clearance", ""),
        (("volume",), "`ketasim explain V1` (S-ketamine central volume", "`ketasim explain V3` ("),
        (("clearance", "--model", "herd-2007"), "`ketasim explain CL --model herd-2007` (", ""),
        (("elimination half-life",), "`ketasim explain pk.hijazi03.thalf` (elimination half-life)", ""),
    ],
)
def test_words_that_are_no_parameter_lead_to_what_speaks_of_them(ketasim, words, first, also):
    said = ketasim("explain", *words)
    assert said.status == 2 and f"These speak of it: {first}" in said.error and also in said.error
    for word in re.findall(r"`ketasim (explain [^`]+)`", said.error):
        assert ketasim(*word.split()).status == 0


def test_a_word_that_nothing_speaks_of_is_an_unknown_parameter(ketasim):
    assert "Unknown parameter 'qqqqq'" in ketasim("explain", "qqqqq").error


def test_cite_as_text_bibtex_and_json(ketasim):
    said = ketasim("cite", "perez-ruixo-2021")
    assert said.status == 0 and " 1. Perez-Ruixo C" in said.out and "@article{perezruixo2021," in said.out
    assert ketasim("cite", "perez-ruixo-2021", "--bibtex").out.startswith("@")
    citations = ketasim("cite", "platform", "--json").json["citations"]
    assert len(citations) > 3 and all(one["bibtex"].startswith("@") for one in citations)


def test_cite_a_study_a_publication_and_the_program(ketasim):
    from ketasim.evidence.bibliography import parse

    said = ketasim("cite", "fedgchin2019")
    assert said.status == 0 and said.out.startswith(" 1. Fedgchin M") and "@article{fedgchin2019" in said.out
    assert ketasim("cite", "moghaddam1997").out.startswith(" 1. Moghaddam B")
    (own,) = ketasim("cite", "ketasim", "--json").json["citations"]
    assert "ketasim 0.1.0" in own["text"] and "Apache-2.0" in own["text"]
    read = parse(own["bibtex"], "here")
    assert (read.kind, read.key) == ("software", "ketasim") and read.get("version") == "0.1.0"


def test_cite_what_is_assumed_says_that_there_is_no_source(ketasim):
    said = ketasim("cite", "assumed")
    assert said.status == 0 and "the authors of ketasim assumed, of grade D" in said.out
    assert ketasim("cite", "assumed", "--bibtex").out.startswith("% ")
    assert ketasim("cite", "assumed", "--json").json["citations"] == []


def test_cite_in_python():
    import ketasim as ks
    from ketasim.errors import RequestError, UnknownName
    from ketasim.studies.shelf import studies

    assert ks.cite("fedgchin2019").get("year") == "2019"
    own = ks.cite(ks.model("perez-ruixo-2021"))
    assert own[0].key == "perezruixo2021" and len(own) > 1
    assert ks.cite("perez-ruixo-2021") == own
    assert ks.cite("nimh24h") == tuple(ks.cite(key) for key in studies()["nimh24h"].citation)
    with pytest.raises(UnknownName, match="Did you mean 'platform'"):
        ks.cite("platfrom")
    with pytest.raises(RequestError, match="a publication; int came"):
        ks.cite(3)


@pytest.mark.parametrize("columns", [80, 120])
def test_equations_are_no_wider_than_the_terminal(ketasim, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    for model in ("platform", "herd-2007", "pathway"):
        said = ketasim("equations", model)
        wide = [line for line in said.out.splitlines() if len(line) > columns]
        assert said.status == 0 and not wide, wide
    assert "    between patients: ω² " in ketasim("equations", "platform").out


def test_equations_as_text_latex_and_json(ketasim, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")
    text, latex = ketasim("equations", "simons-2022"), ketasim("equations", "simons-2022", "--latex")
    found = ketasim("equations", "simons-2022", "--json").json
    assert "d/dt(A1) = " in text.out and "film.KA1" in text.out and "[simons2022] Simons P" in text.out
    assert r"\frac{\mathrm{d} \mathrm{A1}}{\mathrm{d} t}" in latex.out and r"\begin{longtable}" in latex.out
    assert (text.status, latex.status, text.err, latex.err) == (0, 0, "", "")
    assert found["text"].strip() in text.out and found["latex"].strip() == latex.out.strip()
    assert len(found["parameters"]) == 27 and {"simons2022", "herd2007"} <= {s["key"] for s in found["sources"]}


def test_explain_and_equations_send_to_each_other(ketasim):
    said = ketasim("explain", "simons-2022")
    assert said.status == 2 and "`ketasim equations simons-2022`" in said.error
    assert "Did you mean 'simons-2022'" in ketasim("equations", "simons-2002").error


def test_cite_an_unknown_model(ketasim):
    said = ketasim("cite", "perez-ruixo")
    assert said.status == 2 and "perez-ruixo-2021" in said.error


def test_compare_two_doses_in_the_same_people(ketasim, tmp_path):
    words = ("spravato-56-single", "spravato-84-single", *QUICK, "--patients", 30)
    said = ketasim("compare", *words, "--out", "c", "--json")
    assert said.status == 0, said.err
    result = said.json
    peak = [r for r in result["comparison"] if (r["output"], r["measure"]) == ("plasma esketamine", "Cmax")]
    assert [r["regimen"] for r in peak] == ["spravato-56-single", "spravato-84-single"]
    assert peak[0]["difference"] == 0 and peak[1]["n"] == 30
    assert 0 < peak[1]["se"] < peak[1]["difference"] == pytest.approx(peak[1]["mean"] - peak[0]["mean"])
    with (tmp_path / "c" / "comparison.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(result["comparison"]) and float(rows[1]["se"]) == pytest.approx(
        result["comparison"][1]["se"]
    )
    assert "standard error" in (tmp_path / "c" / "report.html").read_text(encoding="utf-8")
    note = json.loads((tmp_path / "c" / "run.json").read_text(encoding="utf-8"))
    assert note["request"]["regimens"] == list(note["runs"]) == list(words[:2]) and note["seed"] == 0
    assert {"model", "evidence", "code"} == set(note["fingerprints"]) and note["versions"]["ketasim"]
    each = [note["runs"][name] for name in words[:2]]
    assert [one["status"] for one in each] == [{"finished": 30}] * 2 and len({one["fingerprint"] for one in each}) == 2
    assert "28.0 mg" not in each[0]["request"]["regimen"] and 'amount = "56.0 mg"' in each[0]["request"]["regimen"]
    assert note["leaning"] == result["leaning"]
    again = ketasim("compare", *words, "--out", "c")
    assert again.status == 2 and "--force" in again.error


def test_the_folder_of_a_comparison_is_no_run_folder(ketasim):
    words = ("spravato-56-single", "spravato-84-single", *QUICK, "--patients", 2, "--out", "c")
    assert ketasim("compare", *words).status == 0
    said = ketasim("simulate", "spravato-56-single", *QUICK, "--patients", 2, "--out", "c", "--force")
    assert said.status == 2 and "choose another folder" in said.error
    assert ketasim("compare", *words, "--force").status == 0


@pytest.mark.parametrize(
    ("words", "begun", "said"),
    [
        (("compare", "spravato-56-single", "spravato-84-single", *QUICK), "simulation.simulate.simulate", "cannot be"),
        (("reproduce", "lapidus2014"), "reproduction.reproduce.reproduce", "starts again"),
        (("simulate", "spravato-56-single", *QUICK), "simulation.simulate.simulate", "--out DIR"),
    ],
)
def test_ctrl_c_says_what_is_true_of_the_command(ketasim, monkeypatch, words, begun, said):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(f"ketasim.{begun}", stopped)
    found = ketasim(*words)
    assert found.status == 130 and said in found.err and "nothing was written" in found.err
    assert ("resumed)" in found.err) == (words[0] == "simulate")


@pytest.mark.parametrize(
    ("words", "begun", "said"),
    [
        (
            ("simulate", "spravato-56-single", *QUICK, "--out", "r"),
            "cli.leaning.of",
            "'r': give the same command again",
        ),
        (("simulate", "spravato-56-single", *QUICK, "--out", "r"), "cli.simulate.write_report", "same command again"),
        (("simulate", "spravato-56-single", *QUICK), "cli.leaning.of", "--out DIR"),
        (("compare", "spravato-56-single", "spravato-84-single", *QUICK), "cli.leaning.of", "cannot be resumed"),
        (("doctor",), "simulation.selftest.checks", "nothing was left half-written"),
        (("calibrate",), "calibration.run.calibrate", "Interrupted before anything was written"),
        (("calibrate", "--out", "."), "calibration.run.calibrate", "give the same command again to go on"),
        (("rivals", "--out", "r"), "calibration.rivals.weigh", "'r': give the same command again to go on"),
    ],
)
def test_ctrl_c_is_told_at_every_stage(ketasim, monkeypatch, words, begun, said):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    whole = importlib.import_module(f"ketasim.{begun.rpartition('.')[0]}")
    monkeypatch.setattr(whole, begun.rpartition(".")[2], stopped)
    found = ketasim(*words, *(("--patients", 3) if words[0] in ("simulate", "compare") else ()))
    assert found.status == 130 and found.err.count("Interrupted") == 1 and said in found.err
    assert "Traceback" not in found.err and (words[0] == "doctor" or not found.out)


def test_what_is_done_after_the_bar_is_told(ketasim):
    said = ketasim("simulate", "spravato-56-single", *QUICK, "--patients", 3, "--out", "r")
    assert (
        said.err.index("what the predictions lean on") < said.err.index("Writing the report") < said.err.index("Wrote")
    )
    assert "lean on" in ketasim("compare", "spravato-56-single", "spravato-84-single", *QUICK, "--patients", 3).err


def test_a_comparison_of_one_person_counts_one_person(ketasim, tmp_path):
    words = ("compare", "spravato-56-single", "spravato-84-single", *QUICK, "--patients", 1, "--out", "c")
    assert ketasim(*words).out.startswith("1 person (")
    assert "1 people" not in (tmp_path / "c" / "report.html").read_text(encoding="utf-8")


def test_the_folder_of_a_comparison_takes_no_run(ketasim):
    assert ketasim("compare", "spravato-56-single", "spravato-84-single", *QUICK, "--out", "c").status == 0
    said = ketasim("simulate", "spravato-56-single", *QUICK, "--patients", 2, "--out", "c", "--force")
    assert said.status == 2 and "holds 'run.json', which this command did not write" in said.error


def test_the_standard_error_falls_with_more_people(ketasim):
    def se(n):
        rows = ketasim("compare", "spravato-28-single", "spravato-84-single", *QUICK, "--patients", n, "--json").json
        return rows["comparison"][1]["se"]

    assert se(400) == pytest.approx(se(100) / 2, rel=0.35)


def test_comparison_as_text_fits_80_columns(ketasim):
    said = ketasim("compare", "spravato-56-single", "spravato-84-single", *QUICK, "--patients", 5)
    assert said.status == 0 and "  A  spravato-56-single" in said.out and "not a medical device" in said.err
    assert max(map(len, said.out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("spravato-56-single",), "two regimens or more"),
        (("spravato-56-single", "spravato-56-single"), "same name"),
        (("spravato-56-single", "spravto-84-single"), "spravato-84-single"),
        (("spravato-56-single", "spravato-84-single", "--patients", "0"), "at least 1"),
        (("spravato-56-single", "spravato-84-single", "--days", "0"), "days to simulate must be above 0, got 0"),
        (("spravato-56-single", "oral-antidepressant", "--days", "0"), "days to simulate must be above 0, got 0"),
        (("spravato-56-single", "oral-antidepressant", "--days", "nan"), "days to simulate must be above 0, got nan"),
    ],
)
def test_a_comparison_that_is_refused(ketasim, words, named):
    said = ketasim("compare", *words)
    assert said.status == 2 and named in said.error


def test_a_visit_after_the_last_day_is_refused_before_anything_runs(ketasim, monkeypatch):
    monkeypatch.setattr("ketasim.cli.compare.perform", None)  # not called
    said = ketasim("compare", "none", "spravato-56-single", "--days", 5, "--at", "24 h, day 7")
    assert said.status == 2
    assert "--at asks for 144 h, but --days 5 ends at 120 h; give --days 6 or more" in said.error


def test_doctor_quick(ketasim):
    result = ketasim("doctor", "--quick", "--json").json
    assert result["versions"]["ketasim"] and result["machine"]["cores"] >= 1 and result["cache"]["cache writable"]
    assert result["checks"] == []


def test_doctor_runs_its_checks(ketasim):
    said = ketasim("doctor")
    assert said.status == 0, said.out
    assert "closed form against ODE" in said.out and "exponentials packed" in said.out and "FAILED" not in said.out


def test_doctor_that_finds_a_fault_fails(ketasim, monkeypatch):
    from ketasim.simulation import selftest

    monkeypatch.setattr(selftest, "two_paths", lambda: (False, "differs"))
    monkeypatch.setattr(selftest, "packed", lambda: (True, ""))
    said = ketasim("doctor", "--json")
    assert said.status == 1 and "differs" in said.error
    assert json.loads(said.out)["checks"][0]["held"] is False


def test_a_warning_of_some_regimens_names_them_and_one_of_all_is_said_once(ketasim):
    rectal, oral = "rectal-ketamine-50mg-single", "oral-ketamine-0.5mgkg-single"
    said = ketasim("compare", oral, rectal, "--patients", 2, "--json")
    assert said.status == 0, said.err
    (line,) = said.json["warnings"]
    assert line.startswith(f"{rectal}: The route rectal of ketamine rests on evidence of grade D")
    assert " ".join(said.err.split()).count("grade D") == 1
    person = ("--person", "AGE=130,WT=70,SEX=female")
    both = ketasim("compare", oral, "iv-ketamine-0.5mgkg-single", *person, "--json").json["warnings"]
    assert sum("AGE" in one for one in both) == 1 and all(oral not in one for one in both)
