from pathlib import Path

import pytest

from ketasim.errors import EvidenceError, UnknownName
from ketasim.evidence import store

GOOD = """
[[fact]]
id = "x.CL"
quantity = "clearance"
value = 12.5
unit = "L/h"
citation = ["smith2001"]
grade = "A"
spread = [{of = "between patients", kind = "cv_percent", value = 30}]
n = 12
"""
KEYS = {"smith2001"}


def put(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_fact_comes_back_as_printed(tmp_path: Path) -> None:
    one = store.read([put(tmp_path, GOOD)], KEYS)["x.CL"]
    assert (one.number, one.unit, one.citation, one.n) == (12.5, "L/h", ("smith2001",), 12)
    assert one.spread[0].value == 30.0
    assert one.meaning == "typical value"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('grade = "A"', "", "lacks 'grade'"),
        ('citation = ["smith2001"]', "", "lacks 'citation'"),
        ('citation = ["smith2001"]', "citation = []", "names no source"),
        ('["smith2001"]', '["jones1999"]', "not in the bibliography"),
        ('["smith2001"]', '["assumed"]', "what is assumed has grade D"),
        ('grade = "A"', 'grade = "E"', "grade must be one of"),
        ('unit = "L/h"', 'unit = "L/hour/foo"', "Cannot read the unit"),
        ('unit = "L/h"', 'unit = ""', "'unit' is empty"),
        ("value = 12.5", "value = nan", "finite"),
        ("value = 12.5", 'value = "12"', "must be a number"),
        ("value = 12.5", "value = true", "must be a number"),
        ("value = 12.5", "value = []", "empty"),
        ("n = 12", "n = 0", "'n'"),
        ("n = 12", "n = 12\nsigma = 3", "unknown field 'sigma'"),
        ('quantity = "clearance"', 'quantity = ""', "'quantity' is empty"),
        ('id = "x.CL"', "id = 3", "needs an 'id'"),
        ('kind = "cv_percent"', 'kind = "cv"', "kind of a spread"),
        ('of = "between patients"', 'of = "patients"', "'of'"),
        ("value = 30}", "value = -3}", "negative"),
        ('"cv_percent", value = 30', '"ci95", value = [3, 2]', "low comes first"),
        ('"cv_percent", value = 30', '"ci95", value = 3', "[low, high]"),
        ("value = 30}", "value = 30, sd = 3}", "a spread is a table"),
        ("[[fact]]", "[fact]", "two brackets"),
        ("[[fact]]", "[[facts]]", "only"),
        ("value = 12.5", "value = ", "not valid TOML"),
    ],
)
def test_what_is_refused_names_file_and_fault(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in GOOD
    with pytest.raises(EvidenceError) as caught:
        store.read([put(tmp_path, GOOD.replace(old, new))], KEYS)
    assert says in str(caught.value)
    assert "mine.toml" in str(caught.value)


def test_an_id_that_stands_twice(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match=r"x\.CL.*twice"):
        store.read([put(tmp_path, GOOD + GOOD)], KEYS)
    with pytest.raises(EvidenceError, match="stands already"):
        store.Facts(tmp_path)


def test_an_assumption_needs_no_source_but_grade_d(tmp_path: Path) -> None:
    text = GOOD.replace('["smith2001"]', '"assumed"').replace('"A"', '"D"')
    assert store.read([put(tmp_path, text)], KEYS)["x.CL"].citation == ("assumed",)


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="Cannot read"):
        store.read([tmp_path / "none.toml"], KEYS)
    (tmp_path / "latin.toml").write_bytes(b"\xe9")
    with pytest.raises(EvidenceError, match="Cannot read"):
        store.read([tmp_path / "latin.toml"], KEYS)


def test_an_unknown_fact_is_answered_with_the_nearest() -> None:
    near = next(iter(store.facts()))
    with pytest.raises(UnknownName) as caught:
        store.fact(near + "x")
    assert near in str(caught.value)


def test_every_shipped_fact_passes_every_check_and_reads_alike_either_way() -> None:
    strict = store.read(sorted(store.FOLDER.glob("*.toml")))
    assert strict
    assert dict(store.facts()) == strict
    assert {r for f in strict.values() for r in f.rivals} <= set(strict)


# sources of which no title, table or note that was read says who the counted people were
UNSAID = {
    "wilkinson2018", "spravato-us2020", "longitudinalae", "bourke1987", "vandeloo2017", "abdallah2020", "williams2008",
    "madrsicc2021", "madrsremote2022",
}  # fmt: skip


def test_whoever_counts_people_says_who_they_are() -> None:
    silent = {f.id for f in store.facts().values() if f.n and not f.population and not UNSAID & set(f.citation)}
    assert silent == {"dose.largest.oral.esketamine", "dose.largest.perez_ruixo21"}
