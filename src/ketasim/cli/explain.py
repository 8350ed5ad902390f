"""`ketasim explain`: where a number comes from, how sure it is, and which models lean on it."""

from __future__ import annotations

from difflib import get_close_matches
from itertools import takewhile
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ketasim.cli.console import emit, filled
from ketasim.cli.options import IdleChunk, IdleSeed, IdleWorkers, Json
from ketasim.errors import RequestError, UnknownName
from ketasim.report.style import GRADES

if TYPE_CHECKING:
    from ketasim.evidence.fact import Fact, Spread
    from ketasim.model.component import Parameter
    from ketasim.model.model import Model

NEAR = 4  # how many are named to whom a word is no name
Use = tuple[str, str, "Fact"]  # model, what it is there, the fact


def explain(
    parameter: Annotated[
        str, typer.Argument(metavar="PARAMETER", help='A parameter ("CL", "liver.CLint") or the id of a fact.')
    ],
    model: Annotated[str | None, typer.Option("--model", help="Look in one model only.")] = None,
    as_json: Json = False,
    seed: IdleSeed = 0,
    workers: IdleWorkers = None,
    chunk: IdleChunk = None,
) -> None:
    """Explain a parameter: value, unit, spread, people, source, grade, rivals, and where it is used."""
    refuse_model(parameter)
    facts, uses = found(parameter, model)
    described = [describe(fact, [use for use in uses if use[2].id == fact.id]) for fact in facts]
    if as_json:
        emit({"parameter": parameter, "facts": described})
        return
    print("\n\n".join(as_text(one) for one in described))


def refuse_model(name: str) -> None:
    """RequestError, with what prints a model, for the name of one."""
    from ketasim.pharmacology import shelf

    if name in shelf.names():
        raise RequestError(
            f"A parameter or a fact was expected, and {name!r} is a model; `ketasim equations {name}` prints it whole, "
            f"`ketasim cite {name}` its sources."
        )


def found(name: str, model: str | None) -> tuple[list[Fact], list[Use]]:
    """The facts behind a name, and every use of any fact in the models asked."""
    from ketasim.evidence import store
    from ketasim.model.sources import parameters_of
    from ketasim.pharmacology import shelf
    from ketasim.pharmacology.mood.values import value

    models = [shelf.model(n) for n in ([model] if model is not None else shelf.names())]
    uses = [use for one in models for use in _uses(one)]
    if model is None and name in store.facts():
        estimated = next((fact for _, _, fact in uses if fact.id == name and fact.grade == "calibrated"), None)
        return [estimated or value(name)], uses
    named = [(full, p) for one in models for full, p in parameters_of(one) if name in {full, full.rpartition(".")[2]}]
    facts = list({p.fact.id: p.fact for _, p in named}.values())
    if facts:
        return facts, uses
    by_id = {use[2].id: use[2] for use in uses}
    if name in by_id:
        return [by_id[name]], uses
    known = {full.rpartition(".")[2] for one in models for full, _ in parameters_of(one)} | set(by_id)
    words, near = nearest(name, [list(parameters_of(one)) for one in models], every=model is None)
    if near and not get_close_matches(name, known, cutoff=0.8):
        where = "" if model is None else f" --model {model}"
        said = ", ".join(f"`ketasim explain {word}{where}` ({what})" for word, what in near)
        raise RequestError(
            f"No parameter or fact is called {name!r}. These speak of it: {said}; `ketasim evidence {words}` has all "
            "that is known."
        )
    hint = f"`ketasim evidence {name}` searches all that is known; `ketasim list models` names the models to look in."
    raise UnknownName("parameter", name, known, hint)


def nearest(words: str, models: list[list[tuple[str, Parameter]]], every: bool) -> tuple[str, list[tuple[str, str]]]:
    """(what to type, what it is) of what speaks of every word, best first: parameters of `models`, and, of `every`
    fact, the others. A word that nothing speaks of stands for the one most like it; the words come back.

    Parameters come model by model; in a model first those whose names begin as a word does ("CLint" as "clearance"),
    then in its order, which follows the drug from dose to metabolite.
    """
    from ketasim.evidence.search import Row, best, search, tokens

    names: dict[str, list[Fact]] = {}
    place: dict[str, tuple[int, int]] = {}
    for k, parameters in enumerate(models):
        for full, parameter in parameters:
            name = full.rpartition(".")[2]
            names.setdefault(name, []).append(parameter.fact)
            place.setdefault(name, (k, len(place)))
    rows: list[Row] = [
        ("fact", name, f.quantity, f"{f.id} {f.quantity}", f.note) for name, facts in names.items() for f in facts
    ]
    vocabulary = sorted({word for _, _, _, strong, _ in rows for word in tokens(strong)})
    for asked in dict.fromkeys((words, " ".join(_alike(word, vocabulary) for word in tokens(words)))):
        needed = len(tokens(asked))
        begun = {name: max((_begun(name, word) for word in tokens(asked)), default=0) for name in names}
        order = {name: (model, -begun[name], at) for name, (model, at) in place.items()}
        hits = sorted(best(rows, asked), key=lambda hit: (-hit.score, *order[hit.id]))
        behind = {fact.id for hit in hits for fact in names[hit.id]}
        hits += [hit for hit in search(asked, ("fact",)) if hit.id not in behind] if every else []
        hits = sorted((hit for hit in hits if 0 < needed <= hit.score), key=lambda hit: -hit.score)
        found = {hit.id: hit.line for hit in reversed(hits)}
        if found:
            return asked, [(one, found[one]) for one in dict.fromkeys(hit.id for hit in hits)][:NEAR]
    return words, []


def _begun(name: str, word: str) -> int:
    """How many letters two words begin with in common."""
    return len(list(takewhile(lambda pair: pair[0] == pair[1], zip(name.lower(), word, strict=False))))


def _alike(word: str, vocabulary: list[str]) -> str:
    return next(iter(get_close_matches(word, vocabulary, n=1, cutoff=0.8)), word)


def _uses(model: Model) -> list[Use]:
    from ketasim.model.sources import uses_of

    return [(model.name, what, fact) for what, fact in uses_of(model)]


def describe(fact: Fact, uses: list[Use]) -> dict[str, Any]:
    """One fact as plain values for JSON and for the text."""
    from ketasim.evidence import bibliography

    return {
        "id": fact.id,
        "quantity": fact.quantity,
        "value": fact.value,
        "unit": fact.unit,
        "meaning": fact.meaning,
        "spread": [{"of": s.of, "kind": s.kind, "value": s.value, "note": s.note} for s in fact.spread],
        "spread_text": [spread_text(s) for s in fact.spread],
        "population": fact.population,
        "n": fact.n,
        "site": fact.site,
        "grade": fact.grade,
        "grade_text": GRADES[fact.grade],
        "where": fact.where,
        "note": fact.note,
        "citations": [
            {"key": key, "text": "assumed" if key == "assumed" else bibliography.entry(key).text}
            for key in fact.citation
        ],
        "prior": prior_text(fact),
        "rivals": [rival_text(rival) for rival in fact.rivals],
        "used": list(dict.fromkeys(f"{model}: {what}" for model, what, _ in uses)),
    }


def prior_text(fact: Fact) -> str:
    """What was known of a calibrated value before calibration: the fact as published or assumed, with its grade."""
    from ketasim.evidence import store

    if fact.grade != "calibrated":
        return ""
    before = store.fact(fact.id)
    told = "; ".join(spread_text(s) for s in before.spread if s.of == "estimate")
    return f"{values(before.value)}{', ' + told if told else ''}, grade {before.grade}: {GRADES[before.grade]}"


def rival_text(rival: str) -> str:
    """A rival fact by id with its value, or the text as it stands."""
    from ketasim.evidence import store

    if rival not in store.facts():
        return rival
    other = store.fact(rival)
    return f"{rival}: {values(other.value)} {in_words(other.unit, other.value)} ({other.population or other.quantity})"


def in_words(unit: str, value: float | tuple[float, ...]) -> str:
    """A unit after its value: "1 day", "273 days"."""
    from ketasim.units import counted

    return counted(unit, *(value if isinstance(value, tuple) else (value,)))


def values(value: float | tuple[float, ...]) -> str:
    """One number or several, as they were printed."""
    return ", ".join(f"{v:.10g}" for v in (value if isinstance(value, tuple) else (value,)))


def spread_text(spread: Spread) -> str:
    """A printed spread as a reader says it: "61.5 % CV between patients"."""
    names = {
        "omega2": "omega² {}",
        "sd_log": "SD of the log {}",
        "cv_percent": "CV {} %",
        "sd": "SD {}",
        "variance": "variance {}",
        "se": "SE {}",
        "rse_percent": "RSE {} %",
        "ci90": "90 % interval {}",
        "ci95": "95 % interval {}",
        "iqr": "interquartile range {}",
        "range": "range {}",
    }
    shown = " to ".join(f"{v:.10g}" for v in (spread.value if isinstance(spread.value, tuple) else (spread.value,)))
    note = f" ({spread.note})" if spread.note else ""
    return f"{names[spread.kind].format(shown)}, {spread.of}{note}"


def as_text(one: dict[str, Any]) -> str:
    """A described fact as aligned lines of at most 80 columns."""
    unit = "" if one["unit"] in {"1", "dimensionless"} else f" {in_words(one['unit'], one['value'])}"
    people = ", ".join(filter(None, (one["population"], f"n = {one['n']}" if one["n"] else "", one["site"])))
    rows = [
        ("value", f"{values(one['value'])}{unit} ({one['meaning']})"),
        *(("spread", text) for text in one["spread_text"]),
        ("people", people),
        ("grade", f"{one['grade']}: {one['grade_text']}"),
        ("prior", one["prior"]),
        *(("source", c["text"]) for c in one["citations"]),
        ("where", one["where"]),
        ("note", one["note"]),
        *(("rival", text) for text in one["rivals"]),
        *(("used in", text) for text in one["used"]),
        ("fact", one["id"]),
    ]
    lines, before = [one["quantity"]], ""
    for name, text in rows:
        if text:
            label = "" if name == before else name
            lines.append(filled(text, 78, f"  {label:<9}", " " * 11))
            before = name
    return "\n".join(lines)
