"""People: from a population, a file, or one by name; the same person for any count or piece; clear refusals."""

import numpy as np
import pytest

from ketasim.dosing.regimen import Regimen
from ketasim.errors import PeopleError, RequestError, UnknownName
from ketasim.evidence.store import fact
from ketasim.pharmacology import shelf
from ketasim.population import growth, named
from ketasim.population.covariates import body_surface, derived
from ketasim.population.people import from_csv, keys, one, with_columns
from ketasim.population.shapes import parameters_of_truncated, truncated_normal
from ketasim.simulation.simulate import simulate


@pytest.mark.parametrize("name", named.names())
def test_pieces_and_counts_do_not_change_people(name):
    few, many = named.population(name, 40, seed=3), named.population(name, 1000, seed=3)
    whole = many.chunk(0, 1000)
    for column, values in few.chunk(0, 40).items():
        assert np.array_equal(values, whole[column][:40])
    for start, stop in ((0, 1), (17, 400), (999, 1000)):
        for column, values in many.chunk(start, stop).items():
            assert np.array_equal(values, whole[column][start:stop])


def test_another_seed_is_other_people():
    a, b = (named.population("trd-adults", 100, seed).chunk(0, 100)["WT"] for seed in (1, 2))
    assert not np.any(a == b)


def test_depressed_adults_are_like_the_trials():
    people = named.population("trd-adults", 20_000, 1).table
    age, bmi = people.AGE, people.WT / (people.HT / 100) ** 2
    assert age.min() >= 18 and age.max() < 65
    assert age.mean() == pytest.approx(46.3, abs=0.3) and age.std() == pytest.approx(11.2, abs=0.3)
    assert (people.SEX == "female").mean() == pytest.approx(0.634, abs=0.015)
    assert bmi.mean() == pytest.approx(28.0, abs=0.4) and bmi.std() == pytest.approx(5.81, abs=0.5)
    assert people.WT.between(39, 170).all()
    assert people.WT.median() == pytest.approx(fact("people.weight_median").number, rel=0.06)
    assert (people.ANCESTRY == "white").mean() == pytest.approx(497 / 580, abs=0.015)


def test_the_old_have_the_printed_age():
    age = named.population("adults-65-plus", 20_000, 1).table.AGE
    assert age.min() >= 65 and age.max() < 87
    assert age.mean() == pytest.approx(70.0, abs=0.15) and age.std() == pytest.approx(4.52, abs=0.2)


def test_the_old_start_as_severe_as_was_printed_and_not_all_alike():
    score = named.population("adults-65-plus", 20_000, 1).table.MADRS0
    assert score.between(24, 55).all() and (score == score.round()).all()
    assert score.mean() == pytest.approx(35.1, abs=0.15) and score.std() == pytest.approx(6.21, abs=0.15)
    groups = ((35.7, 45), (34.5, 40), (35.2, 27), (35.1, 25))  # Jones 2022, Table 4, TRANSFORM-3
    assert sum(mean * n for mean, n in groups) / 137 == pytest.approx(fact("people.madrs_65").number, abs=0.05)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"n": 2.5}, "The number of people must be a whole number, got 2.5"),
        ({"n": "3"}, "The number of people must be a whole number, got '3'"),
        ({"n": 0}, "needs at least 1 person, got 0"),
        ({"n": 3, "seed": "a"}, "The seed must be a whole number, got 'a'"),
        ({"n": 3, "seed": 1.5}, "The seed must be a whole number, got 1.5"),
    ],
)
def test_how_many_and_which_seed_are_whole_numbers(given, said):
    with pytest.raises(RequestError, match=said):
        named.population("trd-adults", **given)


def test_healthy_adults_keep_their_limits_and_median():
    people = named.population("healthy-adults", 20_000, 1).table
    bmi = people.WT / (people.HT / 100) ** 2
    assert bmi.between(18 - 1e-9, 30 + 1e-9).all()
    assert bmi[people.SEX == "male"].median() == pytest.approx(24.5, abs=0.5)
    assert (people.ANCESTRY == "japanese").mean() == pytest.approx(0.088, abs=0.01)


@pytest.mark.parametrize("name", ["healthy-adults", "trd-adults"])
def test_the_populations_taken_by_default_lie_within_the_data_of_the_models_taken_by_default(name):
    from ketasim.pharmacology import shelf
    from ketasim.simulation.outside import Seen

    for model in ("platform", "pathway"):
        seen = Seen()
        seen.look(shelf.model(model).covariates, named.population(name, 50_000, 0).chunk(0, 50_000))
        assert seen.outside and not any(seen.outside.values())


def test_weight_goes_with_height():
    people = named.population("trd-adults", 20_000, 1).table
    for sex, power in (("male", 1.92), ("female", 1.45)):
        some = people[sex == people.SEX]
        assert np.polyfit(np.log(some.HT), np.log(some.WT), 1)[0] == pytest.approx(power, abs=0.25)


def test_children_follow_the_growth_reference():
    people = named.population("children-6-11", 20_000, 1).table
    boys = people[(people.SEX == "male") & (people.AGE > 8.0) & (people.AGE < 8.1)]
    expected = growth.size_for_age(np.zeros(1), 8.05 * 12, "height", "male")[0]
    assert boys.HT.median() == pytest.approx(expected, rel=0.02)
    assert np.corrcoef(np.log(boys.HT), np.log(boys.WT))[0, 1] == pytest.approx(0.75, abs=0.1)
    assert people.PMA.min() > 40 + 6 * 52


def test_the_growth_reference_is_the_published_one():
    assert growth.size_for_age(np.zeros(1), 24.0, "height", "male")[0] == pytest.approx(86.45, abs=0.01)
    assert growth.reference_height("female") == pytest.approx(163.34, abs=0.01)
    third = growth.size_for_age(np.array([-1.880794]), 24.0, "weight", "male")[0]
    assert third == pytest.approx(10.38209, rel=2e-4)  # third percentile of weight at two years, boys, as tabulated


def test_truncation_in_the_far_tail():
    z = truncated_normal(np.linspace(0.001, 0.999, 99), 9.0, 9.5)
    assert np.all((z >= 9.0) & (z <= 9.5)) and np.all(np.diff(z) > 0)


def test_parameters_of_a_truncated_normal():
    middle, width = parameters_of_truncated(46.3, 11.2, 18.0, 65.0)
    z = truncated_normal(np.linspace(0, 1, 200_001)[1:-1], (18 - middle) / width, (65 - middle) / width)
    age = middle + width * z
    assert age.mean() == pytest.approx(46.3, abs=0.01) and age.std() == pytest.approx(11.2, abs=0.01)


def test_derived_columns():
    known = derived({"AGE": np.array([1.0]), "WT": np.array([80.0]), "HT": np.array([180.0])})
    assert known["BSA"][0] == pytest.approx(2.0) and known["BMI"][0] == pytest.approx(24.69, abs=0.01)
    assert known["PMA"][0] == pytest.approx(40 + 52.18, abs=0.01)
    assert body_surface(np.array([180.0]), np.array([80.0]))[0] == pytest.approx(2.0)


def test_ten_million_people_cost_nothing_until_they_are_wanted():
    people = named.population("trd-adults", 10_000_000, 1)
    assert people.chunk(9_999_999, 10_000_000)["ID"][0] == 10_000_000


@pytest.mark.parametrize("n", [0, -3, 2.5, True])
def test_a_population_of_nobody_is_refused(n):
    with pytest.raises(PeopleError, match=r"at least 1|a whole number"):
        named.population("trd-adults", n, 1)


def test_unknown_population():
    with pytest.raises(UnknownName, match="trd-adults"):
        named.population("trd-adult", 5, 1)
    with pytest.raises(UnknownName):
        named.describe("nobody")


def test_one_person():
    person = one(age=45, WT=80, SEX="F", smoker="no")
    assert person.chunk(0, 1)["SEX"][0] == "female" and person.table.AGE[0] == 45
    assert person.names == ("AGE", "WT", "SEX", "SMOKER")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"WT": -80}, "WT must be above 0"),
        ({"WT": float("nan")}, "missing or not finite"),
        ({"SEX": "unknown"}, "female, male"),
        ({"AGE": "old"}, "AGE is a number in year"),
        ({}, "Say who"),
        ({"HT": 1800}, "at most 300 cm"),
    ],
)
def test_what_a_person_cannot_be(given, said):
    with pytest.raises(PeopleError, match=said):
        one(**given)


def write(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "people.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_a_file_of_people(tmp_path):
    people = from_csv(write(tmp_path, "ID,age,WT,SEX,SITE\nA1,30,70,f,x\nB2,40.5,80,Male,y\n", "utf-8-sig"))
    assert people.n == 2 and list(people.table.columns) == ["ID", "AGE", "WT", "SEX", "SITE"]
    assert people.table.SEX.tolist() == ["female", "male"] and people.table.WT.tolist() == [70.0, 80.0]


def test_comments_of_a_file_of_people_are_skipped_and_told_where_they_may_be_people(tmp_path):
    text = '# weights, "in" kg\n # of Smith, "a study\nID;"WT, kg";WT\n#1;0;70\n"#3";0;90\n2;0;x\n# end\n'
    with pytest.raises(PeopleError, match="line 6: WT must be a number"):
        from_csv(write(tmp_path, text))
    people = from_csv(write(tmp_path, text.replace("x", "80")))
    assert people.table.WT.tolist() == [90.0, 80.0] and people.table.ID.tolist() == ["#3", "2"]
    (told,) = with_columns(people, {"AGE": 40}).warnings
    assert "people.csv: line 4, which begins with #, left out" in told
    run = simulate(shelf.model("perez-ruixo-2021"), people, Regimen.preset("spravato-56-single"), typical=True)
    assert told in run.warnings


def test_the_same_id_draws_the_same_numbers_in_any_file():
    assert np.array_equal(keys(np.array(["A1", "B2"])), keys(np.array(["B2", "longer name", "A1"]))[[2, 0]])
    assert keys(np.array([5, 7])).tolist() == [5, 7]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("ID,WT\n", "no person"),
        ("WT,AGE\n70,30\n", "line 1: the column ID is missing; there are WT, AGE"),
        ("ID,WT,WT\n1,70,71\n", "line 1, column WT: this column is there twice"),
        ("ID,WT,wt\n1,70,71\n", "line 1, column WT: this column is there twice"),
        ("ID,,WT\n1,2,70\n", "line 1, column 2: a column has no name"),
        ("ID,WT\n1,70\n2,heavy\n", "line 3: WT must be a number in kg; 'heavy'"),
        ("ID,WT\n1,7_0\n", "line 2: WT must be a number in kg; '7_0'"),
        ("ID,DOSE\n1,70\n2,much\n", "line 3: DOSE must be a number; 'much'"),
        ("ID,WT\n1,70\n2,\n", "line 3: WT is missing"),
        ("ID,WT\n1,nan\n", "line 2: WT is missing"),
        ("ID,WT\n1,-70\n", "WT must be above 0"),
        ("ID,WT\n1,70\n1,80\n", "line 3: the ID 1 stands in line 2 already"),
        ("ID,WT\n1,70,3\n", "line 2, column after WT: expected 2 values as in the header, but 3 came"),
        ("ID;WT\n1;70\n2;71,5\n", "line 3: WT must be a number in kg; '71,5' came .a decimal point is expected"),
        ("ID;WT\n1,70\n", "line 2, column WT: expected 2 values as in the header, but 1 came"),
        ('ID,WT\n1,"70\n', "line 2: the row cannot be read"),
        ("ID,WT\nx,70\n\nx,80\n", "line 4: the ID x stands in line 2 already"),
        ("ID,SEX\n1,f\n2,x\n", "people.csv, line 3: SEX must be one of female, male; 'x' came"),
    ],
)
def test_files_that_cannot_be_used(tmp_path, text, said):
    with pytest.raises(PeopleError, match=said):
        from_csv(write(tmp_path, text))


def test_a_file_of_people_that_is_not_there_and_a_folder_are_named(tmp_path):
    with pytest.raises(PeopleError, match=r"no people file .*nowhere\.csv"):
        from_csv(tmp_path / "nowhere.csv")
    with pytest.raises(PeopleError, match="is a folder"):
        from_csv(tmp_path)


def test_every_fact_of_a_population_exists():
    for name in named.names():
        for one_fact in named.kind(name).facts:
            assert fact(one_fact).grade in "ABCD"


def test_more_people_than_there_can_be_are_refused():
    with pytest.raises(PeopleError, match="at most 1,000,000,000"):
        named.population("trd-adults", 10**20)


@pytest.mark.parametrize(
    ("row", "said"),
    [("1,40,-70,170", "line 2: WT must be above 0"), ("1,40,70,1.7", "line 2: HT must be above 20")],
)
def test_limits_are_named_with_the_line(tmp_path, row, said):
    (tmp_path / "p.csv").write_text(f"ID,AGE,WT,HT\n{row}\n")
    with pytest.raises(PeopleError, match=said):
        from_csv(tmp_path / "p.csv")


def test_ids_too_large_to_be_told_apart_as_numbers_are_names(tmp_path):
    (tmp_path / "p.csv").write_text("ID,AGE\n9007199254740993,40\n9007199254740992,41\n1e300,42\n")
    assert from_csv(tmp_path / "p.csv").table["ID"].tolist() == ["9007199254740993", "9007199254740992", "1e300"]


def test_adults_lose_height_with_age_as_published():
    age = np.array([25.0, 70.0, 80.0])
    for sex in ("female", "male"):
        young, old, oldest = growth.adult_height(np.zeros(3), age, np.array(["white"] * 3), sex)
        lost = np.asarray(fact(f"people.height_loss_{sex}").value)
        assert young == pytest.approx(growth.reference_height(sex), abs=0.01)
        assert np.allclose([young - old, young - oldest], lost) and lost.min() > 1
