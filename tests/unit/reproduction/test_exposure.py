"""Exams and the scoreboard: what is read, what counts, and how a share is judged."""

import pytest

from ketasim.evidence import bibliography
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
