from pathlib import Path

import pytest

from ketasim.errors import EvidenceError, UnknownName
from ketasim.evidence import bibliography

ONE = """@article{mueller2001,
  author = {M{\\"u}ller, Hans-Peter and Bar, K. and Xu, Y and Zed, W},
  title = {A {PK} study},
  journal = {Br J Anaesth}, volume = 3, pages = {1--5}, year = 2001,
  doi = "10.1/x"
}
"""


def shelf(folder: Path, text: str) -> bibliography.Bibliography:
    (folder / "a.bib").write_text(text, encoding="utf-8")
    return bibliography.Bibliography(folder)


def test_a_citation_in_one_line(tmp_path: Path) -> None:
    one = shelf(tmp_path, ONE)["mueller2001"]
    assert one.text == "Müller HP, Bar K, Xu Y, et al. (2001). A PK study. Br J Anaesth 3:1–5. doi:10.1/x."
    assert one.bibtex == ONE.strip()
    assert (one.kind, one.get("year"), one.get("issn", "none")) == ("article", "2001", "none")


def test_entries_are_cut_where_the_next_begins(tmp_path: Path) -> None:
    found = shelf(
        tmp_path, "% words\n@comment{x,}\n" + ONE + ONE.replace("mueller2001", "b").replace("A {PK}", "Other")
    )
    assert list(found) == ["mueller2001", "b"]
    assert found["b"].get("title") == "Other study"


def test_a_key_that_stands_twice(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match=r"a\.bib.*mueller2001"):
        shelf(tmp_path, ONE + ONE)


@pytest.mark.parametrize(
    ("old", "new", "says"), [("year = 2001,", "", "lacks 'year'"), ("Xu, Y and Zed, W}", "Xu", "cannot|can be read")]
)
def test_a_broken_entry_is_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    found = shelf(tmp_path, ONE.replace(old, new))
    with pytest.raises(EvidenceError, match=says) as caught:
        found["mueller2001"]
    assert "mueller2001" in str(caught.value)


def test_every_shipped_entry_reads() -> None:
    for key, entry in bibliography.entries().items():
        assert entry.key == key
        assert entry.text.endswith(".")
        assert entry.get("year").isdigit() or entry.get("year") == "n.d."


def test_an_unknown_key() -> None:
    with pytest.raises(UnknownName, match="citation"):
        bibliography.entry("nobody1900x")
