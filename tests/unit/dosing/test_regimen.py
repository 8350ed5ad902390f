from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketasim.dosing import presets
from ketasim.dosing.check import check
from ketasim.dosing.quantities import Amount, amount, base_share, duration_hours, moment_hours
from ketasim.dosing.records import from_regimen
from ketasim.dosing.regimen import Regimen
from ketasim.errors import RegimenError, RequestError, UnitError, UnknownName


@dataclass(frozen=True)
class Route:
    drug: str
    route: str
    parts: tuple
    largest_mg: float = 84.0
    largest_per_kg: float | None = None
    largest_hourly: float | None = None


NASAL = Route("esketamine", "nasal", (("nose", 1.0), ("gut", 1.0)))
RACEMATE = Route("ketamine", "iv_infusion", (("S", 0.5), ("R", 0.5)), 100.0)
ROUTES = (NASAL, RACEMATE)
INLETS = ("S", "R", "nose", "gut")


def one(**fields):
    """A regimen of one dose: 50 mg of ketamine by mouth, unless said otherwise; None leaves a field out."""
    table = {"drug": "ketamine", "route": "oral", "amount": "50 mg"} | fields
    return Regimen("mine").dose(**{k: v for k, v in table.items() if v is not None})


def infusion(**fields):
    return one(**({"route": "iv_infusion", "amount": "0.5 mg/kg", "duration": "40 min"} | fields))


@pytest.mark.parametrize(
    ("text", "mg", "per"),
    [
        ("84 mg", 84, ""),
        ("0.5 mg/kg", 0.5, "kg"),
        ("56 mg/m^2", 56, "m^2"),
        ("1.2e3 ug", 1.2, ""),
        ("500 µg/kg", 0.5, "kg"),
        (" 0.1g ", 100, ""),
        ("3 mg per kg", 3, "kg"),
    ],
)
def test_amounts_are_read_in_mg(text, mg, per):
    read = amount(text)
    assert read.mg == pytest.approx(mg, rel=1e-12)
    assert read.per == per


def test_rates_are_read_per_hour():
    assert amount("41 ug/kg/min", hourly=True).mg == pytest.approx(2.46)
    assert amount("0.6 mg/kg/h", hourly=True) == Amount(0.6, "kg")
    with pytest.raises(UnitError, match="rate"):
        amount("0.6 mg/kg", hourly=True)


@pytest.mark.parametrize("text", ["0 mg", "-3 mg", "nan mg", "inf mg", "1e400 mg"])
def test_amounts_that_cannot_be_given_are_refused(text):
    with pytest.raises(RegimenError, match="above zero"):
        amount(text)


@pytest.mark.parametrize(
    "text", ["84", "84 mL", "84 mg/lb", "mg", "eighty mg", "84 mg/kg/h", 84, True, None, ["84 mg"]]
)
def test_amounts_without_a_fitting_unit_are_refused(text):
    with pytest.raises(UnitError):
        amount(text)


def test_times_count_from_the_start_of_day_one():
    assert moment_hours("day 1") == 0
    assert moment_hours("day 4 09:30") == 81.5
    assert moment_hours("3.5 days") == 84
    assert duration_hours("40 min") == 40 / 60
    assert duration_hours(2) == 2
    for text in ("day 0", "yesterday", "-1 h", float("nan"), True, [1]):
        with pytest.raises(RequestError):
            moment_hours(text)
    with pytest.raises(RegimenError):
        duration_hours("0 min")


def test_salt_is_turned_into_base_by_weight():
    assert one(amount="27.419 mg", salt="hydrochloride").tables[0].amount.mg == pytest.approx(23.773)
    assert one(amount="32.3 mg", salt="hydrochloride").tables[0].amount.mg == pytest.approx(28.0, abs=0.02)
    assert base_share("base") == 1
    with pytest.raises(UnknownName, match="hydrochloride"):
        one(salt="hydrochlorid")
    with pytest.raises(RegimenError, match="not of memantine; give its amount as base"):
        Regimen("x").dose("memantine", "oral", "20 mg", salt="hydrochloride")
    assert Regimen("x").dose("memantine", "oral", "16.6 mg", salt="base").tables


@pytest.mark.parametrize(
    ("drug", "meant"),
    [("S-ketamine", "esketamine"), ("(S)-ketamine", "esketamine"), ("R-ketamine", "arketamine"),
     ("Ketamine", "ketamine"), ("KETAMINE", "ketamine"), ("esketmaine", "esketamine"), ("ketamin", "ketamine")],
)  # fmt: skip
def test_a_drug_misspelled_beside_a_salt_is_an_unknown_drug(drug, meant):
    with pytest.raises(UnknownName, match=f"Unknown drug in .*, dose 1: .*Did you mean '{meant}'[?]"):
        Regimen("x").dose(drug, "oral", "20 mg", salt="hydrochloride")
    with pytest.raises(RegimenError, match="not of norketamine"):
        Regimen("x").dose("norketamine", "oral", "20 mg", salt="hydrochloride")


def test_every_preset_reads_names_its_source_and_prints():
    assert len(presets.names()) > 15
    for name in presets.names():
        regimen = Regimen.preset(name)
        assert regimen.name == name
        assert name == "none" or (regimen.source and regimen.tables)
        assert name in str(regimen)


def test_presets_say_what_the_label_says():
    induction = Regimen.preset("spravato-induction").schedule()
    assert len(induction) == 2 + 7 * 3
    assert {g.amount.mg for g in induction} == {28.0}
    np.testing.assert_allclose([g.time for g in induction[:5]], [0, 5 / 60, 72, 72 + 5 / 60, 72 + 10 / 60])
    kamp = Regimen.preset("kamp-racemate-stepped").schedule()
    assert [(g.time, g.duration) for g in kamp] == [(0, 1), (1, 1), (2, 1)]
    assert [g.amount.mg for g in kamp] == pytest.approx([0.28, 0.57, 1.14])
    assert Regimen.none().schedule() == ()


def test_a_product_gives_drug_route_and_devices():
    regimen = Regimen("x").dose(product="spravato", amount="56 mg")
    assert [(g.drug, g.route, g.amount.mg, g.time) for g in regimen.schedule()] == [
        ("esketamine", "nasal", 28.0, 0.0),
        ("esketamine", "nasal", 28.0, 5 / 60),
    ]


@pytest.mark.parametrize(("salt", "base"), [("32.3 mg", 28.0), ("64.6 mg", 56.0), ("96.9 mg", 84.0)])
def test_a_printed_amount_of_salt_is_the_whole_devices_it_was_rounded_from(salt, base):
    regimen = Regimen("x").dose(product="spravato", amount=salt, salt="hydrochloride")
    assert regimen.tables[0].amount == Amount(base)
    assert {g.amount.mg for g in regimen.schedule()} == {28.0}


@pytest.mark.parametrize("fields", [{"amount": "30 mg"}, {"amount": "32 mg"}, {"amount": "27.9 mg", "salt": "base"}])
def test_other_amounts_between_devices_stay_refused(fields):
    with pytest.raises(RegimenError, match="28, 56, 84 mg"):
        Regimen("x").dose(product="spravato", **{"salt": "hydrochloride"} | fields)


def test_tablets_taken_together_are_one_dose():
    (given,) = Regimen("x").dose(product="ketamine-prolonged-release-tablet", amount="80 mg").schedule()
    assert (given.amount.mg, given.route) == (80.0, "oral_prolonged")


def test_two_of_amount_rate_and_duration_give_the_third():
    assert infusion(amount=None, rate="0.14 mg/kg/h", duration="60 min").tables[0].amount == Amount(0.14, "kg")
    assert infusion(rate="0.75 mg/kg/h", duration=None).tables[0].duration == pytest.approx(40 / 60)
    assert infusion(rate="0.75 mg/kg/h").tables[0].duration == pytest.approx(40 / 60)


REFUSED = [
    ({"drug": None}, "'drug' is missing"),
    ({"route": None}, "'route' is missing"),
    ({"amount": None}, "'amount' is missing"),
    ({"amount": "0 mg"}, "'amount'.*above zero"),
    ({"amount": "nan mg"}, "'amount'.*above zero"),
    ({"route": "nasel"}, "Unknown route.*nasal"),
    ({"route": "iv"}, "'iv' is 'iv_infusion' with a duration or a rate, and 'iv_bolus' without"),
    ({"amount": "0,5 mg/kg"}, "has a decimal point, not a comma"),
    ({"product": "spravata"}, "Unknown product.*spravato"),
    ({"drug": 3}, "'drug'.*name in quotes"),
    ({"times": 0, "every": "1 day"}, "'times'.*from 1"),
    ({"times": -2, "every": "1 day"}, "'times'.*from 1"),
    ({"times": 1_000_000_000, "every": "1 day"}, "'times'.*10000"),
    ({"times": float("nan"), "every": "1 day"}, "'times'.*nan"),
    ({"times": 3}, "need 'every'"),
    ({"every": "1 day"}, "needs 'times'"),
    ({"every": "1e-300 h", "times": 3}, "field 'every': expected a second or more, but '1e-300 h' came"),
    ({"every": "-1 day", "times": 3}, "'every'"),
    ({"at": ["day 4", "day 1"]}, "'at'.*order.*'day 1'"),
    ({"at": ["day 4", "day 4"]}, "'at'.*order"),
    ({"at": []}, "'at'.*list"),
    ({"at": ["day 1"], "start": "day 1"}, "leave out 'start'"),
    ({"start": float("nan")}, "'start'"),
    ({"route": "iv_infusion"}, "needs a duration or a rate"),
    ({"route": "iv_bolus", "duration": "1 h"}, "no duration"),
    ({"route": "iv_infusion", "rate": "10 mg/h", "duration": "1 h"}, "last 5 h.*60 min"),
    ({"route": "iv_infusion", "rate": "1 mg/kg/h"}, "both be per the same"),
    ({"route": "iv_infusion", "amount": None, "rate": "1 mg/kg/h"}, "'amount' or a 'duration'"),
    ({"route": "iv_infusion", "duration": "5 h", "every": "4 h", "times": 3}, "4 h apart.*5 h"),
    ({"product": "spravato"}, "contains esketamine"),
    ({"start": "1e300 h"}, "'start'.*century"),
    ({"start": "day 99999999999"}, "'start'.*century"),
    ({"at": [0, 1e9]}, "'at'.*century"),
    ({"route": "iv_infusion", "duration": "1e300 h"}, "'duration'.*century"),
    ({"route": "iv_infusion", "duration": 40}, "'duration'.*with its unit in quotes, such as '40 min', but 40 came"),
    ({"route": "iv_infusion", "duration": "40"}, "'duration'.*unit.*but '40' came"),
    ({"route": "iv_infusion", "rate": "1e-300 mg/h"}, "longer than a century"),
    ({"every": "50 weeks", "times": 9999}, "after more than a century"),
    ({"product": "spravato", "drug": "esketamine"}, "is given nasal"),
]
SPRAVATO = {"product": "spravato", "drug": "esketamine", "route": "nasal"}
REFUSED += [
    (SPRAVATO | {"amount": "30 mg"}, "28, 56, 84 mg; 30 mg"),
    (SPRAVATO | {"amount": "112 mg"}, "28, 56, 84 mg"),
    (SPRAVATO | {"amount": "1 mg/kg"}, "in mg"),
    (SPRAVATO | {"amount": "84 mg", "every": "10 min", "times": 2}, "10 min apart"),
]


@pytest.mark.parametrize(("fields", "said"), REFUSED)
def test_what_cannot_be_given_is_refused_in_one_sentence(fields, said):
    with pytest.raises(RequestError, match=said) as caught:
        one(**fields)
    assert "\n" not in str(caught.value)
    assert "dose 1" in str(caught.value)


def test_a_file_is_read(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('[[dose]]\ndrug = "ketamine"\nroute = "oral"\namount = "50 mg"\n', encoding="utf-8-sig")
    assert Regimen.from_toml(file).name == "mine"
    assert Regimen.load(file) == Regimen.from_toml(file)
    assert Regimen.load("none") == Regimen.none()
    with pytest.raises(UnknownName, match="spravato-induction"):
        Regimen.load("spravato-inductio")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b'name = "x"\n', r"no \[\[dose\]\]"),
        (b"[dose]\ndrug = 1\n", "two brackets"),
        (b'name = "x"\n\n[[dose]]\ndrug = ketamine\n', "line 4"),
        (b'name = "\xff"\n', "line 1.*UTF-8"),
        (b'drug = "ketamine"\n', r"Unknown field.*drug.*below a line \[\[dose\]\]"),
        (b'[[dose]]\ndrog = "ketamine"\n', "dose 1.*'drog'.*'drug'"),
        (b"name = 3\n[[dose]]\n", "'name'.*text"),
        (b"dose = " + 9000 * b"[", "nested too deep"),
        (b'regimen = "some"\n', "'regimen'.*\"none\".*'some'"),
        (b"regimen = 0\n", "'regimen'.*text"),
        (b'regimen = "none"\n[[dose]]\ndrug = "ketamine"\n', r"\"none\" and has \[\[dose\]\].*leave one"),
    ],
)
def test_a_broken_file_is_refused_by_name(tmp_path, content, said):
    file = tmp_path / "broken.toml"
    file.write_bytes(content)
    with pytest.raises(RequestError, match=said) as caught:
        Regimen.from_toml(file)
    assert "broken.toml" in str(caught.value)


def test_a_file_may_say_that_there_are_no_doses(tmp_path):
    file = tmp_path / "waiting.toml"
    file.write_text('title = "Waiting list"\nregimen = "none"\n', encoding="utf-8")
    regimen = Regimen.from_toml(file)
    assert (regimen.name, regimen.title, regimen.schedule()) == ("waiting", "Waiting list", ())
    assert Regimen.from_text(regimen.to_toml()) == regimen


def test_a_file_that_is_not_there_and_a_folder_are_refused(tmp_path):
    with pytest.raises(RegimenError, match="no regimen file"):
        Regimen.from_toml(tmp_path / "none.toml")
    with pytest.raises(RegimenError, match="folder"):
        Regimen.from_toml(tmp_path)
    with pytest.raises(RegimenError, match="cannot be the path"):
        Regimen.from_toml("a\0b.toml")
    with pytest.raises(RegimenError, match="cannot be read"):
        Regimen.from_toml("a" * 5000 + ".toml")
    with pytest.raises(UnknownName, match="Unknown regimen"):
        Regimen.load("a" * 5000)


def test_a_model_without_the_route_says_which_it_has():
    with pytest.raises(RegimenError, match=r"no inlet for esketamine by route 'oral'.*nasal"):
        check(one(drug="esketamine"), ROUTES)
    with pytest.raises(UnknownName, match=r"arketamine.*esketamine, ketamine"):
        check(one(drug="arketamine"), ROUTES)


def test_doses_beyond_the_data_warn_and_a_hundred_times_beyond_are_refused():
    spray = {"drug": "esketamine", "route": "nasal"}
    assert check(one(**spray, amount="84 mg"), ROUTES) == ()
    (warning,) = check(one(**spray, amount="85 mg"), ROUTES)
    assert "85 mg" in warning
    assert "84 mg" in warning
    assert check(one(**spray, amount="8400 mg"), ROUTES)
    with pytest.raises(RegimenError, match="100 times"):
        check(one(**spray, amount="8401 mg"), ROUTES)
    with pytest.raises(RegimenError, match="100 times"):
        check(infusion(amount="0.5 g/kg"), ROUTES, weight=[60.0, 80.0])


def test_doses_by_weight_need_weights():
    with pytest.raises(RegimenError, match=r"weight.*WT"):
        check(infusion(), ROUTES)
    for wrong in (np.nan, 0.0, -3.0):
        with pytest.raises(RegimenError, match="1 of 2 people"):
            check(infusion(), ROUTES, weight=[70.0, wrong])
    with pytest.raises(RegimenError, match="body surface"):
        check(infusion(amount="20 mg/m^2"), ROUTES, weight=[70.0])
    assert infusion().doses(weight=[60, 80]).mg.tolist() == [[30.0], [40.0]]
    assert infusion(amount="20 mg/m^2").doses(bsa=[2.0]).mg.tolist() == [[40.0]]


def test_records_of_a_racemate_share_the_dose_between_two_inlets():
    table = from_regimen(infusion(every="1 day", times=2), ROUTES, INLETS, 2, weight=[60.0, 80.0])
    assert table.patient.tolist() == [0] * 4 + [1] * 4
    assert table.amount.tolist() == [15.0] * 4 + [20.0] * 4
    assert table.inlet.tolist() == [0, 1] * 4
    assert table.occasion.tolist() == [0, 0, 1, 1] * 2
    assert table.duration == pytest.approx(2 / 3)
    assert table.nth.tolist() == [1] * 8


def test_devices_are_counted_within_a_session_into_each_inlet():
    regimen = Regimen("x").dose(product="spravato", amount="84 mg", every="7 days", times=2)
    table = from_regimen(regimen, ROUTES, INLETS, 1)
    assert table.nth.tolist() == [1, 1, 2, 2, 3, 3] * 2
    assert table.occasion.tolist() == [0] * 6 + [1] * 6
    assert table.amount.tolist() == [28.0] * 12


def test_no_doses_are_no_records():
    assert from_regimen(Regimen.none(), ROUTES, INLETS, 3).n == 0


amounts = st.floats(1e-3, 80, allow_nan=False)
gaps = st.lists(st.floats(1.0, 500), min_size=1, max_size=6)


@given(
    amounts, st.sampled_from(["", "/kg", "/m^2"]), gaps, st.floats(0.01, 0.9), st.sampled_from(["oral", "iv_infusion"])
)
def test_a_regimen_written_and_read_again_is_the_same(mg, per, at, duration, route):
    times = np.cumsum(at).tolist()
    over = f"{duration!r} h"
    made = one(amount=f"{mg!r} mg{per}", route=route, at=times, duration=over if route == "iv_infusion" else None)
    again = Regimen.from_text(made.to_toml())
    assert again.tables == made.tables
    assert again.schedule() == made.schedule()


words = st.sampled_from(
    ["day", "1", "0", " ", "-", "e9", ".5", "mg", "/", "kg", "h", "min", "nan", "inf", ":", "09", "m^2"]
)


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=40) | st.lists(words, max_size=8).map("".join))
def test_any_text_as_a_field_is_read_or_refused_with_its_place(text):
    for field in ("amount", "start", "duration", "rate", "every", "drug", "route", "product", "salt"):
        try:
            one(**{field: text})
        except RequestError as why:
            assert "dose 1" in str(why)


@settings(deadline=None)
@given(st.lists(st.floats(30, 150), min_size=1, max_size=5), st.integers(1, 4))
def test_everyone_gets_what_the_weight_says(weights, times):
    table = from_regimen(infusion(every="1 day", times=times), ROUTES, INLETS, len(weights), weight=weights)
    got = np.bincount(table.patient, table.amount)
    np.testing.assert_allclose(got, 0.5 * np.array(weights) * times, rtol=1e-12)
