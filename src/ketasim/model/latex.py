"""A whole model as LaTeX to include in a paper: its equations, a table of its parameters, and its sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from typing import Final

from ketasim.evidence import bibliography
from ketasim.model.describe import HEAD, latex, parameter_table
from ketasim.model.model import Model
from ketasim.model.typeset import latex_name, latex_unit

NEEDS: Final = "% needs \\usepackage{amsmath, longtable}"
_SIGNS: Final = {
    **{sign: f"\\{sign}" for sign in "&%_#${}"},
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "ω": r"$\omega$",
    "µ": r"$\mu$",
    "²": "$^2$",
    "·": r"$\cdot$",
    "−": "$-$",
    "–": "--",
}


def escaped(text: str) -> str:
    """Plain text as LaTeX text."""
    return "".join(_SIGNS.get(sign, sign) for sign in text)


def parameters(model: Model) -> str:
    """The parameter table as a longtable; a column without any content is left out."""
    rows = []
    for row in parameter_table(model):
        name, value, unit, *words = astuple(row)[: len(HEAD)]
        shown = "" if unit in ("1", "dimensionless") else f"${latex_unit(unit)}$"
        rows.append([f"${latex_name(name)}$", f"{value:.6g}", shown, *map(escaped, words)])
    kept = [k for k in range(len(HEAD)) if any(row[k] for row in rows)]
    columns = {"typical": "r", "covariates": "p{3cm}", "source": "p{3cm}"}
    lines = [r"\begin{longtable}{" + "".join(columns.get(HEAD[k], "l") for k in kept) + "}"]
    lines += [" & ".join(HEAD[k] for k in kept) + r" \\ \hline \endhead"]
    lines += [" & ".join(row[k] for k in kept) + r" \\" for row in rows]
    return "\n".join([*lines, r"\end{longtable}"]) + "\n"


def sources(keys: Sequence[str]) -> str:
    """Citations in full, an item for each key of the bibliography."""
    if not keys:
        return ""
    items = [f"\\item[{escaped(key)}] {escaped(bibliography.entry(key).text)}" for key in keys]
    return "\n".join([r"\begin{description}", *items, r"\end{description}"]) + "\n"


def whole(model: Model, keys: Sequence[str]) -> str:
    """Equations by component, parameters, and the sources with these keys; the first line says which packages."""
    head = f"\\subsection*{{{escaped(model.name)}: {escaped(model.title)}}}\n"
    return "\n".join([NEEDS, head, latex(model), parameters(model), sources(keys)])
