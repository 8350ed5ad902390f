"""A comparison shows its main rows where Python prints it."""

from dataclasses import replace

import pytest
from tests.support.small import nasal, small

from ketasim.dosing.regimen import Regimen
from ketasim.population.people import listed
from ketasim.simulation.compare import compare

PEOPLE = listed({"ID": [1, 2], "WT": [70.0, 90.0], "AGE": [40.0, 50.0]}, "two people")


@pytest.fixture(scope="module")
def made():
    low, high = nasal(1, "28 mg"), Regimen("more").dose("esketamine", "nasal", "56 mg")
    one = small()
    model = replace(one, outputs=(*one.outputs, replace(one.outputs[0], name="MADRS", unit="mg/L", residual=None)))
    return compare(model, PEOPLE, [low, high], days=1)


def test_means_and_their_ratio_to_the_first(made):
    table = made.table(("Cmax",))
    first, more = table.loc[table["output"] == made.runs[0].outputs[0]].to_dict("records")
    lines = repr(made).splitlines()
    assert lines[0] == "Comparison in 2 people (two people), model 'small'"
    assert lines[1].split()[-2:] == list(made.labels)
    row = next(line for line in lines if line.startswith(f"{first['output']}, Cmax ({first['unit']})"))
    cells = [f"{first['mean']:.4g}", f"{more['mean']:.4g}", f"(×{more['mean'] / first['mean']:.3g})"]
    assert row.split()[-3:] == cells


def test_a_score_is_told_at_the_end(made):
    end = made.runs[0].array("MADRS")[:, -1].mean()
    (row,) = (line for line in repr(made).splitlines() if line.startswith("MADRS"))
    assert row.split()[:4] == ["MADRS", "at", "24", "h"] and f"{end:.4g}" in row


def test_nothing_given_first_has_no_ratio():
    text = repr(compare(small(), PEOPLE, [Regimen.preset("none"), nasal()], days=1))
    assert "×" in text.splitlines()[-1] and "(×" not in text and "nan" not in text


def test_of_the_whole_path_the_score_stands_first_and_what_nobody_has_is_left_out():
    from ketasim.pharmacology import shelf

    made = compare(shelf.model("pathway"), PEOPLE, [nasal(), Regimen.preset("none")], days=2)
    first, *rest = repr(made).splitlines()[2:]
    assert first.startswith("MADRS at 48 h") and not any(line.startswith("arterial R-norketamine") for line in rest)
