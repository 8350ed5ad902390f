"""Exams as files: who got which doses, what was observed, and which parameters behind the prediction come from it.

An [[exam]] names a study, its models, drug, route, people, doses and either `points` (a statistic of an output against
a fact) or a `curve` (times and values of a file of ours).
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from ketasim import units
from ketasim.errors import StudyError
from ketasim.evidence.store import fact
from ketasim.reproduction.exact import Given

Statistic = Literal["cmax", "tmax", "auc", "at", "F", "ratio", "CL", "Vss", "Vz", "half-life", "held"]
UNITS: Mapping[str, str] = {
    "cmax": "ng/mL", "tmax": "h", "auc": "ng*h/mL", "at": "ng/mL", "F": "1", "ratio": "1",
    "CL": "L/h", "Vss": "L", "Vz": "L", "half-life": "h", "held": "1",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Point:
    """One observation: a statistic of an output between `start` and `hours`, in the unit `UNITS` gives it.

    F is AUC over that of the same dose into a vein; ratio is AUC over that of the drug; `at` is the value at `hours`,
    `held` that over the value at `start`. CL, Vss and Vz are those of a bolus, for the whole person; the half-life is
    that between `start` and `hours`. `used`: a parameter of the platform model rests on this very number. `least`: the
    observation is a lower bound.
    """

    output: str
    statistic: Statistic
    hours: float
    observed: float
    source: str
    start: float = 0.0
    used: bool = False
    least: bool = False


@dataclass(frozen=True, slots=True)
class Exam:
    """A study laid beside models: `basis` says what of the prediction comes from it, `outside` names other people."""

    study: str
    models: tuple[str, ...]
    drug: str
    route: str
    citation: tuple[str, ...]
    people: tuple[tuple[str, float | str], ...]
    doses: tuple[Given, ...]
    points: tuple[Point, ...]
    basis: str = ""
    outside: str = ""


@lru_cache(maxsize=1)
def exams() -> tuple[Exam, ...]:
    """Every exam that ships, by file and place."""
    folder = files("ketasim.pharmacology") / "exams"
    found = []
    for file in sorted(f.name for f in folder.iterdir() if f.name.endswith(".toml")):
        tables = tomllib.loads((folder / file).read_text(encoding="utf-8"))
        found += [_exam(row, f"{file}: {row.get('study', '?')}") for row in tables["exam"]]
    return tuple(found)


def _exam(row: Mapping[str, Any], where: str) -> Exam:
    try:
        people = dict(row["people"])
        doses = tuple(_dose(d, row, float(people["WT"])) for d in row["doses"])
        points = (
            *(_point(p, float(people["WT"])) for p in row.get("points", [])),
            *(_curve(row["curve"]) if "curve" in row else ()),
        )
        return Exam(
            row["study"],
            tuple(row["models"]),
            row["drug"],
            row["route"],
            tuple(row["citation"]),
            tuple(people.items()),
            doses,
            points,
            row.get("basis", ""),
            row.get("outside", ""),
        )
    except KeyError as why:
        raise StudyError(f"{where}: an exam needs {why}.") from why


def _dose(row: Mapping[str, Any], exam: Mapping[str, Any], kilograms: float) -> Given:
    amount = row["amount"] if "amount" in row else row["per_kg"] * kilograms
    return Given(
        row.get("drug", exam["drug"]),
        row.get("route", exam["route"]),
        float(amount),
        float(row["at"]),
        float(row.get("duration", 0.0)),
        int(row.get("nth", 1)),
    )


def _point(row: Mapping[str, Any], kilograms: float) -> Point:
    number = fact(row["fact"])
    value = number.value if isinstance(number.value, float) else number.value[row.get("index", 0)]
    unit = "1" if row["output"] == "NMDA occupancy" else UNITS[row["statistic"]]
    per_kg = row["statistic"] in ("CL", "Vss", "Vz") and number.unit.endswith("/kg")
    observed = value * (
        kilograms * units.factor(number.unit, f"{unit}/kg") if per_kg else units.factor(number.unit, unit)
    )
    return Point(
        row["output"],
        row["statistic"],
        float(row["hours"]),
        observed,
        number.id,
        float(row.get("start", 0.0)),
        bool(row.get("used", False)),
        bool(row.get("least", False)),
    )


def _curve(row: Mapping[str, Any]) -> tuple[Point, ...]:
    """Points of a digitised curve in nmol/mL, without time 0 and without zeros."""
    text = (files("ketasim.evidence") / "data" / row["file"]).read_text(encoding="utf-8")
    mass = fact(row["mass"]).number
    rows = [r for r in csv.DictReader(text.splitlines()) if r["curve"] == row["curve"]]
    values = [(float(r["time_h"]), float(r["nmol_per_ml"]) * mass) for r in rows]
    source = f"{row['file']}, curve {row['curve']}"
    return tuple(Point(row["output"], "at", t, v, source) for t, v in values if t > 0 and v > 0)
