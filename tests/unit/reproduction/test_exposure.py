"""Exams and the scoreboard: what is read, what counts, and how a share is judged."""

import math
from dataclasses import replace

import pytest

from ketasim.evidence import bibliography
from ketasim.evidence.store import fact
from ketasim.pharmacology import shelf
from ketasim.reproduction.exams import exams
from ketasim.reproduction.exposure import Row, Share, rows, shares


def row(observed: float, predicted: float, kind: str = "drug", route: str = "oral", basis: str = "") -> Row:
    return Row("m", "s", route, "ketamine", "plasma ketamine", "cmax", 24.0, "ng/mL", observed, predicted, kind, basis)


def test_exams_name_models_outputs_and_citations():
    for exam in exams():
        assert exam.points
        for key in exam.citation:
            assert bibliography.entry(key)
        for name in exam.models:
            declared = {o.name for o in shelf.model(name).outputs}
            assert {p.output for p in exam.points} <= declared, exam.study


def test_kamp_starts_after_time_zero_and_counts_grams():
    curve = next(e for e in exams() if "1a" in e.study)
    assert min(p.hours for p in curve.points) > 0
    peak = max(curve.points, key=lambda p: p.observed)
    assert peak.observed == pytest.approx(1.0335 * 237.73)
    assert [d.amount for d in curve.doses] == pytest.approx([9.8, 19.6, 39.9])


def test_units_of_facts_become_those_of_the_board():
    film = next(e for e in exams() if "film of 50" in e.study and e.route == "sublingual")
    assert film.points[1].observed == pytest.approx(8363 / 60)


def test_within_is_a_fold_in_both_directions():
    assert row(100, 150).within(1.5) and row(150, 100).within(1.5)
    assert not row(100, 151).within(1.5) and not row(151, 100).within(1.5)


def test_above_a_lower_bound_any_prediction_will_do():
    bound = replace(row(100, 300), least=True)
    assert bound.within(1.5) and not row(100, 300).within(1.5)
    assert not replace(bound, predicted=50).within(1.5)


def test_clearance_volumes_and_half_life_are_those_of_the_rate_constants():
    """Two compartments by hand: CL = k10 V1, Vss = V1 (1 + k12/k21), Vz = CL/beta, half-life = ln 2/beta."""
    v1, k10, k12, k21 = (fact(f"pk.hijazi03.{name}").number for name in ("V1", "k10", "k12", "k21"))
    v1, k10, k12, k21 = 70 * v1, 60 * k10, 60 * k12, 60 * k21  # L and 1/h
    total = k10 + k12 + k21
    beta = (total - math.sqrt(total**2 - 4 * k10 * k21)) / 2
    wanted = {"CL": k10 * v1, "Vss": v1 * (1 + k12 / k21), "Vz": k10 * v1 / beta, "half-life": math.log(2) / beta}
    (exam,) = (e for e in exams() if "hijazi-2003" in e.models)
    points = tuple(
        replace(exam.points[0], statistic=s, start=48.0 if s == "half-life" else 0.0, hours=96.0) for s in wanted
    )
    for one in rows("hijazi-2003", [replace(exam, points=points)]):
        assert one.predicted == pytest.approx(wanted[one.statistic], rel=0.005)


def test_what_is_printed_per_kg_is_that_of_the_person():
    (exam,) = (e for e in exams() if "hijazi-2003" in e.models)
    seen = {p.statistic: p.observed for p in exam.points}
    assert seen["CL"] == pytest.approx(36 * 60 / 1000 * 70) and seen["Vz"] == pytest.approx(16 * 70)


def test_only_drug_rows_count():
    board = [row(1, 1), row(1, 1.4), row(1, 9, "metabolite"), row(1, 9, "used"), row(1, 9, "outside", "rectal")]
    assert shares(board) == (Share("oral", 2, 2, 1),)


def test_a_study_behind_a_parameter_is_no_independent_judge():
    board = [
        row(1, 9),
        row(1, 1, basis="its film gave the parameter"),
        row(1, 1, route="nasal", basis="so did its spray"),
    ]
    assert shares(board) == (Share("oral", 2, 1, 1), Share("nasal", 1, 1, 1))
    assert shares(board, independent=True) == (Share("oral", 1, 0, 0),)


@pytest.mark.parametrize(("wide", "narrow", "reached"), [(8, 6, True), (7, 6, False), (8, 5, False)])
def test_share_is_reached_at_80_and_60_percent(wide, narrow, reached):
    assert Share("oral", 10, wide, narrow).reached is reached


@pytest.mark.parametrize(("points", "reached"), [(1, False), (2, False), (3, True)])
def test_one_or_two_points_reach_nothing(points, reached):
    assert Share("sc", points, points, points).reached is reached


def test_rows_carry_what_a_table_needs():
    one = [e for e in exams() if "wafer" in e.study]
    found = rows("platform", one)
    assert [r.kind for r in found] == ["drug", "time"]
    assert all(r.predicted > 0 and r.observed > 0 and r.unit in ("1", "h") for r in found)
