"""A model as LaTeX: balanced, escaped, with every parameter and source."""

from __future__ import annotations

import re

import pytest

from ketasim.model import describe, latex
from ketasim.model.model import Model
from ketasim.pharmacology import shelf


def test_plain_text_is_escaped() -> None:
    assert latex.escaped("5 % of ω² & CL_R^x") == r"5 \% of $\omega$$^2$ \& CL\_R\textasciicircum{}x"


def test_the_table_has_a_row_a_parameter_and_no_empty_column(chain: Model) -> None:
    text = latex.parameters(chain)
    rows = [line.split(" & ") for line in text.splitlines() if line.endswith(r"\\") and not line.startswith("param")]
    assert len(rows) == len(describe.parameter_table(chain))
    columns = next(line for line in text.splitlines() if line.startswith("parameter")).split(" & ")
    assert {len(row) for row in rows} == {len(columns)} and all(any(column) for column in zip(*rows, strict=True))


@pytest.mark.parametrize("name", ["simons-2022", "pathway"])
def test_a_shipped_model_is_whole_and_balanced(name: str) -> None:
    model = shelf.model(name)
    text = latex.whole(model, ("simons2022",))
    assert text.startswith("% needs") and r"\item[simons2022] Simons P" in text
    bare = re.sub(r"\\[\\{}%&$#_]", "", text)
    assert bare.count("{") == bare.count("}") and bare.count("$") % 2 == 0
    assert sorted(re.findall(r"\\begin\{(\w+)", text)) == sorted(re.findall(r"\\end\{(\w+)", text))
    assert not re.search(r"[ωµ²·−–]", text)


def test_no_source_is_no_list() -> None:
    assert latex.sources(()) == ""
