"""Facts of disposition: complete, cited, and the derived ones follow from their own arithmetic."""

import math
from pathlib import Path

import pytest

import ketasim
from ketasim import units
from ketasim.evidence import bibliography, store
from ketasim.evidence.store import fact

FOLDER = Path(ketasim.__file__).parent / "evidence" / "facts"


@pytest.fixture(scope="module")
def facts():
    return store.read(sorted(FOLDER.glob("pk_*.toml")))


def test_every_fact_has_a_unit_a_source_and_a_grade(facts):
    assert len(facts) > 250
    for one in facts.values():
        units.parse(one.unit)
        for key in one.citation:
            assert key == "assumed" or bibliography.entry(key).text
        assert one.grade in "ABCD"
        assert one.grade != "C" or one.note, f"{one.id} is derived and must show its arithmetic"


def test_rivals_exist(facts):
    for one in facts.values():
        for rival in one.rivals:
            assert rival in facts, f"{one.id} names the rival {rival}"


def test_every_entry_of_the_bibliography_is_used(facts):
    text = (FOLDER.parent / "bibliography" / "pharmacokinetics.bib").read_text(encoding="utf-8")
    mine = {line.split("{")[1].rstrip(",\n") for line in text.splitlines() if line.startswith("@")}
    exams = "".join(
        p.read_text(encoding="utf-8") for p in (FOLDER.parents[1] / "pharmacology" / "exams").glob("*.toml")
    )
    cited = {key for one in store.facts().values() for key in one.citation}
    assert {key for key in mine if key not in cited and f'"{key}"' not in exams} == set()


def number(name: str) -> float:
    return fact(name).number


def test_clearance_is_the_geometric_mean_of_three_models():
    clint = number("pk.pr21.Vh") * (number("pk.pr21.kel") + number("pk.pr21.kmet"))
    perez = number("pk.pr21.Qh") * clint / (number("pk.pr21.Qh") + clint)
    mean = (number("pk.simons22.CLK1") * 60 * number("pk.otto21.CL") * perez) ** (1 / 3)
    assert number("pk.platform.CL") == pytest.approx(mean, rel=1e-4)
    assert number("pk.platform.E") == pytest.approx(perez / number("pk.pr21.Qh"), rel=1e-4)


def test_liver_gives_that_clearance():
    cl, extraction = number("pk.platform.CL"), number("pk.platform.E")
    assert number("pk.platform.Qh") == pytest.approx(cl / extraction, rel=1e-4)
    assert number("pk.platform.CLint") == pytest.approx(cl / (1 - extraction), rel=1e-3)
    assert number("pk.platform.Qh_age") == pytest.approx(
        number("pk.pr21.Qh_age") * number("pk.platform.Qh") / number("pk.pr21.Qh"), rel=1e-3
    )


def test_enantiomers_differ_as_in_wang():
    qh, clint = number("pk.platform.Qh"), number("pk.platform.CLint") * number("pk.platform.R_to_S")
    ratio = qh * clint / (qh + clint) / number("pk.platform.CL")
    assert ratio == pytest.approx(number("pk.wang19.CL_R") / number("pk.wang19.CL_S"), rel=1e-3)


def test_norketamine_level_is_between_two_models():
    molar = number("pk.mass.ketamine") / number("pk.mass.norketamine")
    simons = number("pk.simons22.fm_NK") * number("pk.simons22.CLK1") / number("pk.simons22.CLN1")
    otto = number("pk.otto21.CL") / number("pk.otto21.CLN") * molar
    assert number("pk.platform.NK_ratio") == pytest.approx(math.sqrt(simons * otto), rel=1e-3)
    level = number("pk.platform.fm") * number("pk.platform.CL") / number("pk.platform.NK_ratio")
    assert number("pk.platform.NK_scale") == pytest.approx(level / (60 * number("pk.simons22.CLN1")), rel=1e-3)


@pytest.mark.parametrize(("one", "other", "racemate"), [
    ("S", "R", "pk.occupancy.IC50_ketamine"), ("NS", "NR", "pk.occupancy.IC50_norketamine"),
])  # fmt: skip
def test_potencies_of_enantiomers_keep_the_racemate(one, other, racemate):
    both = 2 / (1 / number(f"pk.occupancy.IC50_{one}") + 1 / number(f"pk.occupancy.IC50_{other}"))
    assert both == pytest.approx(number(racemate), rel=1e-3)


def test_correlation_and_rate_of_the_muscle():
    assert number("pk.platform.corr_tissue_Qh") == pytest.approx(0.02261 / math.sqrt(0.084177 * 0.026048), rel=1e-2)
    half = math.sqrt(2 * 17) / 60
    assert number("pk.platform.ka_im") == pytest.approx(math.log(2) / half, rel=1e-3)


def test_kamp_curves_come_with_their_licence():
    folder = FOLDER.parent / "data" / "kamp2020"
    assert "Copyright (c) 2026 Anand Srinivasan and co-authors" in (folder / "LICENSE").read_text(encoding="utf-8")
    lines = (folder / "curves.csv").read_text(encoding="utf-8").splitlines()
    assert {line[0] for line in lines[1:]} == set("abcdefghj")
