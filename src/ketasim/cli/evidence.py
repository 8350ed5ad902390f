"""`ketasim evidence`: facts, studies, history and claims that speak of some words."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ketasim.cli.console import emit, filled, unbroken
from ketasim.cli.explain import in_words
from ketasim.cli.options import IdleChunk, IdleSeed, IdleWorkers, Json
from ketasim.report.style import GRADES
from ketasim.units import many

if TYPE_CHECKING:
    from ketasim.evidence.search import Hit

TITLES = {"claim": "Claims", "fact": "Facts", "study": "Studies", "event": "History"}
SHOWN = 12
STORY = "history"  # the word that asks for all events, year by year


def evidence(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[WORDS]", help="Words to look for; without any, what there is.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", metavar="", help=f"Show all, not the best {SHOWN} of a kind.")
    ] = False,
    as_json: Json = False,
    seed: IdleSeed = 0,
    workers: IdleWorkers = None,
    chunk: IdleChunk = None,
) -> None:
    """Browse the evidence: facts, published studies, history, and claims with what supports and shows them.

    A claim says how well it is supported, which command shows it and what of it is not shown, or that the model does
    not show it. The word history lists the story of ketamine year by year.
    """
    text = " ".join(words or [])
    found = {kind: [described(hit) for hit in hits] for kind, hits in look(text).items()}
    if as_json:
        emit({"words": text, **found})
        return
    if not text and not every:
        overview(found)
    else:
        show(found, text, None if every or text.strip().lower() == STORY else SHOWN)


def look(text: str) -> dict[str, list[Hit]]:
    """What speaks of every word (or, failing that, of most), by kind, best first; all events for "history"."""
    from ketasim.evidence.search import search, tokens
    from ketasim.studies import shelf

    if text.strip().lower() == STORY:
        return {kind: list(search("", ("event",))) if kind == "event" else [] for kind in TITLES}
    hits = [*search(text), *shelf.search(text)]
    whole = [hit for hit in hits if hit.score >= len(tokens(text))]
    return {kind: [hit for hit in whole or hits if hit.kind == kind] for kind in TITLES}


def described(hit: Hit) -> dict[str, Any]:
    """One thing found, with all that is known of it."""
    from ketasim.evidence import claims, history, store
    from ketasim.pharmacology.mood.values import value
    from ketasim.studies import shelf

    if hit.kind == "fact":
        one = store.fact(hit.id)
        names = ("id", "quantity", "value", "unit", "meaning", "population", "grade", "citation", "note")
        now = value(hit.id)
        return {name: getattr(one, name) for name in names} | {"calibrated": now.value if now is not one else None}
    if hit.kind == "claim":
        return asdict(next(c for c in claims.claims() if c.id == hit.id))
    if hit.kind == "event":
        return asdict(next(e for e in history.events() if str(e.year) == hit.id and e.what == hit.line))
    study = shelf.study(hit.id)
    return {
        "id": study.id, "title": study.title, "trial": study.trial, "use": study.use, "route": study.route,
        "question": study.question, "course": study.course, "observations": len(study.observations),
        "citation": study.citation,
    }  # fmt: skip


def overview(found: dict[str, list[dict[str, Any]]]) -> None:
    """How much there is of each kind, and what to ask."""
    for kind, title in TITLES.items():
        print(f"{title}: {len(found[kind]):,}")
    print("\nGive words to search, for example `ketasim evidence glutamate`; `--all` lists everything.")


def show(found: dict[str, list[dict[str, Any]]], text: str, most: int | None) -> None:
    """Everything found, kind by kind."""
    if not any(found.values()):
        print(f"Nothing speaks of {text!r}; try fewer or other words.")
        return
    for kind, rows in found.items():
        if rows:
            more = "" if most is None or len(rows) <= most else f", the best {most} of {len(rows)} (all: --all)"
            print(f"{TITLES[kind]}{more}\n")
            for one in rows[:most]:
                print(LINES[kind](one) + "\n")


def _wrapped(head: str, *lines: str) -> str:
    return "\n".join([filled(head), *(filled(text, first="  ", later="    ") for text in lines if text)])


def _claim(one: dict[str, Any]) -> str:
    return _wrapped(
        one["statement"],
        f"support: {one['strength']}; {one['support']}",
        f"shown by: {unbroken(one['shown_by'])}",
        f"not shown: {one['not_shown']}" if one["not_shown"] else "",
        f"sources (grade {one['grade']}): {', '.join(one['citation'])}",
    )


def _fact(one: dict[str, Any]) -> str:
    value = one["value"]
    values = ", ".join(f"{v:.10g}" for v in (value if isinstance(value, tuple) else (value,)))
    unit = "" if one["unit"] in {"1", "dimensionless"} else f" {in_words(one['unit'], value)}"
    people = f"; {one['population']}" if one["population"] else ""
    return _wrapped(
        f"{one['quantity']}: {values}{unit} ({one['meaning']}{people})",
        f"{one['id']}; grade {one['grade']}, {GRADES[one['grade']]}: {', '.join(one['citation'])}",
        "" if one["calibrated"] is None else f"this is the prior; calibrated: {one['calibrated']:.3g}",
    )


def _study(one: dict[str, Any]) -> str:
    return _wrapped(
        f"{one['id']}: {one['title']}",
        f"{one['trial']}; {one['use']}; {one['route']}, {one['question']}, {one['course']}",
        f"{many(one['observations'], 'result')}; {', '.join(one['citation'])}",
    )


def _event(one: dict[str, Any]) -> str:
    note = f" {one['note']}" if one["note"] else ""
    return _wrapped(f"{one['when']}: {one['what']}{note}", f"grade {one['grade']}: {', '.join(one['citation'])}")


LINES = {"claim": _claim, "fact": _fact, "study": _study, "event": _event}
