"""A file of people and a data set are read alike: separators, comments, quotes, encodings and what is said of them."""

from __future__ import annotations

import pytest

from ketasim.dosing.dataset import read_columns
from ketasim.errors import DataError, PeopleError, RequestError
from ketasim.population.people import from_csv

ROWS = "id,TIME,AMT,WT,SITE\n1,0,5,70.5,x\n2,0,7,80,y\n"


def people(path):
    """A file of people: weights, sites, warnings."""
    found = from_csv(path)
    return found.table.WT.tolist(), found.table.SITE.tolist(), found.warnings


def data_set(path):
    """A data set: the same."""
    found = read_columns(path)
    return found.number("WT").tolist(), found.text("SITE").tolist(), found.warnings


READERS = {"people": (people, PeopleError), "data set": (data_set, DataError)}


@pytest.fixture(params=READERS)
def reader(request, tmp_path):
    """(read text or bytes, the error of its kind)."""
    read, error = READERS[request.param]

    def from_text(text: str | bytes):
        (tmp_path / "my.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
        return read(tmp_path / "my.csv")

    return from_text, error


@pytest.mark.parametrize("sign", [",", ";", "\t", " ", "  "])
def test_any_separator(reader, sign):
    assert reader[0](ROWS.replace(",", sign))[:2] == ([70.5, 80.0], ["x", "y"])
    quoted = ROWS.replace("x", f'"x{sign.strip() or "-"} z"').replace(",", sign)
    assert reader[0](quoted)[1] == [f"x{sign.strip() or '-'} z", "y"]


def test_the_separator_is_the_one_that_the_header_has_most(reader):
    with pytest.raises(RequestError, match="line 2, column SITE: expected 5 values as in the header, but 4 came"):
        reader[0]("ID;TIME,h;AMT;WT;SITE\n1;0;5;70\n")


def test_comments_blank_lines_and_empty_rows_are_left_out_and_lines_counted(reader):
    read, error = reader
    text = "# mine\r\n \r\n" + ROWS.replace("\n", "\r\n  # a comment\r\n,,,,\r\n")
    assert read(text)[:2] == ([70.5, 80.0], ["x", "y"])
    with pytest.raises(error, match=r"my.csv, line 9\D"):
        read(text.replace(",80,", ",80,,"))


def test_a_cell_in_quotes_may_hold_a_line_and_the_lines_after_it_keep_their_count(reader):
    read, error = reader
    text = ROWS.replace(",x", ',"a\n# b"')
    assert read(text)[1] == ["a\n# b", "y"]
    with pytest.raises(error, match=r"line 4\D"):
        read(text.replace(",80,", ","))
    with pytest.raises(error, match="line 3: the row cannot be read"):
        read(ROWS.replace(",y", ',"y'))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_encodings_of_unicode(reader, encoding):
    assert reader[0](ROWS.replace("x", "Zürich").encode(encoding))[1:] == (["Zürich", "y"], ())


def test_latin_1_is_read_with_a_warning(reader):
    *_, sites, (warning,) = reader[0](ROWS.replace("x", "Zürich").encode("latin-1"))
    assert sites == ["Zürich", "y"] and "Latin-1" in warning


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "my.csv is empty"),
        ("# only a comment\n;;\n", "my.csv is empty"),
        ("ID,TIME,AMT\n# nobody\n", "has a header"),
        ("ID,,TIME,AMT\n1,1,1,1\n", "line 1, column 2: a column has no name"),
        ("#\nID,amt,TIME,amt\n1,1,1,1\n", "line 2, column (AMT|amt): this column is there twice"),
        ("WT,TIME,AMT\n1,1,1\n", "line 1: the column ID is missing; there are WT, TIME, AMT"),
        (b"ID,TIME\0,AMT\n", "zero bytes"),
        ("ID,TIME,AMT\n1,0,5\n".encode("utf-16")[:-1], "begins as UTF-16"),
    ],
)
def test_what_cannot_be_read_is_said_alike(reader, text, said):
    read, error = reader
    with pytest.raises(error, match=said):
        read(text)
