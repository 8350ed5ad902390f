"""Limits: every one that makes a result warn or a request fail is a fact, and holds where the fact says."""

import ast
import tomllib
from pathlib import Path

import numpy as np
import pytest

import ketasim.pharmacology
from ketasim.cli.explain import found
from ketasim.dosing.check import check, largest_dose, route_for
from ketasim.dosing.products import product
from ketasim.dosing.regimen import Regimen
from ketasim.errors import RegimenError
from ketasim.evidence.store import fact, facts
from ketasim.model.sources import keys_of
from ketasim.pharmacology import shelf
from ketasim.pharmacology.mood.pathway import control
from ketasim.population.people import listed
from ketasim.simulation.simulate import simulate
from ketasim.simulation.times import sessions
from ketasim.studies.regimens import regimen
from ketasim.studies.shelf import studies

MODELS = [*(shelf.model(name) for name in shelf.names()), control("memantine"), control("lanicemine")]
ROUTES = shelf.model("platform").routes
EXAMS = Path(ketasim.pharmacology.__file__).parent / "exams"


@pytest.fixture(params=MODELS, ids=lambda model: model.name)
def model(request):
    return request.param


def said(amount, route="im", drug="ketamine", weight=70.0, bsa=None, **fields):
    dose = Regimen("mine").dose(drug, route, amount, **fields)
    return check(dose, ROUTES, [weight], None if bsa is None else [bsa])


def test_the_largest_dose_of_every_route_is_its_fact(model):
    for route in model.routes:
        dose, *rate = route.facts
        assert facts()[dose.id] == dose and dose.unit in ("mg", "mg/kg")
        assert (route.largest_per_kg if dose.unit == "mg/kg" else route.largest_mg) == dose.number
        assert route.largest_mg == dose.number * (70.0 if dose.unit == "mg/kg" else 1.0)
        assert route.largest_hourly == (rate[0].number if rate else None)
        assert not rate or rate[0].unit == f"{dose.unit}/h"


def test_every_range_and_number_of_sessions_is_its_fact(model):
    for covariate in model.covariates:
        if not covariate.levels:
            span, usual = covariate.facts
            assert (covariate.low, covariate.high) == facts()[span.id].value
            assert covariate.default == facts()[usual.id].number
    most, week = (*model.limits.facts, None, None)[:2]
    assert model.limits.largest_sessions == (most and facts()[most.id].number)
    assert model.limits.largest_weekly == (week and facts()[week.id].number)


def test_no_limit_is_written_in_code():
    wrong = []
    for path in Path(ketasim.pharmacology.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                given = [*node.args, *(k.value for k in node.keywords)]
                numbers = [g.value for g in given if isinstance(g, ast.Constant) and type(g.value) in (int, float)]
                if node.func.id in ("DoseRoute", "dose_route", "Covariate", "ranged", "weight", "age") and numbers:
                    wrong.append((path.name, node.lineno, numbers))
                if node.func.id == "Limits" and any(k.arg == "largest_sessions" for k in node.keywords):
                    wrong.append((path.name, node.lineno, "largest_sessions"))
    assert not wrong


@pytest.mark.parametrize(
    ("drug", "route", "within", "above"),
    [
        ("ketamine", "im", "0.5 mg/kg", "20 mg/kg"),
        ("ketamine", "im", "13 mg/kg", "13.1 mg/kg"),
        ("esketamine", "im", "4 mg/kg", "4.1 mg/kg"),
        ("ketamine", "sc", "0.9 mg/kg", "1.1 mg/kg"),
        ("arketamine", "sc", "120 mg", "121 mg"),
        ("ketamine", "iv_bolus", "4.5 mg/kg", "5.1 mg/kg"),
        ("esketamine", "nasal", "112 mg", "140 mg"),
        ("esketamine", "sublingual", "100 mg", "150 mg"),
        ("ketamine", "oral_prolonged", "240 mg", "250 mg"),
        ("ketamine", "oral", "7 mg/kg", "7.1 mg/kg"),
        ("arketamine", "iv_bolus", "156 mg", "157 mg"),
    ],
)
def test_a_warning_begins_where_the_sources_end(drug, route, within, above):
    assert said(within, route, drug) == ()
    assert "above the largest dose in any source" in said(above, route, drug)[0]


def test_a_hundred_times_the_largest_dose_is_refused():
    assert said("499 mg/kg", "iv_bolus")
    with pytest.raises(RegimenError, match=r"100 times the largest dose in any source .*\(5 mg/kg\)"):
        said("501 mg/kg", "iv_bolus")
    with pytest.raises(RegimenError, match="13 mg/kg"):
        said("100 g", "im")


@pytest.mark.parametrize("weight", [70.0, 82.3, 0.7, 113.13])
@pytest.mark.parametrize(("route", "largest"), [("im", 13.0), ("iv_bolus", 5.0), ("sc", 0.9), ("oral", 7.0)])
def test_the_hundredfold_itself_runs_with_a_warning_and_a_little_more_is_refused(route, largest, weight):
    largest = next(r.largest_per_kg for r in ROUTES if (r.drug, r.route) == ("ketamine", route)) or largest
    for amount in (f"{100 * largest!r} mg/kg", f"{99.999 * largest!r} mg/kg", f"{100 * largest * weight!r} mg"):
        assert "above the largest dose" in said(amount, route, weight=weight)[0]
    for amount in (f"{100.001 * largest!r} mg/kg", f"{100.001 * largest * weight!r} mg"):
        with pytest.raises(RegimenError, match="more than 100 times"):
            said(amount, route, weight=weight)


def test_a_dose_in_mg_is_weighed_by_the_person_and_one_by_surface_too():
    assert said("600 mg", weight=70.0) == ()
    assert "(15 mg/kg at 40 kg)" in said("600 mg", weight=40.0)[0]
    assert said("600 mg", weight=140.0) == ()
    assert "mg/kg at 20 kg" in said("400 mg/m^2", weight=20.0, bsa=0.8)[0]
    assert check(Regimen("mine").dose("ketamine", "im", "900 mg"), ROUTES) == ()
    assert check(Regimen("mine").dose("ketamine", "im", "920 mg"), ROUTES)


def test_long_infusions_are_held_to_their_rate():
    assert said("84 mg/kg", "iv_infusion", duration="24 h") == ()
    assert "6 mg/kg/h" in said("150 mg/kg", "iv_infusion", duration="24 h")[0]
    assert said("500 mg", "sc", weight=70.0, duration="24 h") == ()
    assert said("500 mg", "sc", weight=70.0)


def test_the_lightest_of_a_population_counts():
    people = listed({"ID": [1, 2, 3], "WT": [40.0, 70.0, 110.0], "AGE": [40, 40, 40]}, "three")
    dose = Regimen("mine").dose("ketamine", "im", "600 mg")
    run = simulate(shelf.model("platform", [("ketamine", "im")]), people, dose, days=0.1, typical=True)
    assert any("at 40 kg" in w for w in run.warnings)
    by_surface = listed({"ID": [1, 2], "WT": [12.0, 70.0], "HT": [85.0, 175.0], "AGE": [2, 40]}, "two")
    dose = Regimen("mine").dose("ketamine", "im", "300 mg/m^2")
    run = simulate(shelf.model("platform", [("ketamine", "im")]), by_surface, dose, days=0.1, typical=True)
    assert any("at 12 kg" in w for w in run.warnings)


@pytest.mark.parametrize("name", ["herd-2007", "elkomy-2015", "sherwin-2015", "flint-2017", "hornik-2018"])
def test_an_adult_in_a_model_of_children_is_told(name):
    child = shelf.model(name)
    drug = child.routes[0].drug
    dose = Regimen("mine").dose(drug, "iv_infusion", "0.3 mg/kg", duration="40 min")
    usual = {c.name: c.default for c in child.covariates}
    for own, outside in (({"AGE": 40.0}, True), ({}, False), (None, False)):
        person = {k: [v] for k, v in (usual if own is not None else {"WT": usual["WT"]}).items()} | {"ID": [1]}
        people = listed({**person, **{k: [v] for k, v in (own or {}).items()}}, "one")
        run = simulate(child, people, dose, times=[0, 1], typical=True)
        told = [w for w in run.warnings if "AGE" in w]
        assert told == [w for w in told if "outside the data of model" in w and "here 40)" in w]
        assert bool(told) == outside


def test_no_study_of_adults_lies_beyond_the_limits():
    for study in studies().values():
        for arm in study.arms:
            assert check(regimen(study, arm), ROUTES, [70.0], [1.8]) == (), f"{study.id}: {arm.name}"
    for path in EXAMS.glob("*.toml"):
        for exam in tomllib.loads(path.read_text(encoding="utf-8"))["exam"]:
            weight = np.array(float(exam["people"].get("WT", 70.0)))
            for dose in exam["doses"] if exam.get("outside") != "children" else ():
                route = route_for(exam["drug"], dose.get("route", exam["route"]), ROUTES)
                mg = dose["amount"] if "amount" in dose else dose["per_kg"] * weight
                most = largest_dose(route, weight, dose.get("duration", 0.0))
                assert mg <= most * (1 + 1e-9), exam["study"]


def test_the_spray_is_sold_up_to_its_fact():
    spray = product("spravato")
    assert max(spray.pieces) * spray.piece_mg == fact("dose.largest.product.spravato").number
    with pytest.raises(RegimenError, match="84"):
        spray.split(112.0)


@pytest.mark.parametrize("name", ["platform", "pathway", "perez-ruixo-2021"])
def test_more_sessions_than_any_study_had_are_told(name):
    weekly = Regimen("weekly").dose("esketamine", "nasal", "84 mg", product="spravato", every="7 days", times=200)
    person = listed({"ID": [1], "WT": [70.0], "AGE": [45]}, "one")
    thin = shelf.model(name, [("esketamine", "nasal")])
    run = simulate(thin, person, weekly, times=[0, 1], typical=True)
    assert f"200 dosing sessions asked; the data behind model {name!r} have at most 56." in run.warnings
    fewer = Regimen("year").dose("esketamine", "nasal", "84 mg", product="spravato", every="7 days", times=56)
    assert not any("sessions" in w for w in simulate(thin, person, fewer, times=[0, 1], typical=True).warnings)


def test_the_most_sessions_are_those_of_the_year_long_study():
    given = regimen(studies()["wajs2020"], "open esketamine").schedule()
    assert sessions([g.time for g in given]).size == fact("sessions.largest.esketamine").number


def test_a_visit_of_simons_is_two_sessions():
    visits = [0.0, 6.0, 168.0, 174.0]
    assert sessions(visits).size == fact("sessions.largest.simons22").number


def test_the_range_of_severity_spans_the_arms_of_the_studies():
    arms = [a.baseline for s in studies().values() for a in s.arms if a.baseline]
    scores = [b for b in arms if b.get("scale") == "MADRS" and "sd" in b]
    assert len(scores) > 10
    low, high = fact("range.madrs").value
    assert low == pytest.approx(min(b["mean"] - 2 * b["sd"] for b in scores), abs=0.05)
    assert max(b["mean"] + 2 * b["sd"] for b in scores) <= high == fact("people.madrs_trd_range").value[1]


def test_derived_facts_follow_their_arithmetic():
    sd = np.sqrt(np.log1p((15.6 / 32.5) ** 2))
    middle = 32.5 / np.exp(sd**2 / 2)
    assert fact("range.weight.herd07").value == pytest.approx(
        (middle / np.exp(1.96 * sd), middle * np.exp(1.96 * sd)), abs=0.05
    )
    assert fact("range.age.herd07").value == pytest.approx((8.3 - 1.96 * 3.5, 8.3 + 1.96 * 3.5), abs=0.05)
    assert fact("dose.rate.sc.ketamine").number == pytest.approx(500 / 24 / 70, abs=5e-4)
    assert fact("dose.largest.iv.arketamine").number == pytest.approx(180 * 237.73 / 274.19, abs=0.5)
    stepped = 0.026 + 1.15 * (0.425 * 15 + 0.275 * 25 + 0.15 * 80) / 60
    assert fact("dose.largest.otto21").number == pytest.approx(stepped, abs=5e-3)


def test_explain_and_cite_find_the_limits():
    (largest,), uses = found("dose.largest.im.ketamine", None)
    told = [what for name, what, one in uses if one.id == largest.id and name == "platform"]
    assert told == ["largest dose of ketamine im"]
    keys = keys_of(shelf.model("platform"))
    assert {"ketalar-label", "andrade2019oral", "wajs2020"} <= set(keys)
