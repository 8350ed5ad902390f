"""Runs: the same bits however they are cut, what outputs, quantiles and tables say, and what is warned of."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from tests.support.small import fact, nasal, parameter, small

from ketasim.dosing.regimen import Regimen
from ketasim.engine.abi import Settings
from ketasim.errors import FolderError, PeopleError, RequestError, UnknownName
from ketasim.pharmacology import shelf
from ketasim.population import named
from ketasim.population.people import from_csv, listed, one, with_columns
from ketasim.simulation.ages import who
from ketasim.simulation.compare import compare
from ketasim.simulation.dataset import read
from ketasim.simulation.outside import warnings_of
from ketasim.simulation.simulate import CHUNK_BYTES, default_chunk, simulate, study_of

PEOPLE = named.population("trd-adults", 53, seed=4)


def arrays(run):
    return [run.array(name) for name in run.outputs]


@pytest.fixture(scope="module")
def whole():
    return simulate(small(), PEOPLE, nasal(), days=5, workers=1, chunk=64, seed=9)


@pytest.mark.parametrize(("chunk", "workers"), [(1, 1), (7, 2), (16, 2), (50, 3)])
def test_the_same_bits_for_any_chunk_and_thread_count(whole, chunk, workers):
    other = simulate(small(), PEOPLE, nasal(), days=5, workers=workers, chunk=chunk, seed=9)
    for a, b in zip(arrays(whole), arrays(other), strict=True):
        assert np.array_equal(a, b)
    assert other.nca().equals(whole.nca()) and other.summary().equals(whole.summary())


def test_the_same_bits_in_any_order_and_company(whole):
    table = PEOPLE.table
    mixed = table.sample(frac=1.0, random_state=3)
    people = listed({name: mixed[name].to_numpy() for name in mixed}, "mixed")
    other = simulate(small(), people, nasal(), days=5, seed=9)
    for a, b in zip(arrays(whole), arrays(other), strict=True):
        assert np.array_equal(a[mixed.index], b)
    few = simulate(small(), named.population("trd-adults", 5, seed=4), nasal(), days=5, seed=9)
    assert np.array_equal(few.array("plasma esketamine"), whole.array("plasma esketamine")[:5])


def test_the_ode_path_gives_the_same_bits_for_any_chunk():
    model = small(linear=False)
    runs = [
        simulate(model, PEOPLE, nasal(), days=4, workers=w, chunk=c, settings=Settings(method="ode"))
        for c, w in ((53, 1), (5, 2))
    ]
    for a, b in zip(*(arrays(run) for run in runs), strict=True):
        assert np.array_equal(a, b)


def test_closed_form_and_ode_agree(whole):
    ode = simulate(small(), PEOPLE, nasal(), days=5, seed=9, settings=Settings(method="ode", rtol=1e-8, atol=1e-10))
    a, b = whole.array("plasma esketamine"), ode.array("plasma esketamine")
    assert np.max(np.abs(a - b)) < 1e-5 * a.max()


def test_another_seed_varies_otherwise(whole):
    other = simulate(small(), PEOPLE, nasal(), days=5, seed=10)
    assert not np.array_equal(whole.array("plasma esketamine"), other.array("plasma esketamine"))


def test_occasions_differ_within_a_person(whole):
    sessions = whole.nca(by_session=True).query("output == 'plasma esketamine'")
    first, second = (sessions[sessions.session == k].AUCinf.to_numpy() for k in (1, 2))
    log_ratio = np.log(second / first)
    assert 0.1 < log_ratio.std() < 0.5


def test_an_output_has_names_units_and_people(whole):
    found = whole["plasma esketamine"]
    assert found.dims == ("patient", "time") and found.attrs["units"] == "ng/mL" and found.attrs["site"] == "venous"
    assert found.patient.values.tolist() == list(range(1, 54)) and found.time.attrs["units"] == "h"
    with pytest.raises(UnknownName, match="plasma esketamine"):
        whole["plasma"]


def test_dose_and_area_agree_with_mass_balance():
    infusion = Regimen("iv").dose("esketamine", "iv_infusion", "20 mg", duration="40 min")
    run = simulate(small(), one(WT=70, AGE=40), infusion, typical=True, times=np.linspace(0, 60, 3001))
    area = run.nca().set_index("output").loc["plasma esketamine", "AUCinf"]
    assert area == pytest.approx(20 / 80 * 1000, rel=3e-4)  # dose / CL, in ng/mL·h


def test_nasal_fall_is_taken_from_the_ordinal_of_the_device():
    runs = {n: simulate(small(), one(WT=70, AGE=40), nasal(1, f"{28 * n} mg"), typical=True) for n in (1, 3)}
    area = {n: run.nca().set_index("output").loc["plasma esketamine", "AUCinf"] for n, run in runs.items()}
    through_nose, through_gut = 0.5 * (1 + 0.8 + 0.64), 3 * 0.5 * 0.2
    assert area[3] / area[1] == pytest.approx((through_nose + through_gut) / (0.5 + 0.1), rel=2e-3)


def test_typical_people():
    reference = simulate(small(), PEOPLE, nasal(), days=1, typical=True)
    assert reference.n == 1 and reference.people.label == "typical person"
    assert simulate(small(), None, nasal(), days=1, typical=True).n == 1
    own = simulate(small(), one(WT=140, AGE=30), nasal(), days=1, typical=True)
    assert own.array("plasma esketamine").max() < reference.array("plasma esketamine").max()


def test_overrides_by_bare_or_full_name():
    person = one(WT=70, AGE=40)
    plain, half, same = (
        simulate(small(), person, nasal(), days=2, typical=True, overrides=o).nca().AUCinf[0]
        for o in ({}, {"CL": 160.0}, {"body.CL": 160.0})
    )
    assert plain / half == pytest.approx(2.0, rel=0.02) and half == same
    with pytest.raises(UnknownName):
        simulate(small(), person, nasal(), days=1, overrides={"clearance": 1.0})


def test_quantiles_are_exact(whole):
    levels = (0.05, 0.5, 0.9)
    kept = simulate(small(), PEOPLE, nasal(), days=5, seed=9, quantiles=levels)
    expected = np.quantile(whole.array("plasma esketamine"), levels, axis=0)
    assert np.allclose(kept.band("plasma esketamine", levels), expected, rtol=1e-13, atol=0)
    assert np.array_equal(kept.quantiles(levels)["gut amount"], whole.quantiles(levels)["gut amount"])
    with pytest.raises(RequestError, match="Only quantiles"):
        kept["plasma esketamine"]
    with pytest.raises(RequestError, match="kept the quantiles"):
        kept.quantiles([0.31])
    assert kept.summary().equals(whole.summary())


def test_large_runs_go_through_files_with_the_same_answer(whole, monkeypatch):
    monkeypatch.setattr("ketasim.simulation.simulate.IN_MEMORY_BYTES", 0)
    other = simulate(small(), PEOPLE, nasal(), days=5, seed=9, chunk=20)
    assert type(other.kept).__name__ == "InFiles"
    for a, b in zip(arrays(whole), arrays(other), strict=True):
        assert np.array_equal(a, b)
    assert np.array_equal(other.band("gut amount"), whole.band("gut amount"))
    assert np.array_equal(other.kept.people(15, 45), whole.kept.people(15, 45))
    assert other.nca().equals(whole.nca())


def test_residual_error_is_added_to_outputs_that_declare_it(whole):
    noisy = simulate(small(), PEOPLE, nasal(), days=5, seed=9, residual=True, chunk=11)
    true, seen = whole.array("plasma esketamine"), noisy.array("plasma esketamine")
    shown = true > 1e-3 * true.max()
    error = (seen - true)[shown] / true[shown]
    assert error.std() == pytest.approx(0.2, rel=0.05) and abs(error.mean()) < 0.01
    assert np.array_equal(noisy.array("gut amount"), whole.array("gut amount"))
    assert noisy.summary().equals(whole.summary())


def test_a_patient_whose_numbers_break_stops_nobody(whole):
    columns = PEOPLE.chunk(0, 53)
    columns["WT"] = columns["WT"].copy()
    columns["WT"][10] = 1e-300
    run = simulate(small(), listed(columns, "one broken"), nasal(), days=5, seed=9)
    assert run.status["finished"] == 52 and sum(run.status.values()) == 53
    assert np.isnan(run.array("plasma esketamine")[10]).all()
    others = np.arange(53) != 10
    assert np.array_equal(run.array("plasma esketamine")[others], whole.array("plasma esketamine")[others])
    assert any("1 of 53 people was not solved" in w for w in run.warnings)
    assert run.nca().AUCinf.isna().sum() == 2


def test_requests_outside_the_data_run_and_say_so():
    child = one(WT=20, AGE=6)
    run = simulate(small(), child, nasal(9), days=1)
    said = " ".join(run.warnings)
    assert "WT" in said and "AGE" in said and "9 dosing sessions" in said
    assert "grade D: no data" in " ".join(
        simulate(small(), PEOPLE, Regimen("oral").dose("esketamine", "oral", "150 mg"), days=1).warnings
    )
    large = Regimen("large").dose("esketamine", "oral", "150 mg")
    assert any("largest dose" in w for w in simulate(small(), PEOPLE, large, days=1).warnings)


def test_a_missing_covariate_takes_the_default_or_is_refused():
    run = simulate(small(), one(AGE=40), nasal(), days=1)
    assert any(w.startswith("WT is not given") for w in run.warnings)
    with pytest.raises(PeopleError, match="AGE"):
        simulate(small(), one(WT=70), nasal(), days=1)


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ({"outputs": ["plasma"]}, UnknownName, "plasma esketamine"),
        ({"outputs": []}, RequestError, "at least one output"),
        ({"days": 0}, RequestError, "above 0"),
        ({"days": float("nan")}, RequestError, "above 0"),
        ({"workers": 0}, RequestError, "workers"),
        ({"chunk": -1}, RequestError, "chunk"),
        ({"quantiles": [1.5]}, RequestError, "between 0 and 1"),
        ({"times": [3, 2]}, RequestError, "ascend"),
    ],
)
def test_requests_that_cannot_be(settings, error, said):
    with pytest.raises(error, match=said):
        simulate(small(), PEOPLE, nasal(), **settings)


def test_progress_counts_people():
    steps = []
    simulate(
        small(), PEOPLE, nasal(), days=1, chunk=20, workers=2, progress=lambda done, total: steps.append((done, total))
    )
    assert [total for _, total in steps] == [53, 53, 53] and steps[-1][0] == 53
    assert sorted(done for done, _ in steps) == [done for done, _ in steps]


def test_no_doses():
    run = simulate(small(), PEOPLE, Regimen.none(), days=2)
    assert np.all(run.array("plasma esketamine") == 0) and run.times[-1] == 48


def test_comparison_pairs_people(whole):
    low, high = (replace(nasal(1, f"{mg} mg"), name=f"{mg} mg") for mg in (28, 56))
    found = compare(small(), PEOPLE, [low, high], seed=9)
    table = found.table().query("output == 'plasma esketamine' and measure == 'AUCinf'").set_index("regimen")
    a, b = (run.nca().query("output == 'plasma esketamine'").AUCinf.to_numpy() for run in found.runs)
    row = table.loc["56 mg"]
    assert row.difference == pytest.approx((b - a).mean())
    assert row.se == pytest.approx((b - a).std(ddof=1) / np.sqrt(53))
    assert row.geometric_ratio == pytest.approx(np.exp(np.log(b / a).mean()))
    assert row.log_ratio_se < 0.05 < np.log(a).std() / np.sqrt(53) + 0.05
    assert table.loc["28 mg"].difference == 0
    with pytest.raises(RequestError, match="at least two"):
        compare(small(), PEOPLE, [low])
    with pytest.raises(RequestError, match="name of its own"):
        compare(small(), PEOPLE, [low, low])


def test_people_are_so_few_in_a_piece_that_its_results_fit_the_memory():
    study = study_of(small(), PEOPLE, nasal(), at="0:1000:0.01")
    assert 8 * 100_001 * 2 * default_chunk(study, 1) <= CHUNK_BYTES


@pytest.mark.parametrize("workers", [1, 2, 3, 8])
@pytest.mark.parametrize("n", [1000, 1001, 2656, 10_000, 20_000, 100_000])
def test_every_worker_gets_as_many_pieces_of_one_size(n, workers):
    """The busiest has at most 5 % more to do than its share."""
    study = SimpleNamespace(
        times=np.zeros(213), compiled=SimpleNamespace(n_outputs=11), people=SimpleNamespace(n=n), outputs=(0,),
        settings=Settings(),
    )  # fmt: skip
    size = default_chunk(study, workers)
    pieces = -(-n // size)
    busiest = -(-pieces // workers) * size
    assert 8 * 213 * 11 * size <= CHUNK_BYTES and size % 16 == 0
    assert busiest <= max(1.05 * n / workers, n / workers + 16 * (pieces / workers + 1))


def test_the_summary_says_how_much_of_an_area_is_extrapolated():
    run = simulate(small(), PEOPLE, nasal(1), days=0.5)
    rows = run.summary().set_index(["output", "measure"])["extrapolated_percent"]
    one = run.nca().query("output == 'plasma esketamine'")
    share = 100 * (1 - one["AUClast"] / one["AUCinf"])
    assert 0 < rows["plasma esketamine", "AUCinf"] < 50
    assert rows["plasma esketamine", "AUCinf"] == pytest.approx(np.median(share), rel=1e-9)
    assert rows.drop(index="AUCinf", level="measure").isna().all()


def test_what_was_not_solved_is_nan_at_the_observations_too(tmp_path):
    rows = [f"{k},0,50,vein,.,70,40\n{k},1,.,1,5,70,40\n{k},2,.,1,5,{w},40\n" for k, w in ((1, 70), (2, 1e-300))]
    (tmp_path / "d.csv").write_text("ID,TIME,AMT,CMT,DV,WT,AGE\n" + "".join(rows))
    run = simulate(small(linear=False), None, read(tmp_path / "d.csv", small(linear=False)), days=1)
    assert run.status["finished"] == 1
    assert np.isnan(run.observed()["PRED"]).tolist() == [False, False, True, True]


def test_a_data_set_outside_the_data_runs_and_says_so(tmp_path):
    rows = "".join(f"1,{day * 24},84,vein,.,70,40\n" for day in range(9))
    (tmp_path / "d.csv").write_text(f"ID,TIME,AMT,CMT,DV,WT,AGE\n{rows}1,400,.,2,5,200,40\n2,0,20,gut,.,70,90\n")
    said = " ".join(simulate(small(), None, read(tmp_path / "d.csv", small()), times=[0, 1]).warnings)
    assert "1 of 2 people gets more into inlet 'vein'" in said and "84 mg where 60 mg is the largest" in said
    assert "9 dosing sessions asked" in said
    assert "1 of 2 people lies outside the data of model 'small' in WT" in said and "70 to 200" in said
    assert "in AGE (18 to 86 years; here 40 to 90)" in said
    assert "'gut'" not in said


def test_exposure_is_said_to_be_without_residual_error():
    given = {"times": [0.0, 1.0, 2.0]}
    noisy, quiet = (simulate(small(), PEOPLE, nasal(), residual=r, **given) for r in (True, False))
    assert any("Cmax, Tmax, AUC and half-life are of values without residual error" in w for w in noisy.warnings)
    assert noisy.summary().equals(quiet.summary()) and not any("residual" in w for w in quiet.warnings)
    true = replace(small(), outputs=tuple(replace(o, residual=None) for o in small().outputs))
    said = simulate(true, PEOPLE, nasal(), residual=True, **given).warnings
    assert "Model 'small' has no residual error for what is kept, so none was added." in said


def test_one_output_by_its_name():
    name = small().outputs[0].name
    assert simulate(small(), PEOPLE, nasal(), times=[0, 1], outputs=name).outputs == (name,)


def test_a_data_set_in_other_units_is_another_request(tmp_path):
    (tmp_path / "d.csv").write_text("ID,TIME,AMT,CMT,DV,WT,AGE\n1,0,8,vein,.,70,40\n1,60,.,1,5,70,40\n")
    hours = simulate(small(), None, read(tmp_path / "d.csv", small()), out=tmp_path / "run")
    (tmp_path / "d.units.toml").write_text('[units]\nTIME = "min"\n')
    with pytest.raises(FolderError, match="holds another run"):
        simulate(small(), None, read(tmp_path / "d.csv", small()), out=tmp_path / "run")
    assert hours.observed()["TIME"].tolist() == [60]


def test_a_parameter_set_below_zero_runs_and_is_said():
    run = simulate(small(), one(WT=70, AGE=40), nasal(), times=[0, 1], overrides={"V": -60.0})
    assert any("body.V is set to -60 L, below 0, where its source has 60" in w for w in run.warnings)
    assert not any("below 0" in w for w in simulate(small(), one(WT=70, AGE=40), nasal(), times=[0, 1]).warnings)


@pytest.mark.parametrize(("value", "told"), [(1.5, True), (1.0, False)])
def test_a_share_set_above_one_runs_and_is_said(value, told):
    fu = replace(parameter("fu", "1", 0.5), fact=replace(fact("fu", 0.5, "1"), quantity="unbound fraction in plasma"))
    (body,) = (whole := small()).components
    model = replace(whole, components=(replace(body, parameters=(*body.parameters, fu)),))
    run = simulate(model, one(WT=70, AGE=40), nasal(), times=[0, 1], overrides={"fu": value})
    said = "body.fu is set to 1.5, but it is a share, which is at most 1 (its source has 0.5)"
    assert any(said in w for w in run.warnings) == told


def test_a_pure_number_is_told_without_a_unit():
    run = simulate(small(), one(WT=70, AGE=40), nasal(), times=[0, 1], overrides={"fall": -0.5})
    assert any("body.fall is set to -0.5, below 0" in w for w in run.warnings)


@pytest.mark.parametrize(("value", "where"), [(1e-300, "below"), (0.59, "below"), (6001.0, "above")])
def test_a_parameter_far_from_its_source_runs_and_is_said(value, where):
    run = simulate(small(), one(WT=70, AGE=40), nasal(), times=[0, 1], overrides={"V": value})
    assert any(f"more than 100 times {where} the 60 of its source" in w for w in run.warnings)


@pytest.mark.parametrize("value", [0.61, 5999.0])
def test_a_parameter_within_a_hundredfold_is_not(value):
    run = simulate(small(), one(WT=70, AGE=40), nasal(), times=[0, 1], overrides={"V": value})
    assert not any("of its source" in w for w in run.warnings)


def test_the_errors_of_two_outputs_are_not_the_same():
    first, second = small().outputs
    model = replace(small(), outputs=(first, replace(second, residual=first.residual)))
    given = {"times": [10.0], "seed": 9}
    noisy, true = (simulate(model, PEOPLE, nasal(), residual=r, **given) for r in (True, False))
    a, b = ((noisy.array(name) / true.array(name) - 1)[:, 0] for name in true.outputs)
    assert a.std() > 0.1 < b.std() and abs(np.corrcoef(a, b)[0, 1]) < 0.5


def test_a_person_whom_the_equations_cannot_take_is_named_wherever_they_stand(monkeypatch):
    monkeypatch.setattr("ketasim.simulation.outside.SCAN", 2)
    table = {"ID": np.array(["Ann", "Bob", "Cy"]), "WT": np.array([70.0, 70.0, 400.0]), "AGE": np.full(3, 40.0)}
    weight, *others = small().covariates
    model = replace(small(), covariates=(replace(weight, below=400.0), *others))
    with pytest.raises(PeopleError, match=r"WT of ID Cy must be a number above 0 and below 400 kg.* but 400 came"):
        simulate(model, listed(table, "friends"), nasal(), days=1)


@pytest.mark.parametrize("given", ["column", "for everybody"])
def test_people_who_are_treated_openly_are_told(given):
    rows = {"ID": [1, 2], "WT": [70.0, 80.0], "AGE": [40.0, 50.0]}
    model = shelf.model("pathway", {("esketamine", "nasal")})
    opened = {"CONTROL": ["open", "open"]} if given == "column" else {}
    people = listed({**rows, **opened}, "two")
    if not opened:
        people = with_columns(people, {"CONTROL": "open"})
    said = " ".join(warnings_of(study_of(model, people, nasal(), days=1)))
    assert "2 of 2 people have CONTROL 'open'" in said


@pytest.mark.parametrize(
    ("control", "regimen", "count"),
    [
        (["none", "none"], Regimen("none"), 2),
        (["none", "saline"], Regimen("none"), 1),
        (["masked", "open"], Regimen("none"), 1),
        (["masked", "saline"], Regimen("none"), 0),
        (None, Regimen("none"), 2),
        (None, nasal(), 0),
    ],
)
def test_people_without_a_dose_who_hope_like_treated_ones_are_warned_of(control, regimen, count):
    rows = {"ID": [1, 2], "WT": [70.0, 80.0], "AGE": [40.0, 50.0]}
    people = listed(rows if control is None else {**rows, "CONTROL": control}, "two")
    model = shelf.model("pathway", {("esketamine", "nasal")})
    said = " ".join(warnings_of(study_of(model, people, regimen, days=1)))
    assert (f"No dose is given, but {count} of 2 people" in said) is (count > 0)
    assert ("--control" in said) is (count > 0)


def test_a_first_dose_after_the_last_time_is_said(tmp_path):
    late = Regimen("late").dose("esketamine", "nasal", "84 mg", start="day 3 20:00")
    said = "The first dose is given at 68 h, after the last time that is shown (48 h)."
    assert said in warnings_of(study_of(small(), PEOPLE, late, days=2))
    assert said not in " ".join(warnings_of(study_of(small(), PEOPLE, late, days=3)))
    assert not any("first dose" in w for w in warnings_of(study_of(small(), PEOPLE, Regimen.none(), days=1)))
    (tmp_path / "d.csv").write_text("ID,TIME,AMT,CMT,WT,AGE\n1,68,20,gut,70,40\n")
    data = read(tmp_path / "d.csv", small())
    assert said in warnings_of(study_of(small(), None, data, days=2))
    assert not any("first dose" in w for w in warnings_of(study_of(small(), None, data)))


def test_one_person_who_was_described_is_told_to_be_a_draw():
    def said(people, **more):
        return [w for w in simulate(small(), people, nasal(), times=[0, 1], **more).warnings if "at random" in w]

    person = one(WT=70, AGE=40)
    assert said(person, seed=3) == [
        "One person with these properties, drawn at random (seed 3); `ketasim simulate --typical` leaves out what "
        "differs between people."
    ]
    assert not said(person, typical=True) and not said(None, typical=True)
    assert not said(named.population("trd-adults", 1, seed=4)) and not said(PEOPLE)


def test_a_file_of_one_row_is_told_to_be_a_draw(tmp_path):
    (tmp_path / "one.csv").write_text("ID,AGE,WT\n7,40,70\n", encoding="utf-8")
    (tmp_path / "two.csv").write_text("ID,AGE,WT\n7,40,70\n8,40,70\n", encoding="utf-8")
    for file, count in (("one.csv", 1), ("two.csv", 0)):
        warned = simulate(small(), from_csv(tmp_path / file), nasal(), times=[0, 1]).warnings
        assert sum("drawn at random" in w for w in warned) == count


def test_a_person_described_in_words_that_no_model_reads_is_asked_about():
    bolus = Regimen("mine").dose("ketamine", "iv_bolus", "20 mg")
    with pytest.raises(PeopleError, match="did you mean WT"):
        simulate(shelf.model("herd-2007"), one(weight=30.0, AGE=8.0), bolus, times=[0, 1])
    run = simulate(shelf.model("herd-2007"), one(WT=30.0, AGE=8.0, smoker="no"), bolus, times=[0, 1])
    assert any(line.startswith("Column SMOKER is not read by this model") for line in run.warnings)


def test_how_many_people_reads_as_a_sentence():
    assert who(1, 1) == "This person is" and who(1, 20) == "1 of 20 people is"
    assert who(3, 20, "gets", "get") == "3 of 20 people get"
