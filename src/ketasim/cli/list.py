"""`ketasim list`: what there is, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ketasim.cli.console import emit, filled, table
from ketasim.cli.options import IdleChunk, IdleSeed, IdleWorkers, Json, ModelName
from ketasim.cli.request import model_of
from ketasim.errors import UnknownName

if TYPE_CHECKING:
    from ketasim.dosing.regimen import Regimen

Row = dict[str, Any]


def list_names(
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help="models, outputs, presets, populations, products, routes, studies, or compartments (CMT).",
        ),
    ],
    model: ModelName = "platform",
    as_json: Json = False,
    seed: IdleSeed = 0,
    workers: IdleWorkers = None,
    chunk: IdleChunk = None,
) -> None:
    """List models, outputs, presets, populations, products, routes, studies, or the compartments of a data set."""
    if what not in LISTS:
        raise UnknownName("list", what, LISTS)
    rows = LISTS[what](model)
    if as_json:
        emit({what: rows})
        return
    shown = [[cell for name, cell in row.items() if name in COLUMNS[what]] for row in rows]
    table(COLUMNS[what], shown)
    if what in WORDS:
        print(filled(WORDS[what]))


def models(_: str) -> list[Row]:
    """Every model of the shelf."""
    from ketasim.pharmacology import shelf

    found = [shelf.model(name) for name in shelf.names()]
    return [
        {
            "model": m.name,
            "title": m.title,
            "status": m.status,
            "people": m.limits.population,
            "n": m.limits.n,
            "site": m.limits.site,
            "routes": sorted({f"{r.drug} {r.route}" for r in m.routes}),
            "citations": m.citations,
        }
        for m in found
    ]


def outputs(model: str) -> list[Row]:
    """What one model can read out."""
    return [
        {"output": o.name, "unit": o.unit, "site": o.site, "meaning": o.meaning, "model": model}
        for o in model_of(model).outputs
    ]


def compartments(model: str) -> list[Row]:
    """What CMT (for a DV, DVID or CMT) means in a data set for one model: of a dose, and of a DV."""
    one = model_of(model)
    number = {inlet.name: k for k, inlet in enumerate(one.inlets, 1)}
    fed = {
        inlet.name: ", ".join(f"{r.drug} {r.route}" for r in one.routes if inlet.name in dict(r.parts))
        for inlet in one.inlets
    }
    found: list[tuple[str, int | None, str, str, str]] = [
        ("dose", k, name, one.dose_unit, fed[name]) for name, k in number.items()
    ]
    for r in one.routes:
        parts = " and ".join(f"{number[name]}" + (f" ({share:.0%})" if share != 1 else "") for name, share in r.parts)
        found.append(("dose", None, f"{r.drug} {r.route}", one.dose_unit, f"into {parts}"))
    found += [("DV", k, o.name, o.unit, o.meaning or o.site) for k, o in enumerate(one.outputs, 1)]
    return [
        {"of": of, "CMT": cmt, "or by name": name, "unit": unit, "what": what, "model": model}
        for of, cmt, name, unit, what in found
    ]


def routes(model: str) -> list[Row]:
    """The drugs and routes by which one model can be dosed."""
    from ketasim.dosing.check import largest_text

    return [
        {
            "drug": r.drug,
            "route": r.route,
            "grade": r.grade,
            "largest mg": r.largest_mg,
            "largest": largest_text(r, infused=True),
            "largest from": tuple(one.id for one in r.facts),
            "note": r.note,
            "citations": r.citation,
            "model": model,
        }
        for r in model_of(model).routes
    ]


def presets(_: str) -> list[Row]:
    """Regimens by name."""
    from ketasim.dosing import presets as shelf
    from ketasim.dosing.regimen import Regimen
    from ketasim.pharmacology.comparators import COMPARATORS

    found = [(name, Regimen.preset(name)) for name in shelf.names()]
    others = [
        {"preset": one.name, "regimen": one.title, "doses": [one.title], "source": one.source}
        for one in COMPARATORS.values()
    ]
    return [*_regimens(found), *others]


def _regimens(found: list[tuple[str, Regimen]]) -> list[Row]:
    return [
        {
            "preset": name,
            "regimen": regimen.title or regimen.name,
            "doses": [str(dose) for dose in regimen.tables],
            "source": regimen.source,
        }
        for name, regimen in found
    ]


def populations(_: str) -> list[Row]:
    """Named populations."""
    from ketasim.population import named

    kinds = [named.kind(name) for name in named.names()]
    return [{"population": k.name, "people": k.title, "facts": k.facts} for k in kinds]


def products(_: str) -> list[Row]:
    """Products that a regimen may name."""
    from ketasim.dosing import products as shelf

    found = [shelf.product(name) for name in shelf.names()]
    return [
        {
            "product": p.name,
            "title": p.title,
            "drug": p.drug,
            "routes": p.routes,
            "piece": p.piece,
            "mg": p.piece_mg,
            "grade": p.grade,
            "source": p.source,
            "note": p.note,
        }
        for p in found
    ]


def studies(_: str) -> list[Row]:
    """Published studies that ship, each with its mark: used by calibration, kept to judge it, or waiting for it."""
    from ketasim.studies import shelf

    return [
        {
            "study": one.id,
            "trial": one.trial,
            "mark": "waits" if shelf.waits(one) else one.use,
            "route": one.route,
            "question": one.question,
            "course": one.course,
            "title": one.title,
            "results": len(one.observations),
            "citations": one.citation,
        }
        for one in shelf.studies().values()
    ]


LISTS: Mapping[str, Callable[[str], list[Row]]] = {
    "models": models,
    "outputs": outputs,
    "compartments": compartments,
    "presets": presets,
    "populations": populations,
    "products": products,
    "routes": routes,
    "studies": studies,
}
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "models": ("model", "title", "status", "people"),
    "outputs": ("output", "unit", "site", "meaning"),
    "compartments": ("of", "CMT", "or by name", "unit", "what"),
    "presets": ("preset", "doses"),
    "populations": ("population", "people"),
    "products": ("product", "title", "drug", "piece", "mg"),
    "routes": ("drug", "route", "grade", "largest", "note"),
    "studies": ("study", "trial", "mark", "route", "question"),
}
WORDS: Mapping[str, str] = {
    "models": "Examined: laid beside what its own paper or other studies print (docs/exposure.md). Unexamined: as "
    "published, nothing more of its paper is here to compare with. The models from dose to mood are scored study by "
    "study instead (`ketasim reproduce`, docs/scoreboard.md).",
    "studies": "Calibrate: the calibration reads what they say of mood, where they do. Judge: set apart to judge it. "
    "Waits: marked for the next calibration, counts in no score yet.",
}
