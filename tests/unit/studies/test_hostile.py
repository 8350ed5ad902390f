"""A study file that cannot be used gets one sentence with file, line and field."""

import math
import re
from pathlib import Path

import pytest

from ketasim.errors import StudyError
from ketasim.studies.load import read

GOOD = """id = "example2020"
trial = "NCT00000000"
citation = "example2020"
use = "judge"
route = "nasal"

[population]
diagnosis = "TRD"
age = {mean = 45, sd = 13}
baseline = {scale = "MADRS", mean = 37.5, sd = 5.0}

[[arm]]
name = "esketamine 84 mg"
n = 100
control = "none"
background = "new oral antidepressant"
dose = [{drug = "esketamine", route = "nasal", amount = "84 mg", start = "day 1 09:00", every = "3.5 days", times = 8}]

[[arm]]
name = "placebo"
n = 100
regimen = "none"
control = "placebo spray"

[[phase]]
name = "double blind"
length = "4 weeks"

[[observation]]
arm = "esketamine 84 mg"
endpoint = "MADRS change"
time = "24 h after dose 1"
phase = "double blind"
mean = -16.4
se = 1.9
n = 98

[[observation]]
arm = "esketamine 84 mg"
versus = "placebo"
endpoint = "MADRS change"
time = "day 28"
difference = -4.0
ci95 = [-7.3, -0.6]
n = 98
"""


def refused(tmp_path, text, keys=("example2020",)):
    path = tmp_path / "study.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(StudyError) as caught:
        read(path, keys)
    message = str(caught.value)
    assert str(path) in message
    assert re.search(r"line \d+", message)
    assert "\n" not in message
    return message


def line_of(text, needle):
    return text[: text.index(needle)].count("\n") + 1


def test_the_good_file_reads(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(GOOD, encoding="utf-8")
    study = read(path, {"example2020"})
    assert study.stratum == ("nasal", "efficacy", "repeated")
    assert study.arm("placebo").control == "placebo spray"
    assert not study.arm("placebo").active
    first, second = study.observations
    assert (first.time.hours, first.time.anchor, first.time.dose) == (24.0, "dose", 1)
    assert second.time.hours == 27 * 24
    assert second.se == pytest.approx(6.7 / 2 / 1.959964, rel=1e-5)
    assert study.phases[0].days == 28


@pytest.mark.parametrize(
    ("old", "new", "field", "said"),
    [
        ('endpoint = "MADRS change"\ntime = "24', 'endpoint = "MADRAS change"\ntime = "24', "endpoint", "MADRS change"),
        ('arm = "esketamine 84 mg"\nendpoint', 'arm = "esketamine 48 mg"\nendpoint', "arm", "esketamine 84 mg"),
        ('versus = "placebo"', 'versus = "plcebo"', "versus", "placebo"),
        ('phase = "double blind"', 'phase = "open"', "phase", "double blind"),
        ("n = 98\n\n", 'unit = "mg"\nn = 98\n\n', "unit", "dimensions"),
        ("n = 98\n\n", 'unit = "pionts"\nn = 98\n\n', "unit", "pionts"),
        ("se = 1.9", "se = -1.9", "se", "-1.9"),
        ("n = 98\n\n", "n = 0\n\n", "n", "at least 1"),
        ("n = 98\n\n", "n = 9.5\n\n", "n", "whole number"),
        ("n = 98\n\n", "n = 1000000000000000000000\n\n", "n", "at most 1,000,000,000"),
        ('time = "24 h after dose 1"', 'time = "24 h after dose 9"', "time", "is given 8"),
        ('time = "day 28"', 'time = "day 99999999"', "time", "century"),
        ('time = "day 28"', 'time = "week 60"', "time", "392 days after the end of the phase 'double blind' of 28"),
        ('time = "24 h after dose 1"', 'time = "36 days after dose 1"', "time", "8 days after the end"),
        ("se = 1.9", 'se = 1.9\nstatistic = "median"', "statistic", "not in the field 'median'"),
        ("se = 1.9", 'se = 1.9\nstatistic = "cmax"', "statistic", "Known: mean, median, Cmax, Tmax, AUC, maximum."),
        ("se = 1.9", 'se = 1.9\nsampling = "vein"', "sampling", "Known: venous, arterial, capillary."),
        ('versus = "placebo"', 'versus = "esketamine 84 mg"', "versus", "itself"),
        ("mean = 45", 'mean = "old"', "age.mean", "finite number"),
        ("mean = 45", "mean = -45", "age.mean", "between 0 and 130"),
        ("mean = 45", "mean = 450", "age.mean", "between 0 and 130"),
        ("age = {mean = 45", "weight_kg = {mean = 0", "weight_kg.mean", "between 0.1 and 700"),
        ("age = {mean = 45, sd = 13}", 'weight_kg = "80 kg"', "weight_kg", "write a mean, or a table such as {mean"),
        ("age = {mean = 45, sd = 13}", "weight_kg = 800", "weight_kg", "between 0.1 and 700"),
        ("age = {mean = 45, sd = 13}", "weight_kg = true", "weight_kg", "write a mean"),
        ("age = {mean = 45, sd = 13}", "female = {mean = 0.6}", "female", "finite number"),
        ("age = {mean = 45, sd = 13}", "female = 60", "female", "between 0 and 1"),
        ("age = {mean = 45, sd = 13}", 'inpatients = "half"', "inpatients", "finite number"),
        ('diagnosis = "TRD"', "diagnosis = 5", "diagnosis", "must be text"),
        ('baseline = {scale = "MADRS", mean = 37.5, sd = 5.0}', "baseline = 37.5", "baseline", "write the scale too"),
        ('length = "4 weeks"', 'length = "-4 weeks"', "length", "from an hour to a century"),
        ('length = "4 weeks"', 'length = "0 days"', "length", "from an hour"),
        ('length = "4 weeks"', 'length = "1 s"', "length", "from an hour"),
        ("se = 1.9", "sd = 1e300", "sd", "between 0 and 60"),
        ("se = 1.9", "se = 1.9\ncutoff = 61", "cutoff", "between 0 and 60"),
        ("difference = -4.0\nci95 = [-7.3, -0.6]", "odds_ratio = 0", "odds_ratio", "above 0"),
        ('time = "24 h after dose 1"', 'time = "-2 h after dose 1"', "time", "before"),
        ('time = "24 h after dose 1"', 'time = "24 h after dose 0"', "time", "counted from 1"),
        ('time = "day 28"', 'time = "day 0"', "time", "before the first dose"),
        ('time = "day 28"', 'time = "a while later"', "time", "no time of a form"),
        ('citation = "example2020"\n', "", "citation", "missing"),
        ('citation = "example2020"\n', 'citation = "nobody1999"\n', "citation", "not in the bibliography"),
        ("se = 1.9", "se = 0", "se", "nothing varies"),
        ("se = 1.9", "sd = 0.0", "sd", "nothing varies"),
        ("mean = -16.4", "mean = -61", "mean", "between -60 and 60"),
        ("difference = -4.0\nci95 = [-7.3, -0.6]", "difference = 400", "difference", "between -60 and 60"),
        ("ci95 = [-7.3, -0.6]", "ci95 = [-3.9, -0.6]", "ci95", "does not hold the value -4"),
        ("ci95 = [-7.3, -0.6]", "ci95 = [-4.0, -4.0]", "ci95", "both ends"),
        ("ci95 = [-7.3, -0.6]", "ci90 = [-7.3, -4.1]", "ci90", "does not hold"),
        ("n = 98\n\n", "n = 101\n\n", "n", "more than the 100 of 'esketamine 84 mg'"),
        ("mean = -16.4", "mean = -16.4\nn_versus = 90", "n_versus", "'versus' must name it"),
        ("ci95 = [-7.3, -0.6]", "ci95 = [-7.3, -0.6]\nn_versus = 101", "n_versus", "more than the 100 of 'placebo'"),
        ("se = 1.9", "stderr = 1.9", "stderr", "unknown field"),
        ('use = "judge"', 'use = "maybe"', "use", "calibrate"),
        ("mean = -16.4", "mean = nan", "mean", "finite"),
        ("mean = -16.4\n", "", "mean", "exactly one"),
        ("mean = -16.4\n", "mean = -16.4\nmedian = 3.0\n", "median", "exactly one"),
        ("ci95 = [-7.3, -0.6]", "ci95 = [-0.6, -7.3]", "ci95", "lower end"),
        ("difference = -4.0", "mean = -4.0", "versus", "of one arm"),
        ('amount = "84 mg"', 'amount = "84 ml"', "dose.amount", "dose above 0"),
        ('amount = "84 mg"', 'amount = "lots"', "dose.amount", "lots"),
        ('scale = "MADRS"', 'scale = "MADERS"', "baseline.scale", "MADRS"),
        ("mean = 37.5", "mean = 375", "baseline.mean", "between 0 and 60"),
        ('drug = "esketamine"', 'drug = "eskatemine"', "dose.drug", "esketamine"),
        ('regimen = "none"', 'regimen = "spravato-indcution"', "regimen", "spravato-induction"),
        ('length = "4 weeks"', 'length = "4 mg"', "length", "day"),
        ('length = "4 weeks"', 'length = "4 weeks"\nblinding = "opne"', "blinding", "open"),
        ('name = "placebo"\nn', 'name = "esketamine 84 mg"\nn', "name", "twice"),
        ("n = 100\nregimen", "n = 0\nregimen", "n", "at least 1"),
        ('control = "placebo spray"', 'control = "sugar"', "control", "midazolam"),
        ('control = "placebo spray"', 'control = "open"', "control", "write blinding"),
        ('control = "placebo spray"', 'control = "none"', "control", "could tell"),
    ],
)
def test_each_slip_is_named_with_its_line_and_field(tmp_path, old, new, field, said):
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    message = refused(tmp_path, text)
    assert f"field '{field}'" in message
    assert said in message
    if new.strip():
        first = line_of(GOOD, old)
        lines = range(first - 3, first + old.rstrip().count("\n") + 2)
        assert any(f"line {n}," in message for n in lines)


def test_a_number_of_the_patients_is_their_mean_as_the_page_says(tmp_path):
    page = (Path(__file__).parents[3] / "docs" / "study-files.md").read_text(encoding="utf-8")
    shown = re.search(r"    \[population\]\n(?:    .*\n)+", page)
    example = "\n".join(line[4:] for line in shown[0].splitlines())
    text = re.sub(r"\[population\]\n(?:.+\n)+", example + "\n", GOOD)
    path = tmp_path / "study.toml"
    path.write_text(text.replace("{mean = 80, sd = 16}", "80"), encoding="utf-8")
    told = read(path, {"example2020"}).population
    assert told["weight_kg"] == {"mean": 80.0} and told["age"] == {"mean": 45, "sd": 12}
    assert told["female"] == 0.6 and told["failed_treatments"] == {"low": 2}


def test_an_arm_without_doses_says_what_can_be_told_unless_another_treatment_is_given(tmp_path):
    silent = GOOD.replace('control = "placebo spray"\n', "")
    assert "field 'control'" in refused(tmp_path, silent)
    path = tmp_path / "study.toml"
    path.write_text(silent.replace('regimen = "none"', 'regimen = "none"\ncomparator = "ECT"'), encoding="utf-8")
    assert read(path, {"example2020"}).arm("placebo").comparator == "ECT"


@pytest.mark.parametrize(
    ("of_study", "of_phase", "known"),
    [
        ("double blind", "", "none"),
        ("open", "", "open"),
        ("double blind", "open", "open"),
        ("open", "double blind", "none"),
        ("open", "single blind", "none"),
    ],
)
def test_blinding_of_a_phase_goes_before_that_of_the_study(tmp_path, of_study, of_phase, known):
    text = GOOD.replace('use = "judge"', f'use = "judge"\nblinding = "{of_study}"')
    if of_phase:
        text = text.replace('length = "4 weeks"', f'length = "4 weeks"\nblinding = "{of_phase}"')
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    study = read(path, {"example2020"})
    assert study.control(study.arm("esketamine 84 mg"), study.phases[0]) == known
    assert study.control(study.arm("placebo"), study.phases[0]) == "placebo spray"


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_other_encodings_are_named(tmp_path, encoding):
    message = refused(tmp_path, GOOD.replace("TRD", "dépression").encode(encoding))
    assert "UTF-8" in message
    assert "encoding" in message


def test_brackets_without_end_are_one_sentence(tmp_path):
    assert "too deep" in refused(tmp_path, "a = " + "[" * 100_000)


def test_broken_toml_names_its_line(tmp_path):
    text = GOOD.replace('use = "judge"', "use = judge")
    assert f"line {line_of(text, 'use = judge')}, field 'use'" in refused(tmp_path, text)


def test_a_file_without_phases_says_so_where_one_is_named(tmp_path):
    text = re.sub(r"\[\[phase\]\]\n.*\n.*\n", "", GOOD)
    assert "field 'phase': this file has no [[phase]]; describe one, or leave the field out." in refused(tmp_path, text)


@pytest.mark.parametrize("word", ["mean", "median"])
def test_the_plain_value_of_a_concentration_has_a_word(tmp_path, word):
    text = GOOD.replace('endpoint = "MADRS change"\ntime = "24', 'endpoint = "plasma esketamine"\ntime = "24')
    text = text.replace("mean = -16.4\nse = 1.9", f'{word} = 60\nstatistic = "{word}"\nsampling = "venous"')
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    first = read(tmp_path / "study.toml", {"example2020"}).observations[0]
    assert (first.statistic, first.measure, first.unit, first.value) == (word, "", "ng/mL", 60.0)


@pytest.mark.parametrize("time", ["week 5", "35 days after dose 8", "30 weeks after last dose"])
def test_a_late_visit_and_a_time_after_the_last_dose_are_taken(tmp_path, time):
    (tmp_path / "study.toml").write_text(GOOD.replace("24 h after dose 1", time), encoding="utf-8")
    assert read(tmp_path / "study.toml", {"example2020"}).observations[0].time.text == time


def test_the_phase_that_is_not_named_is_the_first_of_the_arm(tmp_path):
    later = '[[phase]]\nname = "later"\nlength = "1 year"\nafter = "double blind"\n\n[[observation]]'
    text = GOOD.replace("[[observation]]", later, 1).replace("day 28", "week 50")
    assert "after the end of the phase 'double blind'" in refused(tmp_path, text)
    (tmp_path / "study.toml").write_text(text.replace('time = "week', 'phase = "later"\ntime = "week'), "utf-8")
    assert read(tmp_path / "study.toml", {"example2020"}).observations[1].phase == "later"


def test_counts_are_checked(tmp_path):
    text = GOOD.replace("mean = -16.4\nse = 1.9\nn = 98", "events = 99\ntotal = 98").replace(
        'endpoint = "MADRS change"\ntime = "24', 'endpoint = "MADRS response"\ntime = "24'
    )
    assert "field 'events'" in refused(tmp_path, text)
    assert "counts patients" in refused(tmp_path, GOOD.replace('"MADRS change"', '"MADRS response"', 1))


@pytest.mark.parametrize(
    ("stated", "field", "said"),
    [
        ("percent = 101\nn = 98", "percent", "between 0 and 100"),
        ("percent = -1\nn = 98", "percent", "between 0 and 100"),
        ("percent = 40\nn = 98\nci95 = [41, 50]", "ci95", "does not hold the value 40"),
        ("events = 9\ntotal = 101", "total", "more than the 100"),
        ("percent = 40\nn = 98\nci95 = [30, 50]", "", ""),
        ("events = 50\ntotal = 100\nci95 = [0.4, 0.6]", "", ""),
    ],
)
def test_shares_are_checked(tmp_path, stated, field, said):
    text = GOOD.replace("mean = -16.4\nse = 1.9\nn = 98", stated).replace(
        'endpoint = "MADRS change"\ntime = "24', 'endpoint = "MADRS response"\ntime = "24'
    )
    if field:
        message = refused(tmp_path, text)
        assert f"field '{field}'" in message and said in message
    else:
        (tmp_path / "study.toml").write_text(text, encoding="utf-8")
        assert read(tmp_path / "study.toml", {"example2020"}).observations[0].interval


@pytest.mark.parametrize(
    ("interval", "se"),
    [("[97, inf]", math.log(270 / 97) / 1.96), ("[97, 751.55]", math.log(270 / 97) / 1.96), ("[97, nan]", None),
     ("[-inf, 300]", None), ("[inf, inf]", None)],
)  # fmt: skip
def test_a_median_time_may_have_an_upper_limit_that_was_not_reached(tmp_path, interval, se):
    stated = f"median = 270\nci95 = {interval}\nn = 98"
    text = GOOD.replace("mean = -16.4\nse = 1.9\nn = 98", stated).replace(
        'endpoint = "MADRS change"\ntime = "24', 'endpoint = "time to relapse"\ntime = "24'
    )
    if se is None:
        assert "field 'ci95'" in refused(tmp_path, text)
    else:
        (tmp_path / "study.toml").write_text(text, encoding="utf-8")
        assert read(tmp_path / "study.toml", {"example2020"}).observations[0].se == pytest.approx(se, rel=1e-4)


def test_only_a_time_can_be_open_above(tmp_path):
    assert "finite number" in refused(tmp_path, GOOD.replace("ci95 = [-7.3, -0.6]", "ci95 = [-7.3, inf]"))


def test_a_score_lies_on_its_scale_and_differences_of_shares_within_one(tmp_path):
    text = GOOD.replace('endpoint = "MADRS change"\ntime = "24', 'endpoint = "MADRS"\ntime = "24').replace(
        "-16.4", "61"
    )
    assert "field 'mean'" in refused(tmp_path, text) and "between 0 and 60" in refused(tmp_path, text)
    text = GOOD.replace('endpoint = "MADRS change"\ntime = "day', 'endpoint = "MADRS response"\ntime = "day')
    assert "between -1 and 1" in refused(tmp_path, text)


def test_a_result_that_stands_twice_is_refused(tmp_path):
    again = GOOD[GOOD.rindex("[[observation]]") :]
    assert "the same result stands in the observation of line 38 already" in refused(tmp_path, GOOD + "\n" + again)


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(StudyError, match="Cannot read"):
        read(tmp_path / "nowhere.toml", set())


OWN = "@article{example2020,\n  title = {A trial of our own},\n  year = {2020},\n}\n"


def test_a_bib_file_beside_the_study_file_can_be_cited(tmp_path):
    (tmp_path / "ours.bib").write_text(OWN, encoding="utf-8")
    (tmp_path / "study.toml").write_text(GOOD, encoding="utf-8")
    assert read(tmp_path / "study.toml").citation == ("example2020",)


@pytest.mark.parametrize(
    ("bib", "words"),
    [
        (None, "'example2020' is not in the bibliography; put an entry in a .bib file beside the study file"),
        (OWN.replace("2020,", "2021,", 1), "put an entry in a .bib file beside the study file (looked in ours.bib)"),
        (OWN.replace("{2020}", "{2020"), "ours.bib: example2020 is not a BibTeX entry that can be read"),
        (OWN.replace("year", "month"), "ours.bib: example2020 lacks 'year'"),
        (OWN + OWN, "the key 'example2020' stands already in ours.bib"),
        (OWN.replace("trial", "tri\xe4l").encode("latin-1"), "ours.bib is not UTF-8"),
    ],
)
def test_a_citation_that_cannot_be_found_or_read(tmp_path, bib, words):
    if bib is not None:
        (tmp_path / "ours.bib").write_bytes(bib if isinstance(bib, bytes) else bib.encode())
    why = refused(tmp_path, GOOD, keys=())
    assert words in why and "line 3, field 'citation'" in why and why.count("\n") == 0


def test_a_broken_bib_file_that_nobody_cites_does_no_harm(tmp_path):
    (tmp_path / "other.bib").write_bytes(b"\xff\xfe broken")
    (tmp_path / "study.toml").write_text(GOOD, encoding="utf-8")
    assert read(tmp_path / "study.toml", ("example2020",)).id == "example2020"


@pytest.mark.parametrize(("measure", "allowed"), [("Tmax", True), ("Cmax", False)])
def test_all_may_peak_at_one_time_but_not_at_one_level(tmp_path, measure, allowed):
    seen = f'endpoint = "plasma esketamine"\nstatistic = "{measure}"'
    text = GOOD.replace('endpoint = "MADRS change"', seen, 1).replace("mean = -16.4\nse = 1.9", "mean = 40\nsd = 0", 1)
    if allowed:
        (tmp_path / "study.toml").write_text(text, encoding="utf-8")
        assert read(tmp_path / "study.toml", {"example2020"}).observations[0].sd == 0.0
    else:
        assert "field 'sd'" in refused(tmp_path, text)


def test_a_comparison_that_counts_nobody_is_of_all_people_of_its_arms(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace("ci95 = [-7.3, -0.6]\nn = 98\n", "ci95 = [-7.3, -0.6]\n"), encoding="utf-8")
    seen = read(path, keys=("example2020",)).observations[1]
    assert (seen.n, seen.n_versus) == (100, 100)


def test_a_study_that_observed_nothing_is_refused(tmp_path):
    said = refused(tmp_path, GOOD[: GOOD.index("[[observation]]")])
    assert "at least one [[observation]]" in said
