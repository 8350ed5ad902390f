"""A model on a page: equations, parameters with unit, spread, source and grade, references."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ketasim.evidence import bibliography
from ketasim.model import describe
from ketasim.report.page import ModelCard, Table

if TYPE_CHECKING:
    from ketasim.model.model import Model

COLUMNS = ("parameter", "value", "unit", "between patients", "between occasions", "covariates", "grade", "source")


def card(model: Model) -> ModelCard:
    """The card of one model; its equations and parameters as `model.describe` prints them."""
    rows = tuple(
        (r.parameter, f"{r.value:.6g}", r.unit, r.between, r.occasion, r.covariates, r.grade, r.source)
        for r in describe.parameter_table(model)
    )
    kept = [k for k in range(len(COLUMNS)) if any(row[k] != "" for row in rows)]
    table = Table("", tuple(COLUMNS[k] for k in kept), tuple(tuple(row[k] for k in kept) for row in rows))
    cited = [key for key in dict.fromkeys(model.citations) if key != "assumed"]
    limits = model.limits
    people = (
        f" Data behind it: {limits.population}{f', n = {limits.n}' if limits.n else ''}." if limits.population else ""
    )
    return ModelCard(
        name=model.name,
        title=model.title,
        status=model.status,
        population=people.strip(),
        equations=describe.text(model).partition("\nParameters\n")[0],
        parameters=table,
        references=tuple(f"[{key}] {bibliography.entry(key).text}" for key in cited),
        note=" ".join(filter(None, (limits.note, model.note))),
    )
